"""Lexicon entries: written and read back, weighed, left out by source, and found in a text."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from core_strategies import FAKES, VOCABULARY, Found, entries, found_in, knowing, small_entries, thorough, usual
from hypothesis import assume, example, given
from hypothesis import strategies as st

from normalizer.errors import LexiconError
from normalizer.glancing import sign_worths
from normalizer.language_model import classes
from normalizer.lexicon import OPEN, CompiledLexicon, Entry, Guard, Lexicon, Match
from normalizer.lexicon.compiled import WORD_MASK
from normalizer.lexicon.compiling import ARTICLES, FAMILY_NAMES, KINDS, WORD_BITS, Row, expand
from normalizer.lexicon.entries import format_guard, format_line, parse_guard, parse_line
from normalizer.lexicon.files import HEADER, family_and_kind, format_file, read_entries
from normalizer.lexicon.matcher import build_trie, find_matches
from normalizer.lexicon.packed import PackedLexicon, content_key, load_or_compile, write_lexicon
from normalizer.pages import read
from normalizer.surface import analyses, head_index, inflect_phrase
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
        ("never", Guard(never=True)),
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
    with pytest.raises(LexiconError, match="unknown guard 'caps'; expected cap, lower, ref, never, before:word"):
        parse_guard("cap caps")


@given(st.lists(small_entries(), max_size=8), st.lists(st.sampled_from(VOCABULARY), max_size=12))
@thorough
def test_stretches_are_the_places_of_matches(each, words):
    lexicon = Lexicon(each)
    found = list(lexicon.stretches(words))
    assert sorted(found) == sorted({(match.start, match.end) for match in lexicon.matches(words)})
    assert found == sorted(found, key=lambda place: place[0])


# --- compiled -----------------------------------------------------------------------------------------------------


def naive_rows(each: Sequence[Entry], stretch: Sequence[str]) -> dict[Row, set[int]]:
    """What a whole stretch can be read as, and by which entries, from the naive matches of the matcher's test."""
    rows: dict[Row, set[int]] = {}
    for match in naive_matches(each, stretch):
        if (match.start, match.end) != (0, len(stretch)):
            continue
        original = match.entry.original
        text = inflect_phrase(original, match.pos, match.tag) if match.pos else original
        if text is None:
            continue
        words, left, right = list(fold_words(text)), 0, 0
        while len(words) > 1 and len(stretch) - right > 1 and words[-1] == stretch[len(stretch) - right - 1]:
            words, right = words[:-1], right + 1
        while len(words) > 1 and len(stretch) - right - left > 1 and words[0] == stretch[left]:
            words, left = words[1:], left + 1
        changed = list(stretch[left : len(stretch) - right])
        clitics = [word.startswith("'") and word[1:2].isalpha() for word in (words[0], changed[0])]
        if words != changed and clitics[0] == clitics[1]:
            row = Row(match.entry.guard, left, right, " ".join(words))
            rows.setdefault(row, set()).update(n for n, one in enumerate(each) if one is match.entry)
    return rows


@given(knowing(), st.lists(st.sampled_from(VOCABULARY), max_size=7))
@example([entry("take* off", "go off", pos="v"), entry("off", "from"), entry("take", "get", pos="vn")], ["took", "off"])
@thorough
def test_every_stretch_has_the_rows_that_naive_matches_give(each, words):
    assume(not any(one.pos and "'" in one.original for one in each))  # a clitic has no inflections
    found = expand(each)
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + 4) + 1):
            stretch = tuple(words[start:end])
            rows = {
                row._replace(text=row.text.lower()): set(numbers) for row, numbers in found.get(stretch, {}).items()
            }
            assert rows == naive_rows(each, stretch)


