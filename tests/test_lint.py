"""The shipped lexicons are well formed, and a bad line is refused with file, line and remedy."""

import re
from collections import Counter
from pathlib import Path

import pytest

from normalizer.errors import LexiconError
from normalizer.lexicon import FAMILIES, Lexicon
from normalizer.lexicon.entries import COLUMNS, KINDS, POS_LETTERS, format_line
from normalizer.lexicon.files import HEADER, KIND_OF_SUFFIX, format_file, read_entries, shipped_files
from normalizer.tokens import fold_words

SOURCE = re.compile(r"known:[1-9]\d*|[A-Z]+\d{2,}|seed\d{3}|C:\S+")
GOOD = "instructed\ttold\t-\t\t3\t0\tA01"

shipped = pytest.mark.parametrize("path", shipped_files(), ids=lambda path: path.name)


# --- the shipped files --------------------------------------------------------------------------------------


def test_there_are_shipped_lexicons():
    assert {path.name for path in shipped_files()} >= {"a.tsv", "b.tsv", "t.tsv"}


@shipped
def test_a_file_is_named_by_family_and_kind(path):
    family, _, kind = path.stem.partition("_")
    assert family in FAMILIES
    assert kind in ("", "mt", *KIND_OF_SUFFIX)


@shipped
def test_a_file_is_plain_text_with_one_header_and_a_last_line_end(path):
    raw = path.read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf") and b"\r" not in raw
    assert raw.endswith(b"\n") and not raw.endswith(b"\n\n")
    assert raw.decode().split("\n").count(HEADER) == 1


@shipped
def test_lines_are_sorted_unique_and_written_in_one_way(path):
    lines = [line for line in path.read_text("utf-8").split("\n")[1:-1] if not line.startswith("#")]
    assert lines == sorted(set(lines)), "sort the lines by code point and drop repeated ones"
    entries = list(read_entries(path))
    different = [(line, format_line(e)) for line, e in zip(lines, entries, strict=True) if line != format_line(e)]
    assert not different, "written as `normalizer lexicon` writes it"


@shipped
def test_a_swap_has_one_line_for_its_classes_and_guard(path):
    swaps = Counter((e.spun, e.original, e.pos, e.guard) for e in read_entries(path))
    assert [swap for swap, times in swaps.items() if times > 1] == []


@shipped
def test_every_entry_is_well_formed(path):
    for entry in read_entries(path):
        assert entry.spun == entry.spun.lower(), f"{entry.spun!r}: spun forms are compared in lower case"
        assert fold_words(entry.spun.replace("*", "")) != fold_words(entry.original.replace("*", ""))
        assert set(entry.pos) <= set(POS_LETTERS) and len(set(entry.pos)) == len(entry.pos)
        assert entry.kind in KINDS
        assert entry.sources, f"{entry.spun!r}: no source"
        assert len(set(entry.sources)) == len(entry.sources), f"{entry.spun!r}: a source named twice"
        assert entry.weight > 0, f"{entry.spun!r}: nothing speaks for it"
        seen = [source for source in entry.sources if not source.startswith("known:")]
        assert (entry.count > 0) == bool(seen), f"{entry.spun!r}: counted where seen, and only there"
        assert not set(entry.spun + entry.original) & set("’‘“”\u00ad\u200b"), f"{entry.spun!r}: straight quotes"


def test_every_source_is_a_page_a_seed_or_a_rank():
    found = {source for path in shipped_files() for entry in read_entries(path) for source in entry.sources}
    assert sorted(source for source in found if not SOURCE.fullmatch(source)) == []


def test_every_fixed_spun_form_is_found_in_itself():
    lexicon = Lexicon.load()
    for entry in lexicon.entries:
        words = fold_words(entry.spun)
        if not entry.pos:
            assert any(m.entry is entry and m.end - m.start == len(words) for m in lexicon.matches(words)), entry


# --- the lint itself ----------------------------------------------------------------------------------------

