"""The tool that tries the extras: it knows all of them, and what it makes by hand is read by what it stands for."""

import gzip
import io
import tomllib
from pathlib import Path

import pytest

from normalizer.diagnosis import DEVELOPING
from tests.tools import extra_uses
from tests.tools.extras import MIB, Outcome


def test_every_extra_has_a_use() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(extra_uses.USES) == set(project["optional-dependencies"]) - set(DEVELOPING)


def test_the_frame_that_is_made_by_hand_is_zstandard() -> None:
    zstandard = pytest.importorskip("zstandard")
    data = extra_uses.LINES.encode()
    assert zstandard.ZstdDecompressor().decompress(extra_uses.packed(data)) == data


def test_the_archive_that_is_made_by_hand_is_warc() -> None:
    warcio = pytest.importorskip("warcio.archiveiterator")
    record = next(iter(warcio.ArchiveIterator(io.BytesIO(gzip.compress(extra_uses.archived())))))
    assert record.content_stream().read() == extra_uses.PAGE.encode()


def test_an_extra_with_a_fault_is_not_as_it_should_be() -> None:
    assert Outcome("html", 2.6, 3 * MIB, []).row == "| html | 3 | 3 | Repair the main text of a web page | yes |"
    assert Outcome("html", 2.6, 3 * MIB, ["its use: x"]).row.endswith("| no |")
