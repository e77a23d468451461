"""Making `lexicons/p.tsv` from a list of tortured phrases, and checking it against clean news.

    python -m normalizer.learning.tortured PHRASES.json CORPUS... -o lexicons/p.tsv

PHRASES.json: {"phrases": [{"tortured": "counterfeit consciousness", "correct": "artificial intelligence (ai)"},
...]}, as published by the Problematic Paper Screener.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import regex

from normalizer.errors import InputError, NormalizerError
from normalizer.files import write_atomically
from normalizer.learning.adding import LexiconFile
from normalizer.learning.measuring import Counts, count_clean
from normalizer.learning.vetting import objection
from normalizer.lexicon import Entry, Guard
from normalizer.surface import analyses
from normalizer.tokens import fold_words

Dropped = tuple[float, str, str]  # occurrences per million words of clean text, spun, original

SOURCE = "C:PPS"
CREDIT = (
    "# Tortured phrases collected by the Problematic Paper Screener (Cabanac, Labbé and Magazinov), CC BY 4.0;",
    "# changed: abbreviations cut off, inflections taken off, phrases of ordinary English dropped or guarded.",
)
LONGEST = 7  # words; longer ones are sentences about a term
PLAIN = regex.compile(r"[a-z0-9][a-z0-9' \-]*[a-z0-9]")
ABBREVIATION = regex.compile(r" ?\(([^()]*)\)$")
# Occurrences of the spun form per million words of clean news. A form with fewer gets a guard: its entry counts only if
# the right term also stands in the article. A form with as many or more is ordinary English ("place of interest") and
# is dropped.
ORDINARY = 0.5


def read_phrases(path: Path) -> list[tuple[str, str]]:
    """Return the (tortured, correct) pairs of a phrase list. Raises InputError."""
    try:
        phrases = json.loads(path.read_text(encoding="utf-8"))["phrases"]
        return [(phrase["tortured"], phrase["correct"]) for phrase in phrases]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f'{path}: expected JSON with "phrases" of "tortured" and "correct", found: {error!r}'
        ) from error


def entries_of(pairs: Iterable[tuple[str, str]]) -> Iterator[Entry]:
    """Yield an entry for every pair that is usable: plain words on both sides, more than one on the tortured one."""
    every = list(pairs)
    short = {m.group(1) for _, correct in every if (m := ABBREVIATION.search(correct)) and len(m.group(1)) <= 6}
    acronyms = {word for word in short if word.isalpha() and not _is_word(word)}
    for tortured, correct in every:
        spun, original = _without_abbreviation(tortured), _without_abbreviation(correct)
        plain = PLAIN.fullmatch(spun) and PLAIN.fullmatch(original) and 2 <= len(spun.split()) <= LONGEST
        if plain and objection(spun, original) is None and not _two_terms(spun, original):
            yield _entry(spun, original, acronyms)


def _without_abbreviation(phrase: str) -> str:
    """Return the phrase without what stands in brackets at its end: "support vector machine (svm)"."""
    return " ".join(ABBREVIATION.sub("", phrase.lower().strip()).split())


def _two_terms(spun: str, original: str) -> bool:
    """Say whether the right side names two terms for one: "differential equation and 1st order" for "first request"."""
    return " and " in f" {original} " and not {"and", "also", "plus", "furthermore", "likewise", "with"} & set(
        spun.split()
    )


def _is_word(word: str) -> bool:
    import lemminflect

    return bool(lemminflect.getAllLemmas(word))


def _entry(spun: str, original: str, acronyms: set[str]) -> Entry:
    """Return an entry that inflects as a noun where both last words are in the same number, else a fixed one."""
    left, right = spun.split(" "), original.split(" ")
    forms = [{a.tag: a.lemma for a in analyses(words[-1]) if a.pos == "n"} for words in (left, right)]
    shared = sorted(forms[0].keys() & forms[1].keys())
    if "datum" in [lemmas.get(tag) for lemmas in forms for tag in shared]:
        shared = []  # "big data" inflects like no other noun
    if shared and right[-1] not in acronyms:
        left, right = [*left[:-1], forms[0][shared[0]]], [*right[:-1], forms[1][shared[0]]]
    wording = " ".join(word.upper() if word in acronyms else word for word in right)
    pos = "n" if shared and right[-1] not in acronyms and left != right else ""
    return Entry(" ".join(left), wording, pos, count=1, sources=(SOURCE,), family="p")


def checked(entries: Iterable[Entry], counts: Counts) -> Iterator[Entry]:
    """Yield the entries with their frequency in clean text.

    Ordinary English is dropped, and what stands in clean text at all gets a guard.
    """
    for entry in entries:
        clean = counts.per_million(entry)
        if clean == 0:
            yield entry
        elif clean < ORDINARY:
            yield replace(entry, clean=clean, guard=Guard(has=fold_words(entry.original)))


def build(phrases: Path, corpora: Sequence[Path], limit: int | None) -> tuple[LexiconFile, list[Dropped]]:
    """Return the file and the phrases dropped as ordinary English, most frequent first."""
    entries = list(entries_of(read_phrases(phrases)))
    counts = count_clean(entries, corpora, limit=limit, tell=lambda line: click.echo(line, err=True))
    lexicon = LexiconFile(Path("p.tsv"), list(CREDIT))
    for entry in checked(entries, counts):
        lexicon.put(entry)
    dropped = {(counts.per_million(e), e.spun, e.original) for e in entries if counts.per_million(e) >= ORDINARY}
    return lexicon, sorted(dropped, reverse=True)


@click.command()
@click.argument("phrases", metavar="PHRASES.json", type=click.Path(path_type=Path))
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="FILE", type=click.Path(path_type=Path), help="Write this file.")
@click.option("--limit-words", type=int, metavar="N", help="Read N words of each corpus.")
def main(phrases: Path, corpora: Sequence[Path], output: Path, limit_words: int | None) -> None:
    """Write the lexicon file, and list the phrases that were dropped."""
    try:
        lexicon, dropped = build(phrases, corpora, limit_words)
        write_atomically(output, lexicon.text())
    except NormalizerError as error:
        click.echo(error, err=True)
        click.get_current_context().exit(2)
    guarded = sum(entry.guard != Guard() for entry in lexicon.entries.values())
    click.echo(f"{len(lexicon.entries)} entries, {guarded} of them guarded")
    click.echo(f"{len(dropped)} dropped as ordinary English:")
    click.echo("\n".join(f"{clean:8.2f}  {spun} -> {original}" for clean, spun, original in dropped))


if __name__ == "__main__":
    main()
