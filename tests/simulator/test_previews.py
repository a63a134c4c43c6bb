from __future__ import annotations

from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from simulator.previews import AGENT, fetch, links_in
from simulator.settings import Settings
from tests.simulator.conftest import free_port
from tests.simulator.push import push, user
from tests.simulator.site import Site
from tests.simulator.skill_server import KEY, SkillServer, fixture, text, wait_until
from tests.simulator.test_server import send
from tests.simulator.window import Window


@pytest.fixture
def settings(skill: SkillServer) -> Settings:
    return Settings(skill.url, KEY, port=free_port())


def card(url: str) -> dict[str, Any]:
    reply = fixture("text_card")
    reply["template"]["outputs"][0]["textCard"]["buttons"][0]["webLinkUrl"] = url
    return dict(reply)


def test_every_pressable_address_is_found_once_and_pictures_are_not() -> None:
    outputs = fixture("list_card")["template"]["outputs"] + [
        {"simpleText": {"text": "여기예요: https://a.example/x. 또 https://a.example/x"}}
    ]
    found = links_in(outputs)
    assert found[-1] == "https://a.example/x"
    assert len(found) == len(set(found))
    assert not any(link.endswith((".png", ".jpg")) for link in found)


def test_a_link_is_fetched_once_by_get_as_kakao_does(simulator: str, skill: SkillServer, site: Site) -> None:
    skill.answers["링크"] = card(f"{site.url}/l/token")
    for _ in range(2):
        send(simulator, "링크")
    wait_until(lambda: bool(site.visits))
    news = requests.get(f"{simulator}/api/news?kinds=preview", timeout=5).json()["items"]
    assert site.visits == [("GET", "l/token", AGENT)]
    assert [(item["url"], item["status"]) for item in news] == [(f"{site.url}/l/token", 200)]


def test_a_pushed_link_and_a_late_one_are_fetched_too(simulator: str, skill: SkillServer, site: Site) -> None:
    skill.answers["알림"] = card(f"{site.url}/pushed")
    push(simulator, "알림", user("persona-busy"))
    played = send(simulator, "use_callback_ack", callback=True)
    url = skill.requests[-1]["userRequest"]["callbackUrl"]
    requests.post(url, json=text(f"늦었어요 {site.url}/late"), timeout=5)
    requests.get(f"{simulator}/api/callbacks/{played['deliveries'][0]['callback']}", timeout=5)
    wait_until(lambda: len(site.visits) == 2)
    assert {path for _, path, _ in site.visits} == {"pushed", "late"}


def test_what_is_not_shown_is_not_fetched(simulator: str, skill: SkillServer, site: Site) -> None:
    broken = card(f"{site.url}/dropped")
    broken["template"]["outputs"][0]["textCard"]["title"] = "가" * 51
    skill.answers["틀림"], skill.answers["맞음"] = broken, card(f"{site.url}/shown")
    send(simulator, "틀림")
    send(simulator, "맞음")
    wait_until(lambda: bool(site.visits))
    assert [path for _, path, _ in site.visits] == ["shown"]


def test_redirects_are_followed_at_home_and_not_elsewhere(site: Site) -> None:
    assert fetch(f"{site.url}/near") == {"status": 302, "elsewhere": True}
    assert [path for _, path, _ in site.visits] == ["near", "far"]
    assert fetch(f"{site.url}/round") == {"status": 302, "elsewhere": False}


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[", "https://"])
def test_an_address_where_nobody_answers_is_told_so(url: str) -> None:
    assert fetch(url) == {"status": None, "elsewhere": False}


def test_the_inspector_shows_what_the_preview_met(window: Window, skill: SkillServer, site: Site) -> None:
    skill.answers["링크"] = card(f"{site.url}/spent")
    window.say("링크")
    expect(window.by("inspector-links")).to_contain_text("미리보기 GET 410")
    assert window.violations() == []
    window.page.reload()
    expect(window.by("inspector-links")).to_contain_text("미리보기 GET 410")


def test_a_link_opens_as_a_page_of_its_own_that_knows_nothing_of_the_chat(
    window: Window, skill: SkillServer, site: Site
) -> None:
    skill.answers["링크"] = card(f"{site.url}/l/token")
    turn = window.say("링크")
    with window.page.expect_popup() as opened:
        turn.get_by_test_id("button-webLink").click()
    opened.value.wait_for_url(f"{site.url}/l/token")
    assert opened.value.evaluate("[window.opener, window.top === window, document.referrer]") == [
        None,
        True,
        "",
    ]
