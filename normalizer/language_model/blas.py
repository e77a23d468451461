"""One thread for matrix products: those of the models are small, and many articles are read by many processes."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Limit:
    """The limit that all threads of this process share. holders: how many are inside `one_blas_thread`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.holders = 0
        self.controller: Any = None
        self.limiter: Any = None

    def take(self) -> None:
        """Set the limit if no thread has set it."""
        with self.lock:
            if not self.holders:
                if self.controller is None:
                    self.controller = _controller()
                _release(self.controller)
                self.limiter = self.controller.limit(limits=1, user_api="blas")
            self.holders += 1

    def leave(self) -> None:
        """Restore the former number of threads if no other thread needs the limit."""
        with self.lock:
            self.holders -= 1
            if not self.holders:
                self._restore()

    def forget(self) -> None:
        """Begin anew in a forked process, in which the threads that held the limit are gone."""
        self.lock = threading.Lock()
        self.holders = 0
        if self.limiter is not None:
            self._restore()

    def _restore(self) -> None:
        _release(self.controller)
        self.limiter.restore_original_limits()
        _release(self.controller)
        self.limiter = None


def _controller() -> Any:
    """Return what sets the threads of the libraries that are loaded; looking for them takes some milliseconds."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped, unused-ignore]  # ships no types

    return ThreadpoolController()


def _release(controller: Any) -> None:
    """Let this thread set limits: threadpoolctl from 3.7 on heeds the thread alone that first did, or has not left.

    The thread that leaves last need not be the one that came first, whose limit would stay for good.
    """
    for library in controller.lib_controllers:
        release = getattr(library, "clear_controlling_thread", None)
        if release is not None:
            release(force=True)


_limit = _Limit()
if hasattr(os, "register_at_fork"):  # not on Windows, where there is no fork either
    os.register_at_fork(after_in_child=_limit.forget)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep matrix products to one thread inside the block, in the whole process.

    The first of several threads to enter sets the limit, the last one to leave puts back what was before. A BLAS that
    takes its threads from OpenMP keeps a limit per thread; there only the first thread's is set.
    """
    _limit.take()
    try:
        yield
    finally:
        _limit.leave()
