"""Training on all processors: many sentences shared out among them, and work that nobody waits for yet beside the rest.

Processes, because the analyser and the encoders keep Python's lock; forked, because each of them takes seconds and
half a gigabyte to load and a fork shares what is loaded.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Sequence[Item]], Sequence[Result]]
WORTH_IT = 500  # items; a process costs some tenths of a second
_fork = multiprocessing.get_context("fork")
_overlapping = False
_open_ends: list[tuple[BaseProcess, Connection]] = []


class PartLost(RuntimeError):
    """A process ended without its result: most often memory ran out. Set ``TRAINING_PROCESSES=1`` to go without."""


def spread(work: Work[Item, Result], items: Sequence[Item]) -> list[Result]:
    """Return ``work(items)``, item by item.

    ``work`` gives one result for each item and changes nothing that anybody else sees.

    Raises:
        PartLost: a process died.
    """
    parts = _processors() if len(items) >= WORTH_IT else 1
    others = [_start(work, items[number::parts]) for number in range(1, parts)]  # in turns: long ones cluster
    found: list[Result] = [None] * len(items)  # type: ignore[list-item]  # every place is filled below
    found[::parts] = work(items[::parts])
    for number, other in enumerate(others, start=1):
        found[number::parts] = _result(*other)
    return found


def later(work: Callable[[], None]) -> None:
    """Do ``work`` beside what follows where ``overlap`` was called before, otherwise at once.

    What it leaves behind is files: of what it changes in memory nobody sees anything.
    """
    if _overlapping:
        _open_ends.append(_start(lambda _: [work()], ()))
    else:
        work()


def overlap() -> None:
    """Let ``later`` start processes; who calls this calls ``wait_for_all`` before the files are needed."""
    global _overlapping  # noqa: PLW0603 - one training in one process
    _overlapping = _processors() > 1


def wait_for_all() -> None:
    """Wait until all that was put off is done.

    Raises:
        PartLost: some of it came to nothing; its own error is on the terminal.
    """
    while _open_ends:
        _result(*_open_ends.pop())


def _processors() -> int:
    return int(os.environ.get("TRAINING_PROCESSES") or len(os.sched_getaffinity(0)))


def _start(work: Work[Item, Result], items: Sequence[Item]) -> tuple[BaseProcess, Connection]:
    here, there = _fork.Pipe(duplex=False)
    process = _fork.Process(target=_send, args=(work, items, there), daemon=True)
    process.start()
    there.close()  # so that the other end closes with the process
    return process, here


def _send(work: Work[Item, Result], items: Sequence[Item], to: Connection) -> None:
    to.send(list(work(items)))


def _result(process: BaseProcess, results: Connection) -> list[Any]:
    try:
        return list(results.recv())
    except EOFError as error:
        raise PartLost(PartLost.__doc__) from error
    finally:
        process.join()
