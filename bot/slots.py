"""Two slots with a language server each (or several): one answers, the other holds the model before or a candidate.

Loading a model blocks a server for seconds, so it is loaded where nobody is served and then the traffic is turned.
The store says which slot is live. A process looks there about once a second and goes on with what it saw last while
the store does not answer.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import requests
from prometheus_client import Counter, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from bot.breaker import BreakerOpen
from bot.memory import Memory
from bot.model_folder import identity
from bot.nlu_server import (
    PARSE_SECONDS,
    WARM_SECONDS,
    LoadedModel,
    NluServer,
    NotLoaded,
    pooled_session,
)
from bot.settings import Settings
from bot.turn import Deadline
from bot.understanding import NLUUnavailable, ParsedMessage, kept_answer, parsed_message
from models.database import Database
from models.nlu_traffic import Traffic, traffic

log = logging.getLogger(__name__)

CACHE_SECONDS = 3600
LOOK_SECONDS = 1.0
"""A process looks so often who answers."""
LOOK_PATIENCE = 0.25
"""Longest wait for that look, in seconds; then the turn goes on with what was seen last."""
FIRST_LOOK_PATIENCE = 1.0
"""Longest wait where nothing was seen yet."""
PARSES = Counter(
    "boram_nlu_parses_total", "Texts parsed, by slot and by whether it was the live one", ["slot", "way"]
)
_NO_ANSWER = (requests.RequestException, ValueError, KeyError)


class TrafficReader:
    """Who answers, as seen in the store not long ago."""

    def __init__(
        self, database: Database, every: float = LOOK_SECONDS, patience: float = LOOK_PATIENCE
    ) -> None:
        self._database = database
        self._every, self._patience = every, patience
        self._seen = Traffic()
        self._looked = float("-inf")
        self._lock = Lock()
        self._looker = ThreadPoolExecutor(1, thread_name_prefix="nlu-traffic")
        self._look: Future[None] | None = None

    def __call__(self) -> Traffic:
        """Return who answers. Never raises and never waits for long; one caller looks, the others go on."""
        if time.monotonic() - self._looked > self._every and self._lock.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._lock.release()
        return self._seen

    def close(self) -> None:
        """End the thread that looks, which gives its connection back before."""
        self._looker.shutdown()

    def _refresh(self) -> None:
        if self._look is None or self._look.done():
            self._look = self._looker.submit(self._read)
        self._looked = time.monotonic()
        knows = self._seen.version >= 0
        wait([self._look], self._patience if knows else max(self._patience, FIRST_LOOK_PATIENCE))

    def _read(self) -> None:
        """See who answers, also when nobody waits for it any more."""
        try:
            with self._database.session() as db:
                self._seen = traffic(db)
        except SQLAlchemyError as error:
            log.warning("the store does not say which slot is live: %s", type(error).__name__)


@dataclass(frozen=True, slots=True)
class ServerState:
    """One server, and what it has loaded; None where it does not answer."""

    url: str
    model: LoadedModel | None


class Slots:
    """The servers of the slots, over pooled connections, with a cache in Redis keyed by model."""

    def __init__(
        self,
        urls: Mapping[str, Sequence[str]],
        token: str,
        memory: Memory,
        traffic: Callable[[], Traffic] = Traffic,
        *,
        pool: int = 32,
    ) -> None:
        self._memory = memory
        self._http = pooled_session(pool)
        self._servers = {
            slot: [NluServer(url, token, self._http) for url in of_slot] for slot, of_slot in urls.items()
        }
        self.traffic = traffic
        """Returns who answers now."""

    @property
    def names(self) -> tuple[str, ...]:
        """The slots there are: one or two."""
        return tuple(self._servers)

    def live(self) -> str:
        """Return the slot that answers."""
        return self.in_order()[0]

    def other(self) -> str | None:
        """Return the slot that rests, None where there is only one."""
        return next(iter(self.in_order()[1:]), None)

    def in_order(self) -> tuple[str, ...]:
        """Return the slots, the live one first."""
        live = self.traffic().live
        return tuple(sorted(self._servers, key=lambda slot: slot != live))

    def parse_with(self, slot: str, text: str, deadline: Deadline | None = None) -> ParsedMessage:
        """Return what a slot's model makes of a text, which has to be presentable.

        Raises:
            NLUUnavailable: none of its servers answers in time.
        """
        deadline = deadline or Deadline.after(PARSE_SECONDS)
        for server in self._servers.get(slot, ()):
            if not deadline.left():
                break
            try:
                return self._parse(slot, server, text, deadline)
            except BreakerOpen:
                continue  # its failures were logged when they happened
            except _NO_ANSWER as error:
                log.warning("NLU server %s did not answer: %s", server.url, type(error).__name__)
        raise NLUUnavailable

    def answers(self, slot: str) -> bool:
        """Tell whether a slot parses: asked anew each time, which also warms up a server that has started."""
        return any(_probed(server) for server in self._servers.get(slot, ()))

    def states(self, slot: str) -> list[ServerState]:
        """Return what each server of a slot has loaded."""
        return [ServerState(server.url, _has(server)) for server in self._servers.get(slot, ())]

    def holds(self, slot: str, model: LoadedModel) -> bool:
        """Tell whether a slot is ready to answer with a model: all its servers that run have it, and one does."""
        running = [state.model for state in self.states(slot) if state.model is not None]
        return bool(running) and all(each == model for each in running)

    def runs(self, slot: str) -> bool:
        """Tell whether a server of a slot answers at all."""
        return any(state.model is not None for state in self.states(slot))

    def load(self, slot: str, path: Path) -> LoadedModel:
        """Have a slot's servers load a model, which keeps each busy for seconds. Those that are off are left out.

        Raises:
            NotLoaded: one cannot, or none answers.
            StaffRefused: the file is no model.
        """
        model = identity(path)
        for server in self._servers[slot]:
            _load(server, path, model)
        if not self.holds(slot, model):
            raise NotLoaded("켜져 있는 서버가 없어요")
        return model

    def warm(self, slot: str) -> None:
        """Have a slot's servers parse until they do it as fast as later, or as fast as a busy machine lets them.

        Raises:
            NotLoaded: one does not answer.
        """
        for server in self._servers[slot]:
            if _has(server) is not None:
                _warm(server)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        if isinstance(self.traffic, TrafficReader):
            self.traffic.close()

    def _parse(self, slot: str, server: NluServer, text: str, deadline: Deadline) -> ParsedMessage:
        seen = self.traffic()
        model = server.model(deadline, seen.version)
        key = _cache_key(model.number, text)
        cached = self._memory.get(key)
        if cached is not None:
            return parsed_message(json.loads(cached), "cache", model.name)
        answer: dict[str, Any] = {**server.parse(text, deadline), "text": text}
        is_live = slot == seen.live or len(self._servers) == 1
        PARSES.labels(slot, "live" if is_live else "other").inc()
        if is_live and slot not in seen.loading:  # elsewhere a model may have come while it was asked
            self._memory.set(key, json.dumps(kept_answer(answer), ensure_ascii=False), CACHE_SECONDS)
        return parsed_message(answer, "nlu", model.name)


def create_slots(settings: Settings, database: Database, memory: Memory) -> Slots:
    """Return the slots of the settings, with the store to say which is live."""
    return Slots(settings.nlu_slots, settings.nlu_token, memory, TrafficReader(database))


class SlotsCollector(Collector):
    """Tells Prometheus which slot is live; read from the store, so every process tells the same."""

    def __init__(self, database: Database, slots: Sequence[str]) -> None:
        self._database, self._slots = database, slots

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; none while the store does not answer, which /readyz tells."""
        try:
            with self._database.session() as db:
                now = traffic(db)
        except SQLAlchemyError as error:
            log.warning("no figures of the slots: %s", type(error).__name__)
            return
        live = GaugeMetricFamily(
            "boram_nlu_live_slot", "1 for the slot that answers, with its model", labels=["slot", "model"]
        )
        for slot in self._slots:
            live.add_metric([slot, now.models.get(slot, "")], float(slot == now.live))
        yield live
        yield GaugeMetricFamily(
            "boram_nlu_shadow_percent", "Share of parses that a candidate reads too", value=now.shadow_share
        )


