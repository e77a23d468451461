"""The packed form under all models, and what scoring shares: lazy words, one BLAS thread, telling equals apart."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.errors import ModelError
from normalizer.language_model import AssociationModel, ContextModel, LanguageModel
from normalizer.language_model.blas import one_blas_thread
from normalizer.language_model.packed import PackedModel, write_packed
from normalizer.language_model.sorting import distinct

MODELS = (LanguageModel, AssociationModel, ContextModel)
# Of the shipped files, as reports have had them.
SIGNATURES = dict(zip(MODELS, ("8304cf97", "34cbf00c", "7fda561b"), strict=True))


class Shelf(PackedModel):
    """A model of another room: two sections whose types it declares itself."""

    MAGIC = b"\x93SHELF\n\n"
    NAME = "shelf"
    REBUILD = "Build a shelf."
    SHIPPED = "shelf"
    DTYPES: ClassVar = {"books": "<u2", "books.heavy": "<f4"}


def write_shelf(path, number):
    books = np.full(50_000, number)
    write_packed(path, Shelf, {"books.light": books, "books.heavy": books, "books": books[:0]}, {"number": number})


def write_often(path, number):
    for _ in range(10):
        write_shelf(path, number)


def test_a_model_declares_its_sections(tmp_path):
    write_shelf(tmp_path / "shelf", 7)
    shelf = Shelf.load(tmp_path / "shelf")
    assert shelf.section("books.light").dtype == np.uint16 and shelf.section("books.heavy").dtype == np.float32
    assert set(shelf.section("books.heavy").tolist()) == {7.0} and shelf.section("books").shape == (0,)
    assert shelf.provenance["number"] == 7
    with pytest.raises(ValueError, match="read-only"):
        shelf.section("books.light")[0] = 1
    with pytest.raises(KeyError):
        shelf.section("pens")
    with pytest.raises(KeyError):
        Shelf.dtype_of("pens")


def test_another_kind_of_file_is_told(tmp_path):
    write_shelf(tmp_path / "shelf", 7)
    with pytest.raises(ModelError, match=r"expected a language model, which starts with .*NGRAMS.*found .*SHELF"):
        LanguageModel.load(tmp_path / "shelf")


@pytest.mark.parametrize("model", MODELS)
def test_a_changed_byte_is_found_in_a_file_of_ones_own(model, tmp_path):
    data = bytearray(model.shipped().read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "own").write_bytes(data)
    with pytest.raises(ModelError, match="contents with the checksum"):
        model.load(tmp_path / "own")
    assert model.load(model.shipped()).signature == SIGNATURES[model]


@pytest.mark.parametrize("model", MODELS)
def test_loading_takes_no_words_apart_and_copies_nothing(model):
    loaded = model.load()
    assert not {"words", "_ids", "_sample", "_layers"} & set(vars(loaded))
    arrays = [value for value in vars(loaded).values() if isinstance(value, np.ndarray)]
    assert arrays and not any(array.flags.owndata or array.flags.writeable for array in arrays)
    assert loaded.ids(["the", "zzzzzz"])[1] == 0
    assert loaded.words[loaded.ids(["the"])[0]] == "the"
    loaded.verify()


@pytest.mark.parametrize("model", MODELS)
def test_pickles_as_its_path_alone(model):
    loaded = model.load()
    assert loaded.ids(["the"])
    data = pickle.dumps(loaded)
    again = pickle.loads(data)
    assert len(data) < 500
    assert (again.path, again.signature) == (loaded.path, loaded.signature)


def test_words_that_are_no_utf8_are_told(tmp_path):
    facts = {"dimensions": 1}
    one = np.ones(1)
    sections = {"words": np.array([0xFF, 10]), "vectors": one, "scales": one, "weights": one}
    write_packed(tmp_path / "odd", AssociationModel, sections, {}, facts)
    model = AssociationModel.load(tmp_path / "odd")
    with pytest.raises(ModelError, match=r"odd: expected an undamaged file of word vectors, found words that are no"):
        model.ids(["word"])


def test_scoring_loads_nothing_of_training():
    code = (
        "import sys, normalizer.language_model as room; [m.load() for m in (room.LanguageModel, room.ContextModel)];"
        "print([name for name in sys.modules if 'training' in name or 'threadpoolctl' in name]);"
        "room.articles; print('normalizer.language_model.training' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.split() == ["[]", "True"]


def test_the_room_has_no_other_names():
    with pytest.raises(ImportError, match="cannot import name 'zebra'"):
        from normalizer.language_model import zebra  # noqa: F401 (the name is not there)


def test_several_processes_write_one_file(tmp_path):
    path = tmp_path / "shelf"
    write_shelf(path, 0)
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_often, args=(path, number)) for number in (1, 2)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        shelf = Shelf.load(path)  # whole at any time
        assert set(shelf.section("books.light").tolist()) == {shelf.provenance["number"]}
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert Shelf.load(path).provenance["number"] in (1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["shelf"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    write_shelf(tmp_path / "shelf", 1)
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_shelf(tmp_path / "shelf", 2)
    assert Shelf.load(tmp_path / "shelf").provenance["number"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["shelf"]


# --- one BLAS thread ---


def blas_threads():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    return [pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]


@pytest.fixture
def two_threads():
    """A process whose matrix products take two threads."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(2, user_api="blas"):
        if not blas_threads() or set(blas_threads()) != {2}:
            pytest.skip("a BLAS whose threads cannot be set")
        yield


