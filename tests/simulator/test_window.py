from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.simulator.skill_server import SkillServer, fixture, text, wait_until
from tests.simulator.window import Window

DRAWN = {
    "simple_text": ["simpleText"],
    "simple_image": ["simpleImage"],
    "text_card": ["textCard"],
    "text_card_horizontal_buttons": ["textCard"],
    "basic_card": ["basicCard"],
    "basic_card_fixed_ratio": ["basicCard"],
    "basic_card_forwardable": ["basicCard"],
    "commerce_card": ["commerceCard"],
    "list_card": ["listCard"],
    "item_card": ["itemCard"],
    "carousel_basic_card": ["carousel", "basicCard"],
    "carousel_text_card": ["carousel", "textCard"],
    "carousel_list_card_quick_replies": ["carousel", "listCard"],
    "carousel_item_card": ["simpleText", "carousel", "itemCard"],
    "carousel_commerce_card_header": ["carousel", "commerceCard", "carousel-head"],
    "operator_button": ["textCard"],
}


def words_of(value: Any, name: str = "") -> list[str]:
    """Return every word of a reply that people are to read."""
    if isinstance(value, dict):
        return [w for key, inner in value.items() for w in words_of(inner, key)]
    if isinstance(value, list):
        return [w for inner in value for w in words_of(inner, name)]
    return [str(value)] if name in ("text", "title", "description", "label", "nickname") else []


@pytest.mark.parametrize("name", DRAWN)
def test_every_component_is_drawn_with_all_its_words(window: Window, name: str) -> None:
    turn = window.say(name)
    for component in DRAWN[name]:
        testid = component if component == "carousel-head" else f"bubble-{component}"
        expect(turn.get_by_test_id(testid).first).to_be_visible()
    shown = re.sub(r"\s+", " ", turn.inner_text() + window.page.locator("#chips").inner_text())
    for word in words_of(fixture(name)["template"]):
        assert re.sub(r"\s+", " ", word) in shown
    assert window.errors == []


def test_a_price_shows_what_is_paid_and_what_was_asked(window: Window) -> None:
    turn = window.say("commerce_card")
    expect(turn).to_contain_text("9,000원")
    expect(turn.locator("s")).to_have_text("원래 10,000원")


def test_pictures_have_kakaos_proportions(window: Window) -> None:
    for name, proportion in (("basic_card", 2), ("basic_card_fixed_ratio", 1)):
        box = window.say(name).locator(".thumbnail").bounding_box()
        assert box
        assert box["width"] / box["height"] == pytest.approx(proportion, abs=0.02)


def test_a_picture_that_cannot_be_fetched_is_replaced_by_its_words(
    window: Window, skill: SkillServer
) -> None:
    reply = fixture("basic_card")
    reply["template"]["outputs"][0]["basicCard"]["thumbnail"]["imageUrl"] = f"{skill.address}/none.png"
    skill.answers["사진 없음"] = reply
    expect(window.say("사진 없음").get_by_test_id("picture-missing")).to_have_text("강남점 외관")


def test_a_long_text_is_folded_and_read_whole(window: Window, skill: SkillServer) -> None:
    skill.answers["길게"] = text("가" * 499 + "나다" + "\n끝줄")
    turn = window.say("길게")
    expect(turn).not_to_contain_text("끝줄")
    turn.get_by_test_id("show-all").click()
    expect(window.by("reader")).to_contain_text("끝줄")
    window.page.keyboard.press("Escape")
    expect(window.by("reader")).to_be_hidden()
    expect(turn.get_by_test_id("show-all")).to_be_focused()


