"""The door KakaoTalk comes in by: ``POST /skills/kakao``.

Whatever happens behind it, an authenticated call with a JSON body gets HTTP 200 with a valid SkillResponse
within the time budget. A person who was told it takes too long will not see a write begin after that.
"""

from __future__ import annotations

import hmac
import json
import logging
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from bot.assistant import Answer
from bot.deliveries import Deliveries
from bot.replies import SILENCE, Reply
from bot.settings import Settings
from bot.turn import Deadline, Turn
from bot.values import Places, Value, values_of
from models.clock import Clock
from skills.kakao import apologies
from skills.kakao.callback import ANSWER_SECONDS, Callbacks
from skills.kakao.metrics import TURN_SECONDS, TURNS
from skills.kakao.payload import (
    NotJSON,
    Payload,
    UnreadablePayload,
    delivery_id,
    load_json,
    read_payload,
    to_turn,
)
from skills.kakao.render import JSON, render

KEY_HEADER = "X-Skill-Key"
REQUEST_ID_HEADER = "X-Request-Id"
MAX_BODY = 64 * 1024
JSON_TYPE = "application/json; charset=utf-8"

logger = logging.getLogger(__name__)


class Refused(Exception):
    """A call that is not answered: ``status`` and the reason go out, ``outcome`` is counted."""

    def __init__(self, status: int, outcome: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.outcome = outcome


def create_blueprint(
    answer: Callable[[Turn], Answer],
    settings: Settings,
    clock: Clock,
    deliveries: Deliveries,
    *,
    places: Places | None = None,
    callback_seconds: float = ANSWER_SECONDS,
) -> KakaoDoor:
    """Return the blueprint that serves ``POST /skills/kakao``.

    Args:
        answer: the assistant; may be slow, may raise. It should ask ``turn.deadline`` before it writes.
        settings: key, block, callback hosts, ``turn_seconds``, ``web_threads``; outside production a
            reply also tells developers what was understood (``data.debug``).
        clock: the present moment.
        deliveries: gives a second delivery of one message the answer of the first.
        places: the names of hosts and programmes, to tell developers which one was meant.
        callback_seconds: from a message's arrival until the answer to its callback address is posted.

    """
    return KakaoDoor(answer, settings, clock, deliveries, places, callback_seconds)


class KakaoDoor(Blueprint):
    """The blueprint, with the threads that answer. Call ``close`` before the process ends."""

    def __init__(
        self,
        answer: Callable[[Turn], Answer],
        settings: Settings,
        clock: Clock,
        deliveries: Deliveries,
        places: Places | None,
        callback_seconds: float,
    ) -> None:
        super().__init__("kakao", __name__)
        self._answer, self._settings, self._clock, self._deliveries = answer, settings, clock, deliveries
        self._places, self._callback_seconds = places, callback_seconds
        self._callbacks = Callbacks(settings)
        # Twice the web threads: an answer that came too late still holds its thread for a while.
        self._answerers = ThreadPoolExecutor(settings.web_threads * 2, thread_name_prefix="kakao-turn")
        self.add_url_rule("/skills/kakao", view_func=self._receive, methods=["POST"])
        self.register_error_handler(Refused, _refusal)
        self.register_error_handler(Exception, self._accident)

    def close(self) -> None:
        """Finish the answers under way, post those owed, start no new ones."""
        self._answerers.shutdown(wait=True, cancel_futures=True)
        self._callbacks.close()

    def _receive(self) -> Response:
        _authenticate(self._settings.skill_key)
        with TURN_SECONDS.time():
            body = _read_body()
            reply, outcome = self._reply_to(_read_json(body), body)
        TURNS.labels(outcome).inc()
        return Response(reply, content_type=JSON_TYPE)

    def _reply_to(self, value: Any, body: bytes) -> tuple[bytes, str]:
        try:
            payload = read_payload(value)
        except UnreadablePayload as error:
            logger.warning("unreadable payload, look at: %s", error)
            return self._drawn(apologies.UNREADABLE), "unreadable"
        return self._take_turn(payload, delivery_id(body, request.headers.get(REQUEST_ID_HEADER, "")))

    def _take_turn(self, payload: Payload, delivery: str) -> tuple[bytes, str]:
        reply_by = Deadline.after(self._settings.turn_seconds)
        url = self._callback_url(payload)
        answer_by = Deadline.after(self._callback_seconds) if url else reply_by
        turn = to_turn(payload, self._clock.now(), answer_by, delivery)
        work = self._answerers.submit(self._work, turn, payload.is_group)
        wait([work], timeout=reply_by.left())
        if url and not work.done():
            later = partial(self._settled, work, answer_by, payload.is_group)
            if self._callbacks.owe(url, lambda: later()[0]):
                return ACKNOWLEDGED, "callback"
        drawn, outcome = self._settled(work, reply_by, payload.is_group)
        if turn.is_notice and outcome != "answered":  # an apology nobody asked for would pass for the card
            drawn = self._drawn(SILENCE)
        return drawn, outcome

    def _callback_url(self, payload: Payload) -> str | None:
        """Return where a late answer may go. Kakao refuses callbacks from its own bot test."""
        url = payload.user_request.callback_url
        if not url or payload.is_bot_test:
            return None
        if self._callbacks.allows(url):
            return url
        logger.warning("callbackUrl leads to a host that is not in KAKAO_CALLBACK_HOSTS: it is not used")
        return None

    def _work(self, turn: Turn, group: bool) -> bytes | None:
        """Return the drawn answer, or nothing when the turn waited too long to begin."""
        if not turn.deadline.left():
            return None
        return self._deliveries.once(turn, partial(self._produce, turn, group))

    def _produce(self, turn: Turn, group: bool) -> bytes:
        answer = self._answer(turn)
        told = None if self._settings.app_env == "production" else self._told(answer)
        return self._drawn(answer.reply, group=group, debug=told)

    def _told(self, answer: Answer) -> dict[str, Any]:
        return understood(answer, values_of(answer.parsed, self._clock.now(), self._places))

    def _settled(self, work: Future[bytes | None], until: Deadline, group: bool) -> tuple[bytes, str]:
        """Return what is there by ``until``, or an apology; work that has not begun never will."""
        wait([work], timeout=until.left())
        if not work.done() and not work.cancel():
            logger.warning("an answer is still being made after its time")
        if work.cancelled() or not work.done():
            return self._drawn(apologies.TOO_SLOW, group=group), "slow"
        if error := work.exception():
            logger.error("answering failed: %s", describe(error))
            return self._drawn(apologies.BROKEN, group=group), "broken"
        drawn = work.result()
        return (drawn, "answered") if drawn else (self._drawn(apologies.TOO_SLOW, group=group), "slow")

    def _drawn(self, reply: Reply, *, group: bool = False, debug: Mapping[str, Any] | None = None) -> bytes:
        return _encoded(render(reply, block_id=self._settings.kakao_block_id, group=group, debug=debug))

    def _accident(self, error: Exception) -> Response:
        """Answer what nobody foresaw: politely, and without a word of the cause."""
        if isinstance(error, HTTPException):
            return Response(_encoded({"error": error.name}), error.code, content_type=JSON_TYPE)
        logger.error("the door failed: %s", describe(error))
        TURNS.labels("broken").inc()
        return Response(self._drawn(apologies.BROKEN), content_type=JSON_TYPE)


def understood(answer: Answer, values: Iterable[Value]) -> dict[str, Any]:
    """Return what developers see of an answer: what was understood, how surely, and the milliseconds spent."""
    parsed = answer.parsed
    return {
        "intent": parsed.intent,
        "topic": parsed.topic,
        "source": parsed.source,
        "confidence": parsed.confidence,
        "entities": [asdict(value) for value in values],
        "outcome": answer.outcome,
        "ms": dict(answer.milliseconds),
    }


def describe(error: BaseException) -> str:
    """Return the kinds of the error and its causes, and where they arose; messages may name people."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause and len(told) < 3:
        told.append(f"{type(cause).__name__}\n{''.join(traceback.format_tb(cause.__traceback__))}")
        cause = cause.__cause__ or cause.__context__
    return "caused by ".join(told)


def _authenticate(key: str) -> None:
    given = request.headers.get(KEY_HEADER, "")
    if not given or not hmac.compare_digest(given.encode(), key.encode()):
        raise Refused(401, "unauthorized", f"send the skill key in the {KEY_HEADER} header")


def _read_body() -> bytes:
    """Return the body. One byte more than allowed is asked for, as a chunked body just ends at the limit."""
    request.max_content_length = MAX_BODY + 1
    too_large = Refused(413, "too_large", f"send {MAX_BODY} bytes or fewer")
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise too_large from None
    if len(body) > MAX_BODY:
        raise too_large
    return body


def _read_json(body: bytes) -> Any:
    try:
        return load_json(body)
    except NotJSON:
        raise Refused(400, "not_json", "send a SkillPayload as JSON in UTF-8") from None


def _refusal(refused: Refused) -> Response:
    TURNS.labels(refused.outcome).inc()
    return Response(_encoded({"error": str(refused)}), refused.status, content_type=JSON_TYPE)


def _encoded(body: JSON) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


ACKNOWLEDGED = _encoded({"version": "2.0", "useCallback": True, "data": {"text": apologies.WAITING}})
