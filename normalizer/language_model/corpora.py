"""Another name of `training.corpora`, for the made-up spinner of the tests: the quality gate pins that file's bytes."""

from normalizer.language_model.training.corpora import HELD_OUT_EVERY, articles, held_out

__all__ = ["HELD_OUT_EVERY", "articles", "held_out"]
