"""The gate: it opens for figures as good as the pinned ones, and for nothing else."""

import json
from collections import Counter
from types import SimpleNamespace

import pytest

from normalizer.edits import Edit
from normalizer.errors import CaseError
from normalizer.evaluating.ablations import ablate
from normalizer.evaluating.gate import (
    Measured,
    Pinned,
    failures,
    hash_files,
    load_pins,
    lowered,
    raised,
    save_pins,
)
from normalizer.evaluating.harm import read_column
from normalizer.evaluating.running import evaluate
from normalizer.repairing import Normalizer
from normalizer.tokens import fold_words
from tests.tools import gate

PINNED = Pinned({"f05": 0.8, "recall": 0.6}, {"harm": 0.01}, "cafe")
GOOD = Measured({"f05": 0.8, "recall": 0.65}, {"harm": 0.005}, "cafe")
BAD = Measured({"f05": 0.79, "recall": 0.65}, {"harm": 0.02}, "cafe")


def test_figures_as_good_as_the_pinned_ones_pass():
    assert failures(PINNED, GOOD) == []


def test_float_noise_passes():
    assert failures(PINNED, Measured({"f05": 0.7996, "recall": 0.6}, {"harm": 0.0104}, "cafe")) == []


def test_a_regression_fails_with_both_figures():
    assert failures(PINNED, BAD) == [
        "f05: expected at least 0.8000, found 0.7900",
        "harm: expected at most 0.0100, found 0.0200",
    ]


@pytest.mark.parametrize(
    ("measured", "message"),
    [
        (Measured(GOOD.high, GOOD.low, "beef"), "expected the case files with SHA-256 cafe, found beef"),
        (Measured({"f05": 0.8}, GOOD.low, "cafe"), "recall: expected a figure, found none"),
        (
            Measured({**GOOD.high, "err": 0.5}, GOOD.low, "cafe"),
            "err: expected a pinned value, found none for 0.5000",
        ),
        (
            Measured({"f05": float("nan"), "recall": 1.0}, GOOD.low, "cafe"),
            "f05: expected at least 0.8000, found nan",
        ),
    ],
)
def test_other_cases_and_missing_figures_fail(measured, message):
    (found,) = failures(PINNED, measured)
    assert message in found


def test_raising_moves_pins_up_and_never_down():
    better = Measured({"f05": 0.82345, "recall": 0.5998}, {"harm": 0.00501}, "beef")
    assert raised(PINNED, better) == Pinned({"f05": 0.8234, "recall": 0.6}, {"harm": 0.0051}, "beef")
    assert failures(raised(PINNED, better), better) == []


def test_raising_refuses_a_regression():
    with pytest.raises(CaseError, match=r"found f05 0\.8000 -> 0\.7900; harm 0\.0100 -> 0\.0200; mend it, or python"):
        raised(PINNED, BAD)


@pytest.mark.parametrize(
    ("allowed", "reason", "missing"),
    [(False, "because", "--allow-regression"), (True, "", "--reason"), (True, "  ", "--reason")],
)
def test_lowering_needs_permission_and_reason(allowed, reason, missing):
    with pytest.raises(CaseError, match=f"found no {missing}"):
        lowered(PINNED, BAD, allowed=allowed, reason=reason)


def test_lowering_records_the_reason_and_what_fell():
    once = lowered(PINNED, BAD, allowed=True, reason=" the corpus left ")
    assert failures(once, BAD) == []
    assert once.lowered == [
        {
            "reason": "the corpus left",
            "changes": ["f05 0.8000 -> 0.7900", "harm 0.0100 -> 0.0200"],
            "cases": "cafe",
        }
    ]
    assert lowered(once, GOOD, allowed=True, reason="more").lowered[0] == once.lowered[0]
    assert raised(once, GOOD).lowered == once.lowered


def test_pins_are_written_and_read_back(tmp_path):
    path = tmp_path / "gate.json"
    assert load_pins(path) == Pinned({}, {}, "")
    pinned = lowered(PINNED, BAD, allowed=True, reason="x")
    save_pins(path, pinned)
    assert load_pins(path) == pinned
    path.write_text('{"floor": {}}')
    with pytest.raises(
        CaseError, match=r"gate\.json: expected floors, ceilings, cases, lowered as JSON, found: .*restore"
    ):
        load_pins(path)