def test_pressing_a_card_button_sends_its_block_and_extra(window: Window, skill: SkillServer) -> None:
    window.say("text_card").get_by_role("button", name="예약 취소").click()
    window.answer()
    sent = skill.requests[-1]
    assert sent["action"]["clientExtra"] == {"reservationId": "rsv-20260118-0007"}
    assert sent["userRequest"]["block"]["id"] == "66aa22d3a1b2c34d45e56f7a"
    assert sent["userRequest"]["utterance"] == "예약 취소"
    assert sent["flow"]["trigger"]["type"] == "CARD_BUTTON_BLOCK"
    assert sent["flow"]["trigger"]["referrerBlock"]["name"] == "폴백 블록"
    expect(window.by("bubble-mine").last).to_have_text("예약 취소")


def test_pressing_a_list_item_sends_its_extra(window: Window, skill: SkillServer) -> None:
    window.say("list_card").get_by_test_id("list-item").nth(1).click()
    window.answer()
    assert skill.requests[-1]["action"]["clientExtra"] == {"reservationId": "rsv-2"}
    assert skill.requests[-1]["userRequest"]["utterance"] == "1월 30일 예약 보기"
    assert skill.requests[-1]["flow"]["trigger"]["type"] == "LIST_ITEM_MESSAGE"


def test_quick_replies_send_their_extra_and_vanish(window: Window, skill: SkillServer) -> None:
    window.say("quick_replies")
    expect(window.by("quick-reply")).to_have_count(2)
    window.page.get_by_role("button", name="상담", exact=True).click()
    window.answer()
    expect(window.by("quick-reply")).to_have_count(0)
    assert skill.requests[-1]["action"]["clientExtra"] == {"topic": "agent"}
    assert skill.requests[-1]["userRequest"]["utterance"] == "상담 요청"
    expect(window.by("composer")).to_be_focused()


def test_a_link_opens_in_a_new_tab_that_cannot_reach_back(window: Window) -> None:
    link = window.say("text_card").get_by_test_id("button-webLink")
    expect(link).to_have_attribute("href", "https://example.com/r/7")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_a_telephone_button_names_the_number_and_dials_nobody(window: Window, skill: SkillServer) -> None:
    window.say("basic_card").get_by_test_id("button-phone").click()
    expect(window.by("note")).to_contain_text("02-0000-0000")
    assert len(skill.requests) == 1


def test_while_a_human_answers_the_bot_hears_nothing(window: Window, skill: SkillServer) -> None:
    window.say("operator_button").get_by_test_id("button-operator").click()
    expect(window.by("human")).to_be_visible()
    window.say("상담원님 계세요?")
    assert len(skill.requests) == 1
    window.by("human-end").click()
    window.say("다시 봇에게")
    assert len(skill.requests) == 2


def test_a_carousel_is_turned_by_keyboard_and_by_its_arrows(any_window: Window) -> None:
    turn = any_window.say("carousel_basic_card")
    carousel, track = turn.get_by_test_id("bubble-carousel"), turn.get_by_test_id("carousel-track")
    track.focus()
    any_window.page.keyboard.press("ArrowRight")
    expect(carousel).to_have_attribute("data-at", "1")
    any_window.page.keyboard.press("End")
    expect(turn.get_by_test_id("carousel-place")).to_have_text("3 / 3")
    expect(turn.get_by_text("지점 3", exact=True)).to_be_in_viewport()
    turn.get_by_test_id("carousel-prev").click()
    expect(turn.get_by_test_id("carousel-place")).to_have_text("2 / 3")
    track.focus()
    any_window.page.keyboard.press("Home")
    expect(carousel).to_have_attribute("data-at", "0")
    expect(turn.get_by_text("지점 1", exact=True)).to_be_in_viewport()


def test_a_whole_conversation_is_held_by_keyboard_alone(window: Window, skill: SkillServer) -> None:
    keyboard = window.page.keyboard
    keyboard.press("Tab")
    expect(window.page.get_by_text("메시지 쓰기로 건너뛰기")).to_be_focused()
    keyboard.press("Enter")
    expect(window.by("composer")).to_be_focused()
    keyboard.type("quick_replies")
    keyboard.press("Enter")
    window.answer()
    for _ in range(2):
        keyboard.press("Shift+Tab")
    expect(window.by("quick-reply").first).to_be_focused()
    keyboard.press("Enter")
    window.answer()
    assert skill.requests[-1]["userRequest"]["utterance"] == "예약하기"


