"""Every reader against damaged files: what is malformed gets one clear error of its own, never another exception.

Each reader is given random bytes, and valid files with a few bytes changed, dropped, doubled or put in; what once
broke it stays as a file in `cases/finds/`, named READER_WHAT.
"""

import gzip
import itertools
import json
import lzma
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import HERE, damaged, examples, seed

from normalizer import Normalizer
from normalizer.edits import Edit, Evidence, SupportingSentence
from normalizer.errors import CaseError, ModelError, NormalizerError
from normalizer.evaluating.gold import load_cases, parse_gold
from normalizer.files import decode
from normalizer.language_model import AssociationModel, ContextModel, LanguageModel, articles, train_model
from normalizer.language_model.packed import PREFIX
from normalizer.language_model.training import corpora
from normalizer.learning.adding import LexiconFile
from normalizer.learning.inputs import read_versions
from normalizer.learning.review import read_review
from normalizer.lexicon import Lexicon
from normalizer.lexicon.coverage import read_swaps
from normalizer.lexicon.entries import parse_guard
from normalizer.lexicon.files import read_entries
from normalizer.plans import Plan
from normalizer.tables import Tables
from normalizer.weights import shipped_weights

FINDS = sorted((HERE / "cases" / "finds").iterdir())
TEXT = "The minister stated that the assembly used to be frank."

# --- valid files, to be damaged -----------------------------------------------------------------------------

PLAN = Plan.of(
    TEXT,
    [Edit(13, 19, "stated", "said", "lexical", Evidence("x", (SupportingSentence(0, 3, 7, "said"),), 1.5, "n"), 0.9)],
    verdict={"spun": 0.5, "families": {"a": 1.0}},
    name="page.txt",
)  # fmt: skip
LEXICON = (
    "spun\toriginal\tpos\tguard\tcount\tclean\tsource\n"
    "# a comment\n"
    "stated\tsaid\t-\t\t12\t0.3\tA01 known:1\n"
    "assembl*y line\tmeeting\tn\tcap before:the|an after:of has:white_house\t1.5\t2\tseed000\n"
    "used to be\twas\t-\tref\t3\t0\tknown:2\n"
)
GOLD = (
    "start\tend\tspun\tgold\talternatives\tcategory\tconfidence\n"
    "13\t19\tstated\tsaid\ttold|<DEL>\tlexical\tcertain\n29\t37\tassembly\tmeeting\t\tlexical,optional\topen\n"
)
CASES = '{"cases": [{"name": "x", "text": "text.txt", "gold": "gold.tsv", "family": "a", "references": ["text.txt"]}]}'
VERSIONS = '{"spun": "He stated it.", "original": "He said it."}\n{"spun": "x", "references": ["y", "z"]}\n'
SWAPS = "spun\toriginal\tcount\tfamily\nstated\tsaid\t12\tA\nused to be\twas\t3\tB_mt\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that an index of cases may name."""
    path = tmp_path_factory.mktemp("readers")
    (path / "text.txt").write_text(TEXT, "utf-8")
    (path / "gold.tsv").write_text(GOLD, "utf-8")
    corpus = "\n\n".join(seed("004").split("\n")) + "\n"
    (path / "corpus.txt").write_text(corpus, "utf-8")
    train_model([path / "corpus.txt"], path / "small.ngrams", vocabulary=200, processes=1)
    return path


@pytest.fixture(scope="module")
def small(folder: Path) -> LanguageModel:
    return LanguageModel.load(folder / "small.ngrams")


counter = itertools.count()


def as_file(folder: Path, data: bytes, ending: str) -> Path:
    """Return a new file: a model is mapped, so one file may not be written over while it is in use."""
    path = folder / f"{next(counter) % 50}{ending}"
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    return path


# --- readers: bytes in, a value or a NormalizerError out ----------------------------------------------------

Reader = Callable[[bytes, Path, LanguageModel], object]
OTHERS = AssociationModel.load(), ContextModel.load()


def tool(lexicon: Lexicon, model: LanguageModel) -> Normalizer:
    """Return a normalizer with tables of its own."""
    models = (model, *OTHERS)
    return Normalizer(tables=Tables(lexicon.compiled(models), *models, shipped_weights(), lexicon))


def plan(data: bytes, _folder: Path, _small: LanguageModel) -> object:
    return Plan.from_json(decode(data, "plan")).apply(TEXT)


def lexicon(data: bytes, folder: Path, small: LanguageModel) -> object:
    return tool(Lexicon(read_entries(as_file(folder, data, ".tsv"))), small).repair(TEXT)


def lexicon_file(data: bytes, folder: Path, _small: LanguageModel) -> object:
    return LexiconFile.read(as_file(folder, data, "_names.tsv")).text()


def review(data: bytes, folder: Path, _small: LanguageModel) -> object:
    return list(read_review(as_file(folder, data, ".tsv"), "user"))


def swaps(data: bytes, folder: Path, _small: LanguageModel) -> object:
    return read_swaps(as_file(folder, data, ".tsv"))


def gold(data: bytes, _folder: Path, _small: LanguageModel) -> object:
    return parse_gold(decode(data, "gold"), TEXT, "gold")


def cases(data: bytes, folder: Path, _small: LanguageModel) -> object:
    return load_cases(as_file(folder, data, ".json"))


def versions(data: bytes, folder: Path, _small: LanguageModel) -> object:
    return list(read_versions([as_file(folder, data, ".jsonl")], references=False))


def packed(data: bytes, folder: Path, _small: LanguageModel) -> object:
    return tool(Lexicon([]), LanguageModel.load(as_file(folder, data, ".ngrams"))).repair(TEXT)


