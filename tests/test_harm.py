"""Harm by genre: every edit of clean text is counted where it belongs."""

import json
import lzma

import pytest
from click.testing import CliRunner

from normalizer.edits import Edit, apply_edits
from normalizer.evaluating.harm import CleanText
from normalizer.repairing import Repair
from normalizer.verdicts import Verdict
from tests.tools.harm import Batch, Genre, batches, main, measure, pooled, text_report


class Mistaken:
    """A tool that takes every "whilst" for "while" and cuts off "[ad]"."""

    def repair_many(self, texts):
        for text in texts:
            edits = []
            for word, after, kind in (("whilst", "while", "lexical"), ("[ad]", "", "residue")):
                if word in text:
                    at = text.index(word)
                    edits.append(Edit(at, at + len(word), word, after, kind))
            verdict = Verdict(0.9, "a", 0.1) if edits else Verdict(0.1, None, 0.0)
            yield Repair(text, apply_edits(text, edits), tuple(edits), verdict)


def batch(*texts, corpus="letters", news=False):
    return Batch(corpus, news, tuple(CleanText(f"{corpus}:{i}", text) for i, text in enumerate(texts)))


def test_edits_are_counted_and_residue_apart():
    found = measure(Mistaken(), batch("He sang whilst he ate.", "[ad] So it was.", "Nothing here."))
    assert (found.documents, found.edited, found.spun, found.residue) == (3, 1, 2, 1)
    assert [(edit.place, edit.before, edit.after) for edit in found.edits] == [("letters:0", "whilst", "while")]
    assert found.words == 5 + 4 + 2
    assert found.rate == pytest.approx(100_000 / 11)


def test_genres_are_pooled():
    parts = [
        measure(Mistaken(), batch("Whilst he ate, whilst.", corpus="wire", news=True)),
        measure(Mistaken(), batch("Sing whilst you eat.")),
        measure(Mistaken(), batch("Sing whilst you can.")),
    ]
    rows = {row.name: row for row in pooled(parts)}
    assert list(rows) == ["wire", "letters", "all news", "all other genres", "all"]
    assert (rows["letters"].documents, len(rows["letters"].edits)) == (2, 2)
    assert len(rows["all news"].edits) == 1 and len(rows["all"].edits) == 3


def test_the_report_has_the_worst_genre_first_and_the_swaps():
    parts = [Genre("calm", words=10), measure(Mistaken(), batch("Whilst whilst", "whilst", corpus="bad"))]
    report = text_report(pooled(parts), show=5)
    assert report.index("bad") < report.index("calm")
    assert "whilst -> while" in report and "bad 2" in report


def test_a_limit_ends_each_corpus(tmp_path):
    (tmp_path / "genres").mkdir()
    path = tmp_path / "genres" / "letters.txt.xz"
    path.write_bytes(lzma.compress("\n\n".join(["So they went home."] * 40).encode()))
    both = [text for each in batches(path, (0, 1), None) for text in each.texts]
    assert [place for place, _ in both] == [f"letters:{i}" for i in range(40)]
    halves = [{text.place for each in batches(path, (half,), None) for text in each.texts} for half in (0, 1)]
    assert halves[0] and halves[1] and halves[0] | halves[1] == {text.place for text in both}
    assert sum(len(each.texts) for each in batches(path, (0, 1), 8)) == 2


def test_the_command_prints_the_table_and_writes_every_edit(tmp_path):
    (tmp_path / "genres").mkdir()
    texts = "\n\n".join(["The sun set behind the hill.", "Rain fell on the roof all night."])
    (tmp_path / "genres" / "letters.txt.xz").write_bytes(lzma.compress(texts.encode()))
    result = CliRunner().invoke(main, [str(tmp_path), "--json", str(tmp_path / "edits.json")])
    assert result.exit_code == 0, result.output
    assert "letters" in result.output and "all other genres" in result.output
    (record,) = json.loads((tmp_path / "edits.json").read_text())
    assert record["documents"] == 2 and record["edits"] == []


def test_a_genre_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "wire.txt.xz").write_bytes(lzma.compress(b"So it was."))
    result = CliRunner().invoke(main, [str(tmp_path), "--genre", "mail"])
    assert result.exit_code == 2 and "expected the name of a corpus" in result.output
