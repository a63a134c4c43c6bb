"""What was asked of the live APIs today, and where an interrupted import goes on, kept in one small file."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any


class DailyLimitReached(Exception):
    """No calls are left today. What was read is stored; the same command goes on from there tomorrow."""


class CallBook:
    """Counts calls a day and operation, and remembers the next page of each job. Safe for several processes."""

    def __init__(self, path: Path, calls_per_day: int = 1000) -> None:
        self._path = path
        self._calls_per_day = calls_per_day

    def count_call(self, operation: str, today: date) -> None:
        """Count one call.

        Raises:
            DailyLimitReached: none is left today.
        """
        with self._open() as book:
            if book.get("day") != today.isoformat():
                book["day"], book["calls"] = today.isoformat(), {}
            used = book["calls"].get(operation, 0)
            if used >= self._calls_per_day:
                raise DailyLimitReached(operation)
            book["calls"][operation] = used + 1

    def calls(self, operation: str, today: date) -> int:
        """Return how many calls were made today."""
        with self._open() as book:
            return int(book["calls"].get(operation, 0)) if book.get("day") == today.isoformat() else 0

    def next_page(self, job: str) -> int:
        """Return the page to read next, 1 for a job that was finished or never begun."""
        with self._open() as book:
            return int(book["pages"].get(job, 1))

    def set_next_page(self, job: str, page: int | None) -> None:
        """Remember the page to read next; None when the job is finished."""
        with self._open() as book:
            book["pages"].pop(job, None)
            if page is not None:
                book["pages"][job] = page

    @contextmanager
    def _open(self) -> Iterator[dict[str, Any]]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            book = _parsed(file.read())
            yield book
            file.seek(0)
            file.truncate()
            json.dump(book, file, ensure_ascii=False)


def _parsed(text: str) -> dict[str, Any]:
    try:
        book = json.loads(text or "{}")
    except ValueError:
        book = {}  # cut short by a power loss: counting anew is harmless, the API refuses what is too much
    return {"calls": {}, "pages": {}, **(book if isinstance(book, dict) else {})}
