"""The door KakaoTalk comes in by: ``POST /skills/kakao``.

Whatever happens behind it, an authenticated call with a JSON body gets HTTP 200 with a valid SkillResponse
within the time budget. A person who was told it takes too long will not see a write begin after that.
"""

from __future__ import annotations

import hmac
import json
import logging
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from bot.replies import Reply
from bot.settings import Settings
from bot.turn import Deadline, Turn
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
ACKNOWLEDGED: JSON = {"version": "2.0", "useCallback": True, "data": {"text": apologies.WAITING}}

Answer = Callable[[Turn], Reply]
Explain = Callable[[Turn, Reply], Mapping[str, Any]]
logger = logging.getLogger(__name__)


class Refused(Exception):
    """A call that is not answered: ``status`` and the reason go out, ``outcome`` is counted."""

    def __init__(self, status: int, outcome: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.outcome = outcome


def create_blueprint(
    answer: Answer, settings: Settings, clock: Callable[[], datetime], *, explain: Explain | None = None
) -> KakaoDoor:
    """Return the blueprint that serves ``POST /skills/kakao``.

    Args:
        answer: the assistant; may be slow, may raise. It should ask ``turn.deadline`` before it writes.
        settings: key, block, callback hosts, ``turn_seconds``, ``web_threads``.
        clock: the present moment, aware.
        explain: what ``data.debug`` of a reply shows to developers; leave it out in production.

    """
    return KakaoDoor(answer, settings, clock, explain)


class KakaoDoor(Blueprint):
    """The blueprint, with the threads that answer. Call ``close`` before the process ends."""

    def __init__(
        self, answer: Answer, settings: Settings, clock: Callable[[], datetime], explain: Explain | None
    ) -> None:
        super().__init__("kakao", __name__)
        self._answer, self._settings, self._clock, self._explain = answer, settings, clock, explain
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
        return _respond(reply)

    def _reply_to(self, value: Any, body: bytes) -> tuple[JSON, str]:
        try:
            payload = read_payload(value)
        except UnreadablePayload as error:
            logger.warning("unreadable payload, look at: %s", error)
            return self._draw(apologies.UNREADABLE), "unreadable"
        return self._take_turn(payload, delivery_id(body, request.headers.get(REQUEST_ID_HEADER, "")))

    def _take_turn(self, payload: Payload, delivery: str) -> tuple[JSON, str]:
        reply_by = Deadline.after(self._settings.turn_seconds)
        url = self._callback_url(payload)
        answer_by = Deadline.after(ANSWER_SECONDS) if url else reply_by
        turn = to_turn(payload, self._clock(), answer_by, delivery)
        work = self._answerers.submit(self._work, turn, payload.is_group)
        wait([work], timeout=reply_by.left())
        if url and not work.done():
            later = partial(self._settled, work, answer_by, payload.is_group)
            if self._callbacks.owe(url, lambda: later()[0]):
                return ACKNOWLEDGED, "callback"
        return self._settled(work, reply_by, payload.is_group)

    def _callback_url(self, payload: Payload) -> str | None:
        """Return where a late answer may go. Kakao refuses callbacks from its own bot test."""
        url = payload.user_request.callback_url
        if not url or payload.is_bot_test:
            return None
        if self._callbacks.allows(url):
            return url
        logger.warning("callbackUrl leads to a host that is not in KAKAO_CALLBACK_HOSTS: it is not used")
        return None

    def _work(self, turn: Turn, group: bool) -> JSON | None:
        """Return the drawn answer, or nothing when the turn waited too long to begin."""
        if not turn.deadline.left():
            return None
        reply = self._answer(turn)
        return self._draw(reply, group=group, debug=self._explain(turn, reply) if self._explain else None)

    def _settled(self, work: Future[JSON | None], until: Deadline, group: bool) -> tuple[JSON, str]:
        """Return what is there by ``until``, or an apology; work that has not begun never will."""
        wait([work], timeout=until.left())
        if not work.done() and not work.cancel():
            logger.warning("an answer is still being made after its time")
        if work.cancelled() or not work.done():
            return self._draw(apologies.TOO_SLOW, group=group), "slow"
        if error := work.exception():
            logger.error("answering failed: %s", describe(error))
            return self._draw(apologies.BROKEN, group=group), "broken"
        drawn = work.result()
        return (drawn, "answered") if drawn else (self._draw(apologies.TOO_SLOW, group=group), "slow")

    def _draw(self, reply: Reply, *, group: bool = False, debug: Mapping[str, Any] | None = None) -> JSON:
        return render(reply, block_id=self._settings.kakao_block_id, group=group, debug=debug)

    def _accident(self, error: Exception) -> Response:
        """Answer what nobody foresaw: politely, and without a word of the cause."""
        if isinstance(error, HTTPException):
            return _respond({"error": error.name}, error.code or 400)
        logger.error("the door failed: %s", describe(error))
        TURNS.labels("broken").inc()
        return _respond(self._draw(apologies.BROKEN))


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
    request.max_content_length = MAX_BODY
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Refused(413, "too_large", f"send {MAX_BODY} bytes or fewer") from None


def _read_json(body: bytes) -> Any:
    try:
        return load_json(body)
    except NotJSON:
        raise Refused(400, "not_json", "send a SkillPayload as JSON in UTF-8") from None


def _refusal(refused: Refused) -> Response:
    TURNS.labels(refused.outcome).inc()
    return _respond({"error": str(refused)}, refused.status)


def _respond(body: JSON, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response(text.encode(), status, content_type="application/json; charset=utf-8")
