"""The page that plays DOVOL's own system: what it sends, and what it makes of the answers."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from flask import Flask, Response, request
from playwright.sync_api import Page, Route, expect
from pydantic import TypeAdapter
from werkzeug.serving import make_server

from models.reports import Report
from simulator.settings import Settings
from tests.simulator.conftest import free_port
from tests.simulator.skill_server import KEY as SKILL_KEY
from tests.simulator.window import Window

KEY = "the key of the system beside us"
REPORT: TypeAdapter[Any] = TypeAdapter(Report)
REASON, RAIN = "신청한 사람이 많았어요", "비가 많이 와요"
TALENT = {
    "offer": {"talent": "기타 연주", "when": "토요일 오후", "where": "서울 마포구"},
    "host": {"name": "마포청소년센터", "phone": "02-000-1388"},
}
ME, SESSION = {"member": "persona-busy"}, {"session": {"number": "PPG-1"}}
PRESSES: list[tuple[str, dict[str, Any]]] = [
    ("application.filed", ME | SESSION),
    ("application.approved", ME | SESSION),
    ("application.rejected", ME | SESSION | {"reason": REASON}),
    ("application.waitlisted", ME | SESSION),
    ("application.promoted", ME | SESSION),
    ("cancelled-by-member", ME | SESSION | {"type": "application.cancelled", "by": "member"}),
    ("cancelled-by-host", ME | SESSION | {"type": "application.cancelled", "by": "host", "reason": REASON}),
    ("activity.attended", ME | SESSION | {"hours": 2}),
    ("activity.absent", ME | SESSION),
    ("session.called_off", SESSION | {"reason": RAIN}),
    ("talent.matched", ME | TALENT),
    ("talent.approved", ME | TALENT),
    ("member.profile_changed", ME | {"fields": ["phone"]}),
    ("certificate.issued", ME | {"kind": "199015"}),
    ("consent-given", ME | {"type": "consent_1365.changed", "agreed": True}),
    ("consent-withdrawn", ME | {"type": "consent_1365.changed", "agreed": False}),
]
"""Button → the report it sends, of which the type is its name where none is given."""


class Boram:
    """Our side as DOVOL's system sees it: ``calls`` are (headers, body); ``answer`` is what the next ones get."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], Any]] = []
        self.answer: tuple[int, Any] = (200, {"changed": True})
        self.headers: dict[str, str] = {}
        self.hold = threading.Event()
        self.hold.set()
        app = Flask("boram")
        app.add_url_rule("/api/v1/events", view_func=self._take, methods=["POST"])
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/v1/events"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    @property
    def report(self) -> dict[str, Any]:
        """The last report, without its time."""
        return {name: value for name, value in self.calls[-1][1].items() if name != "occurred_at"}

    def close(self) -> None:
        """Stop listening."""
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self) -> Response:
        self.hold.wait(10)
        self.calls.append((dict(request.headers), json.loads(request.get_data())))
        status, body = self.answer
        return Response(
            body if isinstance(body, str) else json.dumps(body, ensure_ascii=False),
            status,
            headers=self.headers,
            content_type="application/json",
        )


@pytest.fixture
def boram() -> Iterator[Boram]:
    boram = Boram()
    yield boram
    boram.close()


@pytest.fixture
def settings(boram: Boram) -> Settings:
    return Settings(
        "http://127.0.0.1:9/skills/kakao", SKILL_KEY, port=free_port(), events_url=boram.url, events_key=KEY
    )


@pytest.fixture
def dovol(page: Page, width: int) -> Window:
    page.set_viewport_size({"width": width, "height": 844})
    window = Window(page)
    page.goto("/dovol")
    expect(window.by("new-number")).to_have_value(re.compile(r"PPG\d+-\d{8}"))
    return window


def press(dovol: Window, name: str) -> None:
    """Press a button and wait until its answer stands in the log."""
    before = dovol.by("answer").count()
    dovol.by(name).click()
    expect(dovol.by("answer")).to_have_count(before + 1)


def test_every_button_sends_a_report_that_our_side_takes(dovol: Window, boram: Boram) -> None:
    dovol.by("number").fill("PPG-1")
    for name, expected in PRESSES:
        press(dovol, name)
        assert boram.report == {"type": name} | expected
        REPORT.validate_json(json.dumps(boram.calls[-1][1]))
    assert dovol.errors == []


