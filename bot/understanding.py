"""What is meant by a message: the NLU client and its answer.

The Rasa server is reached over HTTP (``POST /model/parse``). Its traps are handled here: text that begins with ``/``
would become an intent unseen, every failure is a plain 500, and the first parse after a start takes seconds.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter

from bot.breaker import Breaker, BreakerOpen
from bot.data import declined, plain
from bot.memory import Memory
from bot.safety import NOTHING, Safety
from bot.turn import Deadline

log = logging.getLogger(__name__)

MAX_LENGTH = 500
"""Longest text that is parsed; nobody says what they want after 500 characters."""
PARSE_SECONDS = 1.5
"""Longest wait for one server; an ordinary parse takes milliseconds."""
CACHE_SECONDS = 3600
MODEL_CHECK_SECONDS = 10


class NLUUnavailable(Exception):
    """No NLU server answered in time: use buttons and exact words."""


@dataclass(frozen=True, slots=True)
class Entity:
    """Words in the message that name a thing. ``start`` and ``end`` count characters of the parsed text."""

    name: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Meaning:
    """One possible intent with its confidence, 0 to 1."""

    intent: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """What was understood.

    ``source`` says who understood it: nlu, cache, button, choice, menu, safety, question, fragment, or clarified
    (the person, when asked which of two meanings it was). ``confidence`` is the share of such readings that are right.
    """

    intent: str
    confidence: float
    source: str
    topic: str | None = None
    entities: tuple[Entity, ...] = ()
    ranking: tuple[Meaning, ...] = ()
    text: str = ""
    """What was parsed, empty when nothing had to be; the places of entities count its characters."""
    safety: Safety = NOTHING
    novelty: float | None = None
    """How little the words are like anything learned, 0 to 1; None where the model does not tell."""
    normalized: str = ""
    """What was parsed after spelling and spaces were put right, empty where the model does not tell."""
    model: str = ""
    """Name of the model that parsed, empty where none had to."""

    def words(self, entity: str) -> tuple[str, ...]:
        """Return the words found for an entity, in order; what is ruled out (도서관 말고) is left out."""
        text = plain(self.text)
        return tuple(e.text for e in self.entities if e.name == entity and not declined(text, e.end))


def certain(intent: str, source: str) -> ParsedMessage:
    """Return a message whose meaning needs no understanding: a button, a menu word."""
    return ParsedMessage(intent, 1.0, source)


class Understanding(Protocol):
    """Turns words into meaning."""

    def parse(self, text: str, deadline: Deadline) -> ParsedMessage:
        """Return what ``text`` means.

        Raises:
            NLUUnavailable: there is no answer before the deadline.
        """

    def ready(self) -> bool:
        """Tell whether a parse would be answered now."""


class RasaUnderstanding:
    """Rasa servers over pooled connections, tried in order, with a cache in Redis keyed by model."""

    def __init__(self, urls: Sequence[str], token: str, memory: Memory, *, pool: int = 32) -> None:
        self._memory = memory
        self._http = requests.Session()
        self._http.trust_env = False  # a loopback service is never behind a proxy
        self._http.mount("http://", HTTPAdapter(pool_maxsize=pool))
        self._http.mount("https://", HTTPAdapter(pool_maxsize=pool))
        self._servers = [_Server(url, token, self._http) for url in urls]

    def parse(self, text: str, deadline: Deadline) -> ParsedMessage:
        """Return what ``text`` means; see ``Understanding.parse``."""
        text = presentable(text)
        if not text:
            return certain("clarify_needed", "blank")
        for server in self._servers:
            if not deadline.left():
                break
            try:
                return self._parse_with(server, text, deadline)
            except BreakerOpen:
                continue  # its failures were logged when they happened
            except (requests.RequestException, ValueError, KeyError) as error:
                log.warning("NLU server %s did not answer: %s", server.url, type(error).__name__)
        raise NLUUnavailable

    def ready(self) -> bool:
        """Tell whether a server answers a parse: asked anew each time, which also warms up one that has started."""
        return any(self._answers(server) for server in self._servers)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _answers(self, server: _Server) -> bool:
        try:
            server.probe()
        except (requests.RequestException, ValueError):
            return False
        return True

    def _parse_with(self, server: _Server, text: str, deadline: Deadline) -> ParsedMessage:
        model = server.model(deadline)
        key = _cache_key(model, text)
        cached = self._memory.get(key)
        if cached is not None:
            return replace(parsed_message(json.loads(cached), "cache"), model=model)
        answer = {**server.parse(text, deadline), "text": text}
        parsed = replace(parsed_message(answer, "nlu"), model=model)
        self._memory.set(key, json.dumps(_kept(answer), ensure_ascii=False), CACHE_SECONDS)
        return parsed


class _Server:
    """One Rasa server, with its own circuit breaker and the name of the model it has loaded."""

    def __init__(self, url: str, token: str, http: requests.Session) -> None:
        self.url = url
        self._params = {"token": token}
        self._http = http
        self._breaker = Breaker()
        self._model = ""
        self._model_checked = float("-inf")

    def model(self, deadline: Deadline) -> str:
        if time.monotonic() - self._model_checked > MODEL_CHECK_SECONDS:
            status = self._call("GET", "/status", deadline)
            self._model, self._model_checked = str(status["model_id"]), time.monotonic()
        return self._model

    def parse(self, text: str, deadline: Deadline) -> Mapping[str, Any]:
        return self._call("POST", "/model/parse", deadline, {"text": text})

    def probe(self) -> None:
        """Parse something past the breaker: that a server is still starting must not close it to the first turns.

        Raises:
            requests.RequestException, ValueError: there is no good answer.
        """
        self._request("POST", "/model/parse", Deadline.after(PARSE_SECONDS), {"text": "안녕"})

    def _call(self, method: str, path: str, deadline: Deadline, body: object = None) -> Mapping[str, Any]:
        return self._breaker.call(lambda: self._request(method, path, deadline, body))

    def _request(self, method: str, path: str, deadline: Deadline, body: object) -> Mapping[str, Any]:
        response = self._http.request(
            method,
            self.url + path,
            params=self._params,
            json=body,
            timeout=deadline.left(PARSE_SECONDS) or 0.001,
        )
        response.raise_for_status()
        answer = response.json()
        if not isinstance(answer, dict):
            raise ValueError("the NLU answer is no object")  # noqa: TRY004 - bad data from outside
        return answer


def presentable(text: str) -> str:
    """Return text as Rasa may safely get it, empty when nothing is left.

    A leading slash would be taken for an intent, so it becomes its full-width twin. Control characters become
    spaces; blanks around are taken off as Rasa would, because it answers 500 to nothing but blanks.
    """
    clean = "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text[:MAX_LENGTH]).strip()
    return "／" + clean[1:] if clean.startswith("/") else clean


def _cache_key(model: str, text: str) -> str:
    return f"parse:{model}:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


_KEPT = ("intent", "topic", "text", "safety", "novelty", "normalized")


def _kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: answer.get(name) for name in _KEPT}
    entities = [{k: e[k] for k in ("entity", "start", "end", "value")} for e in answer.get("entities", ())]
    return {**kept, "entities": entities, "intent_ranking": list(answer.get("intent_ranking", ()))[:5]}


def parsed_message(answer: Mapping[str, Any], source: str) -> ParsedMessage:
    """Return a parse as Rasa answers it (``POST /model/parse``), with the parsed ``text`` in it."""
    intent = answer["intent"]
    topic = answer.get("topic") or {}
    return ParsedMessage(
        intent=intent["name"] or "clarify_needed",
        confidence=float(intent["confidence"]),
        source=source,
        topic=topic.get("name"),
        entities=tuple(
            Entity(e["entity"], str(e["value"]), int(e["start"]), int(e["end"]))
            for e in answer.get("entities", ())
        ),
        ranking=tuple(
            Meaning(r["name"], float(r["confidence"])) for r in list(answer.get("intent_ranking", ()))[:5]
        ),
        text=str(answer.get("text") or ""),
        safety=_safety(answer.get("safety")),
        novelty=_number(answer.get("novelty")),
        normalized=_text(answer.get("normalized")),
    )


def _safety(told: object) -> Safety:
    if not isinstance(told, Mapping):
        return NOTHING
    return Safety(_text(told.get("level")) or None, _text(told.get("kind")) or None, _text(told.get("why")))


def _number(told: object) -> float | None:
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else None


def _text(told: object) -> str:
    return told if isinstance(told, str) else ""
