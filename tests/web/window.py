"""A real browser's window on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page


@contextmanager
def looking(browser: Browser, width: int, *, scripts: bool = True) -> Iterator[Page]:
    """Open a window; what the page complains about fails the test."""
    context = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=scripts)
    page = context.new_page()
    complaints = list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def enter(page: Page, link: str, *, scripts: bool = True) -> None:
    """Open a login link; with scripts it presses its own button."""
    page.goto(link)
    if not scripts:
        page.locator("main form button").click()
    page.wait_for_url(lambda url: "/l/" not in url)


def assert_fit(page: Page) -> None:
    """Check that everybody can use what the window shows, and that nothing sticks out sideways."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