def test_a_report_carries_the_key_a_number_of_its_own_and_its_time(dovol: Window, boram: Boram) -> None:
    dovol.by("member").select_option("persona-42h")
    for _ in range(2):
        press(dovol, "consent-given")
    (first, report), (second, _) = boram.calls
    assert report["member"] == "persona-42h"
    assert first["Authorization"] == f"Bearer {KEY}"
    assert first["Idempotency-Key"] != second["Idempotency-Key"]
    told = datetime.fromisoformat(report["occurred_at"])
    assert abs(datetime.now(ZoneInfo("Asia/Seoul")) - told) < timedelta(minutes=1)


def test_what_is_published_can_be_applied_for_and_moved_by_its_number(dovol: Window, boram: Boram) -> None:
    number = dovol.by("new-number").input_value()
    press(dovol, "published-by-host")
    today = datetime.now(ZoneInfo("Asia/Seoul")).date()
    day, session = today + timedelta(days=14), boram.report["sessions"][0]
    assert (session["number"], session["day"]) == (number, day.isoformat())
    assert session["apply_from"] == today.isoformat()
    assert session["apply_until"] == (day - timedelta(days=1)).isoformat()
    assert "club" not in boram.report["programme"]
    REPORT.validate_json(json.dumps(boram.calls[-1][1]))
    expect(dovol.by("number")).to_have_value(number)
    expect(dovol.by("new-number")).not_to_have_value(number)
    press(dovol, "application.approved")
    assert boram.report["session"] == {"number": number}
    press(dovol, "session.moved")
    assert boram.report | {"day": None} == {
        "type": "session.moved",
        "session": {"number": number},
        "day": None,
        "begins_at": "14:00",
        "ends_at": "16:00",
    }
    dovol.page.reload()
    expect(dovol.by("number")).to_have_value(number)


@pytest.mark.parametrize("days", [-3, 0, 1])
def test_a_programme_of_any_day_can_be_applied_for_until_the_day_before(
    dovol: Window, boram: Boram, days: int
) -> None:
    today = datetime.now(ZoneInfo("Asia/Seoul")).date()
    dovol.by("day").fill((today + timedelta(days=days)).isoformat())
    press(dovol, "published-by-club")
    assert boram.report["programme"]["club"] == "줍깅반"
    session = boram.report["sessions"][0]
    assert session["apply_until"] == (today + timedelta(days=min(days, 0))).isoformat()
    assert session["apply_from"] <= session["apply_until"]
    REPORT.validate_json(json.dumps(boram.calls[-1][1]))


def test_a_certificate_about_one_activity_names_it(dovol: Window, boram: Boram) -> None:
    dovol.by("kind").select_option("199010")
    dovol.by("certificate.issued").click()
    expect(dovol.by("members-said")).to_contain_text("활동 번호")
    expect(dovol.by("number")).to_be_focused()
    assert boram.calls == []
    dovol.by("number").fill("PPG-1")
    press(dovol, "certificate.issued")
    assert boram.report["session"] == {"number": "PPG-1"}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, {"changed": False}, "이미 그렇게 되어 있어서"),
        (200, {"changed": False, "why": "older"}, "더 새로운 소식을"),
        (200, {"changed": False, "why": "over"}, "이미 끝났거나"),
        (401, {"code": "unauthorized"}, "열쇠가 맞지 않아요"),
        (404, {"code": "not_set_up"}, "EVENTS_KEY"),
        (409, {"code": "under_way"}, "같은 번호로 다시"),
        (422, {"code": "unknown_session"}, "모르는 활동 번호예요"),
        (422, {"code": "invalid", "detail": "Correct hours and send it again."}, "Correct hours"),
        (503, {"code": "busy"}, "보람이 바빠요"),
        (502, "<html>a proxy's own words</html>", "받지 않았어요"),
    ],
)
def test_every_answer_is_told_with_its_status(
    page: Page, boram: Boram, status: int, body: object, said: str
) -> None:
    page.goto("/dovol")
    dovol, boram.answer = Window(page), (status, body)
    press(dovol, "member.profile_changed")
    expect(dovol.by("members-said")).to_contain_text(said)
    expect(dovol.by("status")).to_have_text(str(status))
    shown = dovol.by("body").inner_text()
    assert shown == (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2))
    assert dovol.violations() == []
    assert dovol.errors == []


