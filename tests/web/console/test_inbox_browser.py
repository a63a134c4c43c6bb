"""A trainer works through the inbox by keyboard, at both widths, and once without a script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from models.inbox_gathering import gather
from models.rules import load_rules
from models.staff import StaffRole
from models.training_sentences import TrainingSentence
from tests.turns import make_turn
from tests.web.console.colleague import COOKIE, Colleague
from tests.web.console.test_inbox import ByFirstWord
from tests.web.window import assert_fit, looking
from tests.world import make_account, make_member


@pytest.fixture
def trainer(app: Flask, colleague: Callable[..., Colleague]) -> Colleague:
    """Sit down in front of two groups."""
    trainer = colleague(StaffRole.TRAINER)
    with trainer.database.session() as db:
        account, now = make_account(db, make_member(db), "who says it"), trainer.clock.now()
        db.commit()
        for words in (
            "봉사 뭐 하지",
            "봉사 뭐 하지",
            "봉사 할 거 없나",
            "봉사 얼마나 했나",
            "토요일에 도서관 갈래",
        ):
            make_turn(db, account, words, at=now, outcome="not_understood", confidence=0.4, source="nlu")
        db.commit()
        gather(db, load_rules(db), now + timedelta(minutes=1), ByFirstWord())
    return trainer


def sit_down(page: Page, someone: Colleague, address: str) -> None:
    secure = address.replace("http:", "https:")
    page.context.add_cookies(
        [{"name": COOKIE, "value": someone.cookie(COOKIE), "url": secure, "secure": True}]
    )


def taught(someone: Colleague) -> set[str]:
    with someone.database.session() as db:
        query = select(TrainingSentence.marked).where(TrainingSentence.active, TrainingSentence.file == "")
        return set(db.scalars(query))


@pytest.mark.parametrize("width", [390, 1280])
def test_groups_are_given_a_meaning_by_keyboard_alone(
    address: str, trainer: Colleague, browser: Browser, width: int
) -> None:
    with looking(browser, width) as page:
        page.set_default_timeout(15_000)
        sit_down(page, trainer, address)
        page.goto(f"{address}/console/inbox")
        assert_fit(page)
        page.keyboard.press("?")
        expect(page.get_by_text("방금 한 일 되돌리기")).to_be_visible()
        assert_fit(page)
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="봉사 뭐 하지")).to_be_focused()
        page.keyboard.press("Enter")

        expect(page.get_by_role("checkbox", checked=True, name="봉사")).to_have_count(3)
        assert_fit(page)
        for _ in range(4):
            page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("x")
        expect(page.get_by_role("checkbox", checked=True, name="봉사")).to_have_count(2)
        page.keyboard.press("1")
        expect(page.get_by_role("button", name="고른 문장의 뜻 정하기")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("2문장을")
        assert_fit(page)
        assert len(taught(trainer)) == 2
        page.keyboard.press("u")
        expect(page.get_by_role("status")).to_contain_text("되돌렸어요")
        assert taught(trainer) == set()
        mark_words_of_a_sentence(page, address, trainer)


def mark_words_of_a_sentence(page: Page, address: str, trainer: Colleague) -> None:
    page.goto(f"{address}/console/inbox")
    page.get_by_role("link", name="토요일에 도서관 갈래").click()
    page.get_by_role("link", name="따로 정하기").click()
    assert_fit(page)
    said = page.get_by_label("문장에서 말을 끌어 고른 뒤 단추를 눌러도 돼요")
    said.focus()
    said.evaluate("(field) => field.setSelectionRange(0, 3)")
    page.keyboard.press("e")
    expect(page.get_by_label("말 1의 종류")).to_be_focused()
    page.get_by_label("말 1의 종류").select_option("date")
    said.evaluate("(field) => { field.focus(); field.setSelectionRange(5, 9); }")
    page.get_by_role("button", name="고른 말 적기").click()
    expect(page.get_by_label("가리키는 말 2")).to_have_value("도서관")
    page.get_by_label("말 2의 종류").select_option("host")
    page.get_by_label("여기에 없으면 목록에서 골라요").select_option("recommend_program")
    assert_fit(page)
    page.get_by_role("button", name="뜻 정하기", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("1문장을 '봉사 추천' 뜻으로 정했어요")
    assert taught(trainer) == {"[토요일](date)에 [도서관](host) 갈래"}
    for tab, title in (("내 기록", "내가 한 일"), ("가르침", "가르친 문장")):
        page.get_by_role("navigation", name="받은 문장 보기").get_by_role("link", name=tab).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert_fit(page)
    page.get_by_role("link", name="토요일에 도서관 갈래").click()
    expect(page.get_by_role("main")).to_contain_text("지금까지 정한 것")
    assert_fit(page)


def test_letters_stay_letters_where_somebody_wants_no_keys(
    address: str, trainer: Colleague, browser: Browser
) -> None:
    with looking(browser, 1280) as page:
        page.set_default_timeout(15_000)
        sit_down(page, trainer, address)
        page.goto(f"{address}/console/inbox")
        page.keyboard.press("?")
        page.get_by_text("단축키 쓰기").click()
        page.reload()
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="봉사 뭐 하지")).not_to_be_focused()


def test_a_group_is_given_a_meaning_without_a_script(
    address: str, trainer: Colleague, browser: Browser
) -> None:
    with looking(browser, 390, scripts=False) as page:
        page.set_default_timeout(15_000)
        sit_down(page, trainer, address)
        page.goto(f"{address}/console/inbox")
        expect(page.get_by_text("자판으로 더 빠르게")).to_be_hidden()
        page.get_by_role("link", name="봉사 뭐 하지").click()
        page.get_by_text("봉사 얼마나 했나").first.click()
        page.get_by_label("여기에 없으면 목록에서 골라요").select_option("find_program")
        page.get_by_role("button", name="고른 문장의 뜻 정하기").click()
        expect(page.get_by_role("status")).to_contain_text("2문장을")
        assert taught(trainer) == {"봉사 뭐 하지", "봉사 할 거 없나"}
        page.get_by_role("button", name="되돌리기").click()
        assert taught(trainer) == set()
