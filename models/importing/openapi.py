"""HTTP client of the public APIs: key, pages, daily limit, patience with errors that pass."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import requests

from models.clock import Clock
from models.importing.call_book import CallBook, DailyLimitReached
from models.importing.envelope import AGAIN, DAILY_LIMIT, Envelope, NotAnEnvelope, OpenApiError, read_envelope

TOO_MANY = 429
SERVER_ERROR = 500


class OpenApiUnavailable(Exception):
    """The API did not answer after several tries. Asking later may help."""


class _TryAgain(Exception):
    """An error that passes."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try. Pauses double and are spread at random."""

    attempts: int = 5
    first_pause: float = 1.0
    timeout: float = 30.0
    """Seconds for each call: these APIs are slow."""
    sleep: Callable[[float], None] = time.sleep


class OpenApi:
    """One API under one base address."""

    def __init__(
        self, base_url: str, service_key: str, book: CallBook, clock: Clock, patience: Patience | None = None
    ) -> None:
        """Take the key as data.go.kr shows it, plain or already encoded; it is sent encoded exactly once."""
        self._base_url = base_url.rstrip("/")
        self._key = unquote(service_key.strip())
        self._book = book
        self._clock = clock
        self._patience = patience or Patience()
        self._http = requests.Session()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Envelope:
        """Return one answer.

        Raises:
            DailyLimitReached: no calls are left today, by our count or the API's.
            OpenApiError: the API refuses; asking again does not help.
            OpenApiUnavailable: it did not answer properly after several tries.
        """
        reason = ""
        for attempt in range(self._patience.attempts):
            if attempt:
                self._pause(attempt)
            self._book.count_call(operation, self._clock.now().date())
            try:
                return self._ask(operation, parameters)
            except _TryAgain as error:
                reason = str(error)
        raise OpenApiUnavailable(
            f"{operation}: {self._patience.attempts}번 물었지만 답을 받지 못했어요({reason})"
        )

    def pages(self, job: str, operation: str, parameters: Mapping[str, Any], rows: int) -> Iterator[Envelope]:
        """Yield page after page. A page counts as done when the next is asked for, so an interrupted job goes on.

        ``job`` names the work as a whole, also where its parameters hold the day.

        Raises:
            DailyLimitReached, OpenApiError, OpenApiUnavailable: as ``call``.
        """
        page = self._book.next_page(job)
        while True:
            answer = self.call(operation, {**parameters, "pageNo": page, "numOfRows": rows})
            yield answer
            last = not answer.rows or page * rows >= answer.total
            page += 1
            self._book.set_next_page(job, None if last else page)
            if last:
                return

    def _pause(self, attempt: int) -> None:
        longest = self._patience.first_pause * 2**attempt
        self._patience.sleep(random.uniform(longest / 2, longest))  # noqa: S311 - spreads calls, no secret

    def _ask(self, operation: str, parameters: Mapping[str, Any]) -> Envelope:
        try:
            answer = self._http.get(
                f"{self._base_url}/{operation}",
                params={"serviceKey": self._key, **parameters},
                timeout=self._patience.timeout,
                allow_redirects=False,
            )
            return self._read(answer)
        except requests.RequestException as error:
            # the exception's own text holds the address, and so the key
            raise _TryAgain(type(error).__name__) from None

    def _read(self, answer: requests.Response) -> Envelope:
        try:
            return read_envelope(answer.content)
        except OpenApiError as error:
            if error.code == DAILY_LIMIT:
                raise DailyLimitReached(str(error)) from error
            if error.code in AGAIN:
                raise _TryAgain(str(error)) from error
            raise
        except NotAnEnvelope as error:
            if answer.status_code in (requests.codes.ok, TOO_MANY) or answer.status_code >= SERVER_ERROR:
                raise _TryAgain(f"HTTP {answer.status_code}") from error
            raise OpenApiError(f"HTTP {answer.status_code}", "제공 기관이 요청을 거절했어요") from error
