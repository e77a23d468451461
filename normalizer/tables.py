"""What a normalizer has loaded: a compiled lexicon, three models and learnt weights, as one frozen value.

A variant (other weights, a lexicon without some source) is made by `dataclasses.replace`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Self

from normalizer.language_model import AssociationModel, ContextModel, LanguageModel
from normalizer.lexicon import CompiledLexicon, Lexicon, load_compiled
from normalizer.table_files import TableFiles
from normalizer.weights import Weights, load_weights, shipped_weights


@dataclass(frozen=True, slots=True)
class Tables:
    """Loaded tables. Immutable: safe to share between threads; pickles as the paths that it was loaded from.

    source: where the entries of the lexicon come from: themselves, or the files beside the shipped ones.
    """

    lexicon: CompiledLexicon
    model: LanguageModel
    association: AssociationModel
    context: ContextModel
    weights: Weights
    source: Lexicon | tuple[Path, ...] = ()

    @classmethod
    def load(
        cls,
        lexicons: Sequence[Path] = (),
        model: Path | None = None,
        *,
        association: Path | None = None,
        context: Path | None = None,
        weights: Weights | None = None,
    ) -> Self:
        """Load the shipped tables, with the entries of the files *lexicons* besides, and with models of one's own.

        Raises LexiconError or ModelError, naming the file.
        """
        models = LanguageModel.load(model), AssociationModel.load(association), ContextModel.load(context)
        compiled = load_compiled(models, lexicons)
        return cls(compiled, *models, shipped_weights() if weights is None else weights, tuple(lexicons))

    @classmethod
    def of(cls, files: TableFiles) -> Self:
        """Load the tables from *files*. Raises LexiconError or ModelError, naming the file."""
        return cls.load(
            files.lexicons,
            files.model,
            association=files.association,
            context=files.context,
            weights=None if files.weights is None else load_weights(files.weights),
        )

    @property
    def models(self) -> tuple[LanguageModel, AssociationModel, ContextModel]:
        """The three models that a lexicon is compiled for."""
        return self.model, self.association, self.context

    @property
    def entries(self) -> Lexicon:
        """The lexicon as entries; read when first asked for, which takes a second."""
        if isinstance(self.source, Lexicon):
            return self.source
        entries = _entries(self.source, self.lexicon.signature)
        if entries.signature == self.lexicon.signature:  # else the files have changed since they were compiled
            entries.adopt(self.models, self.lexicon)
        return entries

    def with_lexicon(self, lexicon: Lexicon) -> "Tables":
        """Return these tables with another lexicon, compiled for the same models."""
        return replace(self, lexicon=lexicon.compiled(self.models), source=lexicon)

    @property
    def signature(self) -> str:
        """What a repair is made with, for reports: short hashes of lexicon, models and weights."""
        models = f"lm:{self.model.signature}|topics:{self.association.signature}|context:{self.context.signature}"
        return f"lexicon:{self.lexicon.signature}|{models}|weights:{self.weights.signature}"


@lru_cache(maxsize=4)
def _entries(paths: tuple[Path, ...], signature: str) -> Lexicon:
    """Read the entries behind tables whose lexicon has this *signature*; remembered, since that takes a second."""
    return Lexicon.load(paths)
