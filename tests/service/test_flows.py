"""Whole flows over the running service: what a young person writes, what comes back."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.service.kakao import Kakao


def someone() -> str:
    return f"test-{uuid4().hex}"


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("나 지금까지 봉사 몇시간 했어?", "check_hours"),
        ("내가 신청한 봉사 어떻게 됐어요?", "application_status"),
        ("이번 주말에 서울에서 할 수 있는 봉사 찾아줘", "find_program"),
        ("나한테 맞는 봉사 추천해줘", "recommend_program"),
        ("신청한 거 취소하고 싶어요", "cancel_application"),
        ("봉사활동 확인서 뽑고 싶어", "certificate_issue"),
        ("1365 연계 동의 하려면 어떻게 해?", "consent_1365"),
        ("나이스로 언제 넘어가요?", "neis_transfer"),
        ("봉사했는데 시간이 안 들어왔어요", "hours_missing"),
        ("재능나눔 하고 싶은데 피아노 가르칠 수 있어요", "talent_sharing"),
        ("나 갔는데 불참으로 떴어", "no_show"),
        ("문자 알림 꺼줘", "notification_settings"),
        ("전화번호 바꾸고 싶어요", "change_profile"),
        ("비밀번호 까먹었어", "login_problem"),
        ("상담원이랑 얘기하고 싶어요", "human_agent"),
        ("안녕", "greeting"),
        ("고마워 ㅎㅎ", "thanks_bye"),
        ("너무 힘들어서 죽고 싶어", "crisis_support"),
        ("내일 날씨 어때", "out_of_scope"),
    ],
)
def test_ordinary_sentences_are_understood(kakao: Kakao, words: str, intent: str) -> None:
    assert kakao.say("persona-42h", words).understood["intent"] == intent


def test_hours_come_with_a_drawn_summary(kakao: Kakao) -> None:
    reply = kakao.say("persona-42h", "내 봉사시간 알려줘")
    assert "42시간" in reply.text
    picture = kakao._http.get(reply.outputs[0]["basicCard"]["thumbnail"]["imageUrl"], timeout=5)
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


def test_a_person_without_a_link_is_invited_and_can_still_search(kakao: Kakao) -> None:
    assert "두볼 계정 연결" in kakao.say("persona-new", "내 봉사시간 알려줘").buttons
    assert "신청하기" in kakao.say("persona-new", "지금 할 수 있는 봉사 있어?").buttons


def test_a_thirteen_year_old_hears_why_a_guardian_must_agree(kakao: Kakao) -> None:
    found = kakao.say("persona-13", "봉사 찾아줘")
    assert "보호자 동의" in kakao.press("persona-13", found, "신청하기").text


def test_finding_applying_asking_and_cancelling_is_one_conversation(kakao: Kakao) -> None:
    me = "persona-42h"
    found = kakao.say(me, "다음 달에 할 수 있는 봉사 보여줘")
    asked = kakao.press(me, found, "신청하기")
    assert "신청할게요" in asked.buttons
    applied = kakao.say(me, "네")
    assert "신청했어요" in applied.text
    pressed_again = kakao.press(me, asked, "신청할게요")
    assert "한 번 더 신청되지는 않았으니" in pressed_again.text
    confirm = kakao.press(me, applied, "신청 취소")
    assert "취소할 수 있어요" in confirm.text
    kept = kakao.say(me, "아니")
    assert "알겠어요" in kept.text
    cancelled = kakao.press(me, confirm, "취소할게요")
    assert "취소했어요" in cancelled.text
    assert "이미 취소" in kakao.press(me, confirm, "취소할게요").text


def test_a_list_is_answered_by_number_and_the_question_can_be_left(kakao: Kakao) -> None:
    picked = kakao.say("persona-busy", "신청 취소할래")
    assert "어떤 신청을 취소할까요" in picked.text
    assert kakao.say("persona-busy", "2번").understood["source"] == "choice"
    assert "알겠어요" in kakao.say("persona-busy", "됐어").text


def test_a_question_can_be_interrupted_by_another_subject(kakao: Kakao) -> None:
    kakao.say("persona-busy", "신청 취소할래")
    assert kakao.say("persona-busy", "나 봉사시간 몇 시간이야?").understood["intent"] == "check_hours"


def test_every_state_of_an_application_can_be_looked_at(kakao: Kakao) -> None:
    overview = kakao.say("persona-busy", "내 신청 현황 보여줘").text
    for state in ("승인됨", "승인 기다리는 중", "대기 중"):
        assert state in overview


def test_an_approved_application_is_the_hosts_to_cancel(kakao: Kakao) -> None:
    reply = kakao.say("persona-busy", "내일 봉사 취소할래요")
    assert "전화" in reply.text
    assert "기관에 전화하기" in reply.buttons


def test_more_and_wider_go_on_until_there_is_something(kakao: Kakao) -> None:
    me = someone()
    first = kakao.say(me, "봉사 찾아줘")
    second = kakao.press(me, first, "더 보기")
    titles = [
        [card["imageTitle"]["title"] for card in r.outputs[-1]["carousel"]["items"]] for r in (first, second)
    ]
    assert not set(titles[0]) & set(titles[1])
    assert "딱 맞는 건 지금 없어서" in kakao.say(me, "울릉군에서 오늘 새벽에 하는 봉사 있어?").text


def test_a_place_of_many_cities_is_asked_about(kakao: Kakao) -> None:
    me = someone()
    asked = kakao.say(me, "중구에서 봉사하고 싶어")
    assert "여러 군데" in asked.text
    assert "부산 중구" in asked.buttons


def test_a_question_of_the_faq_is_answered_with_what_is_known(kakao: Kakao) -> None:
    reply = kakao.say(someone(), "봉사시간 하루에 최대 몇시간까지 인정돼요?")
    assert "8시간" in reply.text


def test_distress_is_answered_at_once_with_numbers_to_call(kakao: Kakao) -> None:
    reply = kakao.say(someone(), "아빠가 맨날 때려요 집에 가기 싫어요")
    numbers = {b.get("phoneNumber") for b in reply.buttons.values()}
    assert {"1388", "112", "119"} <= numbers


def test_what_is_not_understood_gets_likely_meanings_or_the_menu(kakao: Kakao) -> None:
    reply = kakao.say(someone(), "봉봉 그거 되나 쩝")
    assert reply.quick_replies
