"""Articles in memory that a `Finder` can search like a story store: those that a shuffle has brought together."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from normalizer.stories import Match, Story


class Gathered:
    """The articles that share keys with one article, best first; `lay` sets them for another article."""

    def __init__(self, size: int, common: Mapping[str, int]) -> None:
        """Act as a store of *size* articles. common: by common key, how many of them hold it."""
        self._size, self._common = size, common
        self._known: dict[str, Story] = {}
        self._ranked: Sequence[Story] = ()

    def know(self, stories: Iterable[Story]) -> None:
        """Set the articles that `story` returns."""
        self._known = {story.digest: story for story in stories}

    def lay(self, ranked: Sequence[Story]) -> None:
        """Set what `search` returns. ranked: articles, best first."""
        self._ranked = ranked

    def __len__(self) -> int:
        return self._size

    def __contains__(self, digest: str) -> bool:
        return True

    def snapshot(self) -> AbstractContextManager[None]:
        """Do nothing: nobody adds to it."""
        return nullcontext()

    def holders(self, keys: Iterable[str]) -> dict[str, int]:
        """Return how many articles hold each of *keys*, for common keys only."""
        return {key: self._common[key] for key in keys if key in self._common}

    def search(self, keys: Iterable[str], most: int) -> list[Match]:
        """Return the first *most* articles that `lay` was given; *keys* are ignored, since the shuffle has searched."""
        return [Match(rank, each.digest, -float(rank), each.spun) for rank, each in enumerate(self._ranked[:most])]

    def stories(self, numbers: Iterable[int]) -> dict[int, Story]:
        """Return the articles with these *numbers* that `lay` was given, by number."""
        return {number: self._ranked[number] for number in numbers}

    def story(self, digest: str) -> Story:
        """Return the article with this *digest*. Raises KeyError without one."""
        return self._known[digest]
