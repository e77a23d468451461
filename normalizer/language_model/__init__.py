"""The language model: how likely clean news says this.

`LanguageModel.load()` gives the shipped model, `AssociationModel.load()` word vectors that look at the whole sentence,
`ContextModel.load()` a model of which word belongs between its neighbours. All three are packed files, which are mapped
into memory. They are built by `training`, which is imported only when used: `train_model` builds a model, `articles`
and `held_out` tell which part of a corpus it has not seen.
"""

from typing import TYPE_CHECKING, Any

from normalizer.language_model.association import AssociationModel, topic_scores
from normalizer.language_model.context import ContextModel, Phrases
from normalizer.language_model.ngrams import LanguageModel, Measure
from normalizer.language_model.words import classes

if TYPE_CHECKING:
    from normalizer.language_model.training import articles, held_out, train_model

__all__ = [
    "AssociationModel", "ContextModel", "LanguageModel", "Measure", "Phrases", "articles", "classes", "held_out",
    "topic_scores", "train_model",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Return what `training` has of this *name*, if it is one of the names above."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from normalizer.language_model import training

    return getattr(training, name)