def corpus(data: bytes, folder: Path, _small: LanguageModel) -> object:
    return [list(articles(as_file(folder, data, ending))) for ending in (".txt", ".txt.gz", ".txt.xz")]


READERS: dict[str, tuple[Reader, bytes]] = {
    "plan": (plan, PLAN.to_json().encode()),
    "lexicon": (lexicon, LEXICON.encode()),
    "lexicon_file": (lexicon_file, LEXICON.encode()),
    "review": (review, LEXICON.encode()),
    "swaps": (swaps, SWAPS.encode()),
    "gold": (gold, GOLD.encode()),
    "cases": (cases, CASES.encode()),
    "versions": (versions, VERSIONS.encode()),
}
fuzzed = settings(examples(200), suppress_health_check=list(HealthCheck))


def survives(reader: Reader, data: bytes, folder: Path, small: LanguageModel) -> bool:
    """Say whether *data* is read; a NormalizerError with a message is the only other way out."""
    try:
        reader(data, folder, small)
    except NormalizerError as error:
        assert len(str(error)) > 20
        return False
    return True


@pytest.mark.parametrize("name", READERS)
def test_valid_files_are_read(name: str, folder: Path, small: LanguageModel) -> None:
    reader, valid = READERS[name]
    assert survives(reader, valid, folder, small)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@fuzzed
def test_damaged_files_are_read_or_refused(name: str, folder: Path, small: LanguageModel, data: st.DataObject) -> None:
    reader, valid = READERS[name]
    survives(reader, data.draw(damaged(valid) | st.binary(max_size=60)), folder, small)


def test_an_index_cannot_name_what_never_ends(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "i.json").write_text(CASES.replace("text.txt", "pipe"), "utf-8")
    with pytest.raises(CaseError, match=r"expected a file \S+, found a pipe or device"):
        load_cases(tmp_path / "i.json")


@pytest.mark.parametrize("path", FINDS, ids=lambda path: path.name)
def test_finds_are_refused(path: Path, folder: Path, small: LanguageModel) -> None:
    """What once broke a reader is refused by it for good."""
    assert not survives(READERS[path.name.split("_")[0]][0], path.read_bytes(), folder, small)


@given(st.text(max_size=30) | st.sampled_from(["has:", "before:", "before:|", "after:a||b", "cap:x", "has:_", "ref:"]))
@examples(200)
def test_guards_are_read_or_refused(cell: str) -> None:
    try:
        parse_guard(cell)
    except NormalizerError as error:
        assert "guard" in str(error)


# --- models -------------------------------------------------------------------------------------------------


@given(data=st.data())
@fuzzed
def test_damaged_models_are_refused(folder: Path, small: LanguageModel, data: st.DataObject) -> None:
    """A model that differs in any byte from the one that was written is refused before it is asked anything."""
    valid = (folder / "small.ngrams").read_bytes()
    wrong = data.draw(damaged(valid))
    if wrong != valid and wrong[: PREFIX.size - 4] + wrong[PREFIX.size :] != (
        valid[: PREFIX.size - 4] + valid[PREFIX.size :]  # the reserved number
    ):
        assert not survives(packed, wrong, folder, small)


def with_header(valid: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the model file *valid* with a changed header and checksums that fit it."""
    magic, version, length, _, spare = PREFIX.unpack_from(valid)
    header = json.loads(valid[PREFIX.size : PREFIX.size + length])
    changed = change(header)
    text = json.dumps(header if changed is None else changed).encode()
    prefix = struct.pack("<8sIIII", magic, version, len(text), zlib.crc32(text), spare)
    return prefix + text + valid[PREFIX.size + length :]


@pytest.mark.parametrize(
    "change",
    [
        lambda header: [],
        lambda header: "x",
        lambda header: {k: v for k, v in header.items() if k != "body"},
        lambda header: header.update(body=3),
        lambda header: header.update(order=99),
        lambda header: header.update(order="3"),
        lambda header: header.update(provenance=[]),
        lambda header: header.update(sections=[]),
        lambda header: {**header, "sections": {}},
        lambda header: header["sections"].update(words=[0, 10**12]),
        lambda header: header["sections"].update(words=[-1_000_000, 3]),
        lambda header: header.update(shifts=[]),
    ],
)  # fmt: skip
def test_forged_headers_are_refused(
    change: Callable[[dict[str, Any]], object], folder: Path, small: LanguageModel
) -> None:
    forged = with_header((folder / "small.ngrams").read_bytes(), change)
    with pytest.raises(ModelError):
        packed(forged, folder, small)


# --- corpora ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bytes])
@given(data=st.data())
@settings(fuzzed, max_examples=30)
def test_damaged_corpora_are_read_or_refused(
    pack: Callable[[bytes], bytes], folder: Path, small: LanguageModel, data: st.DataObject
) -> None:
    survives(corpus, data.draw(damaged(pack(VERSIONS.encode() * 20))), folder, small)


@pytest.mark.parametrize(("ending", "pack"), [(".txt.gz", gzip.compress), (".txt.xz", lzma.compress), (".txt", bytes)])
@pytest.mark.parametrize("line", [b"word ", b"word\n"])
def test_a_bomb_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, pack: Callable[[bytes], bytes], line: bytes
) -> None:
    """A few kilobytes that unpack to an endless article are refused before they fill the memory."""
    monkeypatch.setattr(corpora, "LONGEST_ARTICLE", 10_000)
    path = tmp_path / f"bomb{ending}"
    path.write_bytes(pack(b"One.\n\n" + line * 20_000))
    read = articles(path)
    assert next(read) == "One."
    with pytest.raises(ModelError, match="expected articles of less than 10000 characters"):
        list(read)