def test_a_dropped_reply_shows_its_rule_and_what_it_would_have_been(
    window: Window, skill: SkillServer
) -> None:
    reply = fixture("text_card")
    reply["template"]["outputs"][0]["textCard"]["title"] = "가" * 51
    reply["template"]["outputs"].append({"videoCard": {}})
    skill.answers["틀림"] = reply
    turn = window.say("틀림")
    expect(turn).to_have_attribute("data-outcome", "dropped")
    note = turn.get_by_test_id("note-dropped")
    expect(note.locator('[data-rule="length"]')).to_contain_text("50자까지예요 (지금 51자)")
    expect(note.locator('[data-rule="component"]')).to_contain_text("videoCard")
    expect(turn.get_by_test_id("bubble-textCard")).to_be_hidden()
    note.get_by_text("버려진 답 그려 보기").click()
    expect(turn.get_by_test_id("bubble-textCard")).to_be_visible()
    expect(turn.get_by_test_id("bubble-unknown")).to_contain_text("videoCard")


def test_an_oversized_bubble_is_missing_and_says_why(window: Window, skill: SkillServer) -> None:
    reply = text("이건 보여요")
    reply["template"]["outputs"].append({"simpleText": {"text": "안 보여요", "extra": {"x": "가" * 20_000}}})
    skill.answers["크다"] = reply
    turn = window.say("크다")
    expect(turn.get_by_test_id("bubble-simpleText")).to_have_text("이건 보여요")
    expect(turn.get_by_test_id("note-lost")).to_contain_text("30,720바이트")


def test_a_late_answer_arrives_in_the_chat(window: Window, skill: SkillServer) -> None:
    window.option("option-callback", True)
    turn = window.say("use_callback_ack")
    expect(turn.get_by_test_id("bubble-waiting")).to_contain_text("확인하고 있어요")
    url = skill.requests[-1]["userRequest"]["callbackUrl"]
    assert requests.post(url, json=fixture("callback_final_post"), timeout=5).json()["status"] == "SUCCESS"
    expect(window.by("bubble-simpleText")).to_have_text("지난달 이용은 3회, 합계 120,000원입니다.")
    expect(window.page.locator(".waiting .dots")).to_have_count(0)


def test_a_late_answer_is_still_awaited_after_a_reload(window: Window, skill: SkillServer) -> None:
    window.option("option-callback", True)
    window.say("use_callback_ack")
    window.page.reload()
    expect(window.by("bubble-waiting")).to_be_visible()
    requests.post(skill.requests[-1]["userRequest"]["callbackUrl"], json=text("이제 왔어요"), timeout=5)
    expect(window.by("bubble-simpleText")).to_have_text("이제 왔어요")


def test_too_late_too_broken_and_unreachable_each_say_what_to_do(window: Window, skill: SkillServer) -> None:
    skill.answers["느림"] = skill.stall
    skill.answers["고장"] = lambda: ("oops", 500)
    expect(window.say("느림").get_by_test_id("note-timeout")).to_contain_text("5초")
    expect(window.say("고장").get_by_test_id("note-error")).to_contain_text("500")
    skill.close()
    turn = window.say("안녕")
    expect(turn.get_by_test_id("bubble-kakao-error")).to_be_visible()
    expect(turn.get_by_test_id("note-down")).to_contain_text("make run")
    turn.get_by_test_id("retry").click()
    expect(window.by("note-down")).to_have_count(2)