BAD_LINES = (
    (
        "instructed\ttold",
        "expected 7 tab-separated cells (spun, original, pos, guard, count, clean, source), found 2",
    ),
    (
        GOOD + "\t",
        "expected 7 tab-separated cells (spun, original, pos, guard, count, clean, source), found 8",
    ),
    (
        GOOD.replace("-", "x"),
        "pos 'x': expected - (fixed form) or letters of v (verb), n (noun), a (adjective)",
    ),
    (
        GOOD.replace("-", "vx"),
        "pos 'vx': expected - (fixed form) or letters of v (verb), n (noun), a (adjective)",
    ),
    (
        GOOD.replace("-", ""),
        "pos '': expected - (fixed form) or letters of v (verb), n (noun), a (adjective)",
    ),
    (GOOD.replace("3", "three"), "count 'three': expected a number of 0 or more"),
    (GOOD.replace("3", "-3"), "count '-3': expected a number of 0 or more"),
    (GOOD.replace("3", "nan"), "count 'nan': expected a number of 0 or more"),
    (GOOD.replace("\t0\t", "\tinf\t"), "clean 'inf': expected a number of 0 or more"),
    (GOOD.replace("told", ""), "original '': expected words with single spaces between them"),
    (
        GOOD.replace("told", "was  told"),
        "original 'was  told': expected words with single spaces between them",
    ),
    (
        GOOD.replace("instructed", "\u00a0"),
        "spun form '\\xa0': expected words with single spaces between them",
    ),
    (GOOD.replace("instructed", "instructed "), "spun form 'instructed ': expected words with single spaces"),
    (GOOD.replace("told", "a* b*").replace("-", "n"), "original 'a* b*': expected at most one starred head"),
    (
        GOOD.replace("told", "head* of"),
        "original 'head* of': a starred head inflects; give its pos, or drop the star",
    ),
    (GOOD.replace("told", "Instructed"), "'instructed' maps to itself"),
    (GOOD.replace("told", "instructed*").replace("-", "v"), "'instructed' maps to itself"),
    (GOOD.replace("A01", ""), "'instructed': no source; name where it was seen, or known:1"),
    (GOOD.replace("A01", "known:"), "source 'known:': expected known: and a rank from 1, such as known:1"),
    (GOOD.replace("A01", "known:x"), "source 'known:x': expected known: and a rank from 1, such as known:1"),
    (GOOD.replace("A01", "known:0"), "source 'known:0': expected known: and a rank from 1, such as known:1"),
    (GOOD.replace("\t\t3", "\tcaps\t3"), "unknown guard 'caps'; expected cap, lower, ref, never, before:word|word"),
    (
        GOOD.replace("\t\t3", "\tbefore:\t3"),
        "unknown guard 'before:'; expected cap, lower, ref, never, before:word|word",
    ),
    (
        GOOD.replace("\t\t3", "\tafter:a||b\t3"),
        "unknown guard 'after:a||b'; expected cap, lower, ref, never, before:word|word",
    ),
    (GOOD.replace("\t\t3", "\thas:\t3"), "unknown guard 'has:'; expected cap, lower, ref, never, before:word|word"),
    (
        GOOD.replace("\t\t3", "\tcap:x\t3"),
        "unknown guard 'cap:x'; expected cap, lower, ref, never, before:word|word",
    ),
)


def read(path: Path, *lines: str) -> int:
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return len(list(read_entries(path)))


def test_a_good_line_is_read(tmp_path):
    assert len(COLUMNS) == 7
    assert read(tmp_path / "a.tsv", HEADER, "# comment", GOOD) == 1


@pytest.mark.parametrize(("line", "message"), BAD_LINES, ids=[message[:40] for _, message in BAD_LINES])
def test_a_bad_line_is_refused_with_file_line_and_remedy(tmp_path, line, message):
    path = tmp_path / "a.tsv"
    with pytest.raises(LexiconError) as refused:
        read(path, HEADER, "# comment", GOOD, "", line)
    assert str(refused.value).startswith(f"{path}, line 5: {message}")


def test_a_file_without_header_is_refused(tmp_path):
    path = tmp_path / "a.tsv"
    with pytest.raises(LexiconError) as refused:
        read(path, GOOD)
    assert str(refused.value) == f"{path}, line 1: expected the header {HEADER!r}, found {GOOD!r}"


@pytest.mark.parametrize("content", [None, b"spun\toriginal\xff"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, content):
    path = tmp_path / "a.tsv"
    if content:
        path.write_bytes(content)
    with pytest.raises(LexiconError) as refused:
        Lexicon.load([path], shipped=False)
    assert str(refused.value).startswith(f"{path}: cannot read this lexicon (")
    assert str(refused.value).endswith("); expected a UTF-8 TSV file")


def test_a_sorted_file_is_what_the_writer_writes():
    for path in shipped_files():
        if "\n#" not in (text := path.read_text("utf-8")):
            assert format_file(read_entries(path)) == text
