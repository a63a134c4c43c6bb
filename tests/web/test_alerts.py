"""My alerts on the page: switches, the consent to recommendations, quiet hours."""

from __future__ import annotations

from datetime import time

import pytest
from sqlalchemy.orm import Session

from models.alert_settings import (
    ALERT_GROUPS,
    CHANNELS,
    OPT_IN_VERSION,
    alert_consents_of,
    alert_settings_of,
    quiet_hours_of,
)
from models.clock import SetClock
from models.members import Member
from tests.web.visitor import Visitor
from tests.world import make_account, make_member

AGREED = {"on": "1", "agree": OPT_IN_VERSION}
RECOMMENDATIONS = "/me/alerts/10-11/kakao"


def switched(db: Session, member: Member, kind: int, channel: str) -> bool:
    db.expire_all()
    return alert_settings_of(db, member)[kind, channel]


def test_every_group_and_kind_has_a_switch_but_the_security_alert(visitor: Visitor, member: Member) -> None:
    read = visitor.log_in(member, "alert_settings").text
    for kinds in ALERT_GROUPS.values():
        for path in {"-".join(map(str, sorted(kinds))), *map(str, kinds)}:
            for channel in CHANNELS:
                assert (f'action="/me/alerts/{path}/{channel}"' in read) is (path != "1"), path
    assert "늘 켜짐" in visitor.read()
    assert visitor.read().count("안전을 위해 늘 켜 둬요") == 1


def test_a_switch_works_at_once_and_says_what_it_did(visitor: Visitor, db: Session, member: Member) -> None:
    visitor.log_in(member)
    visitor.post("/me/alerts/6/sms", {"on": "0"}, form_on="/me/alerts")
    assert "문자로 오는 확인서 알림을 껐어요." in visitor.follow().text
    assert switched(db, member, 6, "sms") is False
    visitor.post("/me/alerts/6/sms", {"on": "1"}, form_on="/me/alerts")
    assert "문자로 오는 확인서 알림을 켰어요." in visitor.follow().text
    assert switched(db, member, 6, "sms") is True
    assert visitor.told(member) == []


def test_a_single_kind_stays_unfolded_and_its_group_says_it_is_partly_on(
    visitor: Visitor, db: Session, member: Member
) -> None:
    visitor.log_in(member)
    visitor.post("/me/alerts/5/kakao", {"on": "0"}, form_on="/me/alerts")
    assert "<details open>" in visitor.follow().text
    assert "카카오톡으로 오는 봉사 하루 전 알림을 껐어요." in visitor.read()
    assert "3가지 중 2가지만 켜져 있어요" in visitor.read()
    assert switched(db, member, 4, "kakao") is True


