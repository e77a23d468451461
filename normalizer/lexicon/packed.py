"""Compiled lexicons on disc: built once for their content, kept in the package or in the user's cache.

The TSV files are what a lexicon is; its compiled form is a cache that is never stale, since its file is named by a hash
of all that it was made from: the TSV files, the models and the version of the format. It is written beside its place
and renamed, so that of many processes that start at once each finds a whole file or makes its own. Where nothing can be
written, the lexicon is compiled anew in every process, which takes half a minute, and a warning says so.
"""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from normalizer.errors import ModelError, NormalizerWarning
from normalizer.language_model.packed import Contents, PackedModel, write_packed
from normalizer.lexicon.compiled import CompiledLexicon
from normalizer.lexicon.entries import format_guard, parse_guard
from normalizer.lexicon.files import shipped_folder

SUFFIX = ".compiled"
SHIPPED = f"shipped{SUFFIX}"
FORMAT = 3  # changes whenever the same files compile to something else
CACHE_VARIABLE = "NORMALIZER_CACHE"


class PackedLexicon(PackedModel):
    """The file of a compiled lexicon, mapped into memory. lexicon: its columns in use."""

    MAGIC = b"\x93LEXICON"
    NAME = "compiled lexicon"
    REBUILD = "Rebuild it: normalizer lexicon compile"
    PACKAGE = "normalizer"
    SHIPPED = SHIPPED
    DTYPES: ClassVar[Mapping[str, str]] = {
        "words.offset": "<u4", "words": "<u1", "word": "<u2", "word.sign": "<f8", "word.worth": "<f8",
        "word.node": "<i4", "edge.key": "<i8", "edge.node": "<i4", "node": "<u4", "row": "<u4", "row.left": "<u1",
        "row.right": "<u1", "row.guard": "<u2", "wording": "<u4", "wording.text": "<u1", "wording.pair": "<f8",
        "wording.tail": "<f8", "entry": "<f8", "entry.family": "<u1", "entry.kind": "<u1", "entry.phrase": "<u1",
        "entry.reference": "<u1", "entry.text": "<u1", "entry.offset": "<u4", "sign.key": "<i8", "sign.worth": "<f8",
        "surface": "<u4", "surface.key": "<i8", "surface.tag": "<u1", "group": "<u4", "pair.lemma": "<u4",
        "pair.score": "<f4", "pair.relation": "<u1", "lemma": "<i4",
    }  # fmt: skip

    def __init__(self, path: Path, contents: Contents) -> None:
        """Take the columns of the file at *path*, whose *contents* are mapped."""
        super().__init__(path, contents)
        columns = {name: self.section(name) for name in self.facts["sections"]}
        guards = [parse_guard(cell) for cell in self.facts["guards"]]
        self.lexicon = MappedLexicon(columns, guards, self.facts["base"], self.facts["lexicon"])
        self.lexicon.file = self


class MappedLexicon(CompiledLexicon):
    """A compiled lexicon over a mapped file, which it pickles as."""

    file: PackedLexicon

    def __reduce__(self) -> tuple[Any, ...]:
        return _lexicon_of, (self.file,)


def _lexicon_of(file: PackedLexicon) -> CompiledLexicon:
    return file.lexicon


def content_key(paths: Sequence[Path], models: Sequence[str]) -> str:
    """Return a name for what the lexicon files at *paths* compile to beside models with these signatures.

    Family and kind of a file are read off its name, so the names count, too. Raises OSError if one cannot be read.
    """
    digest = blake2b(f"{FORMAT} {' '.join(models)} {np.dtype(np.intp).byteorder}".encode(), digest_size=12)
    for path in paths:
        content = path.read_bytes()
        digest.update(f"\0{path.name} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def cache_folder() -> Path:
    """Return where compiled lexicons are kept: $NORMALIZER_CACHE, or the user's cache directory."""
    if own := os.environ.get(CACHE_VARIABLE):
        return Path(own)
    from platformdirs import user_cache_path

    return user_cache_path("normalizer", appauthor=False)


def cache_file(key: str) -> Path:
    """Return the file of the cache for the content *key*."""
    return cache_folder() / f"{key}{SUFFIX}"


def load_or_compile(
    key: str, compiled: Callable[[], CompiledLexicon], unchanged: Callable[[], bool] = lambda: True
) -> CompiledLexicon:
    """Return the lexicon with the content *key*: one that ships or that is in the cache, or else what *compiled* makes.

    That is kept in the cache if what it was made from is *unchanged*: files may change while they are read.
    """
    found = known_lexicon(key)
    if found is not None:
        return found
    lexicon = compiled()
    return _kept(cache_file(key), lexicon, key) if unchanged() else lexicon


def known_lexicon(key: str) -> "MappedLexicon | None":
    """Return the lexicon with the content *key* if it ships or is in the cache."""
    return read_lexicon(shipped_folder() / SHIPPED, key, trusted=True) or read_lexicon(cache_file(key), key)


def _kept(path: Path, lexicon: CompiledLexicon, key: str) -> CompiledLexicon:
    """Return *lexicon* from the cache, where it is written, or as it is, with a warning, if it cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_lexicon(path, lexicon, key)
    except OSError as error:
        warnings.warn(
            f"the compiled lexicon could not be kept ({error}), so every start takes half a minute longer; "
            f"set {CACHE_VARIABLE} to a folder that can be written",
            NormalizerWarning,
            stacklevel=2,
        )
        return lexicon
    return read_lexicon(path, key) or lexicon


def read_lexicon(path: Path, key: str, *, trusted: bool = False) -> "MappedLexicon | None":
    """Return the lexicon in the file at *path* if it is whole and has this *key*.

    trusted: the file is as it was built, so that only its header is checked; else every byte is (4 ms for 12 MB).
    """
    if not path.is_file():
        return None
    try:
        file = PackedLexicon.mapped(path)
        if file.facts.get("key") != key:
            return None
        if not trusted:
            file.verify()
    except ModelError:  # cut short, changed, or written by another version: it is made anew
        return None
    return file.lexicon


def write_lexicon(path: Path, lexicon: CompiledLexicon, key: str) -> None:
    """Write *lexicon* to *path*: all or nothing. Raises OSError if it cannot be written."""
    facts = {
        "key": key,
        "base": lexicon.base,
        "lexicon": lexicon.signature,
        "guards": [format_guard(guard) for guard in lexicon.guards[1:]],
    }
    write_packed(path, PackedLexicon, lexicon.columns, {}, facts)
