"""DOVOL's own system: what happens there is reported to our side over HTTP, as the real one would (page ``/dovol``).

It knows its members and the sessions it published; whether a report is any good is for the receiver to say.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import requests
from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from simulator.personas import PERSONAS

Json: TypeAlias = dict[str, Any]
Clock: TypeAlias = Callable[[], datetime]

TIMEOUT = 15.0
"""Seconds DOVOL's system waits for an answer."""
KEPT_SESSIONS = 50
PUBLISHED = "programme.published"
NEWCOMER = "newcomer"
"""DOVOL id that the persona without an account links with; the others' ids are their keys."""
MEMBERS = {(NEWCOMER if persona.key == "persona-new" else persona.key): persona.name for persona in PERSONAS}
"""DOVOL id → who that is."""
PROFILE_FIELDS = {
    "phone": "전화번호",
    "school": "학교",
    "region": "사는 곳",
    "grade": "학년",
    "interests": "관심 분야",
}
CERTIFICATES = {
    "199010": "봉사활동확인서 (활동 하나)",
    "199012": "일자별 확인서",
    "199015": "이력확인서",
    "199011": "나눔수신 확인서",
    "199008": "사전계획서 (활동 하나)",
}
CATEGORIES = {
    "0800": "환경·생태계보호",
    "0400": "교육",
    "0700": "문화·체육·예술·관광",
    "0100": "생활편의",
    "0500": "보건·의료",
}
SUGGESTED_IN = timedelta(days=14)
"""From today to the day a new programme is suggested for."""


class NoReport(Exception):
    """What the page sent is none; the text says why."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A report as it went, under its key, and what came back. ``status`` is None when nobody answered."""

    report: Json
    key: str
    status: int | None
    answer: Any
    milliseconds: int
    replayed: bool = False


class Dovol:
    """Reports to one address with one key, and keeps the sessions it published."""

    def __init__(self, url: str, key: str, clock: Clock) -> None:
        self._url, self._key, self._clock = url, key, clock
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy or .netrc of the developer is not DOVOL's
        self._published: deque[Json] = deque(maxlen=KEPT_SESSIONS)
        self._lock = threading.Lock()

    def send(self, sent: Any) -> Reported:
        """Report what the page sent: ``report``, and ``key`` where it is one sent again.

        Raises:
            NoReport: it is none.
        """
        report, key = _read(sent)
        report = {"type": report["type"], "occurred_at": self._clock().isoformat()} | report
        reported = self._post(report, key or str(uuid.uuid4()))
        if reported.status == requests.codes.ok and report["type"] == PUBLISHED:
            self._keep(report)
        return reported

    def sessions(self) -> list[Json]:
        """Return the sessions published here, the newest first: number, title, day."""
        with self._lock:
            return list(self._published)

    def _post(self, report: Json, key: str) -> Reported:
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        body, began = json.dumps(report, ensure_ascii=False).encode(), time.perf_counter()
        try:
            response = self._session.post(
                self._url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            return Reported(report, key, None, type(error).__name__, _since(began))
        replayed = response.headers.get("Idempotent-Replayed") == "true"
        return Reported(report, key, response.status_code, _said(response), _since(began), replayed)

    def _keep(self, report: Json) -> None:
        title = report["programme"]["title"]
        with self._lock:
            known = {session["number"] for session in self._published}
            for session in report["sessions"]:
                if session["number"] not in known:
                    kept = {"number": session["number"], "title": title, "day": session["day"]}
                    self._published.appendleft(kept)


def _read(sent: Any) -> tuple[Json, str]:
    if not isinstance(sent, dict) or not isinstance(sent.get("report"), dict):
        raise NoReport("send {report, key}")
    report, key = sent["report"], sent.get("key") or ""
    if not isinstance(report.get("type"), str) or not isinstance(key, str):
        raise NoReport("report.type and key are words")
    return report, key


def _said(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text[:2000]


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def create_blueprint(dovol: Dovol, clock: Clock) -> Blueprint:
    """Return the page, and the two routes it uses."""
    blueprint = Blueprint("dovol", __name__)

    @blueprint.get("/dovol")
    def page() -> str:
        today = clock().date()
        return render_template(
            "dovol.html",
            members=MEMBERS,
            profile_fields=PROFILE_FIELDS,
            certificates=CERTIFICATES,
            categories=CATEGORIES,
            today=today,
            suggested=today + SUGGESTED_IN,
        )

    @blueprint.get("/api/dovol/sessions")
    def sessions() -> ResponseReturnValue:
        return jsonify(dovol.sessions())

    @blueprint.post("/api/dovol/reports")
    def report() -> ResponseReturnValue:
        try:
            return jsonify(asdict(dovol.send(request.get_json(silent=True))))
        except NoReport as problem:
            return jsonify({"error": str(problem)}), 400

    return blueprint