def walked(compiled: CompiledLexicon) -> dict[tuple[str, ...], list[tuple[object, ...]]]:
    """Every stretch in the compiled trie, with its rows spelt out."""
    ahead: dict[int, list[tuple[str, int]]] = {}
    for word, node in enumerate(compiled["word.node"].tolist()):
        if node:
            ahead.setdefault(0, []).append((compiled.word(word), node))
    for key, node in zip(compiled["edge.key"].tolist(), compiled["edge.node"].tolist(), strict=True):
        ahead.setdefault(key >> WORD_BITS, []).append((compiled.word(key & WORD_MASK), node))
    found: dict[tuple[str, ...], list[tuple[object, ...]]] = {}
    pending: list[tuple[tuple[str, ...], int]] = [((), 0)]
    while pending:
        stretch, node = pending.pop()
        pending += [((*stretch, word), child) for word, child in ahead.get(node, ())]
        low, high = compiled["node.rows"][node : node + 2].tolist()
        rows = []
        for row in range(low, high):
            behind = compiled["row.entry"][slice(*compiled["row.offset"][row : row + 2].tolist())].tolist()
            sides = int(compiled["row.left"][row]), int(compiled["row.right"][row])
            guard, text = (
                compiled.guards[compiled["row.guard"][row]],
                compiled.wording(int(compiled["row.wording"][row])),
            )
            rows.append((guard, *sides, text, behind))
        if rows:
            found[stretch] = rows
    return found


@given(knowing())
@thorough
def test_a_compiled_lexicon_holds_every_stretch_with_its_rows(each):
    compiled = Lexicon(each).compiled(FAKES)
    expected = {
        stretch: sorted(((*row, list(numbers)) for row, numbers in rows.items()), key=repr)
        for stretch, rows in expand(each).items()
        if rows
    }
    assert {stretch: sorted(rows, key=repr) for stretch, rows in walked(compiled).items()} == expected


@given(knowing())
@usual
def test_a_compiled_lexicon_says_of_entries_and_wordings_what_they_are(each):
    lexicon = Lexicon(each)
    compiled = lexicon.compiled(FAKES)
    assert compiled.describe(range(len(each))) == [one.describe() for one in each]
    assert compiled["entry.weight"].tolist() == [one.weight for one in each]
    assert compiled["entry.strength"].tolist() == [lexicon.strength(one) for one in each]
    assert [FAMILY_NAMES[number] for number in compiled["entry.family"]] == [one.family for one in each]
    assert [KINDS[number] for number in compiled["entry.kind"]] == [one.kind for one in each]
    assert compiled.signature == lexicon.signature
    texts = [compiled.wording(number) for number in range(len(compiled["wording.offset"]) - 1)]
    assert texts == sorted({*ARTICLES, *(row.text for rows in expand(each).values() for row in rows)})
    assert [compiled.wording_words(number) for number in range(len(texts))] == [fold_words(text) for text in texts]
    assert [texts[compiled.articles[text]] for text in ARTICLES] == list(ARTICLES)


ASKED = st.lists(
    st.sampled_from([*VOCABULARY, "zzz", "naïve", "7", "2022", "3.5", "a.com", "<unk>"]) | st.text(max_size=4)
)


@given(knowing(), ASKED)
@usual
def test_a_word_has_its_place_in_the_vocabulary_or_that_of_its_class(each, words):
    compiled = Lexicon(each).compiled(FAKES)
    vocabulary = [compiled.word(number) for number in range(len(compiled["words.offset"]) - 1)]
    own, further = vocabulary[: compiled.base], vocabulary[compiled.base :]
    assert own == sorted(FAKES[0].words, key=str.encode) and further == sorted(further, key=str.encode)
    assert len(set(vocabulary)) == len(vocabulary)
    for word in words:
        place = vocabulary.index(word) if word in vocabulary else -1
        assert compiled.ids.place(word) == place
        number = compiled.ids[word]
        if place >= 0:
            assert number == place
        else:
            assert number > WORD_MASK, "no word of the vocabulary has its number"
            name = classes(word)
            stands = next(c for c in (name, "<num>" if name[:1].isnumeric() else "<unk>", "<unk>") if c in vocabulary)
            assert compiled.word(number & WORD_MASK) == stands
    numbers = [compiled.ids[word] for word in dict.fromkeys(words)]
    assert len(set(numbers)) == len(numbers), "different words have different numbers"
    assert compiled.ids.of(words).tolist() == [compiled.ids[word] for word in words]