def test_markup_in_a_reply_is_shown_and_never_run(window: Window, skill: SkillServer) -> None:
    attack = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    reply = fixture("list_card")
    card = reply["template"]["outputs"][0]["listCard"]
    card["header"]["title"] = card["items"][0]["title"] = card["items"][0]["description"] = attack
    card["buttons"][0]["label"] = "<b>굵게</b>"
    reply["template"]["quickReplies"] = [{"action": "message", "label": "<i>칩</i>", "messageText": attack}]
    reply["data"] = {"debug": {"intent": attack, "entities": [{"entity": attack, "value": attack}]}}
    skill.answers["공격"] = reply
    turn = window.say("공격")
    expect(turn.locator(".list-head")).to_have_text(attack)
    expect(turn.get_by_role("button", name="<b>굵게</b>")).to_be_visible()
    window.by("quick-reply").click()
    window.answer()
    window.say(attack)
    assert window.page.evaluate("window.hacked") is None
    assert window.page.locator("script:not([src])").count() == 0


def test_an_address_that_is_no_web_page_is_never_a_link(window: Window, skill: SkillServer) -> None:
    reply = fixture("text_card")
    reply["template"]["outputs"][0]["textCard"]["buttons"][0]["webLinkUrl"] = "javascript:alert(1)"
    skill.answers["나쁜 주소"] = reply
    turn = window.say("나쁜 주소")
    turn.get_by_text("버려진 답 그려 보기").click()
    assert turn.locator("a").count() == 0


def test_each_person_keeps_a_chat_of_their_own(window: Window, skill: SkillServer) -> None:
    expect(window.by("empty")).to_be_visible()
    window.by("start").click()
    window.answer()
    assert skill.requests[-1]["userRequest"]["utterance"] == "안녕"
    assert skill.requests[-1]["userRequest"]["user"]["id"] == "persona-new"
    window.by("persona-leader").check(force=True)
    expect(window.by("empty")).to_be_visible()
    window.say("지도자예요")
    assert skill.requests[-1]["userRequest"]["user"]["id"] == "persona-leader"
    window.by("persona-new").check(force=True)
    expect(window.by("bubble-mine")).to_have_text("안녕")
    window.by("clear").click()
    expect(window.by("empty")).to_be_visible()


def test_a_new_person_has_a_random_key_as_long_as_kakaos(window: Window, skill: SkillServer) -> None:
    window.by("new-person").click()
    window.say("안녕")
    first = skill.requests[-1]["userRequest"]["user"]["id"]
    window.by("new-person").click()
    window.say("안녕")
    second = skill.requests[-1]["userRequest"]["user"]["id"]
    assert re.fullmatch(r"[0-9a-f]{66}", first)
    assert first != second


def test_the_options_change_what_is_sent(window: Window, skill: SkillServer) -> None:
    window.option("option-friend", False)
    window.by("option-app-user-id").fill("777")
    window.say("하나")
    properties = skill.requests[-1]["userRequest"]["user"]["properties"]
    assert "isFriend" not in properties
    assert properties["appUserId"] == "777"
    window.option("option-shape", "bot_test")
    window.option("option-twice", True)
    window.say("둘")
    assert [r["userRequest"]["utterance"] for r in skill.requests] == ["하나", "둘", "둘"]
    assert skill.requests[-1]["bot"]["id"].endswith("!")
    assert skill.requests[-1]["userRequest"]["params"]["surface"] == "BuilderBotTest"


def test_a_text_of_any_length_can_be_sent(window: Window, skill: SkillServer) -> None:
    for length in (0, 20_000):
        window.by("length").fill(str(length))
        window.by("send-length").click()
        window.answer()
        wait_until(lambda: bool(skill.requests))
        assert len(skill.requests.pop()["userRequest"]["utterance"]) == length


