"""How a colleague sits down at the console in a real browser, and goes about in it."""

from __future__ import annotations

import pyotp
from playwright.sync_api import Page, expect

from tests.web.console.colleague import PASSWORD
from tests.web.window import assert_fit


def come_in(page: Page, link: str) -> pyotp.TOTP:
    """Choose a password, connect the app, keep the codes; return the app."""
    page.goto(link)
    assert_fit(page)
    page.get_by_label("새 비밀번호", exact=True).fill(PASSWORD)
    page.get_by_label("새 비밀번호 한 번 더").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="QR 코드")).to_be_visible()
    assert_fit(page)
    app = pyotp.TOTP(page.locator("dd").inner_text())
    page.get_by_label("앱에 보이는 번호 6자리").fill(app.now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("listitem").filter(has=page.locator("code"))).to_have_count(10)
    assert_fit(page)
    page.get_by_role("link", name="적어 두었어요").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("오늘 할 일")
    return app


def go_to(page: Page, place: str) -> None:
    """Press a place of the navigation, which is folded on a phone."""
    if (folded := page.locator(".places-folded > summary")).is_visible():
        folded.click()
        assert_fit(page)
    page.get_by_role("navigation", name="콘솔 메뉴").get_by_role("link", name=place).click()
