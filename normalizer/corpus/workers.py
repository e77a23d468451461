"""Work spread over processes, its results in the order of its tasks: the same for any number of workers."""

import os
import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from normalizer.errors import CorpusError, NormalizerWarning
from normalizer.language_model.blas import one_blas_thread

Task = TypeVar("Task")
Result = TypeVar("Result")

AHEAD = 3  # tasks for each worker that are handed out before their turn; it bounds what is held in memory

_shop: Any = None  # in a worker: what its tasks are done with


class Workers:
    """Processes that each have a shop of their own: tables, an open store, whatever tasks are done with.

    With one worker, tasks are done in this process, when their results are asked for, and the shop is closed at the end
    if it can be.
    """

    def __init__(self, count: int, furnish: Callable[..., Any], *arguments: Any) -> None:
        """Start *count* workers. furnish: makes the shop of each from *arguments*; both are pickled."""
        self._shop = furnish(*arguments) if count == 1 else None
        self._count = count
        self._pool: ProcessPoolExecutor | None = None
        if count > 1:  # spawned: a fork would copy locks and open files of this process
            self._pool = ProcessPoolExecutor(count, get_context("spawn"), _open_shop, (furnish, arguments))

    def map(self, work: Callable[[Any, Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield what *work* makes of each of *tasks*, in their order; it gets the shop and the task.

        Raises CorpusError where a worker has died.
        """
        if self._pool is None:
            with one_blas_thread():
                yield from (work(self._shop, task) for task in tasks)
            return
        waiting: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                waiting.append(self._pool.submit(_do, work, task))
                if len(waiting) > AHEAD * self._count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise CorpusError(
                "expected workers that live, found that one has died, perhaps for want of memory; what was done is "
                "kept: run the same command again, with fewer --workers"
            ) from error
        finally:
            for future in waiting:
                future.cancel()

    def __enter__(self) -> Self:
        """Return the workers themselves."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Dismiss the workers; tasks that nobody has begun are dropped."""
        if self._shop is not None and hasattr(self._shop, "close"):
            self._shop.close()
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)


def _open_shop(furnish: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    global _shop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one, which dismisses it
    Thread(target=_end_with_parent, daemon=True).start()
    one_blas_thread().__enter__()  # for good: whoever reads many articles runs many processes
    with warnings.catch_warnings():  # of tables: whoever started the workers has loaded the same, and was told
        warnings.simplefilter("ignore", NormalizerWarning)
        _shop = furnish(*arguments)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, killed perhaps: nobody would ever dismiss it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(work: Callable[[Any, Task], Result], task: Task) -> Result:
    return work(_shop, task)