def described(lexicon: Lexicon, text: str) -> list[Found]:
    """The readings of a text, numbers rounded."""
    found = found_in([read(text)], lexicon)
    return [each._replace(strengths={name: round(s, 9) for name, s in each.strengths.items()}) for each in found]


SOURCES = st.sampled_from(["A01", "B07", "known:1", "known:2"])


@st.composite
def sourced(draw: st.DrawFn) -> list[Entry]:
    """Small entries from several sources."""
    each = draw(knowing())
    return [replace(one, sources=tuple(draw(st.lists(SOURCES, min_size=1, max_size=3, unique=True)))) for one in each]


@given(sourced(), st.lists(st.sampled_from(VOCABULARY), max_size=10).map(" ".join), st.lists(SOURCES, max_size=2))
@example([entry("big", "large"), entry("big", "vast", sources=("A01", "B07"), count=4)], "big", ["A01"])
@thorough
def test_a_lexicon_without_a_source_reads_as_if_it_were_compiled_anew(each, text, left_out):
    """Its columns are those of the whole, with other evidence: nothing else may be seen of what was left out."""
    for part in (
        Lexicon(each).without(*left_out),
        Lexicon(each).where(lambda one: one.family == "a"),
        Lexicon(each).where(lambda one: one.count < 5).without(*left_out).where(lambda one: one.kind != "name"),
    ):
        anew = Lexicon(part.entries)
        assert described(part, text) == described(anew, text)
        shared, fresh = part.compiled(FAKES), anew.compiled(FAKES)
        assert shared.signature == fresh.signature
        words = [*VOCABULARY, "zzz"]
        for single in ("word.sign", "word.worth"):
            both = [sign_worths(c.ids.of(words), c, single) for c in (shared, fresh)]
            assert both[0] == pytest.approx(both[1])


def test_a_part_shares_the_columns_of_the_whole():
    whole = Lexicon([entry("big", "large"), entry("big", "vast", sources=("B07",))])
    part = whole.without("A01")
    assert part.compiled(FAKES)["words.text"] is whole.compiled(FAKES)["words.text"]
    assert part.compiled(FAKES) is part.compiled(FAKES)
    assert part.compiled(FAKES).ids is whole.compiled(FAKES).ids


def test_equal_entries_compile_to_equal_bytes_and_their_order_settles_nothing():
    each = [entry("big", "large"), entry("take* off", "go", pos="v"), entry("talk of", "chat on", guard=Guard("cap"))]
    one, other = (Lexicon(list(order)).compiled(FAKES) for order in (each, each))
    assert {name: column.tobytes() for name, column in one.columns.items()} == {
        name: column.tobytes() for name, column in other.columns.items()
    }
    text = "The big Talk Of it took off"
    assert described(Lexicon(each), text) == described(Lexicon(each[::-1]), text)


@given(knowing(), st.lists(st.sampled_from(VOCABULARY), max_size=10).map(" ".join))
@usual
def test_a_compiled_lexicon_is_pickled_and_written_as_it_is(tmp_path_factory, each, text):
    lexicon = Lexicon(each)
    compiled = lexicon.compiled(FAKES)
    path = tmp_path_factory.mktemp("compiled", numbered=True) / "x.compiled"
    write_lexicon(path, compiled, "key")
    mapped = PackedLexicon.mapped(path)
    assert mapped.facts["key"] == "key"
    for other in (pickle.loads(pickle.dumps(compiled)), mapped.lexicon, pickle.loads(pickle.dumps(mapped.lexicon))):
        assert (other.guards, other.base, other.signature) == (compiled.guards, compiled.base, compiled.signature)
        assert other.columns.keys() == compiled.columns.keys()
        for name, column in compiled.columns.items():
            assert other[name].tolist() == column.tolist()
        changed = Lexicon(each)
        changed.adopt(FAKES, other)
        assert described(changed, text) == described(lexicon, text)


