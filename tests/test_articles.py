"""Articles: read from a file or standard input, and standard output."""

import errno
import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from normalizer import articles
from normalizer.articles import read_article
from normalizer.errors import InputError

SEEDS = Path(__file__).parent.parent / "seeds"
BODY = "The minister said on Friday that the talks would go on next week.\n"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def test_file_is_read_as_it_stands(tmp_path):
    path = tmp_path / "page.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo \xe2\x80\x9cx\xe2\x80\x9d")
    assert read_article(path) == articles.Article("\ufeffone\r\ntwo “x”", str(path))


def test_standard_input_is_read_for_a_dash(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\r\nb"), encoding="ascii"))
    assert read_article("-") == articles.Article("a\r\nb", "standard input")


def test_paths_that_cannot_be_read_are_refused_with_a_remedy(tmp_path):
    for path, found in (
        (tmp_path / "gone", "found nothing there; check the path"),
        (tmp_path, "found a folder; name the files in it"),
        (tmp_path / "a\0b", "found: "),
    ):
        with pytest.raises(InputError) as error:
            read_article(path)
        assert str(error.value).startswith(f"{path}: expected a readable file, {found}")


@pytest.mark.skipif(IS_ROOT, reason="the superuser may read everything")
def test_missing_permission_to_read_is_named(tmp_path):
    path = tmp_path / "page.txt"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(InputError, match="found no permission to read it"):
        read_article(path)


def test_missing_permission_to_read_is_named_whoever_runs(tmp_path, monkeypatch):
    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InputError, match="found no permission to read it; change the permissions"):
        read_article(tmp_path / "page.txt")


def test_output_that_is_taken_in_parts_is_written_whole(monkeypatch):
    """An unbuffered stream takes what fits before the disk is full, and says so by its answer alone."""

    class Parts(io.BytesIO):
        def write(self, data: Any) -> int:
            return super().write(bytes(data)[:3])

    class Full(Parts):
        def write(self, data: Any) -> int:
            if self.tell() > 4:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    class Busy(io.BytesIO):
        def write(self, _data: Any) -> Any:
            return None

    parts = Parts()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=parts))
    articles.write_stdout(b"all of this")
    assert parts.getvalue() == b"all of this"
    articles.write_stdout(b"")
    for stream, reason in ((Full(), errno.ENOSPC), (Busy(), errno.EAGAIN)):
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=stream, fileno=lambda: -1))
        monkeypatch.setattr(articles, "silence_stdout", lambda: None)
        with pytest.raises(InputError) as error:
            articles.write_stdout(b"all of this")
        assert str(error.value) == f"standard output: expected to write 11 bytes, found: {os.strerror(reason)}"
