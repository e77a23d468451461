"""Files: bytes to text and back, and replaced in one step."""

import errno
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import environment, file_texts

from normalizer import files
from normalizer.articles import read_article
from normalizer.errors import InputError
from normalizer.files import decode, decoded, encode, encoded, write_atomically

SEEDS = Path(__file__).parent.parent / "seeds"
BODY = "The minister said on Friday that the talks would go on next week.\n"
WIDE = ["utf-16-le", "utf-16-be", "utf-16", "cp1252", "utf-8-sig"]
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def seed(number: str) -> str:
    return read_article(next(SEEDS.glob(f"{number}_*.txt"))).text


@given(file_texts())
@example("\ufefffirst\r\nsecond\rthird")
def test_text_survives_encoding_and_decoding(text):
    assert decode(encode(text), "x") == text


@given(
    st.binary(max_size=40)
    | st.tuples(st.text(max_size=20), st.sampled_from(WIDE)).map(lambda p: p[0].encode(p[1], "replace"))
)
def test_bytes_survive_or_are_refused(data):
    try:
        text, encoding = decoded(data, "x")
    except InputError as error:
        assert re.match("x: (line|byte|expected)", str(error))
    else:
        assert encoded(text, encoding) == data


PAGE = "<html><head><meta charset={}></head><p>caf\u00e9 \u201cso\u201d</p></html>"


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        ("h\u00e9 said".encode(), "utf-8", "h\u00e9 said"),
        ("\ufeffh\u00e9".encode(), "utf-8", "\ufeffh\u00e9"),
        (b"h\xe9 said so, and so on", "cp1252", "h\u00e9 said so, and so on"),
        (b"one\ntwo \x93x\x94 and more of it", "cp1252", "one\ntwo \u201cx\u201d and more of it"),
        (b"to the caf\xe9", "cp1252", "to the caf\u00e9"),
        (b"a caf\xe9 \x81 and so on and so on", "latin-1", "a caf\u00e9 \x81 and so on and so on"),
        ("\ufeffh\u00e9 said".encode("utf-16-le"), "utf-16-le", "\ufeffh\u00e9 said"),
        ("\ufeffh\u00e9 said".encode("utf-16-be"), "utf-16-be", "\ufeffh\u00e9 said"),
        ("\ufeff".encode("utf-16-le"), "utf-16-le", "\ufeff"),
        ("h\u00e9 said \u201cso\u201d".encode("utf-16-le"), "utf-16-le", "h\u00e9 said \u201cso\u201d"),
        ("h\u00e9 said\r\n".encode("utf-16-be"), "utf-16-be", "h\u00e9 said\r\n"),
        (PAGE.format("windows-1252").encode("cp1252"), "cp1252", PAGE.format("windows-1252")),
        (PAGE.format('"iso-8859-1"').encode("cp1252"), "cp1252", PAGE.format('"iso-8859-1"')),
        (PAGE.format("'mac_roman'").encode("mac_roman"), "mac-roman", PAGE.format("'mac_roman'")),
        (
            PAGE.format("koi8-r")
            .replace("\u00e9", "\u0416")
            .replace("\u201c", "")
            .replace("\u201d", "")
            .encode("koi8-r"),
            "koi8-r",
            PAGE.format("koi8-r").replace("\u00e9", "\u0416").replace("\u201c", "").replace("\u201d", ""),
        ),
        (PAGE.format("windows-1252").encode(), "utf-8", PAGE.format("windows-1252")),
        (PAGE.format("no-such-code").encode("cp1252"), "cp1252", PAGE.format("no-such-code")),
        (
            b"<?xml version='1.0' encoding='latin1'?><a>caf\xe9",
            "cp1252",
            "<?xml version='1.0' encoding='latin1'?><a>caf\u00e9",
        ),
        (b"plain", "utf-8", "plain"),
        (b"", "utf-8", ""),
        (b"a\x00b, a character like others", "utf-8", "a\x00b, a character like others"),
    ],
)
def test_encodings_are_found_and_kept(data, encoding, text):
    assert decoded(data, "x") == (text, encoding)
    assert encoded(text, encoding) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x1f\x8b\x08\x00", "page: expected text, found a gzip archive; gunzip page"),
        (
            b"PK\x03\x04\x14",
            "page: expected text, found a zip archive or office document; save the article as plain text",
        ),
        (b"%PDF-1.4\n%\xe2\xe3", "page: expected text, found a PDF document; pdftotext page"),
        (b"\x89PNG\r\n\x1a\n", "page: expected text, found a picture (PNG); name a text"),
        (b"\xff\xd8\xff\xe0", "page: expected text, found a picture (JPEG); name a text"),
        (
            b"PAR1\x15\x04",
            "page: expected text, found a Parquet table; write its texts to JSON Lines and name the field with --field",
        ),
        (b"{\\rtf1\\ansi", "page: expected text, found a rich text document; save the article as plain text"),
        (
            b"\xff\xfe\x00\x00a\x00\x00\x00",
            "page: expected text, found UTF-32; iconv -f UTF-32 -t UTF-8 page > utf8.txt",
        ),
        (b"\x00\x01\x02\x03\x00\x05\x00", "page: expected text, found binary data (NUL bytes); name a text"),
        (
            b"\x01\x02\x03\xff\xfa\x00\x99",
            "page: line 1, byte 3: expected UTF-8, found byte 0xFF; the file looks like binary data: name a text",
        ),
        (
            b"\xff\xfea\x00b",
            "page: byte 4: expected UTF-16-LE as its first bytes say, found truncated data; "
            "the file looks cut off or damaged: fetch it again",
        ),
        (
            b"a\xe2\x80",
            "page: line 1, byte 1: expected UTF-8, found byte 0xE2; "
            "the file looks cut off in the middle of a character: fetch it again",
        ),
        (
            "caf\u00e9 \u201cso\u201d".encode() + b" \xe9 x",
            "page: line 1, byte 15: expected UTF-8, found byte 0xE9; most of the file is UTF-8: mend this place, or "
            "iconv -c -f UTF-8 -t UTF-8 page > utf8.txt",
        ),
        (
            "\u043e\u043d \u0441\u043a\u0430\u0437\u0430\u043b".encode("cp1251"),
            "page: line 1, byte 0: expected UTF-8, found byte 0xEE; the file is in an encoding of its own: "
            "find out which, and iconv -f ENCODING -t UTF-8 page > utf8.txt",
        ),
    ],
)
def test_what_is_no_text_is_refused_with_a_remedy(data, message):
    with pytest.raises(InputError) as error:
        decode(data, "page")
    assert str(error.value) == message


def test_a_file_that_memory_does_not_hold_is_refused(monkeypatch):
    def full(_path):
        raise MemoryError

    monkeypatch.setattr(Path, "read_bytes", full)
    with pytest.raises(InputError, match="x: expected a file that fits into memory, found a larger one; divide it"):
        read_article("x")


def test_what_a_killed_process_left_is_removed(tmp_path):
    mine = tmp_path / f".normalizer-{files._machine()}-{os.getpid()}-00000000.tmp"
    code = "import os, sys; from normalizer import files; files._write_through = lambda *_: os._exit(9); "
    kill = code + "files.write_atomically(sys.argv[1], b'new')"
    target = tmp_path / "page.txt"
    target.write_bytes(b"old")
    kill = kill.replace("os._exit(9)", "(_[0].write(b'half'), os._exit(9))")
    subprocess.run([sys.executable, "-c", kill, str(target)], env=environment())
    other = tmp_path / ".normalizer-elsewhere-1-00000000.tmp"
    for path in (mine, other):
        path.write_bytes(b"")
    assert len(list(tmp_path.iterdir())) == 4 and target.read_bytes() == b"old"
    files.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([mine, other, target])


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
