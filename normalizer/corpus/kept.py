"""What a finished run keeps if it is told to: what it found out about the scrape, for other programs to use.

The folder holds the state of the run, its story store and the lexicon that was learnt from the scrape. With it an
article of the scrape can be repaired as the run did, on any machine, and an article that came later with what the
scrape says of its site and its story.
"""

import sqlite3
from pathlib import Path

from normalizer.corpus.state import Compared, Seen, Site, State
from normalizer.corpus.tasks import Repairing, to_repair, with_told
from normalizer.corpus.teaching import LEARNT
from normalizer.errors import CorpusError

STATE, STORIES = "run.sqlite", "stories.sqlite"
STORE, FINISHED = "stories", "finished"  # facts: the path of a story store that lies elsewhere; that all is done


class KeptRun:
    """A finished run over a scrape, read only; to be used in the thread that opened it."""

    def __init__(self, folder: Path) -> None:
        """Open what a run kept in *folder*. Raises CorpusError if there is nothing, or if the run did not finish."""
        path = folder / STATE
        remedy = "make it: normalizer corpus INPUT... -o OUTPUT --keep FOLDER"
        if not path.exists():
            raise CorpusError(f"{folder}: expected the folder of a kept run, found no {STATE} in it; {remedy}")
        self.folder = folder
        self._state = State(path, writable=False)
        if self._state.fact(FINISHED) is None:
            raise CorpusError(f"{folder}: expected a finished run, found one that was broken off; {remedy}")

    @property
    def stories(self) -> Path:
        """The story store of the run."""
        return Path(self._state.fact(STORE) or self.folder / STORIES)

    @property
    def lexicons(self) -> tuple[Path, ...]:
        """The lexicon that was learnt from the scrape, if it has any entry."""
        return learnt_in(self.folder)

    def close(self) -> None:
        """Close the file."""
        self._state.close()

    def knows(self, digest: str) -> bool:
        """Say whether the text with this *digest* is of the scrape."""
        return self._state.has_article(digest)

    def repairing(self, digest: str, text: str) -> Repairing | None:
        """Return how the run repaired a *text* of the scrape, None if it left it as it was."""
        found = repairing(self._state, digest)
        return None if found is None else self.with_told(found, text)

    def with_told(self, task: Repairing, text: str) -> Repairing:
        """Return the repair of a *text* with what other pages of its site tell, see `tasks.with_told`."""
        return with_told(task, text, self._state.told)

    def compared(self, digest: str) -> Compared:
        """Return what was found for a text of the scrape."""
        return self._state.compared(digest)

    def article(self, digest: str) -> Seen:
        """Return a text of the scrape as it was first read. Raises KeyError."""
        return self._state.article(digest)

    def is_suspect(self, digest: str) -> bool:
        """Say whether a text of the scrape was to be repaired."""
        return self._state.is_suspect(digest)

    def site(self, name: str) -> Site | None:
        """Return what the articles of a site show, None for one that is not of the scrape."""
        return self._state.site(name)


def repairing(state: State, digest: str) -> Repairing | None:
    """Return how an article is to be repaired, None if it is to be left as it is.

    What other pages of its site tell is still to be added, by `tasks.with_told`.
    """
    suspect = state.suspicion(digest)
    if suspect is None:
        return None
    return to_repair(state.article(digest), suspect, state.compared(digest), state.is_suspect)


def learnt_in(folder: Path) -> tuple[Path, ...]:
    """Return the lexicon that was learnt from a scrape, if it has any entry."""
    path = folder / LEARNT
    return (path,) if path.exists() and len(path.read_text("utf-8").splitlines()) > 1 else ()


def settle(folder: Path, stories: Path) -> None:
    """Make the databases that stay in *folder* single files without write-ahead logs, which can be copied."""
    state = State(folder / STATE)
    state.forget_written()
    if stories != folder / STORIES:
        state.set_fact(STORE, str(stories.absolute()))
    state.set_fact(FINISHED, "1")
    state.commit()
    state.close()
    for path in (folder / STATE, *([folder / STORIES] if stories == folder / STORIES else [])):
        base = sqlite3.connect(path)
        base.execute("pragma journal_mode = delete")
        base.close()
