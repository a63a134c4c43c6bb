"""Certificates: who gets which, that they never change, and that only genuine ones are found genuine."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from models.applications import ApplicationState
from models.certificates import (
    PRINT_ALPHABET,
    Activity,
    Certificate,
    CertificateType,
    certificates_of,
    content_of,
    issue,
    make_print_number,
    normal_print_number,
    verify,
)
from models.database import Database
from models.hours import RecordState
from models.members import Member
from models.programs import SessionState
from models.refusals import Reason, Refused
from tests.world import make_application, make_certificate, make_member, make_record, make_session

T = CertificateType
BORN = date(2010, 5, 5)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def member(db: Session) -> Member:
    return make_member(db, name="홍길동", born=BORN)


def refusal(db: Session, member: Member, kind: CertificateType, now: datetime, **about: int | None) -> Reason:
    with pytest.raises(Refused) as caught:
        issue(db, member, kind, now=now, **about)
    return caught.value.reason


def test_a_credited_activity_of_ones_own_is_certified(db: Session, member: Member, now: datetime) -> None:
    record = make_record(db, member, title="도서관 책 정리", hours=3)
    member.school = "천안고등학교"
    certificate = issue(db, member, T.SERVICE, record_id=record.id, now=now)
    content = content_of(db, certificate)
    assert (content.name, content.birth_date, content.school) == ("홍길동", BORN, "천안고등학교 1학년")
    assert content.activities == (
        Activity(date(2026, 10, 10), "도서관 책 정리", "천안청소년수련관", "환경·생태계보호", 3),
    )
    assert content.total_hours == 3
    assert (content.print_number, content.issued_at) == (certificate.print_number, now)


def test_all_credited_activities_come_oldest_first_and_others_never(
    db: Session, member: Member, now: datetime
) -> None:
    make_record(db, member, title="나중", served_on=date(2026, 9, 2))
    make_record(db, member, title="먼저", served_on=date(2025, 9, 2))
    make_record(db, member, title="확인 중", state=RecordState.PENDING)
    make_record(db, member, title="인정 안 됨", state=RecordState.NOT_CREDITED)
    make_record(db, make_member(db), title="남의 봉사")
    for kind in (T.BY_DAY, T.HISTORY):
        content = content_of(db, issue(db, member, kind, now=now))
        assert [activity.title for activity in content.activities] == ["먼저", "나중"]


def test_hours_from_1365_are_certified_as_received_and_not_as_ours(
    db: Session, member: Member, now: datetime
) -> None:
    make_record(db, member, title="우리 봉사")
    received = make_record(db, member, title="1365 봉사", hours=4, received_from_1365=True)
    for about in (None, received.id):
        content = content_of(db, issue(db, member, T.RECEIVED, record_id=about, now=now))
        assert [(each.title, each.received_from_1365) for each in content.activities] == [("1365 봉사", True)]
    assert refusal(db, member, T.SERVICE, now, record_id=received.id) is Reason.RECEIVED_ELSEWHERE


def test_a_plan_needs_an_approved_application_that_is_still_to_come(
    db: Session, member: Member, now: datetime
) -> None:
    session = make_session(db, starts_on=date(2026, 12, 5), hours=2)
    application = make_application(db, member, session, ApplicationState.APPROVED)
    content = content_of(db, issue(db, member, T.ACTIVITY_PLAN, application_id=application.id, now=now))
    (planned,) = content.activities
    assert (planned.on, planned.title, planned.hours) == (date(2026, 12, 5), "하천 쓰레기 줍기", 2)
    assert (planned.begins_at, planned.ends_at, planned.place) == (time(10), time(12), "천안천")
    after = now + timedelta(days=30)
    assert refusal(db, member, T.ACTIVITY_PLAN, after, application_id=application.id) is Reason.NOT_APPROVED
    session.state = SessionState.CALLED_OFF
    assert refusal(db, member, T.ACTIVITY_PLAN, now, application_id=application.id) is Reason.NOT_APPROVED


@pytest.mark.parametrize(
    "state", [state for state in ApplicationState if state is not ApplicationState.APPROVED]
)
def test_nothing_but_an_approved_application_makes_a_plan(
    db: Session, member: Member, now: datetime, state: ApplicationState
) -> None:
    application = make_application(db, member, make_session(db), state)
    assert refusal(db, member, T.ACTIVITY_PLAN, now, application_id=application.id) is Reason.NOT_APPROVED


def test_what_cannot_be_certified_is_refused_with_the_next_step(
    db: Session, member: Member, now: datetime
) -> None:
    pending = make_record(db, member, state=RecordState.PENDING)
    pending_received = make_record(db, member, state=RecordState.PENDING, received_from_1365=True)
    theirs = make_record(db, make_member(db))
    assert refusal(db, member, T.SERVICE, now, record_id=pending.id) is Reason.NOT_CREDITED
    assert refusal(db, member, T.SERVICE, now) is Reason.CHOOSE_ACTIVITY
    assert refusal(db, member, T.ACTIVITY_PLAN, now) is Reason.CHOOSE_ACTIVITY
    assert refusal(db, member, T.RECEIVED, now) is Reason.NOTHING_RECEIVED
    assert refusal(db, member, T.RECEIVED, now, record_id=pending_received.id) is Reason.NOTHING_RECEIVED
    assert refusal(db, member, T.BY_DAY, now) is Reason.NOTHING_CREDITED
    assert refusal(db, member, T.HISTORY, now) is Reason.NOTHING_CREDITED
    assert refusal(db, member, T.GROUP, now) is Reason.ISSUED_BY_HOST
    for number in (theirs.id, 0, -1, 2**70):
        assert refusal(db, member, T.SERVICE, now, record_id=number) is Reason.NOT_YOURS
    assert db.scalar(select(func.count()).select_from(Certificate)) == 0


def test_issuing_the_same_twice_on_a_day_gives_the_same_one(
    db: Session, member: Member, now: datetime
) -> None:
    record = make_record(db, member)
    first = issue(db, member, T.SERVICE, record_id=record.id, now=now)
    again = issue(db, member, T.SERVICE, record_id=record.id, now=now.replace(hour=23, minute=59))
    tomorrow = issue(db, member, T.SERVICE, record_id=record.id, now=now + timedelta(days=1))
    other = issue(db, member, T.SERVICE, record_id=make_record(db, member).id, now=now)
    assert again is first
    assert len({first.id, tomorrow.id, other.id}) == 3


def test_once_there_is_more_to_say_a_new_one_is_issued_the_same_day(
    db: Session, member: Member, now: datetime
) -> None:
    make_record(db, member)
    first = issue(db, member, T.HISTORY, now=now)
    make_record(db, member, title="새로 인정된 봉사")
    assert issue(db, member, T.HISTORY, now=now) is not first


def test_two_presses_at_the_same_moment_issue_one(database: Database, now: datetime) -> None:
    with database.session() as db:
        member_id = make_member(db).id
        record_id = make_record(db, db.get_one(Member, member_id)).id
        db.commit()

    def press(_: int) -> str:
        with database.session() as db:
            found = db.get_one(Member, member_id)
            number = issue(db, found, T.SERVICE, record_id=record_id, now=now).print_number
            db.commit()
            return number

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(press, range(4)))) == 1


def test_a_certificate_never_changes_after_it_was_issued(db: Session, member: Member, now: datetime) -> None:
    record = make_record(db, member, title="도서관 책 정리", hours=3)
    certificate = issue(db, member, T.SERVICE, record_id=record.id, now=now)
    before = content_of(db, certificate)
    record.title, record.hours, record.state = "다른 이름", 8, RecordState.NOT_CREDITED
    member.name, member.school = "개명한이", "다른학교"
    db.commit()
    db.expire_all()
    assert content_of(db, certificate) == before


def test_what_is_kept_is_encrypted_at_rest(db: Session, member: Member, now: datetime) -> None:
    issue(db, member, T.SERVICE, record_id=make_record(db, member).id, now=now)
    db.flush()
    (kept,) = db.execute(text("SELECT content FROM certificate")).one()
    assert "홍길동" not in kept
    assert "2010" not in kept


def test_an_older_row_without_content_says_what_was_credited_by_then(
    db: Session, member: Member, now: datetime
) -> None:
    early = make_record(db, member, title="그때 인정", served_on=date(2026, 9, 1))
    early.credited_at = now - timedelta(days=50)
    late = make_record(db, member, title="나중에 인정", served_on=date(2026, 9, 2))
    late.credited_at = now - timedelta(days=1)
    make_record(db, member, title="인정일 모름", served_on=date(2026, 9, 3))
    make_record(db, member, title="그 뒤의 봉사", served_on=now.date())
    history = make_certificate(db, member, T.HISTORY, issued_at=now - timedelta(days=20))
    single = make_certificate(db, member, record=late, issued_at=now - timedelta(days=20))
    assert [each.title for each in content_of(db, history).activities] == ["그때 인정", "인정일 모름"]
    assert [each.title for each in content_of(db, single).activities] == ["나중에 인정"]
    assert content_of(db, make_certificate(db, member, T.GROUP)).activities == ()


def test_a_list_does_not_decrypt_what_the_certificates_say(
    db: Session, member: Member, now: datetime
) -> None:
    issue(db, member, T.SERVICE, record_id=make_record(db, member).id, now=now)
    db.commit()
    db.expunge_all()
    (listed,) = certificates_of(db, db.get_one(Member, member.id))
    assert "content" not in listed.__dict__


@pytest.fixture
def issued(db: Session, member: Member, now: datetime) -> Certificate:
    return issue(db, member, T.SERVICE, record_id=make_record(db, member).id, now=now)


def test_a_genuine_certificate_is_found_however_it_is_typed(db: Session, issued: Certificate) -> None:
    number = issued.print_number
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in number)
    for typed in (
        number,
        number.lower(),
        f" {number} ",
        number.replace("-", ""),
        full_width,
        number.replace("-", " – "),
    ):
        assert verify(db, T.SERVICE, typed, "홍길동", BORN), typed
    for name in ("홍 길동", " 홍길동\u200b", unicodedata.normalize("NFD", "홍길동")):
        assert verify(db, T.SERVICE, number, name, BORN), name


def test_anything_wrong_is_simply_not_genuine(db: Session, issued: Certificate) -> None:
    number = issued.print_number
    assert not verify(db, T.HISTORY, number, "홍길동", BORN)
    assert not verify(db, T.SERVICE, make_print_number(date(2026, 11, 23)), "홍길동", BORN)
    assert not verify(db, T.SERVICE, number, "홍길순", BORN)
    assert not verify(db, T.SERVICE, number, "", BORN)
    assert not verify(db, T.SERVICE, number, "홍길동", date(2010, 5, 6))
    assert not verify(db, T.SERVICE, "", "", date(2000, 1, 1))
    assert not verify(db, T.SERVICE, "\x00' OR 1=1 --", "홍길동", BORN)


def test_an_older_row_without_content_is_genuine_too(db: Session, member: Member) -> None:
    older = make_certificate(db, member, T.HISTORY)
    older.print_number = "DEMO-199015-0005"
    db.flush()
    assert verify(db, T.HISTORY, "demo 199015 0005".replace(" ", "–"), "홍길동", BORN)
    assert not verify(db, T.HISTORY, "DEMO-199015-0005", "홍길순", BORN)


def test_a_certificate_stays_genuine_after_its_owner_changed_the_name(
    db: Session, member: Member, issued: Certificate
) -> None:
    member.name = "개명한이"
    db.flush()
    assert verify(db, T.SERVICE, issued.print_number, "홍길동", BORN)
    assert not verify(db, T.SERVICE, issued.print_number, "개명한이", BORN)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_print_number_is_readable_and_says_its_day(day: date) -> None:
    number = make_print_number(day)
    assert re.fullmatch(rf"{day:%Y%m%d}-[{PRINT_ALPHABET}]{{4}}-[{PRINT_ALPHABET}]{{4}}", number)
    assert normal_print_number(number.replace("-", "").lower()) == number


def test_print_numbers_have_no_letters_that_look_alike_and_forty_random_bits() -> None:
    assert len(set(PRINT_ALPHABET)) == 32
    assert not set("01IO") & set(PRINT_ALPHABET)
    day = date(2026, 11, 23)
    assert len({make_print_number(day) for _ in range(2000)}) == 2000


@given(st.text(max_size=80))
def test_whatever_is_typed_as_a_number_becomes_harmless_and_stays_so(typed: str) -> None:
    number = normal_print_number(typed)
    number.encode()
    assert "\x00" not in number
    assert not re.search(r"\s", number)
