"""Stories in a real browser: the simulator's window over the running service, on a phone and on a desktop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from bench.stack import Stack
from tests.simulator.window import Window


@pytest.fixture(params=[(390, 844), (1280, 900)], ids=["phone", "desktop"])
def window(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[Window]:
    width, height = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height}, base_url=stack.simulator, locale="ko-KR"
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    window = Window(page)
    yield window
    assert window.errors == []
    context.close()


def test_hours_are_drawn_and_looked_into(window: Window) -> None:
    turn = window.open("?persona=persona-42h").say("나 봉사 몇 시간 했어?")
    expect(turn).to_contain_text("모두 42시간")
    picture = turn.get_by_role("img").first
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 800
    turn.get_by_role("button", name="하나씩 보기").click()
    expect(window.answer()).to_contain_text("최근 봉사 기록")
    assert window.violations() == []


def test_an_application_is_made_and_taken_back(window: Window) -> None:
    window.open("?persona=persona-42h")
    found = window.say("다음 달에 서울에서 하는 봉사 찾아줘")
    found.get_by_role("button", name="신청하기").first.click()
    expect(window.answer()).to_contain_text("이 활동, 신청할까요?")
    expect(window.say("네")).to_contain_text("신청했어요")
    window.answer().get_by_role("button", name="신청 취소").click()
    expect(window.answer()).to_contain_text("정말 취소할까요?")
    expect(window.say("응")).to_contain_text("취소했어요")
    assert window.violations() == []


def test_a_callback_arrives_when_kakao_offers_one(window: Window) -> None:
    window.open("?persona=persona-busy")
    window.option("option-callback", value=True)
    expect(window.say("내 신청 보여줘")).to_contain_text("다가오는 봉사")


def test_the_same_request_twice_is_answered_once(window: Window) -> None:
    window.open("?persona=persona-busy")
    window.option("option-twice", value=True)
    expect(window.say("내 신청 보여줘")).to_contain_text("다가오는 봉사")


def test_distress_brings_numbers_and_a_person(window: Window) -> None:
    turn = window.open("?persona=persona-new").say("요즘 너무 힘들어서 사라지고 싶어")
    for label in ("1388 전화하기", "112 전화하기", "119 전화하기", "상담원 연결"):
        expect(turn.get_by_text(label)).to_be_visible()
    assert window.violations() == []
