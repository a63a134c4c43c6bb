from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.simulator.providers import (
    PHONE,
    NhnAlimtalk,
    NhnSms,
    Solapi,
    card,
    person,
    register,
    text,
)
from tests.simulator.window import Window


@pytest.fixture
def phone(page: Page, width: int) -> Window:
    page.set_viewport_size({"width": width, "height": 844})
    phone = Window(page)
    page.goto(f"/phone#{PHONE}")
    return phone


def test_cards_long_texts_and_short_texts_stand_in_one_thread_newest_last(
    phone: Window, simulator: str, width: int
) -> None:
    register(simulator)
    expect(phone.by("inbox-empty")).to_be_attached()
    NhnAlimtalk(simulator).send(person())
    NhnSms(simulator).send("mms", title="보람 소식", body="긴 글이에요.\nhttp://127.0.0.1:8000/h/xyz")
    NhnSms(simulator).send()
    Solapi(simulator).send(card())
    Solapi(simulator).send(text())
    articles = phone.by("messages").locator("article")
    expect(articles).to_have_count(5)
    forms = [words.split(" · ")[-2:] for words in phone.by("sms-foot").all_inner_texts()]
    assert forms == [
        ["알림톡", "NHN 알림톡"],
        ["긴 문자", "NHN 문자"],
        ["짧은 문자", "NHN 문자"],
        ["알림톡", "솔라피"],
        ["짧은 문자", "솔라피"],
    ]
    expect(phone.by("sms-title")).to_have_text("보람 소식")
    expect(articles.nth(1).get_by_role("link")).to_have_attribute("href", "http://127.0.0.1:8000/h/xyz")
    expect(phone.by("alimtalk").first).to_contain_text("알림톡 도착")
    expect(phone.by("alimtalk").first).to_contain_text("하늘님, 도서관 봉사가 승인됐어요.")
    assert phone.violations() == []
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= width
    assert phone.errors == []


def test_a_button_of_a_card_opens_its_address(phone: Window, simulator: str) -> None:
    register(simulator)
    NhnAlimtalk(simulator).send(person(link=f"{simulator}/healthz"))
    with phone.page.expect_popup() as opened:
        phone.by("card-button").click()
    expect(opened.value).to_have_url(re.compile("/healthz$"))


def test_a_button_without_an_address_says_so(phone: Window, simulator: str) -> None:
    register(simulator)
    NhnAlimtalk(simulator).send(person(link="javascript:alert(1)"))
    expect(phone.by("card-button")).to_contain_text("주소가 없어요")
    expect(phone.by("alimtalk").get_by_role("link")).to_have_count(0)


def test_markup_in_a_card_is_shown_and_never_run(phone: Window, simulator: str) -> None:
    register(simulator)
    attack = "<img src=x onerror=window.hacked=1>"
    NhnAlimtalk(simulator).send(person(name=attack))
    expect(phone.by("alimtalk")).to_contain_text(attack)
    assert phone.page.evaluate("window.hacked") is None
