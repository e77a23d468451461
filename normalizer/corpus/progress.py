"""The progress of a long run."""

from typing import Protocol


class Progress(Protocol):
    """What a run tells its progress to."""

    def begin(self, step: str, total: int, unit: str) -> None:
        """Begin a *step* of *total* units. unit: "bytes", "articles" or "files"."""

    def advance(self, done: int) -> None:
        """Advance the step by *done* units."""

    def end(self) -> None:
        """End the step."""

    def say(self, line: str) -> None:
        """Show a line of text."""


class Silent(Progress):
    """Shows no progress."""

    def begin(self, step: str, total: int, unit: str) -> None:
        """Begin a step."""

    def advance(self, done: int) -> None:
        """Go on."""

    def end(self) -> None:
        """End the step."""

    def say(self, line: str) -> None:
        """Say nothing."""


SILENT = Silent()
