"""Receipts: what providers push to us once the result of a message is known, with all that can go wrong on the way."""

from __future__ import annotations

import copy
import heapq
import itertools
import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import requests

from simulator.faults import Trouble

Json: TypeAlias = dict[str, Any]
Proof: TypeAlias = Literal["header", "query"]

log = logging.getLogger(__name__)

SIGNATURE = "X-Toast-Webhook-Signature"
SECONDS = 10.0
APART = 0.05
"""Seconds between receipts that come one by one."""
NAMING = ("requestId", "messageId", "groupId", "recipientGroupingKey", "key")
"""Fields by which somebody could recognize a message."""


class Later:
    """Does things after some seconds, in the background; what is due at once is begun at once."""

    def __init__(self) -> None:
        self._workers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="later")
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, daemon=True, name="later").start()

    def do(self, seconds: float, work: Callable[[], None]) -> None:
        """Do ``work`` in ``seconds``."""
        if seconds <= 0:
            self._workers.submit(work)
            return
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._order), work))
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._changed.wait()
                    continue
                left = self._waiting[0][0] - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                work = heapq.heappop(self._waiting)[2]
            self._workers.submit(work)


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a provider pushes: where the proof stands, how often it tries, and the body around the items.

    ``body`` gets the items, an id of the push and how often it was tried before.
    """

    provider: str
    proof: Proof
    calls: int
    body: Callable[[Sequence[Json], str, int], Any]


class Receipts:
    """Pushes to ``<url>/<provider>``; without a url nothing is pushed. ``token`` proves who pushes."""

    def __init__(self, url: str, token: str, retry_seconds: float, trouble: Trouble, later: Later) -> None:
        self._url, self._token, self._retry_seconds = url.rstrip("/"), token, retry_seconds
        self._trouble, self._later = trouble, later
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy or .netrc of the developer is not the provider's

    def push(self, envelope: Envelope, items: Sequence[Json]) -> None:
        """Push ``items``, the results of one request, as the provider's faults say; returns at once."""
        if not self._url:
            return
        provider, faults = envelope.provider, self._trouble.of(envelope.provider).receipts
        kept = [item for item in items if not self._trouble.strikes(provider, "never", faults.never)]
        pushes = self._in_order(provider, faults.out_of_order, kept)
        if kept and self._trouble.strikes(provider, "unknown", faults.unknown):
            pushes.append([_of_nobody(kept[0])])
        for place, group in enumerate(pushes):
            times = 2 if self._trouble.strikes(provider, "duplicate", faults.duplicate) else 1
            signed = not self._trouble.strikes(provider, "unsigned", faults.unsigned)
            push = _Push(envelope, group, secrets.token_hex(12), signed)
            for _ in range(times):
                self._later.do(faults.delay + place * APART, lambda push=push: self._call(push, 0))  # type: ignore[misc]

    def _in_order(self, provider: str, share: float, items: list[Json]) -> list[list[Json]]:
        if not items:
            return []
        if not self._trouble.strikes(provider, "out_of_order", share):
            return [items]
        self._trouble.shuffle(provider, items)
        return [[item] for item in items]

    def _call(self, push: _Push, tried: int) -> None:
        try:
            if self._post(push, tried) == 200:
                return
        except requests.RequestException:
            log.info("nobody takes the receipts of %s", push.envelope.provider)
        if tried + 1 < push.envelope.calls:
            self._later.do(self._retry_seconds, lambda: self._call(push, tried + 1))

    def _post(self, push: _Push, tried: int) -> int:
        envelope = push.envelope
        by_header = push.signed and envelope.proof == "header"
        by_query = push.signed and envelope.proof == "query"
        response = self._session.post(
            f"{self._url}/{envelope.provider}",
            json=envelope.body(push.items, push.id, tried),
            headers={SIGNATURE: self._token} if by_header else {},
            params={"token": self._token} if by_query else {},
            timeout=SECONDS,
            allow_redirects=False,
        )
        return response.status_code


@dataclass(frozen=True, slots=True)
class _Push:
    envelope: Envelope
    items: Sequence[Json]
    id: str
    signed: bool


def _of_nobody(item: Json) -> Json:
    """Return ``item`` as if it spoke of a message that never was."""
    forged = copy.deepcopy(item)
    for fields in (forged, forged.get("customFields") or {}):
        fields.update({name: f"unknown-{secrets.token_hex(6)}" for name in NAMING if fields.get(name)})
    return forged
