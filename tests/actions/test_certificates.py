"""Certificates in a chat."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.certificates import ACTION
from bot.replies import Press
from models.applications import ApplicationState
from models.certificates import Certificate, CertificateType
from models.hours import RecordState
from models.members import ChannelAccount, Member
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import make_application, make_certificate, make_record, make_session


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("확인서")


def test_without_certificates_it_says_when_they_come_and_what_is_pending(
    chat: Chat, db: Session, member: Member
) -> None:
    make_record(db, member, hours=3, state=RecordState.PENDING)
    make_record(db, member, hours=2)
    db.commit()
    read = chat.say("확인서")
    assert "아직 발급된 확인서가 없어요" in read
    assert "확인 중: 1건 · 3시간" in read
    assert "인정된 봉사: 1건 · 2시간" in read
    assert "확인서 화면 열기" in chat.links()


def test_one_kind_is_listed_at_once_and_one_is_opened_by_its_number(
    chat: Chat, db: Session, member: Member
) -> None:
    make_certificate(db, member, record=make_record(db, member, title="도서관 책 정리", hours=4))
    make_certificate(db, member, record=make_record(db, member, title="하천 쓰레기 줍기"))
    db.commit()
    read = chat.say("확인서")
    assert "봉사활동확인서 2장" in read
    assert "11월 3일(화) 발급" in read
    assert "인정시간: 4시간" in chat.say("2번")
    assert chat.read().startswith("도서관 책 정리")
    assert "확인서 열기" in chat.links()
    assert "발급번호: test-" in chat.read()


def test_several_kinds_are_counted_and_picked_by_name(chat: Chat, db: Session, member: Member) -> None:
    make_certificate(db, member, record=make_record(db, member))
    make_certificate(db, member, CertificateType.HISTORY)
    db.commit()
    read = chat.say("확인서")
    assert "내 확인서 2장" in read
    assert "이력확인서 1장" in read
    assert "그동안 한 봉사를 한 번에 모은 확인서예요" in chat.say("이력확인서 1장")
    assert "내 확인서 2장" in chat.press("내 확인서 모두")


def test_a_kind_asked_for_by_name_is_explained_even_without_one(
    chat: Chat, member: Member, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("단체 확인서 뽑아줘", "certificate_issue", entities={"certificate_type": "단체"})
    read = chat.say("단체 확인서 뽑아줘")
    assert "단체확인서는 아직 없어요" in read
    assert "여럿이 함께한 봉사" in read
    assert "함께 활동한 기관이 만들어 줘요" in read
    assert "발급받기" not in chat.labels()


def test_another_members_certificate_is_refused(
    chat: Chat, db: Session, member: Member, stranger: Member
) -> None:
    theirs = make_certificate(db, stranger, record=make_record(db, stranger, title="비밀 봉사"))
    db.commit()
    assert "비밀 봉사" not in chat.say("보기", Press("certificate_issue", {"certificate": theirs.id}))
    assert chat.outcome == "refused:not_yours"


def test_an_unknown_kind_or_number_shows_all_or_is_refused(chat: Chat, member: Member) -> None:
    assert "아직 발급된" in chat.say("보기", Press("certificate_issue", {"type": "000000"}))
    chat.say("보기", Press("certificate_issue", {"certificate": 2**80}))
    assert chat.outcome == "refused:not_yours"


def test_many_certificates_say_that_only_the_newest_are_listed(
    chat: Chat, db: Session, member: Member
) -> None:
    for number in range(12):
        make_certificate(db, member, record=make_record(db, member, title=f"봉사 {number}"))
    db.commit()
    assert "봉사활동확인서 12장 (최근 10장)" in chat.say("확인서")


def test_a_certificate_is_issued_in_the_chat_by_kind_activity_and_a_yes(
    chat: Chat, db: Session, member: Member
) -> None:
    make_record(db, member, title="도서관 책 정리", served_on=date(2026, 10, 3), hours=4)
    make_record(db, member, title="하천 쓰레기 줍기")
    db.commit()
    chat.say("확인서")
    read = chat.press("새로 발급받기")
    assert "봉사 하나에서 인정받은 시간이 적힌 확인서예요" in read
    assert "단체확인서" not in read
    assert "확인서(나눔수신)" not in read
    assert "하천 쓰레기 줍기 | 10월 10일(토) · 2시간" in chat.say("1번")
    assert "활동: 도서관 책 정리" in chat.say("두 번째 거")
    assert issued(db) == []
    assert "확인서가 나왔어요" in chat.say("응")
    (certificate,) = issued(db)
    assert f"발급번호: {certificate.print_number}" in chat.read()
    assert "확인서 열기" in chat.links()


def test_pressing_twice_gives_the_same_certificate(chat: Chat, db: Session, member: Member) -> None:
    record = make_record(db, member)
    db.commit()
    yes = Press(ACTION, {"issue": True, "type": "199010", "about": record.id, "confirm": True})
    assert "확인서가 나왔어요" in chat.say("발급할게요", yes)
    assert "오늘 이미 나온 확인서예요" in chat.say("발급할게요", yes)
    assert len(issued(db)) == 1


def test_every_step_works_without_memory(forgetful_chat: Chat, db: Session, member: Member) -> None:
    make_record(db, member)
    db.commit()
    forgetful_chat.say("새로 발급받기", Press(ACTION, {"issue": True}))
    forgetful_chat.press("이력확인서")
    forgetful_chat.press("발급할게요")
    assert [each.type for each in issued(db)] == [CertificateType.HISTORY]


def test_asking_in_words_goes_straight_to_what_was_named(
    chat: Chat, db: Session, member: Member, nlu: ScriptedUnderstanding
) -> None:
    make_record(db, member, hours=3)
    make_certificate(db, member, CertificateType.BY_DAY)
    db.commit()
    nlu.learn("확인서 발급해줘", "certificate_issue")
    nlu.learn("이력 확인서 뽑아줘", "certificate_issue", entities={"certificate_type": "이력"})
    nlu.learn("확인서 보여줘", "certificate_issue")
    assert "어떤 확인서를 발급할까요?" in chat.say("확인서 발급해줘")
    assert "종류: 이력확인서" in chat.say("이력 확인서 뽑아줘")
    assert "이 확인서를 발급할까요?" in chat.read()
    chat.say("아니")
    assert "일자별 확인서" in chat.say("확인서 보여줘")
    assert "발급할까요" not in chat.read()


def test_saying_no_issues_nothing(chat: Chat, db: Session, member: Member) -> None:
    make_record(db, member)
    db.commit()
    chat.say("이력", Press(ACTION, {"issue": True, "type": "199015"}))
    chat.say("아니")
    assert issued(db) == []


def test_with_nothing_to_certify_it_says_when_certificates_come(chat: Chat, member: Member) -> None:
    assert "기관이 봉사시간을 인정하고 나면" in chat.say("발급", Press(ACTION, {"issue": True}))
    assert "새로 발급받기" not in chat.labels()


def test_what_the_rules_refuse_is_refused_in_the_chat(
    chat: Chat, db: Session, member: Member, stranger: Member
) -> None:
    pending = make_record(db, member, state=RecordState.PENDING)
    theirs = make_record(db, stranger, title="비밀 봉사")
    db.commit()
    for kind, number, outcome in (
        (CertificateType.GROUP, pending.id, "issued_by_host"),
        (CertificateType.SERVICE, pending.id, "not_credited"),
        (CertificateType.SERVICE, theirs.id, "not_yours"),
        (CertificateType.SERVICE, 2**80, "not_yours"),
        (CertificateType.ACTIVITY_PLAN, theirs.id, "not_yours"),
    ):
        data = {"issue": True, "type": kind.value, "about": number, "confirm": True}
        assert "비밀 봉사" not in chat.say("발급할게요", Press(ACTION, data))
        assert chat.outcome == f"refused:{outcome}"
    assert issued(db) == []


def test_a_plan_is_issued_for_an_approved_activity(chat: Chat, db: Session, member: Member) -> None:
    make_application(db, member, make_session(db, title="가" * 60), ApplicationState.APPROVED)
    db.commit()
    chat.say("계획", Press(ACTION, {"issue": True, "type": "199008"}))
    chat.press("가" * 60)
    assert "예정시간: 2시간" in chat.read()
    assert "활동일: 12월 5일(토)" in chat.press("발급할게요")


def issued(db: Session) -> list[Certificate]:
    db.expire_all()
    return list(db.scalars(select(Certificate)))
