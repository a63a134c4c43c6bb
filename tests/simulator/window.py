"""The chat window as a person uses it."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect


class Window:
    """Wraps the page: say things, press things, read what stands there. Collects script errors."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, query: str = "") -> Window:
        self.page.goto(f"/{query}")
        expect(self.by("composer")).to_be_visible()
        return self

    def by(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def say(self, words: str) -> Locator:
        """Type and send ``words``, wait for the answer, return the newest turn of the bot."""
        self.by("composer").fill(words)
        self.by("composer").press("Enter")
        return self.answer()

    def answer(self) -> Locator:
        self.page.wait_for_selector('[data-testid=chat-log][data-pending="0"]')
        return self.by("bot-turn").last

    def option(self, testid: str, value: str | bool) -> None:
        """Set an option in the panel of people and options, unfolding it where it is folded."""
        if not self.by(testid).is_visible():
            self.page.locator("#setup > summary").click()
        control = self.by(testid)
        if isinstance(value, bool):
            control.set_checked(value)
        else:
            control.select_option(value)

    def violations(self) -> list[dict[str, Any]]:
        """Return what axe-core finds wrong in the page as it is now."""
        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return found
