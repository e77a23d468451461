"""Articles in memory that answer a `Finder` as a story store does: what a shuffle has brought together for a few."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from normalizer.stories import Match, Story


class Gathered:
    """The articles that share keys with one article, best first; another is laid out by `lay`."""

    def __init__(self, size: int, common: Mapping[str, int]) -> None:
        """Stand for a store of *size* articles. common: how many of them hold a key, for keys that many hold."""
        self._size, self._common = size, common
        self._known: dict[str, Story] = {}
        self._ranked: Sequence[Story] = ()

    def know(self, stories: Iterable[Story]) -> None:
        """Hold *stories*, and no others, for `story`."""
        self._known = {story.digest: story for story in stories}

    def lay(self, ranked: Sequence[Story]) -> None:
        """Let a search find *ranked*, best first."""
        self._ranked = ranked

    def __len__(self) -> int:
        return self._size

    def __contains__(self, digest: str) -> bool:
        return True

    def snapshot(self) -> AbstractContextManager[None]:
        """Do nothing: nobody adds to it."""
        return nullcontext()

    def holders(self, keys: Iterable[str]) -> dict[str, int]:
        """Return how many articles hold each of *keys*, for those that many hold."""
        return {key: self._common[key] for key in keys if key in self._common}

    def search(self, keys: Iterable[str], most: int) -> list[Match]:
        """Return what was laid out, best first, at most so many: it was searched for before."""
        return [Match(rank, each.digest, -float(rank), each.spun) for rank, each in enumerate(self._ranked[:most])]

    def stories(self, numbers: Iterable[int]) -> dict[int, Story]:
        """Return what was laid out, by number."""
        return {number: self._ranked[number] for number in numbers}

    def story(self, digest: str) -> Story:
        """Return the article with this *digest*. Raises KeyError without one."""
        return self._known[digest]
