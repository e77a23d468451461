"""Learnt weights: written and read back, complete, and refused where they are no weights."""

from dataclasses import asdict

import numpy as np
import pytest

from normalizer.errors import ModelError
from normalizer.weights import (
    FEATURES,
    OF_REFERENCES,
    Rates,
    Weights,
    load_weights,
    read_weights,
    shipped_weights,
    write_weights,
)


def test_weights_are_written_and_read_back():
    weights = Weights(dict.fromkeys(FEATURES, 0.5), 0.7, Rates(clean=0.1), {"odds": 0.5}, provenance="made up")
    assert read_weights(write_weights(weights, "made up")) == weights


def test_shipped_weights_name_only_features_there_are():
    weights = shipped_weights()
    assert set(weights.features) == set(FEATURES)
    assert weights.provenance
    assert np.isfinite(weights.vector()).all()


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", '{"rates": {"odd": 1}}', '{"features": {}, "odd": 1}', "\udcff", '{"features": 1, "rates": 2}',
        "[" * 100_000, '{"features": {"edit": NaN}}', '{"features": {"edit": "x"}}', '{"features": {"edit": true}}',
        '{"features": [1]}', '{"features": {}, "model": null}', '{"features": {}, "model": 1%s}' % ("0" * 400),
        '{"features": {}, "rates": {"clean": "x"}}', '{"features": {}, "rates": {"clean": 0}}',
        '{"features": {}, "rates": {"spun": 0.01}}', '{"features": {}, "rates": {"start": 1}}',
        '{"features": {}, "rates": {"change": 0}}',
    ],
    ids=lambda content: content[:40],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "w.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=r"w\.json: expected weights"):
        load_weights(path)


def test_weights_written_by_hand_are_loaded(tmp_path):
    path = tmp_path / "w.json"
    path.write_text('{"features": {"edit": -1}, "rates": {"clean": 0.05}}', encoding="utf-8")
    weights = load_weights(path)
    assert weights.vector().tolist() == [-1.0 if name == "edit" else 0.0 for name in FEATURES]
    assert asdict(weights.rates) == {**asdict(Rates()), "clean": 0.05}
    assert (weights.model, weights.confidence, weights.provenance) == (1.0, {}, "")


def test_features_have_one_name_each_and_those_of_references_are_among_them():
    assert len(set(FEATURES)) == len(FEATURES)
    assert set(OF_REFERENCES) < set(FEATURES)
