"""The language model: how likely clean news says this.

`LanguageModel.load()` gives the shipped model, `train_model` builds one, `articles` and `held_out` say which
part of a corpus it has not seen. `AssociationModel.load()` gives word vectors that look at the whole sentence.
"""

from normalizer.language_model.association import AssociationModel, topic_scores
from normalizer.language_model.context import ContextModel, Phrases
from normalizer.language_model.corpora import articles, held_out
from normalizer.language_model.model import LanguageModel, Measure
from normalizer.language_model.training import train_model
from normalizer.language_model.words import classes

__all__ = [
    "AssociationModel", "ContextModel", "LanguageModel", "Measure", "Phrases", "articles", "classes", "held_out",
    "topic_scores", "train_model",
]  # fmt: skip
