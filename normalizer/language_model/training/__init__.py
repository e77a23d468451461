"""Building the models: corpora in, packed files out. Scoring imports nothing from here."""

from normalizer.language_model.training.corpora import articles, held_out
from normalizer.language_model.training.ngrams import train_model

__all__ = ["articles", "held_out", "train_model"]
