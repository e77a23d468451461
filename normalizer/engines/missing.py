"""What is said where the library that an adapter adapts to is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from normalizer.errors import MissingExtraError


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Name the extra *name* where an import inside fails. Raises MissingExtraError."""
    try:
        yield
    except ImportError as error:
        raise MissingExtraError(
            f"expected what normalizer.engines.{name} adapts to, found: {error}; pip install 'normalizer[{name}]'"
        ) from error
