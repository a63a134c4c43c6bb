"""From a card in the chat to done on a page, in a real browser: taps, and the machine's seconds between them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Locator, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from bench.stack import Stack

CHROMIUM = "/usr/bin/chromium"
PHONE = {"width": 390, "height": 844}


@dataclass
class Way:
    """What it took: taps, and seconds from the first one until the last thing is on the screen."""

    taps: int = 0
    opened: float = 0.0
    """Seconds until the page stood there, logged in."""
    began: float = field(default_factory=time.perf_counter)

    def tap(self, target: Locator) -> None:
        """Press something and count it."""
        if not self.taps:
            self.began = time.perf_counter()
        self.taps += 1
        target.click()

    @property
    def seconds(self) -> float:
        """Seconds since the first tap."""
        return time.perf_counter() - self.began


def measure(stack: Stack, console: Console) -> None:
    """Print the table of ways."""
    table = Table("wish", "page after taps", "s", "done after taps", "s", title="after the card, 390 px")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        for wish, go in (
            ("see my hours", _hours),
            ("apply for a programme", _apply),
            ("cancel an application", _cancel),
        ):
            context = browser.new_context(viewport=PHONE, base_url=stack.simulator, locale="ko-KR")  # type: ignore[arg-type]  # a size
            way = go(context)
            table.add_row(wish, "1", f"{way.opened:.2f}", str(way.taps), f"{way.seconds:.2f}")
            context.close()
        browser.close()
    console.print(table)


def _hours(context: BrowserContext) -> Way:
    way = Way()
    _open(context, way, _say(context, "나 봉사 몇 시간 했어?").get_by_text("화면에서 보기"), "/me/hours")
    return way


def _apply(context: BrowserContext) -> Way:
    way = Way()
    found = _say(context, "다음 달에 서울에서 하는 봉사 찾아줘")
    detail = _press(found.get_by_role("button", name="자세히").first)
    page = _open(context, way, detail.get_by_text("화면에서 보기"), "/programmes/")
    way.tap(page.get_by_role("link", name="신청하기"))
    _until(page, way, "신청할게요", "신청했어요")
    return way


def _cancel(context: BrowserContext) -> Way:
    way = Way()
    done = _say(context, "내 신청 보여줘")
    detail = _press(done.get_by_role("button").filter(has_text="승인 기다리는 중").first)
    page = _open(context, way, detail.get_by_text("화면에서 보기"), "/me/applications/")
    way.tap(page.get_by_role("link", name="신청 취소하기"))
    _until(page, way, "취소할게요", "취소했어요")
    return way


def _say(context: BrowserContext, words: str) -> Locator:
    page = context.new_page()
    page.goto("/?persona=persona-42h")
    page.get_by_test_id("composer").fill(words)
    page.get_by_test_id("composer").press("Enter")
    return _answer(page)


def _press(target: Locator) -> Locator:
    target.click()
    return _answer(target.page)


def _answer(page: Page) -> Locator:
    page.wait_for_selector('[data-testid=chat-log][data-pending="0"]')
    return page.get_by_test_id("bot-turn").last


def _open(context: BrowserContext, way: Way, card_button: Locator, path: str) -> Page:
    with context.expect_page() as opened:
        way.tap(card_button)
    opened.value.wait_for_url(re.compile(path))
    way.opened = way.seconds
    return opened.value


def _until(page: Page, way: Way, button: str, words: str) -> None:
    way.tap(page.get_by_role("button", name=button))
    page.get_by_role("main").get_by_text(words).first.wait_for()
