"""Adding reviewed entries to lexicon files: merging counts and sources, explaining conflicts, writing in one step."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from normalizer.files import write_atomically
from normalizer.learning.review import Proposed, Rejected
from normalizer.learning.vetting import kind_of
from normalizer.lexicon import Entry, Guard
from normalizer.lexicon.entries import format_guard, format_line
from normalizer.lexicon.files import HEADER, KIND_OF_SUFFIX, family_and_kind, read_entries, unreadable

SUFFIX_OF_KIND = {kind: f"_{suffix}" for suffix, kind in KIND_OF_SUFFIX.items()}
SOURCES_KEPT = 8  # pages named per line
Key = tuple[str, str, str, Guard]


class Change(NamedTuple):
    """What adding one entry does. sign: + a new line, ~ merged into one, = nothing new, ! a conflict, - rejected."""

    sign: str
    file: str
    message: str

    def __str__(self) -> str:
        """Return the change in a line."""
        return f"{self.sign} {self.file}: {self.message}" if self.file else f"{self.sign} {self.message}"


@dataclass(slots=True)
class LexiconFile:
    """One lexicon file in memory.

    comments: its lines that begin with #. entries: by what makes a line unique. pairs: these keys by (spun, original).
    changed: whether entries were put in since it was read.
    """

    path: Path
    comments: list[str] = field(default_factory=list)
    entries: dict[Key, Entry] = field(default_factory=dict)
    pairs: dict[tuple[str, str], set[Key]] = field(default_factory=lambda: defaultdict(set))
    changed: bool = False

    @classmethod
    def read(cls, path: Path) -> "LexiconFile":
        """Read a lexicon file, empty if there is none; lines that say the same are merged. Raises LexiconError."""
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines() if path.exists() else []
        except (OSError, ValueError) as error:
            raise unreadable(path, error) from error
        lexicon = cls(path, [line for line in lines if line.startswith("#")])
        for entry in read_entries(path) if lines else ():
            lexicon.put(_merged(lexicon.entries[_key(entry)], entry) if _key(entry) in lexicon.entries else entry)
        return lexicon

    def put(self, entry: Entry) -> None:
        """Put an entry in, in place of one with the same key."""
        self.entries[_key(entry)] = entry
        self.pairs[entry.spun, entry.original].add(_key(entry))

    def text(self) -> bytes:
        """Return the file: header, comments, then the entries sorted."""
        lines = sorted(format_line(entry) for entry in self.entries.values())
        return "\n".join([HEADER, *self.comments, *lines, ""]).encode()


def _key(entry: Entry) -> Key:
    return entry.spun, entry.original, entry.pos, entry.guard


def add(
    proposals: Iterable[Proposed | Rejected], folder: Path, target: Path | None = None, *, dry_run: bool = False
) -> list[Change]:
    """Add *proposals* to *target*, or to the files of *folder* by family and kind; return what that does, in order.

    Counts and sources of an existing line are merged. A line whose sources all stand there already changes nothing,
    so that adding a file twice counts once. Each file is written in one step. Raises LexiconError or InputError.
    """
    files: dict[Path, LexiconFile] = {}
    changes: list[Change] = []
    for proposal in _summed(proposals):
        if isinstance(proposal, Rejected):
            changes.append(Change("-", "", f"line {proposal.line}: {proposal.text}: {proposal.why}"))
            continue
        path = target or folder / file_of(proposal.entry)
        if path not in files:
            files[path] = LexiconFile.read(path)
        others = [files[path]] if target else _family_of(path, folder, files)
        changes += _put_in(files[path], _own(proposal.entry, path), others)
    if not dry_run:
        for lexicon in files.values():
            if lexicon.changed:
                write_atomically(lexicon.path, lexicon.text())
    return changes


def file_of(entry: Entry) -> str:
    """Return the name of the lexicon file for an entry: `a.tsv`, `b_names.tsv`, `t_numbers.tsv`."""
    kind = entry.kind if entry.kind in SUFFIX_OF_KIND else kind_of(entry.spun, entry.original)
    return f"{entry.family}{SUFFIX_OF_KIND.get(kind, '')}.tsv"


def _own(entry: Entry, path: Path) -> Entry:
    """Return the entry as it will be read from *path*, whose name decides family and kind."""
    family, kind = family_and_kind(path)
    return replace(entry, family=family, kind=kind)


def _summed(proposals: Iterable[Proposed | Rejected]) -> list[Proposed | Rejected]:
    """Return the proposals with equal entries of one file added up: surface forms of one swap become one entry."""
    result: list[Proposed | Rejected] = []
    places: dict[tuple[str, Key], int] = {}
    for proposal in proposals:
        if isinstance(proposal, Proposed):
            key = (proposal.entry.family, _key(proposal.entry))
            if key in places:
                earlier = result[places[key]]
                assert isinstance(earlier, Proposed)  # places holds no others
                result[places[key]] = earlier._replace(entry=_merged(earlier.entry, proposal.entry))
                continue
            places[key] = len(result)
        result.append(proposal)
    return result


def _merged(old: Entry, new: Entry) -> Entry:
    """Return *old* with the counts and sources of *new*; of known habits one source is kept, the first."""
    sources = tuple(dict.fromkeys((*old.sources, *new.sources)))
    seen = [source for source in sources if not source.startswith("known:")]
    known = sorted((s for s in sources if s.startswith("known:")), key=lambda s: int(s[6:]))
    kept = (*seen[: max(SOURCES_KEPT, len(old.sources))], *known[:1])
    return replace(old, count=round(old.count + new.count, 2), clean=max(old.clean, new.clean), sources=kept)


def _put_in(lexicon: LexiconFile, entry: Entry, others: Sequence[LexiconFile]) -> list[Change]:
    """Put *entry* into *lexicon*, or merge it with the one that stands there; return what that does.

    others: the files of the family, in which conflicts are looked for.
    """
    name = lexicon.path.name
    old = lexicon.entries.get(_key(entry))
    notes = [Change("!", name, note) for note in _conflicts(entry, lexicon, others)]
    pair = f"{entry.spun} -> {entry.original}" + (f" ({'/'.join(entry.pos)})" if entry.pos else "")
    if old is None:
        lexicon.put(entry)
        lexicon.changed = True
        return [Change("+", name, f"{pair}, count {entry.count:g}, {' '.join(entry.sources)}"), *notes]
    if set(entry.sources) <= set(old.sources):
        return [Change("=", name, f"{pair}: known already from {' '.join(entry.sources)}")]
    merged = _merged(old, entry)
    lexicon.put(merged)
    lexicon.changed = True
    return [Change("~", name, f"{pair}, count {old.count:g} -> {merged.count:g}, sources + {_fresh(old, merged)}")]


def _fresh(old: Entry, merged: Entry) -> str:
    return " ".join(source for source in merged.sources if source not in old.sources) or "(more pages)"


def _family_of(path: Path, folder: Path, files: dict[Path, LexiconFile]) -> list[LexiconFile]:
    """Return all lexicon files of the family of *path* that are in *folder*."""
    family, _ = family_and_kind(path)
    paths = sorted({path, *(folder / f"{family}{suffix}.tsv" for suffix in ("", *SUFFIX_OF_KIND.values()))})
    for one in paths:
        if one not in files:
            files[one] = LexiconFile.read(one)
    return [files[one] for one in paths]


def _conflicts(entry: Entry, own: LexiconFile, others: Sequence[LexiconFile]) -> list[str]:
    """Return a line for every entry of *others* that says something else of the same pair, or the same twice."""
    notes = []
    pair = f"{entry.spun} -> {entry.original}"
    for lexicon in others:
        name = lexicon.path.name
        for _, _, pos, guard in sorted(lexicon.pairs.get((entry.spun, entry.original), ())):
            if pos != entry.pos:
                notes.append(f"{pair} also stands with pos {pos or '-'} in {name} (here {entry.pos or '-'})")
            elif guard != entry.guard:
                notes.append(f"{pair} also stands with guard {format_guard(guard) or 'none'} in {name}")
            elif lexicon is not own:
                notes.append(f"{pair} also stands in {name}, and would count twice")
    if any((entry.original, entry.spun) in lexicon.pairs for lexicon in others):
        notes.append(f"the reverse stands too, {entry.original} -> {entry.spun}: context will have to decide")
    return notes