def kept_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Lexicon:
    monkeypatch.setenv("NORMALIZER_CACHE", str(folder))
    return Lexicon([entry("big", "large")])


def never() -> CompiledLexicon:
    raise AssertionError("compiled although it is kept")


def test_a_compiled_lexicon_is_kept_and_found_by_its_key(tmp_path, monkeypatch):
    compiled = kept_in(tmp_path / "new" / "folder", monkeypatch).compiled(FAKES)
    assert load_or_compile("abc", lambda: compiled).signature == compiled.signature
    assert load_or_compile("abc", never).signature == compiled.signature
    with pytest.raises(AssertionError):
        load_or_compile("abd", never)


def test_a_file_that_is_not_whole_is_made_anew(tmp_path, monkeypatch):
    compiled = kept_in(tmp_path, monkeypatch).compiled(FAKES)
    load_or_compile("abc", lambda: compiled)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"x" * 100):
        path.unlink()  # a file in use is never written over
        path.write_bytes(damaged)
        assert load_or_compile("abc", lambda: compiled).signature == compiled.signature
        assert load_or_compile("abc", never).signature == compiled.signature


def test_where_nothing_can_be_kept_a_warning_says_so(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    compiled = kept_in(tmp_path / "file", monkeypatch).compiled(FAKES)
    with pytest.warns(UserWarning, match=r"could not be kept .* set NORMALIZER_CACHE to a folder that can be written"):
        assert load_or_compile("abc", lambda: compiled) is compiled


def test_a_key_names_the_content_and_the_name_of_every_file_and_the_models(tmp_path):
    a, b = tmp_path / "a.tsv", tmp_path / "b.tsv"
    a.write_text("x"), b.write_text("x")
    keys = [content_key([a], ["m"]), content_key([b], ["m"]), content_key([a, b], ["m"]), content_key([a], ["n"])]
    assert content_key([a], ["m"]) == keys[0]
    a.write_text("y")
    keys.append(content_key([a], ["m"]))
    assert len(set(keys)) == len(keys)


# --- never ----------------------------------------------------------------------------------------------------

COLUMNS_LINE = "spun\toriginal\tpos\tguard\tcount\tclean\tsource\n"


def own_lexicon(folder, *lines):
    path = folder / "a_own.tsv"
    path.write_text(COLUMNS_LINE + "".join(line + "\n" for line in lines), "utf-8")
    return path


def test_a_line_with_never_switches_an_entry_of_the_shipped_lexicon_off(tmp_path):
    shipped = Lexicon.load()
    line = "instruct\ttell\tv\tnever\t0\t0\tuser"
    lexicon = Lexicon.load([own_lexicon(tmp_path, line, "newshound\treporter\tn\t\t9\t0\tuser")])
    gone = {(e.spun, e.original) for e in shipped.entries} - {(e.spun, e.original) for e in lexicon.entries}
    assert gone == {("instruct", "tell")}
    assert not any(entry.guard.never for entry in lexicon.entries)
    assert any(entry.sources == ("user",) for entry in lexicon.entries)


def test_a_star_switches_all_of_a_spun_form_off(tmp_path):
    lexicon = Lexicon.load([own_lexicon(tmp_path, "extra\t*\t-\tnever\t0\t0\tuser")])
    assert "extra" in {e.spun for e in Lexicon.load().entries} - {e.spun for e in lexicon.entries}


def test_never_of_what_nothing_says_is_refused(tmp_path):
    path = own_lexicon(tmp_path, "no such form\tsaid\t-\tnever\t0\t0\tuser")
    with pytest.raises(LexiconError, match="a lexicon says never of 'no such form' -> 'said', expected an entry that"):
        Lexicon.load([path])
    assert Lexicon.load([path], shipped=False).entries == ()


def test_a_star_is_no_original_without_never(tmp_path):
    with pytest.raises(LexiconError, match=r"own.tsv, line 2: original '\*': expected words"):
        Lexicon.load([own_lexicon(tmp_path, "extra\t*\t-\t\t0\t0\tuser")])
