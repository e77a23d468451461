"""Loading a normalizer as the options of a command say."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from normalizer.repairing import Normalizer


def load(
    lexicons: Sequence[str], model: str | None, min_confidence: float | None, detailed: bool = False
) -> "Normalizer":
    """Load the tables. Raises LexiconError or ModelError, naming the file; InputError for another confidence."""
    from normalizer.repairing import Normalizer, Settings

    bar = Settings().min_confidence if min_confidence is None else min_confidence
    settings = Settings(bar, detailed)
    return Normalizer([Path(name) for name in lexicons], Path(model) if model else None, settings)
