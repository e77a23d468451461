"""Lexicon entries: written and read back, weighed, left out by source, and found in a text."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from core_strategies import VOCABULARY, entries, small_entries, thorough, usual
from hypothesis import assume, example, given
from hypothesis import strategies as st

from normalizer.errors import LexiconError
from normalizer.lexicon import OPEN, Entry, Guard, Lexicon, Match
from normalizer.lexicon.entries import format_guard, format_line, parse_guard, parse_line
from normalizer.lexicon.files import HEADER, family_and_kind, format_file, read_entries
from normalizer.lexicon.matcher import build_trie, find_matches
from normalizer.surface import analyses, head_index
from normalizer.tokens import fold_words


def entry(spun: str = "instructed", original: str = "told", **more: object) -> Entry:
    return Entry(spun, original, **{"sources": ("A01",), **more})  # type: ignore[arg-type] # fields of Entry


# --- written and read back ----------------------------------------------------------------------------------


@given(entries)
@example(entry(guard=Guard(has=("it", "'s"))))
@example(entry(guard=Guard(has=("year", "-", "old"))))
@thorough
def test_a_written_entry_reads_back_as_itself(each):
    assume(fold_words(each.spun) != fold_words(each.original))
    assert parse_line(format_line(each), each.family, each.kind) == each


@given(st.lists(entries, max_size=5))
@usual
def test_a_written_file_is_sorted_unique_and_reads_back(tmp_path_factory, each):
    text = format_file([*each, *each])
    lines = text.split("\n")
    assert lines[0] == HEADER and lines[-1] == ""
    assert lines[1:-1] == sorted(set(lines[1:-1]))
    path = tmp_path_factory.mktemp("lexicon", numbered=True) / "b_names.tsv"
    path.write_text(text, encoding="utf-8")
    back = list(read_entries(path))
    assert set(back) == {replace(e, family="b", kind="name") for e in each}
    assert format_file(back) == text


def test_comments_blank_lines_windows_line_ends_and_a_byte_order_mark_are_no_entries(tmp_path):
    path = tmp_path / "t_numbers.tsv"
    path.write_bytes(f"\ufeff{HEADER}\r\n# a comment\r\n\r\n2d\tsecond\t-\t\t3\t\tA01 known:2\r\n".encode())
    assert list(read_entries(path)) == [
        Entry("2d", "second", count=3, sources=("A01", "known:2"), family="t", kind="number")
    ]


@pytest.mark.parametrize(
    ("cell", "guard"),
    [
        ("", OPEN),
        ("cap", Guard(case="cap")),
        ("lower ref", Guard(case="lower", reference=True)),
        ("before:The|a after:of", Guard(before=("the", "a"), after=("of",))),
        ("has:post_office", Guard(has=("post", "office"))),
        ("has:today’s_news", Guard(has=("today", "'s", "news"))),
    ],
)
def test_guard_cells(cell, guard):
    assert parse_guard(cell) == guard
    assert parse_guard(format_guard(guard)) == guard


@pytest.mark.parametrize(
    ("name", "family", "kind"),
    [
        ("a.tsv", "a", "lexical"),
        ("b_names.tsv", "b", "name"),
        ("x_numbers.tsv", "x", "number"),
        ("t_rare.tsv", "t", "lexical"),
        ("mine.tsv", "a", "lexical"),
    ],
)
def test_family_and_kind_stand_in_the_file_name(tmp_path, name, family, kind):
    assert family_and_kind(tmp_path / name) == (family, kind)


@pytest.mark.parametrize(
    ("original", "kind"),
    [("was", "function"), ("so as to", "function"), ("was told", "lexical"), ("told", "lexical")],
)
def test_entries_of_function_words_are_of_a_kind_of_their_own(original, kind):
    assert parse_line(f"spun\t{original}\t-\t\t1\t0\tA01", "a", "lexical").kind == kind
    assert parse_line(f"spun\t{original}\t-\t\t1\t0\tA01", "a", "name").kind == "name"


def test_an_entry_describes_itself():
    assert entry(count=12, sources=("A01", "A06")).describe() == "instructed -> told [a: seen 12 times, A01 A06]"
    many = entry(family="b", sources=("known:1", "A01", "A02", "A03"))
    assert many.describe() == "instructed -> told [b: known:1 A01 A02 ...]"


# --- weight and sources -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "sources", "weight"),
    [
        (3, ("A01",), 3),
        (0, ("known:1",), 1),
        (0, ("known:4",), 0.25),
        (2, ("known:4", "A01", "known:2"), 2.5),
    ],
)
def test_weight_counts_sightings_and_at_most_one_habit(count, sources, weight):
    assert entry(count=count, sources=sources).weight == weight


@given(entries, st.sampled_from(["A01", "B07", "seed000", "known:1", "known:2"]))
@example(entry(count=0, sources=("known:1", "known:2")), "known:1")
@example(entry(count=5, sources=("known:1", "A01")), "known:1")
@usual
def test_an_entry_without_a_source(each, source):
    left = each.without(source)
    pages = [s for s in each.sources if not s.startswith("known:")]
    if source not in each.sources:
        assert left == each
    elif each.sources == (source,):
        assert left is None
    else:
        assert left.sources == tuple(s for s in each.sources if s != source)
        assert left == replace(each, count=left.count, sources=left.sources)
        share = 1 if source.startswith("known:") else (len(pages) - 1) / len(pages)
        assert left.count == pytest.approx(each.count * share), "each page gave an equal share of the count"
        assert left.without(source) == left


@given(st.lists(entries, max_size=6), st.permutations(["A01", "known:1", "seed000"]))
@usual
def test_a_lexicon_without_sources_is_as_if_they_had_never_been_read(given_entries, left_out):
    lexicon = Lexicon(given_entries)
    rest = lexicon.without(*left_out).entries
    assert not {s for each in rest for s in each.sources} & set(left_out)
    assert [(e.spun, e.original) for e in rest] == [
        (e.spun, e.original) for e in given_entries if set(e.sources) - set(left_out)
    ]
    other = lexicon.without(*sorted(left_out)).entries
    assert [e.count for e in rest] == pytest.approx([e.count for e in other]), "in any order"
    assert lexicon.entries == tuple(given_entries), "the lexicon itself stays as it was"


def test_strength_is_the_share_of_an_originals_swaps_with_one_reserved_for_unseen_forms():
    often, rare, elsewhere = entry(count=6), entry("advised", count=1), entry("said", count=9, family="b")
    lexicon = Lexicon([often, rare, elsewhere])
    assert lexicon.strength(often) == 6 / 8
    assert lexicon.strength(rare) == 1 / 8
    assert lexicon.strength(elsewhere) == 9 / 10
    assert lexicon.without("A01").entries == ()


@given(st.lists(entries, max_size=5), st.randoms(use_true_random=False))
@usual
def test_the_signature_depends_on_the_entries_and_not_on_their_order(each, random):
    shuffled = random.sample(each, len(each))
    signature = Lexicon(each).signature
    assert Lexicon(shuffled).signature == signature
    assert len(signature) == 12
    assert Lexicon([*each, entry("quite new", "new")]).signature != signature


def test_files_add_to_the_shipped_lexicon(tmp_path):
    path = tmp_path / "b.tsv"
    path.write_text(f"{HEADER}\nzorb\tplain word\t-\t\t1\t0\tA01\n", encoding="utf-8")
    mine = Entry("zorb", "plain word", count=1, sources=("A01",), family="b")
    assert Lexicon.load([path], shipped=False).entries == (mine,)
    *shipped, last = Lexicon.load([path]).entries
    assert last == mine
    assert {each.family for each in shipped} >= {"a", "b", "t"}


# --- matching -----------------------------------------------------------------------------------------------


def naive_matches(each: Sequence[Entry], words: Sequence[str]) -> list[Match]:
    """Hold every entry against every stretch of *words*."""
    found = []
    for start in range(len(words)):
        for one in each:
            phrase = one.spun.split(" ")
            stretch = list(words[start : start + len(phrase)])
            if not one.pos and stretch == one.spun.split(" "):
                found.append(Match(start, start + len(phrase), one, "", ""))
            for pos in one.pos if len(stretch) == len(phrase) else "":
                at = head_index(phrase, pos)
                bare = [word.rstrip("*") for word in phrase]
                if stretch[:at] + stretch[at + 1 :] == bare[:at] + bare[at + 1 :]:
                    for lemma, its_pos, tag in analyses(stretch[at]):
                        if (lemma, its_pos) == (bare[at], pos):
                            found.append(Match(start, start + len(phrase), one, pos, tag))
    return found


@given(st.lists(small_entries(), max_size=8), st.lists(st.sampled_from(VOCABULARY), max_size=7))
@example(
    [entry("take* off", "undress", pos="v"), entry("take", "get"), entry("off take", "x", pos="vn")],
    ["took", "off", "takes"],
)
@thorough
def test_the_trie_finds_what_a_naive_scan_finds(each, words):
    found = list(find_matches(build_trie(each), words))
    assert sorted(found, key=repr) == sorted(naive_matches(each, words), key=repr)
    assert [match.start for match in found] == sorted(match.start for match in found)


def test_a_match_knows_the_class_and_tag_of_its_head():
    swap = entry("leave* of absence", "holiday", pos="n")
    lexicon = Lexicon([swap])
    assert list(lexicon.matches(["two", "leaves", "of", "absence"])) == [Match(1, 4, swap, "n", "NNS")]
    assert list(lexicon.matches(["he", "left", "of", "absence"])) == []


def test_spun_forms_match_as_they_are_tokenised():
    clitic, hyphen = entry("'s been", "has been"), entry("22-Yr-Outdated", "22-year-old")
    lexicon = Lexicon([clitic, hyphen])
    assert [m.entry for m in lexicon.matches(fold_words("It’s been a 22-yr-outdated"))] == [clitic, hyphen]


def test_an_unknown_guard_is_an_error():
    with pytest.raises(LexiconError, match="unknown guard 'caps'; expected cap, lower, ref, before:word"):
        parse_guard("cap caps")


@given(st.lists(small_entries(), max_size=8), st.lists(st.sampled_from(VOCABULARY), max_size=12))
@thorough
def test_stretches_are_the_places_of_matches(each, words):
    lexicon = Lexicon(each)
    found = list(lexicon.stretches(words))
    assert sorted(found) == sorted({(match.start, match.end) for match in lexicon.matches(words)})
    assert found == sorted(found, key=lambda place: place[0])