def test_recommendations_are_turned_on_only_with_a_consent_that_is_kept_and_told(
    visitor: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    visitor.log_in(member)
    asked = visitor.post(RECOMMENDATIONS, {"on": "1"}, form_on="/me/alerts")
    assert asked.location == RECOMMENDATIONS
    visitor.follow()
    assert "밤 9시부터 아침 8시까지는 보내지 않아요" in visitor.read()
    assert switched(db, member, 10, "kakao") is False
    for _ in range(2):
        visitor.post(RECOMMENDATIONS, AGREED, form_on="/me/alerts")
    assert "카카오톡으로 오는 새 봉사 추천 알림을 켰어요." in visitor.follow().text
    assert switched(db, member, 11, "kakao") is True
    assert switched(db, member, 11, "sms") is False
    steps = alert_consents_of(db, member)
    assert {(step.kind, step.channel, step.text_version, step.via, step.at) for step in steps} == {
        (kind, "kakao", OPT_IN_VERSION, "page", clock.now()) for kind in (10, 11)
    }
    assert len(steps) == 2
    (card,) = visitor.told(member)
    assert "11월 23일(월)에 새 봉사 추천을 받기로 동의했어요" in card.text


def test_recommendations_are_turned_off_at_once_and_the_consent_is_taken_back(
    visitor: Visitor, db: Session, member: Member
) -> None:
    visitor.log_in(member)
    visitor.post(RECOMMENDATIONS, AGREED, form_on="/me/alerts")
    visitor.post(RECOMMENDATIONS, {"on": "0"}, form_on="/me/alerts")
    assert "11월 23일(월) 새 봉사 추천(기관), 카카오톡: 동의를 거둠" in " ".join(
        visitor.follow().text.split()
    )
    assert switched(db, member, 10, "kakao") is False
    assert "동의를 거뒀어요" in visitor.told(member)[-1].text


def test_a_consent_to_other_words_than_those_in_force_is_asked_for_again(
    visitor: Visitor, db: Session, member: Member
) -> None:
    visitor.log_in(member)
    sent = visitor.post(RECOMMENDATIONS, {"on": "1", "agree": "0"}, form_on="/me/alerts")
    assert sent.location == RECOMMENDATIONS
    assert switched(db, member, 10, "kakao") is False


def test_the_question_is_not_asked_where_it_is_settled(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    visitor.post(RECOMMENDATIONS, AGREED, form_on="/me/alerts")
    for path in (RECOMMENDATIONS, "/me/alerts/6/sms"):
        assert visitor.get(path).status_code == 303


def test_the_security_alert_stays_on_whatever_is_sent(visitor: Visitor, db: Session, member: Member) -> None:
    visitor.log_in(member)
    visitor.post("/me/alerts/1/kakao", {"on": "0"}, form_on="/me/alerts")
    visitor.post("/me/alerts/1-4/sms", {"on": "0"}, form_on="/me/alerts")
    assert switched(db, member, 1, "kakao") is True
    assert switched(db, member, 1, "sms") is True
    assert switched(db, member, 4, "sms") is False


@pytest.mark.parametrize(
    ("path", "on", "status"),
    [
        ("12/kakao", "1", 404),
        ("4-x/kakao", "1", 404),
        ("4/pigeon", "1", 404),
        (f"{'9' * 5000}/sms", "1", 404),
        ("4/kakao", "maybe", 400),
        ("4/kakao", "", 400),
    ],
)
def test_what_is_no_alert_and_no_channel_is_not_there(
    visitor: Visitor, member: Member, path: str, on: str, status: int
) -> None:
    visitor.log_in(member)
    token = visitor.csrf("/me/alerts")
    sent = visitor.post_raw(f"/me/alerts/{path}", {"csrf_token": token, "on": on})
    assert sent.status_code == status


@pytest.mark.parametrize("done", ["99.kakao", "4", "4.<b>", "<script>", "4-6.sms", "."])
def test_an_address_made_up_says_nothing_was_changed(visitor: Visitor, member: Member, done: str) -> None:
    visitor.log_in(member)
    shown = visitor.get(f"/me/alerts?done={done}")
    assert shown.status_code == 200
    assert "<script>" not in shown.text.split("<main")[1]
    assert "알림을 켰어요" not in visitor.read()


def test_own_quiet_hours_are_set_shown_and_given_up(visitor: Visitor, db: Session, member: Member) -> None:
    visitor.log_in(member, "alert_settings")
    assert "밤 9시부터 아침 8시까지" in visitor.read()
    assert "기본으로 되돌리기" not in visitor.read()
    visitor.post("/me/alerts/quiet", {"from": "22:30", "until": "07:00"}, form_on="/me/alerts")
    visitor.follow()
    assert "이제 밤 10시 30분부터 아침 7시까지는 조용히 있을게요" in visitor.read()
    assert "기본은 밤 9시부터 아침 8시까지예요" in visitor.read()
    own = quiet_hours_of(db, member)
    assert own is not None
    assert (own.quiet_from, own.quiet_until) == (time(22, 30), time(7))
    visitor.post("/me/alerts/quiet/rule", form_on="/me/alerts")
    visitor.follow()
    assert "이제 밤 9시부터 아침 8시까지는 조용히 있을게요" in visitor.read()
    assert "기본으로 되돌리기" not in visitor.read()
    assert quiet_hours_of(db, member) is None


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("08:00", "08:00", "시작과 끝이 같아요"),
        ("", "08:00", "언제부터: 시각을 골라 주세요. 예: 21:00"),
        ("21:00", "", "언제까지: 시각을 골라 주세요. 예: 08:00"),
        ("21:00", "25:00", "시각을 골라 주세요"),
        ("<script>", "08:00", "시각을 골라 주세요"),
    ],
)
def test_hours_that_are_none_are_said_to_be_and_change_nothing(
    visitor: Visitor, db: Session, member: Member, start: str, end: str, words: str
) -> None:
    visitor.log_in(member)
    sent = visitor.post("/me/alerts/quiet", {"from": start, "until": end}, form_on="/me/alerts")
    assert sent.status_code == 400
    assert words in visitor.read()
    assert "<script>" not in sent.text.split("<main")[1]
    assert quiet_hours_of(db, member) is None


def test_who_has_no_telephone_is_told_that_no_short_message_can_come(visitor: Visitor, db: Session) -> None:
    member = make_member(db)
    member.phone = None
    make_account(db, member)
    db.commit()
    visitor.log_in(member, "alert_settings")
    assert "전화번호가 없어서 문자는 보낼 수 없어요" in visitor.read()


def test_switches_of_one_member_leave_others_alone(
    visitor: Visitor, db: Session, member: Member, stranger: Member
) -> None:
    visitor.log_in(member)
    visitor.post("/me/alerts/6/sms", {"on": "0"}, form_on="/me/alerts")
    assert switched(db, stranger, 6, "sms") is True


def test_nobody_comes_in_without_a_login(visitor: Visitor) -> None:
    for path in ("/me/alerts", RECOMMENDATIONS):
        assert visitor.get(path).status_code == 401