def _load(server: NluServer, path: Path, model: LoadedModel) -> None:
    try:
        if server.loaded() == model:
            return
        server.load(path)
        if server.loaded() != model:
            raise NotLoaded("다른 모델을 가지고 있어요")
    except requests.ConnectionError:
        if _has(server) not in (None, model):
            raise NotLoaded("읽다가 꺼졌어요") from None
        log.warning("NLU server %s is off: it loads what its slot has when it starts", server.url)
    except _NO_ANSWER as error:
        raise NotLoaded(f"답이 없어요: {type(error).__name__}") from error


def _warm(server: NluServer) -> None:
    until, took = Deadline.after(WARM_SECONDS), WARM_SECONDS
    while took > PARSE_SECONDS / 2 and until.left():
        began = time.monotonic()
        try:
            server.probe(WARM_SECONDS)
        except _NO_ANSWER as error:
            raise NotLoaded(f"답이 없어요: {type(error).__name__}") from error
        took = time.monotonic() - began


def _has(server: NluServer) -> LoadedModel | None:
    try:
        return server.loaded()
    except _NO_ANSWER:
        return None


def _probed(server: NluServer) -> bool:
    try:
        server.probe()
    except _NO_ANSWER:
        return False
    return True


def _cache_key(model: str, text: str) -> str:
    return f"parse:{model}:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
