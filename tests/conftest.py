"""Settings of all tests. How long an example takes says nothing: the machine may be busy."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from normalizer.lexicon import Entry
from normalizer.lexicon.files import format_file

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

SWAPS = (
    ("said", "told"), ("instructed", "told"), ("newshounds", "reporters"), ("additionally", "also"),
    ("press convention", "press conference"), ("assembly", "meeting"), ("subsequent", "next"), ("conflict", "war"),
)  # fmt: skip


def pytest_make_parametrize_id(val: object) -> str | None:
    """Content of a file is named by its size: a packed one may hold the time, and workers must agree on the names."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.fixture
def small_lexicon(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped lexicons with a few entries and no thesaurus: to compile all that ships takes too long."""
    folder = tmp_path_factory.mktemp("shipped")
    entries = [Entry(spun, original, count=90.0, clean=0.5, sources=("test",)) for spun, original in SWAPS]
    (folder / "a.tsv").write_text(format_file(entries), "utf-8")
    for module in ("files", "packed"):
        monkeypatch.setattr(f"normalizer.lexicon.{module}.shipped_folder", lambda: folder)
    monkeypatch.setenv("NORMALIZER_CACHE", str(folder / "cache"))
    return folder
