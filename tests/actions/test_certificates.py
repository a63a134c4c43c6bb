"""Certificates in a chat."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.replies import Press
from models.certificates import CertificateType
from models.hours import RecordState
from models.members import ChannelAccount, Member
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import make_certificate, make_record


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
    assert "test-" not in chat.read()  # the print number stays on the page


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