def test_the_panel_shows_what_was_understood_the_time_and_the_raw_json(
    window: Window, skill: SkillServer
) -> None:
    reply = text("42시간이에요")
    reply["data"] = {
        "debug": {
            "intent": "check_hours",
            "confidence": 0.93,
            "topic": None,
            "entities": [{"entity": "date", "value": "2026-11-22"}],
            "source": "rasa",
            "ms": {"nlu": 12.5, "action": 3},
        }
    }
    skill.answers["내 시간"] = reply
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.say("내 시간")
    for words in ("check_hours", "93%", "rasa", "2026-11-22", "12.5 ms"):
        expect(window.by("inspector-debug")).to_contain_text(words)
    expect(window.by("inspector-time").get_by_role("img")).to_have_attribute("aria-label", re.compile("5초"))
    expect(window.by("inspector-request")).to_contain_text('"utterance": "내 시간"')
    window.by("inspector-reply-copy").click()
    expect(window.by("inspector-reply-copy")).to_have_text("복사했어요")
    assert '"42시간이에요"' in window.page.evaluate("navigator.clipboard.readText()")


def test_an_older_message_can_be_looked_into_again(window: Window) -> None:
    window.say("simple_text")
    window.say("text_card")
    window.by("inspect").first.click()
    expect(window.by("inspector-request")).to_contain_text('"utterance": "simple_text"')


def test_a_chat_survives_a_reload_and_an_address_can_name_the_person(window: Window) -> None:
    window.say("simple_text")
    window.page.reload()
    expect(window.by("bubble-simpleText")).to_be_visible()
    window.open("?persona=persona-13")
    expect(window.by("persona-13")).to_be_checked()


SCROLL_BACK = """log => new Promise(done => {
  log.addEventListener("scroll", () => requestAnimationFrame(done), { once: true });
  log.scrollTop = 0;
})"""
"""Scrolls back and returns once the window has noticed."""


def test_the_newest_bubble_is_in_sight_unless_one_is_reading_back(window: Window, skill: SkillServer) -> None:
    for _ in range(6):
        window.say("basic_card")
    expect(window.by("inspect").last).to_be_in_viewport()
    window.option("option-callback", True)
    window.say("use_callback_ack")
    window.by("chat-log").evaluate(SCROLL_BACK)
    requests.post(skill.requests[-1]["userRequest"]["callbackUrl"], json=text("새 소식"), timeout=5)
    window.by("newest").click()
    expect(window.by("bubble-simpleText")).to_be_in_viewport()


def test_typing_is_shown_while_the_answer_is_on_its_way(window: Window, skill: SkillServer) -> None:
    skill.answers["느림"] = skill.stall
    window.by("composer").fill("느림")
    window.by("composer").press("Enter")
    expect(window.by("typing")).to_be_visible()
    window.answer()
    expect(window.by("typing")).to_have_count(0)


def test_every_state_of_the_window_is_free_of_axe_violations(any_window: Window, skill: SkillServer) -> None:
    window = any_window
    assert window.violations() == []
    for name in DRAWN:
        window.say(name)
    window.say("quick_replies")
    assert window.violations() == []
    skill.answers["틀림"] = {"version": "2.0", "template": {"outputs": [{"videoCard": {}}]}}
    skill.answers["길게"] = text("가" * 600)
    window.say("틀림").get_by_text("버려진 답 그려 보기").click()
    window.option("option-callback", True)
    window.say("use_callback_ack")
    assert window.violations() == []
    window.say("길게").get_by_test_id("show-all").click()
    assert window.violations() == []
    window.by("reader-close").click()
    skill.close()
    window.say("안녕")
    window.page.locator("details.inspector").evaluate("panel => { panel.open = true; }")
    assert window.violations() == []


def test_nothing_is_wider_than_the_window(any_window: Window, width: int) -> None:
    for name in DRAWN:
        any_window.say(name)
    any_window.say("가" * 300 + " https://example.com/" + "a" * 300)
    page: Page = any_window.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = any_window.by("composer").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_one_who_wants_no_motion_gets_none(window: Window) -> None:
    window.page.emulate_media(reduced_motion="reduce")
    turn = window.say("simple_text")
    assert turn.evaluate("node => getComputedStyle(node).animationName") == "none"
