"""Which files the tables are loaded from, as a caller names them.

A room of its own, since the command line needs it before anything heavy is imported.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class TableFiles(NamedTuple):
    """Which files tables are loaded from. None stands for the file that ships.

    lexicons: lexicon files whose entries are added to the shipped ones. model: an n-gram model, and association: word
    vectors, as `normalizer train-lm` writes them. context: a context model, as `normalizer train-context` writes it.
    weights: learnt weights, as `normalizer tune` writes them.
    """

    lexicons: tuple[Path, ...] = ()
    model: Path | None = None
    association: Path | None = None
    context: Path | None = None
    weights: Path | None = None

    @property
    def named(self) -> list[Path]:
        """All files that are not the shipped ones."""
        others = (self.model, self.association, self.context, self.weights)
        return [*self.lexicons, *(path for path in others if path is not None)]

    def with_lexicons(self, more: Iterable[Path]) -> "TableFiles":
        """Return these with *more* lexicons."""
        return self._replace(lexicons=(*self.lexicons, *more))


SHIPPED = TableFiles()
