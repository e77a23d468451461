"""Telling how far a long run is."""

from typing import Protocol


class Progress(Protocol):
    """Whoever wants to know how far a run is."""

    def begin(self, step: str, total: int, unit: str) -> None:
        """Begin a *step* with so much to do, in a *unit*: "bytes", "articles" or "files"."""

    def advance(self, done: int) -> None:
        """Go on by so much."""

    def end(self) -> None:
        """End the step."""

    def say(self, line: str) -> None:
        """Tell something in a line."""


class Silent(Progress):
    """Tells nobody."""

    def begin(self, step: str, total: int, unit: str) -> None:
        """Begin a step."""

    def advance(self, done: int) -> None:
        """Go on."""

    def end(self) -> None:
        """End the step."""

    def say(self, line: str) -> None:
        """Say nothing."""


SILENT = Silent()