def test_the_hash_is_over_names_and_bytes_whatever_the_order(tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(b"one")
    b.write_bytes(b"two")
    both = hash_files([a, b], tmp_path)
    assert hash_files([b, a, a], tmp_path) == both
    assert hash_files([a], tmp_path) != both
    b.write_bytes(b"twi")
    assert hash_files([a, b], tmp_path) != both


def run(monkeypatch, measured, *arguments):
    monkeypatch.setattr(gate, "Normalizer", lambda: None)
    monkeypatch.setattr(gate, "measure", lambda normalizer: measured)
    return gate.main.main([str(argument) for argument in arguments], standalone_mode=False) or 0


def test_the_command_checks_raises_and_lowers(monkeypatch, tmp_path, capsys):
    pins = tmp_path / "gate.json"
    save_pins(pins, PINNED)
    assert run(monkeypatch, GOOD, "check", "--pins", pins) == 0
    assert run(monkeypatch, BAD, "check", "--pins", pins) == 1
    assert "gate: f05: expected at least 0.8000, found 0.7900" in capsys.readouterr().err
    assert run(monkeypatch, BAD, "raise", "--pins", pins) == 2
    assert run(monkeypatch, BAD, "lower", "--pins", pins) == 2
    assert run(monkeypatch, BAD, "lower", "--pins", pins, "--reason", "x") == 2
    assert load_pins(pins) == PINNED
    assert run(monkeypatch, GOOD, "raise", "--pins", pins) == 0
    assert load_pins(pins).floors["recall"] == 0.65
    assert run(monkeypatch, BAD, "lower", "--pins", pins, "--reason", "x", "--allow-regression") == 0
    assert json.loads(pins.read_text())["lowered"][0]["reason"] == "x"


def test_lowering_without_permission_is_refused_before_anything_is_measured(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(gate, "measure", lambda normalizer: pytest.fail("measured"))
    words = ["lower", "--reason", "x", "--pins", str(tmp_path / "gate.json")]
    assert gate.main.main(words, standalone_mode=False) == 2
    assert "--allow-regression" in capsys.readouterr().err


def test_the_case_files_are_the_pinned_ones():
    found = hash_files(gate.measured_files(), gate.TESTS.parent)
    assert found == load_pins(gate.PINS).cases, "the cases changed; pin them anew: python -m tests.tools.gate raise"


def test_sentences_of_trades_are_many_and_hold_what_tempts():
    content = gate.TRADES.read_text(encoding="utf-8")
    columns = [read_column(content, name) for name in ("trade", "spun", "sentence")]
    trades, words, sentences = columns
    assert set(Counter(trades).values()) == {20} and len(trades) == 300
    assert len(set(sentences)) == len(sentences)
    for word, sentence in zip(words, sentences, strict=True):
        assert f" {' '.join(fold_words(word))} " in f" {' '.join(fold_words(sentence))} ", sentence


def test_trades_are_counted_alone_and_among_others_of_their_trade(monkeypatch, tmp_path):
    path = tmp_path / "trades.tsv"
    path.write_text("trade\tspun\tsentence\nlaw\tx\tone bad\nlaw\tx\tfine\nchat\tx\tfine, too\nchat\tx\tgood\n")
    monkeypatch.setattr(gate, "TRADES", path)

    class Careless:
        def repair(self, text):
            lines = text.split("\n")
            edits = [Edit(0, 3, "one", "two", "lexical")] if text.startswith("one") else []
            crowd = [Edit(len(text) - 5, len(text) - 1, text[-5:-1], "x", "lexical")] if len(lines) > 2 else []
            return SimpleNamespace(edits=[*edits, *crowd])

    assert dict(gate.trade_figures(Careless())) == {
        "sentences of trades changed alone": 0.25,
        "sentences of trades changed together": 0.75,
    }


def test_a_planted_regression_is_seen_on_the_seeds():
    """Without the swaps of family a, the figures of one seed fall, and the gate says so."""
    normalizer = Normalizer()
    case = next(case for case in gate.load_cases(gate.SEEDS) if case.name == "001")

    def figures(tool):
        results = evaluate(tool, [case], leave_out=True, without=["references"], full=False)
        counts = results[0].counts
        return Measured({"f05": counts.f05, "recall": counts.recall}, {}, "")

    pinned = raised(Pinned({}, {}, ""), figures(normalizer))
    assert failures(pinned, figures(normalizer)) == []
    found = failures(pinned, figures(ablate(normalizer, ["family:a"])))
    assert [line.split(":")[0] for line in found] == ["f05", "recall"]


@pytest.mark.slow
def test_the_gate_holds():
    assert failures(load_pins(gate.PINS), gate.measure(Normalizer())) == []
