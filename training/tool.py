"""Running a program of the language's project: after everything else on the machine, watched, and ended when nobody wants it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, Queue
from typing import IO

from training.heart import Part

NICE = ("nice", "-n", "10")
"""In front of a command: young people's questions come first."""
_LOOK_SECONDS = 0.3
_GRACE_SECONDS = 5
_LINES_KEPT = 60


class ToolFailed(Exception):
    """The program ended badly; the text is what it said last."""


def run_tool(command: Sequence[str], part: Part, line: Callable[[str], None]) -> None:
    """Run a command to its end and hand on each line it says.

    Raises:
        ToolFailed: it did not end well.
        Stopped: it was ended because the job is to stop.
    """
    said: deque[str] = deque(maxlen=_LINES_KEPT)
    process = subprocess.Popen(
        [*NICE, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        process_group=0,  # so that it can be ended with all it has started
    )
    try:
        for each in _lines(process, part):
            said.append(each)
            line(each)
        if process.wait():
            raise ToolFailed("\n".join(said))
    finally:
        _end(process)


def _lines(process: subprocess.Popen[str], part: Part) -> Iterator[str]:
    """Return lines as they come; between them, and where none come, look whether to stop."""
    waiting: Queue[str | None] = Queue()
    threading.Thread(target=_read, args=(process.stdout, waiting), daemon=True).start()
    while True:
        part.check()
        try:
            found = waiting.get(timeout=_LOOK_SECONDS)
        except Empty:
            continue
        if found is None:
            return
        yield found


def _read(stream: IO[str], waiting: Queue[str | None]) -> None:
    with stream:
        for line in stream:
            waiting.put(line.rstrip("\n"))
    waiting.put(None)


def _end(process: subprocess.Popen[str]) -> None:
    """End what still runs, politely at first: what it has begun is cleared away by itself."""
    for number, seconds in ((signal.SIGTERM, _GRACE_SECONDS), (signal.SIGKILL, _GRACE_SECONDS)):
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
