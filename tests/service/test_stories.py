"""Whole stories in a real browser: from the chat by one tap to a page, and what was done there back into the chat.

Every page and dialog on the way is judged by axe-core and must fit the screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from bench.stack import Stack
from tests.simulator.window import Window


class Phone:
    """A person with KakaoTalk and its browser. Every page that opens is judged by axe."""

    def __init__(self, context: BrowserContext, persona: str) -> None:
        self.context = context
        self.chat = Window(context.new_page())
        self.chat.page.set_default_timeout(15_000)
        self.chat.open(f"?persona={persona}")

    def tap(self, target: Locator, path: str) -> Page:
        """Press a card's button and return the page it opens, logged in."""
        with self.context.expect_page() as opened:
            target.click()
        page = opened.value
        page.set_default_timeout(15_000)
        page.wait_for_url(re.compile(path))
        judge(page)
        return page

    def pushed(self, words: str) -> Locator:
        """Wait for a card that nobody asked for and that says ``words``."""
        card = self.chat.by("bot-turn").filter(has=self.chat.by("pushed")).filter(has_text=words).last
        expect(card).to_be_visible()
        return card

    def code(self) -> str:
        """Return the code of the card that was pushed last."""
        found = re.search(r"인증번호 (\d{3}) (\d{3})", self.pushed("인증번호").inner_text())
        assert found
        return found[1] + found[2]


def judge(page: Page) -> None:
    """Fail on what axe-core finds and on a page wider than the screen."""
    page.wait_for_load_state()
    violations = Axe().run(page).response["violations"]
    assert violations == [], [(v["id"], v["nodes"][0]["html"]) for v in violations]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def confirm(page: Page, label: str) -> None:
    """Press the button of the dialog or page that asks once more."""
    judge(page)
    page.get_by_role("button", name=label).click()
    page.wait_for_load_state()


def prove(phone: Phone, page: Page, born: str) -> None:
    """Answer with birth date and the code from the chat."""
    page.get_by_role("button", name="인증번호 받기").click()
    page.get_by_label("생년월일").fill(born)
    page.get_by_label("인증번호 6자리").fill(phone.code())
    judge(page)
    page.get_by_role("button", name="확인", exact=True).click()


@pytest.fixture(params=[(390, 844), (1280, 900)], ids=["phone", "desktop"])
def someone(
    request: pytest.FixtureRequest, browser: Browser, stack: Stack
) -> Iterator[Callable[[str], Phone]]:
    width, height = request.param
    contexts: list[BrowserContext] = []

    def come(persona: str) -> Phone:
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=stack.simulator, locale="ko-KR"
        )
        contexts.append(context)
        return Phone(context, persona)

    yield come
    for context in contexts:
        context.close()


def test_an_application_is_cancelled_two_taps_after_the_card(
    someone: Callable[[str], Phone], stack: Stack
) -> None:
    phone = someone("persona-42h")
    found = phone.chat.say("다음 달에 서울에서 하는 봉사 찾아줘")
    found.get_by_role("button", name="신청하기").first.click()
    phone.chat.say("네")
    phone.chat.answer().get_by_role("button", name="내 신청 보기").click()
    page = phone.tap(phone.chat.answer().get_by_text("화면에서 보기"), "/me/applications/")
    page.get_by_role("link", name="신청 취소하기").click()
    confirm(page, "취소할게요")
    expect(page.get_by_role("main")).to_contain_text("취소했어요")
    expect(phone.pushed("취소했어요")).to_contain_text("화면에서 보기")
    assert phone.chat.errors == []


def test_that_is_not_me_closes_everything_and_warns(someone: Callable[[str], Phone]) -> None:
    phone = someone("persona-busy")
    page = phone.tap(phone.chat.say("링크로 보기").get_by_text("내 신청", exact=True), "/me/applications")
    page.get_by_text("박*다 님").click()
    page.get_by_role("link", name="내가 아니에요").click()
    confirm(page, "내가 아니에요, 모두 닫기")
    expect(page.get_by_role("main")).to_contain_text("모두 닫았어요")
    phone.pushed("모든 기기에서 로그아웃했어요")
    page.goto(page.url.replace("/me/not-me", "/me"))
    expect(page.get_by_role("main")).to_contain_text("챗봇에서 열어 주세요")
    judge(page)


@pytest.mark.parametrize("someone", [(390, 844)], indirect=True)  # one chat gets one fresh link a minute
def test_a_card_in_an_old_chat_brings_a_fresh_link(someone: Callable[[str], Phone]) -> None:
    phone = someone("persona-busy")
    link = phone.chat.say("링크로 보기").get_by_text("내 봉사시간", exact=True)
    phone.tap(link, "/me/hours").close()
    other = someone("persona-busy")
    href = link.evaluate("node => node.closest('a').href")
    stolen = other.context.new_page()
    stolen.goto(href)
    judge(stolen)
    expect(stolen.get_by_role("main")).to_contain_text("이미 한 번 쓴 링크예요")
    stolen.get_by_role("button", name="챗봇에서 새 링크 받기").click()
    expect(stolen.get_by_role("main")).to_contain_text("챗봇으로 새 링크를 보냈어요")
    phone.tap(phone.pushed("새 링크예요").get_by_text("화면에서 보기"), "/me/hours")
