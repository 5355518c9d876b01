"""Many communities at once: each is worked on by a process of its own, since Python does one thing at a time."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

_AT_ONCE = 2
_WAITING = 8
"""So many tasks are worked on at once, and so many are begun or done: each holds the walks of a community."""
_WORTH = 6
"""Tasks from which on it pays to start processes."""

_shared: tuple[Any, ...] = ()
"""In a process of ours: what all tasks are done with."""

Task = TypeVar("Task")
Done = TypeVar("Done")


def get_ready() -> None:
    """Begin the process that ours are forked from, which takes seconds to load what they need; returns at once."""
    threading.Thread(target=_context().Process().start, daemon=True).start()


def _context() -> Any:
    # a fork of this process would take threads of compiled loops along half-way; one of a fresh process takes none
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gridmap.analysis.grids"])
    return context


def in_turn(
    do: Callable[..., Done], tasks: Iterable[Task], *shared: Any, count: int
) -> Generator[tuple[Task, Done], None, None]:
    """Gives each task with `do(task, *shared)`, in their order.

    Parameters
    ----------
    do
        A function of a module; it, the tasks and what it gives are pickled where there are processes.
    shared
        What all tasks are done with; sent to each process once.
    count
        About how many tasks there will be; few are done one by one, here.
    """
    if count < _WORTH:
        yield from ((task, do(task, *shared)) for task in tasks)
        return
    begun: deque[tuple[Task, Future[Done]]] = deque()
    pool = ProcessPoolExecutor(_AT_ONCE, _context(), _begin, (shared,))
    # they take seconds to begin, in which the first tasks are made
    threading.Thread(target=_woken, args=(pool,)).start()
    try:
        for task in tasks:
            begun.append((task, pool.submit(_done, do, task)))
            if len(begun) > _WAITING:
                first, found = begun.popleft()
                yield first, found.result()
        for task, found in begun:
            yield task, found.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _woken(pool: ProcessPoolExecutor) -> None:
    with suppress(RuntimeError):  # the caller has given up already
        for _ in range(_AT_ONCE):
            pool.submit(os.getpid)


def _begin(shared: tuple[Any, ...]) -> None:
    global _shared  # noqa: PLW0603  (a process of its own, begun once)
    _shared = shared
    gc.disable()  # shapes are made by the hundred thousand, none of them in a cycle, and the process ends soon
    # the solver of integer programs writes there what nobody asked for, and nothing else of ours does
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked hears it and ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Whoever asked may be killed; nobody would end us then."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _done(do: Callable[..., Done], task: Any) -> Done:
    return do(task, *_shared)