def test_one_thread_inside_and_as_before_outside(two_threads):
    with one_blas_thread():
        assert set(blas_threads()) == {1}
        with one_blas_thread():
            assert set(blas_threads()) == {1}
        assert set(blas_threads()) == {1}
    assert set(blas_threads()) == {2}


def test_an_error_inside_restores_as_well(two_threads):
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert set(blas_threads()) == {2}


def test_the_last_of_several_threads_restores(two_threads):
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with one_blas_thread():
            entered.set()
            leave.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    assert entered.wait(10)
    with one_blas_thread():
        pass
    assert set(blas_threads()) == {1}  # the other is inside still
    leave.set()
    other.join()
    assert set(blas_threads()) == {2}


def test_whoever_leaves_last_restores(two_threads):
    entered, leave, left, end = (threading.Event() for _ in range(4))

    def come_first():
        with one_blas_thread():
            entered.set()
            leave.wait(10)
        left.set()
        end.wait(10)

    first = threading.Thread(target=come_first)
    first.start()
    assert entered.wait(10)
    with one_blas_thread():
        leave.set()
        assert left.wait(10)
        assert set(blas_threads()) == {1}
    assert set(blas_threads()) == {2}  # though the first, which set it, lives on
    end.set()
    first.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_does_not_wait_for_threads_it_lacks(two_threads):
    from normalizer.language_model import blas

    with blas._limit.lock:
        child = os.fork()
        if not child:
            signal.alarm(20)  # which ends a child that waits for ever
            with one_blas_thread():
                os._exit(set(blas_threads()) != {1})
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# --- telling equals apart ---


@given(st.lists(st.integers(0, 5) | st.integers(0, 2**48 - 1) | st.integers(2**48 - 2, 2**62)))
def test_distinct_is_what_numpy_finds(keys):
    array = np.array(keys, np.int64)
    found, back = distinct(array)
    np.testing.assert_array_equal(found, np.unique(array))
    np.testing.assert_array_equal(found[back], array)


def test_distinct_takes_many_keys():
    keys = np.random.default_rng(1).integers(0, 1000, 70_000)
    for many in (65_535, 65_536, 65_537, 70_000):
        found, back = distinct(keys[:many])
        np.testing.assert_array_equal(found[back], keys[:many])
        assert len(found) == 1000
