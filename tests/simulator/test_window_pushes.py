from __future__ import annotations

import re

from flask import Response, jsonify
from playwright.sync_api import expect

from tests.simulator.push import push, user
from tests.simulator.skill_server import SkillServer, text
from tests.simulator.window import Window

WATCH = """log => {
  window.heard = [];
  new MutationObserver(changes => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) if (node.matches(".turn")) window.heard.push(log.getAttribute("aria-live"));
  }).observe(log, { childList: true });
}"""
"""Notes how the log speaks whenever a turn is added to it."""

NEW, BUSY = user("persona-new"), user("persona-busy")


def test_a_push_appears_by_itself_as_a_marked_bubble_whose_buttons_work(
    window: Window, skill: SkillServer, simulator: str
) -> None:
    window.say("안녕")
    assert push(simulator, "text_card", NEW)["status"] == "ALL SUCCESS"
    turn = window.page.get_by_role("article", name=re.compile("보람 알림"))
    expect(turn.get_by_test_id("pushed")).to_have_text("알림")
    expect(turn.locator("time")).to_have_text(re.compile("오전|오후"))
    expect(window.by("inspector-request")).to_contain_text('"utterance": "text_card"')
    turn.get_by_role("button", name="예약 취소").click()
    window.answer()
    assert skill.requests[-1]["action"]["clientExtra"] == {"reservationId": "rsv-20260118-0007"}
    assert skill.requests[-1]["flow"]["trigger"]["referrerBlock"]["name"] == "text_card 이벤트"
    assert skill.requests[-1]["flow"]["lastBlock"]["name"] == "text_card 이벤트"
    assert window.errors == []


def test_a_push_is_read_out_by_screen_readers(window: Window, simulator: str) -> None:
    expect(window.by("chat-log")).to_have_attribute("aria-live", "polite")
    window.by("chat-log").evaluate(WATCH)
    push(simulator, "simple_text", NEW)
    expect(window.by("pushed")).to_be_visible()
    assert window.page.evaluate("window.heard") == ["polite"]


def test_what_came_while_the_window_was_closed_is_there_when_it_opens(window: Window, simulator: str) -> None:
    window.page.goto("about:blank")
    push(simulator, "simple_text", NEW)
    window.open()
    expect(window.by("pushed")).to_have_count(1)
    window.page.reload()
    expect(window.by("pushed")).to_have_count(1)
    window.by("clear").click()
    window.page.reload()
    expect(window.by("empty")).to_be_visible()


def test_a_second_window_gets_the_same_push(window: Window, simulator: str) -> None:
    other = Window(window.page.context.new_page()).open()
    push(simulator, "simple_text", NEW)
    for each in (window, other):
        expect(each.by("pushed")).to_have_count(1)


def test_the_first_push_into_another_chat_is_announced(window: Window, simulator: str) -> None:
    expect(window.by("empty")).to_be_visible()
    push(simulator, "simple_text", BUSY)
    expect(window.page.locator("#status")).to_have_text("바쁜 학생에게 새 알림이 왔어요")


def test_a_push_into_another_chat_shows_a_dot_until_that_chat_is_opened(
    any_window: Window, simulator: str, skill: SkillServer, width: int
) -> None:
    window = any_window
    skill.answers["소식"] = text("봉사가 확정됐어요.")
    push(simulator, "소식", BUSY)
    push(simulator, "소식", BUSY)
    expect(window.page.locator("#status")).to_have_text("바쁜 학생에게 새 알림이 왔어요")
    if width < 900:
        expect(window.page.locator("#unread-all")).to_have_text("안 읽은 알림 2개")
        assert window.violations() == []
        window.page.locator("#setup > summary").click()
    busy = window.page.get_by_role("radio", name=re.compile("바쁜 학생.*안 읽은 알림 2개"))
    expect(busy).to_be_attached()
    expect(window.by("pushed")).to_have_count(0)
    assert window.violations() == []
    busy.check(force=True)
    expect(window.by("unread")).to_have_count(0)
    expect(window.by("pushed")).to_have_count(2)
    assert window.violations() == []


def test_a_push_that_broke_shows_the_developer_why_and_the_person_nothing(
    window: Window, simulator: str, skill: SkillServer
) -> None:
    skill.answers["고장"] = lambda: ("oops", 500)
    skill.answers["틀림"] = {"version": "2.0", "template": {"outputs": []}}
    push(simulator, "고장", NEW)
    push(simulator, "틀림", NEW)
    expect(window.by("note-error")).to_contain_text("500")
    expect(window.by("note-dropped")).to_be_visible()
    expect(window.by("bubble-kakao-error")).to_have_count(0)


def test_a_push_without_bubbles_shows_the_person_none_and_fails(
    window: Window, simulator: str, skill: SkillServer
) -> None:
    skill.answers["조용"] = {"version": "2.0"}
    skill.answers["텅"] = {"version": "2.0", "template": {}}
    for event in ("조용", "텅"):
        assert push(simulator, event, NEW)["status"] == "1 FAIL"
    expect(window.by("note-dropped")).to_have_count(2)
    expect(window.page.locator("[data-testid^=bubble]")).to_have_count(0)
    assert window.errors == []


def test_every_chat_of_a_batch_shows_its_own_card(window: Window, simulator: str, skill: SkillServer) -> None:
    def own_card() -> Response:
        notice = skill.requests[-1]["userRequest"]["user"]["properties"]["notice"]
        return jsonify(text(f"{notice}번 알림이에요."))

    skill.answers["알림"] = own_card
    assert push(simulator, "알림", user("persona-new", notice="7"))["status"] == "ALL SUCCESS"
    push(simulator, "알림", user("persona-busy", notice="8"), jobId="1")
    expect(window.by("chat-log")).to_contain_text("7번 알림이에요.")
    expect(window.by("chat-log")).not_to_contain_text("8번")
    window.by("persona-busy").check(force=True)
    expect(window.by("chat-log")).to_contain_text("8번 알림이에요.")


def test_a_persona_is_known_at_kakao_login_unless_the_number_is_left_out(
    window: Window, skill: SkillServer
) -> None:
    window.by("persona-busy").check(force=True)
    expect(window.by("option-app-user-id")).to_have_value("3902000003")
    window.say("안녕")
    assert skill.requests[-1]["userRequest"]["user"]["properties"]["appUserId"] == "3902000003"
    window.by("option-app-user-id").fill("")
    window.say("안녕")
    assert "appUserId" not in skill.requests[-1]["userRequest"]["user"]["properties"]
    window.by("new-person").click()
    expect(window.by("option-app-user-id")).to_have_value("")
