"""The alerts' pages: figures, switches, texts with their versions, what failed, a person's messages, what it cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from alerts.kinds import KINDS
from alerts.texts import SLOTS, load_texts
from models.alert_texts import Slot, TextChannel, kinds_off, texts_in_use
from models.audit import Did
from models.members import Member
from models.outbox import Alert, AlertState, AttemptState
from models.redrives import dead_letters
from models.staff import StaffRole
from tests.outbox_rows import make_alert, make_attempt
from tests.web.console.colleague import Colleague

CARD = "/console/alerts/kinds/5/card"
SMS = "/console/alerts/kinds/5/sms"
ALIMTALK = "/console/alerts/kinds/5/alimtalk"


@pytest.fixture
def operator(colleague: Callable[..., Colleague]) -> Colleague:
    return colleague(StaffRole.OPERATOR)


def write(someone: Colleague, page: str, text: str, was: int = 0, reason: str = "더 쉽게 썼어요") -> int:
    data = {"text": text, "was": str(was), "reason": reason}
    return someone.post(page, data, form_on=page).status_code


def in_force(db: Session, kind: int, channel: TextChannel, scene: str = "") -> str:
    db.expire_all()
    return load_texts(db).of(Slot(kind, scene, channel))


def test_the_eleven_are_listed_with_todays_figures(
    colleague: Callable[..., Colleague], db: Session, member: Member, now: datetime
) -> None:
    make_alert(db, member, kind=6)
    make_alert(db, member, AlertState.PERMANENT_FAILURE, kind=6)
    make_alert(db, member, kind=6, at=now - timedelta(days=1))
    make_alert(db, member, AlertState.CREATED, kind=0)
    db.commit()
    viewer = colleague(StaffRole.VIEWER)
    viewer.get("/console/alerts")
    words = viewer.read()
    assert "6 확인서 발급 켜짐 1 0 1 0 처음 문구" in words
    assert all(f"{number} " in words for number in KINDS)


def test_every_kind_shows_each_of_its_texts_by_every_channel(operator: Colleague) -> None:
    for number in KINDS:
        assert operator.get(f"/console/alerts/kinds/{number}").status_code == 200
        words = operator.read()
        assert "문자" in words
        assert ("알림톡" in words.split("보내는 때")[1]) is True
    for slot in SLOTS:
        page = f"/console/alerts/kinds/{slot.kind}/{slot.channel}?scene={slot.scene}"
        assert operator.get(page).status_code == 200, page
        assert "지금 보내는 문구" in operator.read()


def test_a_kind_is_switched_off_and_on_for_a_reason_and_security_never(
    operator: Colleague, db: Session
) -> None:
    page = "/console/alerts/kinds/6"
    assert operator.post(f"{page}/switch", {"on": "0", "reason": ""}, form_on=page).status_code == 422
    assert kinds_off(db) == frozenset()
    form = {"on": "0", "reason": "발급이 잘못되고 있어요"}
    assert operator.post(f"{page}/switch", form, form_on=page).status_code == 303
    operator.follow()
    assert "꺼짐 김담당" in operator.read()
    db.expire_all()
    assert kinds_off(db) == {6}
    assert operator.post(f"{page}/switch", {**form, "on": "1"}, form_on=page).status_code == 303
    db.expire_all()
    assert kinds_off(db) == frozenset()
    token = operator.csrf("/console/account")
    sent = operator.post_raw("/console/alerts/kinds/1/switch", {**form, "csrf_token": token})
    assert sent.status_code == 422
    assert "안전" in operator.read()
    rows = [(row.about, row.detail) for row in operator.log() if row.did is Did.ALERT_SWITCHED]
    assert rows == [("kind:6", "끔"), ("kind:6", "켬")]


def test_words_of_a_card_are_written_anew_restored_and_both_are_written_down(
    operator: Colleague, db: Session
) -> None:
    before = in_force(db, 5, TextChannel.CARD)
    assert write(operator, CARD, "#{날} 봐요! #{안내}") == 303
    operator.follow()
    assert "1판 쓸 수 있음 지금 보내는 문구 #{날} 봐요! #{안내} 더 쉽게 썼어요" in operator.read()
    assert "내일 봐요!" in operator.read().split("이렇게 보여요")[1]
    assert in_force(db, 5, TextChannel.CARD) == "#{날} 봐요! #{안내}"
    assert write(operator, CARD, "#{날} 꼭 만나요!", was=1) == 303
    form = {"was": "2", "version": "1", "reason": "이게 나았어요"}
    assert operator.post(f"{CARD}/restore", form, form_on=CARD).status_code == 303
    assert in_force(db, 5, TextChannel.CARD) == "#{날} 봐요! #{안내}"
    form = {"was": "3", "version": "0", "reason": "처음이 나았어요"}
    assert operator.post(f"{CARD}/restore", form, form_on=CARD).status_code == 303
    assert in_force(db, 5, TextChannel.CARD) == before
    done = [row.detail for row in operator.log() if row.did is Did.ALERT_TEXT_CHANGED]
    assert [words.rpartition(": ")[2] for words in done] == [
        "1판을 씀",
        "2판을 씀",
        "1판으로 되돌림",
        "처음 문구로 되돌림",
    ]


@pytest.mark.parametrize(
    ("page", "text", "advice"),
    [
        (CARD, " \n", "비어 있어요"),
        (CARD, "#{이름} 만나요", "#{이름}에 넣을 값이 없어요"),
        (CARD, "#{날 만나요", "끝까지 닫아"),
        (CARD, "가" * 190, "다 보이지 않을 수"),
        (SMS, "#{언제}\n봐요", "한 줄로"),
        (SMS, "#{언제} " + "꼭 " * 25, "90바이트를 넘어요"),
        (ALIMTALK, "다른 제목\n본문", "첫 줄은 정해진 제목"),
        (ALIMTALK, KINDS[5].title + "\n" + "가" * 1000, "값까지 1,000자까지"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_with_advice_and_kept_in_the_form(
    operator: Colleague, db: Session, page: str, text: str, advice: str
) -> None:
    assert write(operator, page, text) == 422
    assert advice in operator.read()
    assert text.strip()[:20].split("\n")[0] in operator.read()
    assert texts_in_use(db) == {}


def test_of_two_who_write_at_once_the_second_is_told(
    operator: Colleague, colleague: Callable[..., Colleague], db: Session
) -> None:
    other = colleague(StaffRole.OPERATOR, "이동료")
    assert write(operator, SMS, "#{언제} 봉사예요!") == 303
    assert write(other, SMS, "#{언제} 봉사 가요!") == 422
    assert "그사이 다른 사람이" in other.read()
    assert in_force(db, 5, TextChannel.SMS) == "#{언제} 봉사예요!"


def test_a_text_is_looked_at_while_typing_and_nothing_is_kept(operator: Colleague, db: Session) -> None:
    token = operator.csrf(SMS)
    seen = operator.post_raw(f"{SMS}/preview", {"csrf_token": token, "text": "#{언제} 봐요"})
    assert seen.status_code == 200
    assert "<html" not in seen.text
    assert "[두볼] 내일 10:00 봐요" in seen.text
    assert "바이트" in seen.text
    strange = operator.post_raw(f"{SMS}/preview", {"csrf_token": token, "text": "#{나이} <b>"})
    assert "넣을 값이 없어요" in strange.text
    assert operator.post(SMS, {"text": "#{언제} 봐요", "look": "1"}).status_code == 200
    assert "내일 10:00 봐요" in operator.read()
    assert texts_in_use(db) == {}


def test_alimtalk_waits_for_the_provider_and_is_sent_under_its_new_code_once_approved(
    operator: Colleague, db: Session
) -> None:
    before = in_force(db, 5, TextChannel.ALIMTALK)
    text = before.replace("꼭 먼저", "꼭 전화로 먼저")
    assert write(operator, ALIMTALK, text) == 303
    operator.follow()
    assert "심사를 기다리는 1판" in operator.read()
    assert in_force(db, 5, TextChannel.ALIMTALK) == before
    decide, form = f"{ALIMTALK}/decide", {"version": "1", "decision": "approved"}
    assert operator.post(decide, {**form, "code": "새 코드"}, form_on=ALIMTALK).status_code == 422
    assert operator.post(decide, {**form, "code": "boram_tomorrow_v2"}, form_on=ALIMTALK).status_code == 303
    assert in_force(db, 5, TextChannel.ALIMTALK) == text
    assert load_texts(db).templates["boram_tomorrow"].code == "boram_tomorrow_v2"
    assert operator.post(decide, {**form, "code": "again"}, form_on=ALIMTALK).status_code == 422
    assert write(operator, ALIMTALK, text + "\n끝.", was=1) == 303
    form = {"version": "2", "decision": "rejected"}
    assert operator.post(decide, form, form_on=ALIMTALK).status_code == 422
    assert operator.post(decide, {**form, "answer": "광고 같아요"}, form_on=ALIMTALK).status_code == 303
    operator.follow()
    assert "제공자: 광고 같아요" in operator.read()
    assert in_force(db, 5, TextChannel.ALIMTALK) == text


def test_a_newer_text_takes_the_place_of_the_one_that_waits(operator: Colleague, db: Session) -> None:
    before = in_force(db, 5, TextChannel.ALIMTALK)
    assert write(operator, ALIMTALK, f"{before}\n하나") == 303
    assert write(operator, ALIMTALK, f"{before}\n둘", was=1) == 303
    operator.follow()
    assert "심사를 기다리는 2판" in operator.read()
    assert "1판 거둠" in operator.read()


def test_addresses_of_texts_that_are_none_lead_nowhere(operator: Colleague) -> None:
    for path in ("5/fax", "5/card?scene=x", "12/card", "10/alimtalk", "1/card?scene=guardian", "0/card"):
        assert operator.get(f"/console/alerts/kinds/{path}").status_code == 404, path


# --- what failed


def failed(db: Session, member: Member, reason: str = "no such number", kind: int = 4) -> Alert:
    return make_alert(db, member, AlertState.PERMANENT_FAILURE, reason=reason, kind=kind)


def test_failures_stand_together_by_reason_and_are_sent_anew_after_a_question(
    operator: Colleague, db: Session, member: Member
) -> None:
    for _ in range(3):
        failed(db, member)
    failed(db, member, "HTTP 500", kind=6)
    make_alert(db, member)
    db.commit()
    operator.get("/console/alerts/failures")
    assert "3 봉사 신청 결과 닿을 길이 없음 no such number" in operator.read()
    asked = "/console/alerts/failures/again?kind=4&state=permanent-failure&why=no+such+number"
    operator.get(asked)
    assert "3건을 다시 보낼까요?" in operator.read()
    form = {"kind": "4", "state": "permanent-failure", "why": "no such number", "reason": ""}
    page = "/console/alerts/failures/again"
    assert operator.post(page, form, form_on=asked).status_code == 422
    assert "3건을" in operator.read()
    assert operator.post(page, {**form, "reason": "번호를 고쳤어요"}, form_on=asked).status_code == 303
    operator.follow()
    assert "no such number" not in operator.read()
    db.expire_all()
    assert len(dead_letters(db)) == 1
    (row,) = [row for row in operator.log() if row.did is Did.ALERTS_REDRIVEN]
    assert (row.about, row.detail) == ("kind:4", "3건: no such number")
    assert operator.get(asked).status_code == 409


def test_one_message_is_shown_step_by_step_and_sent_anew_alone(
    operator: Colleague, db: Session, member: Member, now: datetime
) -> None:
    alert = failed(db, member)
    at = now - timedelta(minutes=4)
    make_attempt(db, alert, "sms", AttemptState.FAILED, at=at, reason="no such number")
    failed(db, member)
    db.commit()
    operator.get(f"/console/alerts/{alert.id}")
    assert "문자: 이 길로는 닿지 않음 (no such number)" in operator.read()
    assert member.name not in operator.read()
    asked = f"/console/alerts/failures/again?alert={alert.id}"
    form = {"alert": str(alert.id), "reason": "번호를 고쳤어요"}
    assert operator.post("/console/alerts/failures/again", form, form_on=asked).status_code == 303
    db.expire_all()
    assert alert.id not in dead_letters(db)
    assert len(dead_letters(db)) == 1


def test_questions_about_nothing_are_told(operator: Colleague) -> None:
    for query in ("", "kind=4", "kind=4&state=delivered", "kind=x&state=x&why=%00", "alert=99999999999999"):
        assert operator.get(f"/console/alerts/failures/again?{query}").status_code == 409, query
    assert operator.get("/console/alerts/failures?kind=x&since=bad").status_code == 200
    assert "날짜를 2026-11-23처럼" in operator.read()
    assert operator.get("/console/alerts/4711").status_code == 404


def test_the_queue_names_nobody(operator: Colleague, db: Session, member: Member, now: datetime) -> None:
    make_alert(db, member, AlertState.CREATED)
    make_alert(db, member, AlertState.CREATED, due_at=now + timedelta(hours=9))
    db.commit()
    operator.get("/console/alerts/queue")
    words = operator.read()
    assert "봉사 신청 결과 지금 1건 · 나중에 1건" in words
    assert member.name not in words
    assert "오후 7시" in words


def test_the_messages_of_a_person_are_shown_for_a_reason(
    operator: Colleague, db: Session, member: Member
) -> None:
    for _ in range(23):
        failed(db, member)
    db.commit()
    assert operator.post("/console/alerts/people", {"dovol_id": "nobody"}).status_code == 422
    assert operator.post("/console/alerts/people", {"dovol_id": member.dovol_id}).status_code == 303
    page = operator.page.location  # type: ignore[union-attr]  # a form was just sent
    assert member.dovol_id not in page
    assert "닿을 길이" not in operator.get(page).text
    operator.post(page, {"usual": "회원이 전화나 채팅으로 물어봤어요"})
    operator.follow()
    assert operator.read().count("닿을 길이 없음 (no such number)") == 20
    assert [row.did for row in operator.log() if row.about == f"member:{member.id}"] == [
        Did.UNMASKED,
        Did.SEEN,
    ]


def test_the_cost_of_each_month_stands_by_channel(
    colleague: Callable[..., Colleague], db: Session, member: Member, now: datetime
) -> None:
    for at, channel, cost in (
        (now, "sms", 9),
        (now, "alimtalk", 8),
        (now.replace(day=1) - timedelta(days=1), "sms", 30),
        (now - timedelta(days=500), "sms", 1000),
    ):
        alert = make_alert(db, member)
        make_attempt(db, alert, channel, AttemptState.DELIVERED, at=at, handed_at=at, cost=cost)
    db.commit()
    viewer = colleague(StaffRole.VIEWER)
    viewer.get("/console/alerts/costs")
    words = viewer.read()
    assert "2026년 11월 0원 0건 8원 1건 9원 1건 17원" in words
    assert "2026년 10월 0원 0건 0원 0건 30원 1건 30원" in words
    assert "2025년 12월" in words
    assert "1,000원" not in words
