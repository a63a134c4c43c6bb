"""A person with KakaoTalk and its browser, and what such a person does again and again."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.simulator.window import Window


class Phone:
    """A person with KakaoTalk and its browser. Every page that opens is judged by axe."""

    def __init__(self, context: BrowserContext, persona: str) -> None:
        self.context = context
        self.chat = Window(context.new_page())
        self.chat.page.set_default_timeout(15_000)
        self.chat.open(f"?persona={persona}")

    @property
    def is_narrow(self) -> bool:
        size = self.chat.page.viewport_size
        return size is not None and size["width"] < 600

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


def born(years: int) -> str:
    """Return the birth date of a persona of the demo world, which was planted today."""
    day = datetime.now(ZoneInfo("Asia/Seoul")).date() - timedelta(days=120)
    return f"{day.year - years}{day.month:02}{min(day.day, 28):02}"


def texts(phone: Phone, number: str) -> str:
    """Return the messages on somebody's telephone, the last one last."""
    page = phone.context.new_page()
    page.goto(f"/phone#{number}")
    page.get_by_test_id("sms").first.wait_for()
    words = "\n".join(page.get_by_test_id("sms").all_inner_texts())
    page.close()
    return words
