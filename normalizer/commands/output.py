"""Where the repairs of `normalizer repair` go, and in which form."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer import reporting
from normalizer.articles import Article, sync_stdout, write_stdout
from normalizer.commands.console import is_terminal
from normalizer.commands.places import (
    folder_of,
    replace_text,
    require_folder,
    require_new_places,
    require_one_place,
    require_single_stdin,
)
from normalizer.errors import InputError
from normalizer.files import encode, sweep, write_atomically
from normalizer.formats import PAGE, Document

if TYPE_CHECKING:
    from normalizer.repairing import Repair

SUFFIXES = {"text": "", "json": ".json", "diff": ".diff", "html": ".html"}  # of the files that -o FOLDER fills


@dataclass
class Output:
    """Where repairs go, as the options of `repair` say.

    colour: always, never or auto. pieces: what one file gets at the end.
    """

    sources: Sequence[str]
    references: Sequence[str]
    form: str | None
    out: str | None
    in_place: bool
    check: bool
    colour: str = "auto"
    side_by_side: bool = False
    pieces: list[bytes] = field(default_factory=list)

    @property
    def plain(self) -> bool:
        """Whether text is asked for, and not a report."""
        return self.form in (None, "text")

    @property
    def _on_terminal(self) -> bool:
        return self.out in (None, "-") and is_terminal(sys.stdout)

    @property
    def looked_at(self) -> bool:
        """Whether a diff is for somebody to look at, and not for `patch`."""
        return self._on_terminal or self.colour == "always" or self.side_by_side

    @property
    def coloured(self) -> bool:
        """Whether a diff has colours."""
        return self.colour == "always" or (
            self.colour == "auto" and self._on_terminal and not os.environ.get("NO_COLOR")
        )

    @property
    def detailed(self) -> bool:
        """Whether the report shows more than the edits that are made."""
        return self.form in ("json", "html")

    @property
    def folder(self) -> Path | None:
        """The folder that -o names, if it names one."""
        return folder_of(self.out)

    def require_sense(self) -> None:
        """Raise a usage error for options that contradict each other, before anything is read or written."""
        require_single_stdin([*self.sources, *self.references])
        require_one_place(self.sources, self.out, self.in_place)
        if self.check and (self.out is not None or self.in_place):
            raise click.UsageError("--check writes nothing: leave out -o and --in-place, or --check.")
        if len(self.sources) > 1 and self.plain and not (self.folder or self.in_place or self.check):
            raise click.UsageError(
                f"one text can go to {self.out or 'standard output'}, but {len(self.sources)} were given: "
                "use --in-place, -o with an existing folder, -f json or -f diff."
            )
        if (self.side_by_side or self.colour != "auto") and self.form != "diff":
            raise click.UsageError("--side-by-side and --color are about a diff: use -f diff.")
        if len(self.sources) > 1 and self.form == "html" and not self.folder:
            raise click.UsageError("each article has a page of its own: use -o with an existing folder.")
        require_new_places(self._targets(), [*self.sources, *self.references])
        if self.folder is not None:
            require_folder(self.folder)

    def _targets(self) -> list[Path]:
        """Return the files that are written to, each once. Raises a usage error where two inputs would go to one."""
        targets = [target for source in self.sources if (target := self._target(source)) is not None]
        twice = [target for target, count in Counter(targets).items() if count > 1]
        if twice and self.folder is not None:
            raise click.UsageError(f"two inputs would go to {twice[0]}: repair them into different folders.")
        return list(dict.fromkeys(targets))

    def require_fit(self, document: Document, name: str) -> None:
        """Raise InputError for a document that cannot go where it should, in the form that is asked for."""
        if document.kind == PAGE and (self.in_place or self.form in ("json", "diff")):
            wish = "--in-place" if self.in_place else f"-f {self.form}"
            raise InputError(
                f"{name}: expected a text for {wish}, found a web page, of which only the main text is read; "
                "edit the page in place with --as html"
            )

    def sweep(self) -> None:
        """Remove what an earlier run that was killed has left where this one writes."""
        places = self.sources if self.in_place else [str(target) for target in self._targets()]
        for folder in {Path(os.path.realpath(place)).parent for place in places}:
            sweep(folder)

    def _target(self, source: str) -> Path | None:
        """Return the file that one repair is written to, or None for standard output and --in-place."""
        if self.out in (None, "-"):
            return None
        if self.folder is None:
            return Path(str(self.out))
        if source == "-":
            raise click.UsageError("standard input has no name to use in a folder: give -o a file name.")
        return self.folder / (Path(source).name + SUFFIXES[self.form or "text"])

    def put(self, source: str, article: Article, result: "Repair") -> None:
        """Write one repair to where it belongs."""
        if not (self.plain and (self.in_place or self.check)):
            self._put_report(source, self._report(source, article, result))
        if self.in_place and result.text != result.source:  # last, so that no text changes without its plan
            sync_stdout()
            replace_text(source, article, result.text)

    def _put_report(self, source: str, report: bytes) -> None:
        if self.folder is not None:
            write_atomically(str(self._target(source)), report)
        elif self.out in (None, "-"):
            write_stdout(report)
        else:
            self.pieces.append(report)

    def close(self) -> None:
        """Write what goes to one file, in one step, unless every input failed."""
        if self.pieces:
            write_atomically(str(self.out), b"".join(self.pieces))

    def _report(self, source: str, article: Article, result: "Repair") -> bytes:
        if self.form == "json":
            return encode(reporting.plan_line(result, "" if source == "-" else source))
        if self.form == "html":
            return encode(reporting.html_page(result, article.name, self.references))
        if self.form == "diff":
            if self.looked_at:
                width = shutil.get_terminal_size().columns
                shown = reporting.terminal_diff(result, article.name, self.coloured, width, self.side_by_side)
                return encode(shown)
            diff = reporting.unified_diff(result, article.name)
            return encode(diff) if article.encoding.startswith("utf-16") else article.encoded(diff)
        return article.encoded(result.text)
