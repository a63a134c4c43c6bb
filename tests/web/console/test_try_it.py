"""Trying 보람 out: the real assistant answers with either model, what it understood is shown, and nothing lasts."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import close_app, create_app
from models.applications import ApplicationState
from models.base import Base
from models.clock import SetClock
from models.members import ANY_BOT, ChannelAccount, Member
from models.nlu_traffic import mark_loaded, mark_loading
from models.staff import StaffRole
from tests.http_server import TestServer, http_server
from tests.web.console.colleague import COOKIE, Colleague
from tests.web.window import assert_fit, looking
from tests.world import make_application, make_session

PAGE = "/console/try-it"
WORDS = "토요일 천안 <봉사>"


def parse(intent: str, confidence: float, **more: Any) -> dict[str, Any]:
    """Return a parse of ``WORDS`` as Rasa answers it."""
    ranking = [
        {"name": intent, "confidence": confidence},
        {"name": "apply_program", "confidence": 0.031},
    ]
    entities = [
        {"entity": "region", "start": 4, "end": 6, "value": "천안"},
        {"entity": "date", "start": 0, "end": 3, "value": "토요일"},
        {"entity": "date", "start": 1, "end": 3, "value": "요일"},
    ]
    return {
        "text": WORDS,
        "intent": ranking[0],
        "intent_ranking": ranking,
        "entities": entities,
        "topic": None,
        "novelty": 0.12,
        "normalized": "토요일 천안 봉사",
    } | more


@pytest.fixture
def live() -> Iterator[TestServer]:
    with http_server() as server:
        server.answer("/status", {"model_id": "m1", "model_file": "now.tar.gz"})
        server.answer("/model/parse", parse("find_program", 0.942))
        yield server


@pytest.fixture
def other() -> Iterator[TestServer]:
    with http_server() as server:
        server.answer("/status", {"model_id": "m2", "model_file": "next.tar.gz"})
        server.answer("/model/parse", parse("check_hours", 0.873))
        yield server


@pytest.fixture
def app(app: Flask, live: TestServer, other: TestServer, clock: SetClock) -> Iterator[Flask]:
    """Return the application with two language servers, each with its model."""
    settings = app.extensions["settings"].model_copy(update={"nlu_url": live.url, "nlu_url_b": other.url})
    both = create_app(settings, clock)
    with both.extensions["database"].session() as db:
        mark_loaded(db, "a", "now", "m1", clock.now())
        mark_loaded(db, "b", "next", "m2", clock.now())
        db.commit()
    yield both
    close_app(both)


@pytest.fixture
def trainer(colleague: Callable[..., Colleague]) -> Colleague:
    return colleague(StaffRole.TRAINER)


@pytest.fixture
def persona(db: Session, member: Member) -> str:
    """Return the key of a persona of the demo world."""
    account = ChannelAccount(
        channel="kakao",
        bot_id=ANY_BOT,
        user_key="persona-16",
        member_id=member.id,
        first_seen_at=member.created_at,
    )
    db.add(account)
    db.commit()
    return account.user_key


def say(someone: Colleague, words: str, **more: str) -> str:
    """Say something and return what the page shows then."""
    sent = someone.post(PAGE, {"words": words, **more})
    assert sent.status_code == 303, someone.read()
    someone.get(sent.location)
    return someone.read()


def press(someone: Colleague, label: str) -> str:
    """Press a button of the last answer and return what the page shows then."""
    page = someone.page.text  # type: ignore[union-attr]  # a page was just opened
    buttons = re.findall(r'name="pressed" value="([^"]*)"', page)
    found = [html.unescape(each) for each in buttons]
    (value,) = {
        each for each in found if label in (json.loads(each).get("label"), json.loads(each).get("title"))
    }
    return say(someone, "", pressed=value)


def everything(db: Session) -> dict[str, int]:
    """Return how many rows every table has."""
    db.rollback()
    return {
        table.name: db.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def test_what_was_understood_is_shown_ranked_and_marked_in_the_sentence(trainer: Colleague) -> None:
    shown = say(trainer, WORDS)
    page = trainer.page.text  # type: ignore[union-attr]  # a page was just opened
    assert "봉사 찾기 94%" in shown
    assert "봉사 찾기 94.2%" in shown
    assert "봉사 신청 3.1%" in shown
    assert "<mark>토요일<small>날짜</small></mark> <mark>천안<small>지역</small></mark> &lt;봉사&gt;" in page
    assert "날짜 토요일 2026-11-28" in shown
    assert "고쳐 읽은 말 토요일 천안 봉사" in shown
    assert "낯선 정도 12%" in shown
    assert "누가 알아들음 모델" in shown
    assert re.search(r"알아듣기 \d+ms · 답 만들기 \d+ms", shown)


def test_the_other_model_answers_where_it_is_asked_and_both_readings_stand_beside(
    trainer: Colleague, live: TestServer, other: TestServer
) -> None:
    shown = say(trainer, WORDS, slot="b")
    assert "대답한 모델 다른 모델 (next)" in shown
    assert "내 봉사시간 87%" in shown
    assert "지금 쓰는 모델 (now)" in shown
    assert "다른 모델 (next): 다르게 읽었어요" in shown
    assert '<option value="b" selected' in trainer.page.text  # type: ignore[union-attr]  # a page was just opened
    other.answer("/model/parse", parse("find_program", 0.8))
    assert "다른 모델 (next): 같게 읽었어요" in say(trainer, "토요일 봉사 말이야")
    assert "대답한 모델 지금 쓰는 모델 (now)" in trainer.read()


def test_a_model_that_does_not_answer_is_told(trainer: Colleague, other: TestServer) -> None:
    other.answer("/model/parse", {}, status=500)
    shown = say(trainer, WORDS, slot="b")
    assert "모델이 답하지 않았어요" in shown
    assert "이 모델은 지금 답하지 않아요" in shown
    assert "봉사 찾기 94.2%" in shown


def test_a_slot_that_loads_another_model_is_not_offered(trainer: Colleague, db: Session) -> None:
    mark_loading(db, "b", trainer.clock.now())
    db.commit()
    assert 'name="slot"' not in trainer.get(PAGE).text
    assert "대답한 모델 지금 쓰는 모델 (now)" in say(trainer, WORDS, slot="b")
    assert "다른 모델" not in trainer.read()


def test_nothing_of_a_try_lasts(trainer: Colleague, db: Session, persona: str, member: Member) -> None:
    application = make_application(db, member, make_session(db))
    db.commit()
    trainer.get(PAGE)
    before = everything(db)
    for who in ("", persona):
        trainer.post(f"{PAGE}/new", {"persona": who}, form_on=PAGE)
        assert "말해 줘서 고마워요" in say(trainer, "죽고 싶어")
        say(trainer, "상담원 연결")
        press(trainer, "메시지 남기기")
        assert "메시지를 남겼어요" in say(trainer, "빨리 연락 주세요")
    assert "하천 쓰레기 줍기" in say(trainer, "내 신청")
    press(trainer, "신청 취소")
    assert "취소했어요" in press(trainer, "취소할게요")
    assert everything(db) == before
    db.refresh(application)
    assert application.state is ApplicationState.APPLIED


def test_who_tries_as_a_persona_is_known_and_a_new_try_begins_anew(trainer: Colleague, persona: str) -> None:
    assert "홍길동" in trainer.get(PAGE).text
    assert "먼저 두볼 계정을 연결해요" in say(trainer, "내 봉사시간")
    trainer.post(f"{PAGE}/new", {"persona": persona}, form_on=PAGE)
    trainer.follow()
    assert "아직 말을 걸지 않았어요" in trainer.read()
    assert "먼저 두볼 계정을 연결해요" not in say(trainer, "내 봉사시간")


def test_with_real_members_one_can_only_try_as_nobody(app: Flask, persona: str) -> None:
    app.extensions["documents"]()  # makes the key of a local run
    settings = app.extensions["settings"]
    key_file = str(settings.instance_dir / "certificates.p12")
    real = settings.model_copy(update={"app_env": "production", "certificate_key_file": key_file})
    production = create_app(real, app.extensions["clock"])
    someone = Colleague(production, "김담당", StaffRole.ADMIN)
    someone.sign_in()
    assert 'name="persona"' not in someone.get(PAGE).text
    assert someone.post(f"{PAGE}/new", {"persona": persona}, form_on=PAGE).status_code == 303
    assert "먼저 두볼 계정을 연결해요" in say(someone, "내 봉사시간")
    close_app(production)


def test_colleagues_do_not_hear_each_other(trainer: Colleague, colleague: Callable[..., Colleague]) -> None:
    say(trainer, "안녕 보람아")
    assert "안녕 보람아" not in colleague(StaffRole.VIEWER, "이동료").get(PAGE).text


def test_a_short_answer_goes_on_with_what_was_said_before(trainer: Colleague) -> None:
    say(trainer, "상담원 연결")
    assert "누가 알아들음 보여 준 것에서 고름" in say(trainer, "메시지 남기기")


@pytest.mark.parametrize(
    "pressed",
    [
        "x",
        "[]",
        "null",
        "1",
        "[" * 5000,
        '{"extra": []}',
        '{"messageText": {"a": 1}}',
        '{"extra": {"action": 1}}',
    ],
)
def test_a_button_that_is_none_of_ours_does_nothing(trainer: Colleague, pressed: str) -> None:
    assert trainer.post(PAGE, {"pressed": pressed, "words": ""}).status_code in (303, 422)
    assert trainer.get(PAGE).status_code == 200


def test_saying_nothing_is_told_and_whatever_is_said_is_shown_harmless(trainer: Colleague) -> None:
    assert trainer.post(PAGE, {"words": " \x00 "}).status_code == 422
    assert "할 말을 적어 주세요" in trainer.read()
    say(trainer, "<script>alert(1)</script>")
    assert "<script>alert" not in trainer.page.text  # type: ignore[union-attr]  # a page was just opened
    assert say(trainer, "가" * 5000).count("가" * 1000) == 1


def test_without_memory_the_answer_is_shown_at_once(
    app: Flask, colleague: Callable[..., Colleague], tmp_path: Path
) -> None:
    settings = app.extensions["settings"].model_copy(update={"redis_url": f"unix://{tmp_path / 'nothing'}"})
    forgetful = create_app(settings, app.extensions["clock"])
    someone = Colleague(forgetful, "김담당", StaffRole.VIEWER)
    someone.sign_in()
    assert someone.post(PAGE, {"words": "내 봉사시간"}).status_code == 200
    assert "먼저 두볼 계정을 연결해요" in someone.read()
    close_app(forgetful)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_trainer_talks_to_both_models(
    address: str, trainer: Colleague, browser: Browser, scripts: bool
) -> None:
    with looking(browser, 390 if scripts else 1280, scripts=scripts) as page:
        page.set_default_timeout(15_000)
        secure = address.replace("http:", "https:")
        cookie = trainer.cookie(COOKIE)
        page.context.add_cookies([{"name": COOKIE, "value": cookie, "url": secure, "secure": True}])
        page.goto(f"{address}{PAGE}")
        page.get_by_role("button", name="나 지금까지 몇 시간 했어?").click()
        understood = page.locator(".try-understood").last
        expect(understood).to_contain_text("봉사 찾기 94%")
        page.get_by_label("모델", exact=True).select_option("b")
        page.get_by_label("할 말").fill("그럼 이건?")
        page.keyboard.press("Enter")
        expect(understood).to_contain_text("대답한 모델다른 모델 (next)")
        expect(page.get_by_label("모델", exact=True)).to_have_value("b")
        page.get_by_role("button", name="가입 안내").last.click()
        expect(page.locator(".kakao-said")).to_have_count(3)
        expect(page.locator(".kakao-reply form")).to_have_count(
            1
        )  # what was said before cannot be pressed any more
        if scripts:
            assert page.url == f"{address}{PAGE}"
            expect(page.get_by_label("할 말")).to_be_focused()
            expect(page.get_by_role("status")).not_to_be_empty()
            assert_fit(page)
        page.get_by_role("button", name="새로 시작하기").click()
        expect(page.get_by_role("heading", name="아직 말을 걸지 않았어요")).to_be_visible()
