"""Files: bytes to text and back, and replaced in one step."""

import errno
import os
import stat
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import file_texts

from normalizer import files
from normalizer.articles import read_article
from normalizer.errors import InputError
from normalizer.files import decode, encode, write_atomically

SEEDS = Path(__file__).parent.parent / "seeds"
BODY = "The minister said on Friday that the talks would go on next week.\n"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def seed(number: str) -> str:
    return read_article(next(SEEDS.glob(f"{number}_*.txt"))).text


@given(file_texts())
@example("\ufefffirst\r\nsecond\rthird")
def test_text_survives_encoding_and_decoding(text):
    assert decode(encode(text), "x") == text


@given(st.binary(max_size=40))
def test_bytes_survive_or_are_refused(data):
    try:
        text = decode(data, "x")
    except InputError as error:
        assert str(error).startswith("x: line ")
    else:
        assert encode(text) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"one\ntwo \x93x\x94",
            "page: line 2, byte 8: expected UTF-8, found byte 0x93; "
            "the file looks like Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 page > utf8.txt",
        ),
        (
            "é".encode("utf-16"),
            "page: line 1, byte 0: expected UTF-8, found byte 0xFF; "
            "the file looks like UTF-16: iconv -f UTF-16 -t UTF-8 page > utf8.txt",
        ),
        (
            b"\x1f\x8b\x08\x00",
            "page: line 1, byte 1: expected UTF-8, found byte 0x8B; the file looks like a gzip archive: gunzip page",
        ),
        (
            b"a\xe2\x80",
            "page: line 1, byte 1: expected UTF-8, found byte 0xE2; "
            "the file looks cut off in the middle of a character: fetch it again",
        ),
    ],
)
def test_what_is_not_utf8_is_refused_with_a_remedy(data, message):
    with pytest.raises(InputError) as error:
        decode(data, "page")
    assert str(error.value) == message


def test_lone_surrogate_cannot_be_written():
    with pytest.raises(InputError, match=r"^character 1: expected text that UTF-8 can hold, found .* U\+D800; "):
        encode("a\ud800")


def test_file_is_replaced_with_its_permissions(tmp_path):
    path = tmp_path / "page.txt"
    path.write_bytes(b"old")
    path.chmod(0o640)
    before = path.stat().st_ino
    write_atomically(path, b"new\r\n")
    assert path.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.stat().st_ino != before
    assert os.listdir(tmp_path) == ["page.txt"]  # noqa: PTH208 - hidden files count


def test_new_file_gets_the_usual_permissions(tmp_path):
    (tmp_path / "usual").touch()
    write_atomically(tmp_path / "made", b"x")
    assert (tmp_path / "made").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_file_keeps_its_owner(tmp_path, monkeypatch):
    """The superuser may repair what belongs to another; a caller who may not give files away repairs it, too."""
    path = tmp_path / "page.txt"
    path.write_bytes(b"old")
    given, real = [], Path.stat

    class Another(NamedTuple):
        st_mode: int = 0o100604
        st_uid: int = 4711
        st_gid: int = 4712

    def refuse(place: Path, user: int, group: int) -> None:
        given.append((place.parent, user, group))
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "stat", lambda place, **more: Another() if place == path else real(place, **more))
    monkeypatch.setattr(os, "chown", refuse)
    write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    assert given == [(tmp_path, 4711, 4712)]


def test_link_is_followed(tmp_path):
    (tmp_path / "there").mkdir()
    real, link = tmp_path / "there" / "real.txt", tmp_path / "link.txt"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_special_file_is_written_to_and_not_replaced(tmp_path):
    """A pipe stands for devices here: a broken build must not be able to replace a real device."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, b"x")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.read(reader, 10) == b"x"
    os.close(reader)


@pytest.mark.parametrize("failing", ["fsync", "write", "replace"])
def test_original_is_untouched_when_writing_fails(tmp_path, monkeypatch, failing):
    path = tmp_path / "page.txt"
    path.write_bytes(b"old")

    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = {"fsync": (os, "fsync"), "write": (files, "_write_through"), "replace": (Path, "replace")}
    monkeypatch.setattr(*target[failing], fail)
    with pytest.raises(InputError) as error:
        write_atomically(path, b"new")
    assert str(error.value) == (
        f"{path}: expected a file to write, found no space left; make room, the original is untouched"
    )
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["page.txt"]  # noqa: PTH208 - hidden files count


def test_interrupted_writing_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "page.txt", b"new")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - hidden files count


def test_places_that_cannot_be_written_are_refused_with_a_remedy(tmp_path):
    for path, found in (
        (tmp_path, "found a folder; name a file in it"),
        (tmp_path / "gone" / "x", "found no such folder; create it first"),
    ):
        with pytest.raises(InputError) as error:
            write_atomically(path, b"x")
        assert str(error.value) == f"{path}: expected a file to write, {found}"


def test_write_protected_file_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "page.txt"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="found no permission to write there; choose another place"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
