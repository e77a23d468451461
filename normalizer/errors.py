"""The exceptions that normalizer raises on purpose.

Each message says what was expected, what was found and what to do; the command line prints it without a traceback.
"""


class NormalizerError(Exception):
    """Base of every error that normalizer raises on purpose."""


class InputError(NormalizerError):
    """An article, reference or record that cannot be read."""


class ArgumentError(NormalizerError, TypeError):
    """An argument of the wrong type, such as one text where a list of texts is expected.

    It is a TypeError as well, so that code which guards against that keeps working.
    """


class PlanError(NormalizerError):
    """An edit plan that is malformed, or does not fit the text it is applied to."""


class LexiconError(NormalizerError):
    """A lexicon file or entry that breaks the format."""


class ModelError(NormalizerError):
    """A language-model file that is missing, damaged or of another format."""


class CaseError(NormalizerError):
    """A gold case that is malformed, or does not fit its text."""


class StoreError(NormalizerError):
    """A story store that cannot be opened or written, or a file that is none."""


class CorpusError(NormalizerError):
    """A run over a whole scrape that cannot begin, or cannot go on."""


class MissingExtraError(NormalizerError, ImportError):
    """A library that is not installed; the message names the extra that brings it."""


class NormalizerWarning(UserWarning):
    """What works, but not as well as it could; the command line prints it as one line."""
