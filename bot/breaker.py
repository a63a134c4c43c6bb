"""A circuit breaker: leave a neighbour that keeps failing alone for a moment.

Written here because the usual library holds one lock for the whole call, so that one slow call stops all the others.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class BreakerOpen(Exception):
    """The neighbour failed lately: not called."""


class Breaker:
    """After ``failures`` failed calls in a row, refuse calls for ``seconds``, then let one through to try."""

    def __init__(self, failures: int = 3, seconds: float = 2.0) -> None:
        self._limit = failures
        self._seconds = seconds
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_again_at = 0.0

    def call(self, function: Callable[[], T]) -> T:
        """Return what ``function`` returns, or raise what it raises.

        Raises:
            BreakerOpen: it failed lately and was not called.
        """
        self._check()
        try:
            result = function()
        except Exception:
            self._count_failure()
            raise
        self._failed = 0
        return result

    def _check(self) -> None:
        with self._lock:
            if self._failed < self._limit:
                return
            if time.monotonic() < self._closed_again_at:
                raise BreakerOpen
            self._closed_again_at = time.monotonic() + self._seconds  # this caller tries, the others wait

    def _count_failure(self) -> None:
        with self._lock:
            self._failed += 1
            self._closed_again_at = time.monotonic() + self._seconds
