"""Work of a normalizer dealt out to several processes."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TypeVar

from normalizer.repairing import Normalizer

Task = TypeVar("Task")
Done = TypeVar("Done")


def deal_out(
    work: Callable[[Normalizer, Task], Done], tool: Normalizer, tasks: Iterable[Task], processes: int
) -> Iterator[Done]:
    """Yield what *work* makes of every task, in order, done by so many processes; by this one if that is 1.

    work: a function of a module, so that it can be pickled. tool: is loaded again in every process.
    """
    if processes == 1:
        yield from (work(tool, task) for task in tasks)
        return
    with ProcessPoolExecutor(processes, initializer=_remember, initargs=(tool,)) as pool:
        yield from pool.map(partial(_worked, work), tasks)


_tools: list[Normalizer] = []


def _remember(tool: Normalizer) -> None:
    _tools[:] = [tool]


def _worked(work: Callable[[Normalizer, Task], Done], task: Task) -> Done:
    return work(_tools[0], task)
