"""Somebody who owns answers writes one while looking at it, at both widths, and once without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from bot.topics import Topics
from models.staff import StaffRole
from tests.web.console.colleague import COOKIE, Colleague
from tests.web.window import assert_fit, looking


@pytest.fixture
def trainer(app: Flask, db: Session, colleague: Callable[..., Colleague]) -> Colleague:
    topics: Topics = app.extensions["topics"]
    topics.follow_file(db)
    db.commit()
    return colleague(StaffRole.TRAINER)


def sit_down(page: Page, someone: Colleague, address: str) -> None:
    secure = address.replace("http:", "https:")
    page.context.add_cookies(
        [{"name": COOKIE, "value": someone.cookie(COOKIE), "url": secure, "secure": True}]
    )


@pytest.mark.parametrize("width", [390, 1280])
def test_an_answer_is_written_while_it_is_looked_at(
    app: Flask, address: str, trainer: Colleague, browser: Browser, width: int
) -> None:
    with looking(browser, width) as page:
        page.set_default_timeout(15_000)
        sit_down(page, trainer, address)
        page.goto(f"{address}/console/faq")
        assert_fit(page)
        page.get_by_label("FAQ에서 찾을 말").fill("가입해요")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="두볼에 어떻게 가입해요?").click()
        assert_fit(page)
        page.get_by_role("link", name="글 고치기").click()
        expect(page.get_by_role("button", name="미리 보기")).to_be_hidden()
        assert_fit(page)

        card = page.get_by_label("챗봇에서 보이는 모습")
        page.get_by_label("질문", exact=True).fill("가" * 40)
        expect(page.locator("#question-count")).to_have_text("40 / 36자")
        expect(page.locator("#question-error")).to_have_text("36자까지 쓸 수 있어요. 4자를 줄여 주세요.")
        page.get_by_label("질문", exact=True).fill("두볼에는 <어떻게> 가입해요?")
        expect(page.locator("#question-error")).to_be_hidden()
        expect(card).to_contain_text("두볼에는 <어떻게> 가입해요?")

        page.get_by_label("답", exact=True).fill("가입은 만 ")
        page.get_by_text("규칙의 숫자 넣기").click()
        page.get_by_role("button", name="가입할 수 있는 가장 어린 나이 넣기").click()
        page.keyboard.type("살부터 해요. 궁금하면 물어봐 주세요.")
        expect(card).to_contain_text("가입은 만 9살부터 해요.")
        page.get_by_label("버튼 2 이름").fill("청소년 전화")
        expect(page.get_by_label("버튼 2 전화번호")).to_be_hidden()
        page.get_by_label("버튼 2 누르면").select_option("phone")
        page.get_by_label("버튼 2 전화번호").fill("1388")
        expect(card).to_contain_text("청소년 전화")
        assert_fit(page)
        page.get_by_role("button", name="저장하기").click()
        expect(page.get_by_role("status").first).to_contain_text("글을 고쳤어요")
        assert_fit(page)

        page.get_by_role("link", name="1번째 글, 파일에서 가져옴").click()
        assert_fit(page)
        page.get_by_role("button", name="이 글로 되돌리기").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("두볼에 어떻게 가입해요?")
        page.goto(f"{address}/console/faq/new")
        page.get_by_label("짧은 말").fill("상담원 연결")
        expect(page.locator("#short-error")).to_contain_text("메뉴가 먼저 알아들어요")
        assert_fit(page)


def test_all_of_it_works_without_a_script(address: str, trainer: Colleague, browser: Browser) -> None:
    with looking(browser, 390, scripts=False) as page:
        sit_down(page, trainer, address)
        page.goto(f"{address}/console/faq/1/edit")
        page.get_by_label("질문", exact=True).fill("두볼에는 어떻게 가입해요?")
        page.get_by_role("button", name="미리 보기").click()
        expect(page.get_by_label("챗봇에서 보이는 모습")).to_contain_text("두볼에는 어떻게 가입해요?")
        page.get_by_role("button", name="저장하기").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("두볼에는 어떻게 가입해요?")
