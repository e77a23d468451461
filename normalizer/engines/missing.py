"""The error for a library that an adapter needs and that is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from normalizer.errors import MissingExtraError


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Raise a MissingExtraError that names the extra *name* if an import inside the block fails."""
    try:
        yield
    except ImportError as error:
        raise MissingExtraError(
            f"expected what normalizer.engines.{name} adapts to, found: {error}; pip install 'normalizer[{name}]'"
        ) from error
