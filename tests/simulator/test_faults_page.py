from __future__ import annotations

from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.simulator.providers import NhnSms, faults
from tests.simulator.window import Window


@pytest.fixture
def panel(page: Page, width: int) -> Window:
    page.set_viewport_size({"width": width, "height": 844})
    panel = Window(page)
    page.goto("/faults")
    expect(panel.by("solapi-count")).to_have_text("받은 메시지 0통")
    return panel


def now(simulator: str) -> dict[str, Any]:
    told: dict[str, Any] = requests.get(f"{simulator}/api/faults", timeout=5).json()
    return told


def test_faults_are_switched_and_all_mended(panel: Window, simulator: str, width: int) -> None:
    assert panel.violations() == []
    panel.by("nhn_alimtalk").locator("summary").click()
    panel.by("nhn_alimtalk-errors").fill("12.5")
    panel.by("nhn_alimtalk-latency").fill("0.2")
    panel.by("nhn_alimtalk-duplicate").fill("100")
    panel.by("nhn_alimtalk-outcomes").fill("01012345678 = 3019\n\nalert-1=3020")
    panel.by("nhn_alimtalk-failures").fill("3018 = 7%")
    panel.by("kakao_event-mode").check()
    panel.by("seed").fill("42")
    panel.by("apply").click()
    expect(panel.by("said")).to_have_text("이대로 할게요.")
    told = now(simulator)
    alimtalk = told["nhn_alimtalk"]
    assert (told["seed"], told["kakao_event"]["mode"], alimtalk["mode"]) == (42, "sink", "play")
    assert (alimtalk["errors"], alimtalk["latency"], alimtalk["receipts"]["duplicate"]) == (0.125, 0.2, 1)
    assert alimtalk["outcomes"] == {"01012345678": "3019", "alert-1": "3020"}
    assert alimtalk["failures"] == {"3018": 0.07}
    expect(panel.by("nhn_alimtalk-state")).to_have_text("바꾼 것 5가지")
    expect(panel.by("solapi-state")).to_have_text("정상")
    assert panel.violations() == []
    assert panel.page.evaluate("document.documentElement.scrollWidth") <= width
    panel.page.reload()
    expect(panel.by("nhn_alimtalk-errors")).to_have_value("12.5")
    expect(panel.by("nhn_alimtalk-failures")).to_have_value("3018 = 7")
    panel.by("clear").click()
    expect(panel.by("said")).to_have_text("모두 고쳤어요.")
    expect(panel.by("nhn_alimtalk-state")).to_have_text("정상")
    assert now(simulator)["nhn_alimtalk"]["errors"] == 0
    assert panel.errors == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("nhn_sms-errors", "101", ""),
        ("nhn_sms-outcomes", "01012345678", "이 줄은 읽을 수 없어요: 01012345678"),
        ("nhn_sms-failures", "2003 = 많이", "이 줄은 읽을 수 없어요: 2003 = 많이"),
    ],
)
def test_what_cannot_be_is_pointed_at_and_nothing_changes(
    panel: Window, simulator: str, field: str, value: str, said: str
) -> None:
    panel.by("nhn_sms").locator("summary").click()
    panel.by(field).fill(value)
    panel.by("nhn_sms").locator("summary").click()
    panel.by("apply").click()
    expect(panel.by("said")).to_have_class("faults-said wrong")
    expect(panel.by("said")).to_contain_text(said)
    expect(panel.by(field)).to_be_focused()
    assert now(simulator)["nhn_sms"]["errors"] == 0
    panel.by(field).fill("")
    if "errors" in field:
        panel.by(field).fill("10")
    panel.by("apply").click()
    expect(panel.by("said")).to_have_text("이대로 할게요.")


def test_what_the_server_refuses_is_told_and_stays_typed(panel: Window, simulator: str) -> None:
    panel.by("kakao_event-outcomes").fill("persona-busy = 3019")
    panel.by("apply").click()
    expect(panel.by("said")).to_contain_text("그대로 두었어요.")
    expect(panel.by("kakao_event-outcomes")).to_have_value("persona-busy = 3019")
    assert now(simulator)["kakao_event"]["outcomes"] == {}


def test_the_page_works_by_keyboard_alone(panel: Window, simulator: str) -> None:
    panel.by("kakao_event-latency").focus()
    panel.page.keyboard.press("ControlOrMeta+A")
    panel.page.keyboard.type("0.5")
    panel.page.keyboard.press("Tab")
    panel.page.keyboard.press("ControlOrMeta+A")
    panel.page.keyboard.type("20")
    panel.page.keyboard.press("Enter")
    expect(panel.by("said")).to_have_text("이대로 할게요.")
    told = now(simulator)["kakao_event"]
    assert (told["latency"], told["errors"]) == (0.5, 0.2)


def test_the_page_counts_what_was_taken_and_forgets_it_when_asked(panel: Window, simulator: str) -> None:
    sms = NhnSms(simulator)
    for key in ("a", "b", "a"):
        sms.send(key=key)
    panel.page.reload()
    expect(panel.by("nhn_sms-count")).to_have_text("받은 메시지 3통, 두 번 받은 것 1통")
    panel.by("empty-ledger").click()
    expect(panel.by("nhn_sms-count")).to_have_text("받은 메시지 0통")


def test_the_page_shows_what_was_switched_elsewhere(page: Page, simulator: str) -> None:
    faults(simulator, solapi={"per_second": 3, "receipts": {"never": 0.07}})
    page.goto("/faults")
    panel = Window(page)
    expect(panel.by("solapi-state")).to_have_text("바꾼 것 2가지")
    panel.by("solapi").locator("summary").click()
    expect(panel.by("solapi-never")).to_have_value("7")
    expect(panel.by("solapi-per_second")).to_have_value("3")


def test_the_phone_leads_to_the_faults(page: Page, simulator: str) -> None:
    page.goto("/phone")
    page.get_by_test_id("to-faults").click()
    expect(page.get_by_role("heading", name="고장 내기")).to_be_visible()
