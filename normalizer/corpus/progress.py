"""Telling how far a long run is."""


class Progress:
    """Whoever wants to know how far a run is. This one tells nobody."""

    def begin(self, step: str, total: int, unit: str) -> None:
        """Begin a *step* with so much to do, in a *unit*: "bytes" or "articles"."""

    def advance(self, done: int) -> None:
        """Go on by so much."""

    def end(self) -> None:
        """End the step."""

    def say(self, line: str) -> None:
        """Tell something in a line."""


SILENT = Progress()