def test_the_page_waits_without_sending_twice_and_says_so(dovol: Window, boram: Boram) -> None:
    boram.hold.clear()
    dovol.by("member.profile_changed").click()
    expect(dovol.by("members-said")).to_have_text("보내고 있어요…")
    assert dovol.violations() == []
    dovol.page.keyboard.press("Enter")  # the button that was pressed keeps the focus
    boram.hold.set()
    expect(dovol.by("members-said")).to_contain_text("반영됐어요")
    assert len(boram.calls) == 1


def test_the_same_report_is_sent_again_under_its_number(dovol: Window, boram: Boram) -> None:
    boram.answer = (503, {"code": "busy"})
    press(dovol, "consent-given")
    boram.answer, boram.headers = (200, {"changed": True}), {"Idempotent-Replayed": "true"}
    dovol.by("again").click()
    expect(dovol.by("members-said")).to_contain_text("처음 대답을 다시 받았어요")
    (first, report), (second, again) = boram.calls
    assert (first["Idempotency-Key"], report) == (second["Idempotency-Key"], again)


def test_nobody_answering_is_told(dovol: Window, boram: Boram) -> None:
    boram.close()
    press(dovol, "consent-given")
    expect(dovol.by("members-said")).to_contain_text("보람이 대답하지 않아요")
    expect(dovol.by("status")).to_have_text("대답 없음")


def test_a_simulator_that_is_gone_is_told_and_what_was_typed_stays(dovol: Window) -> None:
    def cut(route: Route) -> None:
        route.abort()

    dovol.page.route("**/api/dovol/reports", cut)
    dovol.by("number").fill("PPG-7")
    dovol.by("application.approved").click()
    expect(dovol.by("applications-said")).to_contain_text("시뮬레이터가 대답하지 않아요")
    expect(dovol.by("number")).to_have_value("PPG-7")


@pytest.mark.parametrize(
    ("clear", "button", "said"),
    [("number", "application.filed", "applications"), ("title", "published-by-host", "published")],
)
def test_what_is_missing_is_pointed_at(
    dovol: Window, boram: Boram, clear: str, button: str, said: str
) -> None:
    dovol.by(clear).fill("")
    dovol.by(button).click()
    expect(dovol.by(clear)).to_be_focused()
    expect(dovol.by(f"{said}-said")).to_have_class("dovol-said wrong")
    assert dovol.violations() == []
    dovol.by("field-phone").uncheck()
    dovol.by("member.profile_changed").click()
    expect(dovol.by("members-said")).to_contain_text("하나 이상")
    assert boram.calls == []


def test_the_page_works_by_keyboard_alone_and_fits_the_screen(
    dovol: Window, boram: Boram, width: int
) -> None:
    assert dovol.violations() == []
    dovol.by("number").focus()
    dovol.page.keyboard.type("PPG-1")
    for _ in range(4):  # over two fields to the second button
        dovol.page.keyboard.press("Tab")
    expect(dovol.by("application.approved")).to_be_focused()
    dovol.page.keyboard.press("Enter")
    expect(dovol.by("applications-said")).to_contain_text("반영됐어요")
    expect(dovol.by("application.approved")).to_be_focused()
    assert boram.report["type"] == "application.approved"
    assert dovol.violations() == []
    assert dovol.page.evaluate("document.documentElement.scrollWidth") <= width
    assert dovol.errors == []


def test_the_chat_window_leads_to_the_page(page: Page) -> None:
    page.goto("/")
    with page.context.expect_page() as opened:
        page.get_by_test_id("to-dovol").click()
    expect(opened.value.get_by_role("heading", name="두볼 쪽에서 일어난 일")).to_be_visible()


@pytest.mark.parametrize("sent", [None, [], {"report": 1}, {"report": {}}, {"report": {"type": 1}}])
def test_what_is_no_report_goes_nowhere(simulator: str, boram: Boram, sent: object) -> None:
    answer = requests.post(f"{simulator}/api/dovol/reports", json=sent, timeout=5)
    assert answer.status_code == 400
    assert boram.calls == []
