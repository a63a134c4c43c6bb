"""What each alert says, and when it says nothing: a writer looks at what is true at the moment of sending."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.notices import draw
from alerts.kinds import KINDS, Dropped, Writing, Written
from alerts.templates import TEMPLATES, fill
from alerts.writing import WRITERS
from models import applications
from models.applications import Application, ApplicationState, cancel
from models.certificates import CertificateType, issue
from models.clock import SEOUL
from models.consents import set_dovol_side
from models.database import Database
from models.events import Event, EventKind
from models.hosts import Leader
from models.hours import mark_absent, mark_attended
from models.members import Member
from models.outbox import Alert
from models.profiles import FIELD_NAMES, ProfileChange, update_profile
from models.programs import ProgramSession, SessionState
from models.rules import Rules
from models.sessions import Whereabouts, call_off, tell_if_moved
from models.talents import TalentMatch, TalentOffer, approve_match, file_offer, match_offer, withdraw_offer
from skills.kakao.render import render
from tests.world import NOW, make_application, make_host, make_member, make_record, make_session

RULES = Rules()
S = ApplicationState
LONG = "아주 긴 이름의 활동이에요 " * 10


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def member(db: Session) -> Member:
    return make_member(db)


def told(
    db: Session,
    kind: int,
    object_: str,
    version: int = 1,
    *,
    to: Member,
    now: datetime = NOW,
    rules: Rules = RULES,
    guardian: bool = False,
    event_id: int | None = None,
) -> Written | Dropped:
    """Return what the writer of an alert says; what it says is checked for every channel."""
    alert = Alert(
        kind=kind,
        recipient=f"{'guardian' if guardian else 'member'}:{to.id}",
        member_id=to.id,
        object=object_,
        version=version,
        event_id=event_id,
    )
    written = WRITERS[kind](Writing(db, alert, rules, now))
    if isinstance(written, Written):
        _assert_fits(kind, written, guardian=guardian)
    return written


def _assert_fits(kind: int, written: Written, *, guardian: bool) -> None:
    card, template = written.card, TEMPLATES[KINDS[kind].template]
    assert card.title == KINDS[kind].title
    assert len(card.title) + len(card.text) <= 200, card.text
    assert all(1 <= len(label) <= 6 and 1 <= len(value) <= 40 for label, value in card.facts), card.facts
    assert set(written.variables) == set(template.variables)
    assert len(fill(template.code, written.variables)) <= 1000
    assert guardian or 1 <= len(written.short) <= 26, written.short
    shown = json.dumps(render(draw(card, kind, lambda *_: "https://boram.example/l/x")), ensure_ascii=False)
    for words in (*card.text.split(), *(value for _, value in card.facts)):
        assert json.dumps(words, ensure_ascii=False)[1:-1] in shown, words


def said(written: Written | Dropped) -> str:
    """Return all words of a card and its template."""
    assert isinstance(written, Written), written
    facts = "\n".join(f"{label}: {value}" for label, value in written.card.facts)
    return f"{written.card.text}\n{facts}"


def presses(written: Written | Dropped) -> dict[str, tuple[str, dict[str, object]]]:
    assert isinstance(written, Written), written
    return {label: (action, json.loads(data)) for label, action, data in written.card.presses}


# --- 1: the profile


def test_a_changed_profile_names_the_fields_and_the_time_and_never_a_value(
    db: Session, member: Member
) -> None:
    update_profile(db, member, {"phone": "010-0000-9876", "school": "보람중학교"}, NOW)
    change = db.scalars(select(ProfileChange)).one()
    written = told(db, 1, f"profile_change:{change.id}", to=member)
    words = said(written)
    assert "바뀐 것: 학교, 전화번호" in words
    assert "바뀐 때: 11월 23일(월) 오전 10시" in words
    assert "본인이 아니면" in words
    assert isinstance(written, Written)
    everything = f"{words} {written.variables} {written.short}"
    assert "9876" not in everything
    assert "보람중" not in everything
    assert (written.card.page, written.card.button) == ("my_profile", "내 정보 보기")
    assert presses(written)["내가 안 바꿨어요"] == ("my_data", {})


def test_many_fields_are_counted_on_the_card_and_all_named_in_the_template(
    db: Session, member: Member
) -> None:
    db.add(ProfileChange(id=7, member_id=member.id, fields=list(FIELD_NAMES), at=NOW, via="web"))
    db.flush()
    written = told(db, 1, "profile_change:7", to=member)
    assert f"바뀐 것: 학교, 다니는 곳, 학년 외 {len(FIELD_NAMES) - 3}개" in said(written)
    assert isinstance(written, Written)
    assert all(name in written.variables["바뀐것"] for name in FIELD_NAMES.values())


def test_a_guardian_is_told_whose_profile_it_is_without_the_name_and_without_a_page(db: Session) -> None:
    child = make_member(db, name="김보람", born=date(2014, 1, 1), guardian_agreed=True)
    update_profile(db, child, {"phone": "010-0000-9876"}, NOW)
    change = db.scalars(select(ProfileChange)).one()
    written = told(db, 1, f"profile_change:{change.id}", to=child, guardian=True)
    assert isinstance(written, Written)
    assert "김*람 님" in written.short
    assert "전화번호" in written.short
    assert "김보람" not in f"{written}"
    assert "9876" not in f"{written}"
    assert (written.card.page, written.card.presses) == ("", ())


def test_a_change_of_a_profile_that_is_gone_is_not_told(db: Session, member: Member) -> None:
    assert told(db, 1, "profile_change:99", to=member) == Dropped("gone")


# --- 2 and 3: talents


@pytest.fixture
def offer(db: Session, member: Member) -> TalentOffer:
    where = "충남 천안시"
    return file_offer(db, member, talent="기타 치기", when="주말", where=where, rules=RULES, now=NOW)


def test_an_offered_talent_is_confirmed_with_wish_and_state(
    db: Session, member: Member, offer: TalentOffer
) -> None:
    written = told(db, 2, f"talent_offer:{offer.id}", to=member)
    for fact in ("재능: 기타 치기", "언제: 주말", "어디서: 충남 천안시", "상태: 짝을 찾는 중"):
        assert fact in said(written)
    assert isinstance(written, Written)
    assert (written.card.page, written.card.record) == ("my_talent", str(offer.id))
    assert presses(written) == {"챗봇에 묻기": ("talent_sharing", {"offer": offer.id})}


def test_an_offer_that_was_withdrawn_meanwhile_is_not_confirmed(
    db: Session, member: Member, offer: TalentOffer
) -> None:
    withdraw_offer(db, offer, member)
    assert told(db, 2, f"talent_offer:{offer.id}", to=member) == Dropped("overtaken")


@pytest.fixture
def match(db: Session, offer: TalentOffer) -> TalentMatch:
    session = make_session(db, title="작은 음악회")
    assert session.program.host is not None
    match_offer(db, offer, session.program.host, session, NOW)
    (match,) = offer.matches
    approve_match(db, match, NOW)
    return match


def test_an_approved_talent_is_told_with_place_date_and_contact(
    db: Session, member: Member, match: TalentMatch
) -> None:
    written = told(db, 3, f"talent_match:{match.id}", to=member)
    for fact in (
        "활동: 작은 음악회",
        "일시: 12월 5일(토) 10:00–12:00",
        "장소: 천안천",
        "연락처: 041-000-1388",
    ):
        assert fact in said(written)
    assert isinstance(written, Written)
    assert written.until == datetime(2026, 12, 5, 10, tzinfo=SEOUL)
    assert told(db, 2, f"talent_offer:{match.offer_id}", to=member) == Dropped("overtaken")


def test_a_leader_of_the_host_is_told_who_comes_as_far_as_needed(
    db: Session, member: Member, match: TalentMatch
) -> None:
    leader, stranger = make_member(db, born=date(1990, 1, 1)), make_member(db)
    db.add(Leader(member_id=leader.id, host_id=match.host_id))
    db.flush()
    written = told(db, 3, f"talent_match:{match.id}", to=leader)
    assert "청소년: 홍*동" in said(written)
    assert "홍길동" not in f"{written}"
    assert isinstance(written, Written)
    assert (written.card.page, written.card.record) == ("programme_detail", str(match.program_session_id))
    assert told(db, 3, f"talent_match:{match.id}", to=stranger) == Dropped("no leader")


def test_a_match_without_a_session_says_what_is_still_to_be_agreed(
    db: Session, member: Member, offer: TalentOffer
) -> None:
    match_offer(db, offer, make_host(db, phone=None), None, NOW)
    (match,) = offer.matches
    assert told(db, 3, f"talent_match:{match.id}", to=member) == Dropped("overtaken")  # not approved
    approve_match(db, match, NOW)
    written = told(db, 3, f"talent_match:{match.id}", to=member)
    assert isinstance(written, Written)
    assert written.variables["일시"] == "기관과 정하기"


def test_a_talent_for_an_activity_called_off_is_not_told(
    db: Session, member: Member, match: TalentMatch
) -> None:
    assert match.session is not None
    match.session.state = SessionState.CALLED_OFF
    assert told(db, 3, f"talent_match:{match.id}", to=member) == Dropped("over")


# --- 4: applications


@pytest.fixture
def session(db: Session) -> ProgramSession:
    return make_session(db, seats=2)


def stand(
    db: Session, application: Application, now: datetime = NOW, rules: Rules = RULES
) -> Written | Dropped:
    """Return what the alert of an application's present version says."""
    object_ = f"application:{application.id}"
    return told(db, 4, object_, application.version, to=application.member, now=now, rules=rules)


def test_applying_is_confirmed_with_everything_one_needs(
    db: Session, member: Member, session: ProgramSession
) -> None:
    application = applications.apply(db, member, session, RULES, NOW)
    written = stand(db, application)
    for words in (
        "신청했어요!",
        "상태: 승인 기다리는 중",
        "활동: 하천 쓰레기 줍기",
        "일시: 12월 5일(토) 10:00–12:00",
        "장소: 천안천",
        "인정시간: 2시간",
        "승인되기 전이라면 12월 4일(금) 오후 6시까지 취소할 수 있어요.",
    ):
        assert words in said(written)
    assert isinstance(written, Written)
    assert (written.card.page, written.card.record) == ("my_application", str(application.id))
    about = {"application": application.id}
    assert presses(written) == {
        "신청 취소": ("cancel_application", about),
        "챗봇에 묻기": ("application_status", about),
    }
    assert written.short == "12/5 봉사 신청했어요"
    assert written.until == datetime(2026, 12, 5, 10, tzinfo=SEOUL)


def test_who_waits_is_told_the_place_on_the_list(db: Session, member: Member) -> None:
    full = make_session(db, seats=1, taken=1)
    make_application(db, make_member(db), full, S.WAITLISTED)
    written = stand(db, applications.apply(db, member, full, RULES, NOW))
    assert "상태: 대기 2번째" in said(written)
    assert "대기 2번째로 올렸어요" in said(written)
    assert "대기는 언제든 취소할 수 있어요." in said(written)


def test_approval_says_how_it_can_still_be_cancelled(
    db: Session, member: Member, session: ProgramSession
) -> None:
    application = applications.apply(db, member, session, RULES, NOW)
    application.move(db, S.APPROVED, by="host", now=NOW)
    written = stand(db, application)
    assert "상태: 승인됨" in said(written)
    assert "확정됐어요!" in said(written)
    assert "승인된 활동은 기관에 전화해서 취소해야 해요." in said(written)
    assert "신청 취소" not in presses(written)
    allowed = stand(db, application, rules=Rules(cancel_after_approval="allowed"))
    assert "12월 4일(금) 오후 6시까지 취소할 수 있어요." in said(allowed)
    assert "승인되기 전" not in said(allowed)
    assert "신청 취소" in presses(allowed)


@pytest.mark.parametrize("to", [S.APPROVED, S.APPLIED])
def test_who_comes_from_the_waiting_list_hears_of_the_seat(
    db: Session, member: Member, session: ProgramSession, to: ApplicationState
) -> None:
    application = make_application(db, member, session, S.WAITLISTED)
    application.move(db, to, by="system", now=NOW)
    assert "대기하던 자리가 났어요!" in said(stand(db, application))


def test_rejection_tells_the_reason_kindly(db: Session, member: Member, session: ProgramSession) -> None:
    application = applications.apply(db, member, session, RULES, NOW)
    application.move(db, S.REJECTED, by="host", now=NOW, reason="이번에는 고등학생만 함께해요")
    written = stand(db, application)
    assert "상태: 반려됨" in said(written)
    assert "기관이 남긴 말: 이번에는 고등학생만 함께해요" in said(written)
    assert isinstance(written, Written)
    assert written.variables["안내"] == "기관이 남긴 말: 이번에는 고등학생만 함께해요"
    assert "다른 봉사 추천" in presses(written)
    assert written.until is None


def test_the_own_cancellation_is_confirmed(db: Session, member: Member, session: ProgramSession) -> None:
    application = applications.apply(db, member, session, RULES, NOW)
    cancel(db, application, member, RULES, NOW)
    assert "신청을 취소했어요" in said(stand(db, application))
    assert told(db, 4, f"application:{application.id}", 1, to=member) == Dropped("overtaken")


def test_what_the_host_cancels_says_that_no_hours_come_of_it(
    db: Session, member: Member, session: ProgramSession
) -> None:
    application = applications.apply(db, member, session, RULES, NOW)
    application.move(db, S.CANCELLED_BY_HOST, by="host", now=NOW, reason="인원을 줄였어요")
    assert "기관이 신청을 취소했어요. 봉사시간은 들어가지 않아요." in said(stand(db, application))
    assert "인원을 줄였어요" in said(stand(db, application))


@pytest.mark.parametrize("reason", ["", "태풍이 와요"])
def test_a_session_called_off_is_told_as_that(
    db: Session, member: Member, session: ProgramSession, reason: str
) -> None:
    application = applications.apply(db, member, session, RULES, NOW)
    call_off(db, session, reason, NOW)
    db.refresh(application)
    words = said(stand(db, application))
    assert "기관 사정으로 취소됐어요." in words
    assert ("기관이 남긴 말: 태풍이 와요" in words) is bool(reason)
    assert words.count("취소됐어요") == 1


def test_of_two_changes_only_the_last_one_is_told(
    db: Session, member: Member, session: ProgramSession
) -> None:
    application = applications.apply(db, member, session, RULES, NOW)
    application.move(db, S.APPROVED, by="host", now=NOW)
    object_ = f"application:{application.id}"
    assert told(db, 4, object_, 1, to=member) == Dropped("overtaken")
    assert isinstance(told(db, 4, object_, 2, to=member), Written)
    assert told(db, 4, "application:999", 1, to=member) == Dropped("gone")


def test_news_of_an_activity_that_is_over_is_none(
    db: Session, member: Member, session: ProgramSession
) -> None:
    application = make_application(db, member, session)
    assert stand(db, application, datetime(2026, 12, 6, 0, 1, tzinfo=SEOUL)) == Dropped("over")


def test_long_names_places_and_reasons_are_shortened_and_an_unknown_place_is_said(
    db: Session, member: Member
) -> None:
    host = make_host(db, name=LONG)
    long = make_session(db, title=LONG, place=LONG, host=host, notes=LONG * 5, starts_on=date(2026, 11, 24))
    application = applications.apply(db, member, long, RULES, NOW)
    assert "…" in said(stand(db, application))
    application.move(db, S.REJECTED, by="host", now=NOW, reason=LONG)
    assert "…" in said(stand(db, application))
    application = applications.apply(db, member, long, RULES, NOW)
    application.move(db, S.APPROVED, by="host", now=NOW)
    reminder = tell_tomorrow(db, application, datetime(2026, 11, 23, 18, tzinfo=SEOUL))
    assert "041-000-1388" in said(reminder)  # of host and number the name is shortened
    mark_absent(db, application, NOW)
    application.reason = LONG
    object_ = f"application:{application.id}"
    assert "…" in said(told(db, 7, object_, application.version, to=member))
    bare = make_session(db, place="", begins_at=None, ends_at=None, host=make_host(db, phone=None))
    written = stand(db, applications.apply(db, member, bare, RULES, NOW))
    assert isinstance(written, Written)
    assert written.variables["장소"] == "기관에 물어봐 주세요"
    assert "장소" not in dict(written.card.facts)


# --- 4: moved


def move(db: Session, session: ProgramSession, now: datetime = NOW, **to: object) -> Event:
    """Move a session and return the event that tells of it."""
    before = Whereabouts.of(session)
    for name, value in to.items():
        setattr(session, name, value)
    assert tell_if_moved(db, session, before, now)
    moved = select(Event).where(Event.kind == EventKind.SESSION_MOVED).order_by(Event.id.desc())
    event = db.scalars(moved).first()
    assert event is not None
    return event


def tell_moved(db: Session, event: Event, member: Member, now: datetime = NOW) -> Written | Dropped:
    return told(db, 4, event.object, event.version, to=member, event_id=event.id, now=now)


def test_a_moved_session_tells_what_was_and_what_is(
    db: Session, member: Member, session: ProgramSession
) -> None:
    application = applications.apply(db, member, session, RULES, NOW)
    sunday = date(2026, 12, 6)
    event = move(db, session, starts_on=sunday, ends_on=sunday, begins_at=time(13), place="시민회관")
    written = tell_moved(db, event, member)
    for words in (
        "바뀐 날: 12월 5일(토) → 12월 6일(일)",
        "바뀐 시간: 10:00 → 13:00",
        "바뀐 곳: 천안천 → 시민회관",
        "상태: 승인 기다리는 중",
    ):
        assert words in said(written)
    assert isinstance(written, Written)
    assert written.card.record == str(application.id)
    assert "천안천 → 시민회관" in written.variables["안내"]
    assert written.short == "12/6 봉사 일정이 바뀌었어요"


def test_only_what_moved_is_named(db: Session, member: Member, session: ProgramSession) -> None:
    make_application(db, member, session, S.APPROVED)
    written = tell_moved(db, move(db, session, place=""), member)
    assert "바뀐 곳: 천안천 → 미정" in said(written)
    assert "바뀐 날" not in said(written)
    assert "바뀐 시간" not in said(written)


def test_who_moved_again_is_told_only_the_last(db: Session, member: Member, session: ProgramSession) -> None:
    make_application(db, member, session)
    first = move(db, session, place="시민회관")
    second = move(db, session, NOW + timedelta(minutes=1), place="도서관")
    assert tell_moved(db, first, member) == Dropped("overtaken")
    assert "시민회관 → 도서관" in said(tell_moved(db, second, member))


def test_who_no_longer_goes_is_not_told_of_the_move(
    db: Session, member: Member, session: ProgramSession
) -> None:
    application = make_application(db, member, session)
    event = move(db, session, place="시민회관")
    assert tell_moved(db, event, make_member(db)) == Dropped("no longer applied")
    cancel(db, application, member, RULES, NOW)
    assert tell_moved(db, event, member) == Dropped("no longer applied")


def test_a_move_that_was_taken_back_quietly_or_is_unknown_is_not_told(
    db: Session, member: Member, session: ProgramSession
) -> None:
    make_application(db, member, session)
    event = move(db, session, place="시민회관")
    session.place = "천안천"
    assert tell_moved(db, event, member) == Dropped("as before")
    assert told(db, 4, event.object, event.version, to=member) == Dropped("gone")


# --- 5: tomorrow


def tell_tomorrow(db: Session, application: Application, now: datetime) -> Written | Dropped:
    version = application.session.starts_on.toordinal()
    return told(db, 5, f"application:{application.id}", version, to=application.member, now=now)


EVENING = datetime(2026, 12, 4, 17, 30, tzinfo=SEOUL)


@pytest.fixture
def approved(db: Session, member: Member) -> Application:
    session = make_session(db, notes="장화와 물병을\n챙겨 주세요")
    return make_application(db, member, session, S.APPROVED)


def test_the_evening_before_says_when_where_what_to_bring_and_whom_to_call(
    db: Session, approved: Application
) -> None:
    written = tell_tomorrow(db, approved, EVENING)
    for words in (
        "내일 만나요!",
        "일시: 12월 5일(토) 10:00–12:00",
        "장소: 천안천",
        "📌 장화와 물병을 챙겨 주세요",
        "문의: 천안청소년수련관 041-000-1388",
    ):
        assert words in said(written)
    assert isinstance(written, Written)
    assert written.card.map_query == "천안천"
    assert written.variables["안내사항"] == "장화와 물병을 챙겨 주세요"
    assert written.short == "내일 10:00 봉사, 잊지 마세요!"
    assert written.until == datetime(2026, 12, 5, 10, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 12, 3, 23, 59, tzinfo=SEOUL), None),
        (datetime(2026, 12, 4, 0, 0, tzinfo=SEOUL), "내일"),
        (datetime(2026, 12, 5, 9, 59, tzinfo=SEOUL), "오늘"),
        (datetime(2026, 12, 5, 10, 0, tzinfo=SEOUL), None),
        (datetime(2026, 12, 6, 8, 0, tzinfo=SEOUL), None),
    ],
)
def test_a_reminder_is_true_until_it_begins(
    db: Session, approved: Application, at: datetime, words: str | None
) -> None:
    written = tell_tomorrow(db, approved, at)
    if words is None:
        assert written == Dropped("over")
    else:
        assert f"{words} 만나요!" in said(written)


def test_of_the_day_itself_only_the_morning_is_early_enough(db: Session, member: Member) -> None:
    late = make_session(db, begins_at=time(15), ends_at=time(17))
    application = make_application(db, member, late, S.APPROVED)
    morning = datetime(2026, 12, 5, 11, 59, tzinfo=SEOUL)
    assert "오늘 만나요!" in said(tell_tomorrow(db, application, morning))
    assert tell_tomorrow(db, application, morning + timedelta(minutes=1)) == Dropped("over")


@pytest.mark.parametrize(
    "state", [each for each in ApplicationState if each is not ApplicationState.APPROVED]
)
def test_only_who_is_approved_is_reminded(
    db: Session, approved: Application, state: ApplicationState
) -> None:
    approved.state = state
    assert tell_tomorrow(db, approved, EVENING) == Dropped("not approved")


def test_what_was_called_off_or_moved_is_not_reminded_of(db: Session, approved: Application) -> None:
    planned_for = approved.session.starts_on.toordinal()
    object_ = f"application:{approved.id}"
    approved.session.starts_on += timedelta(days=1)
    assert told(db, 5, object_, planned_for, to=approved.member, now=EVENING) == Dropped("moved")
    approved.session.state = SessionState.CALLED_OFF
    assert tell_tomorrow(db, approved, EVENING) == Dropped("called off")


# --- 6: certificates


def test_a_certificate_names_programme_day_hours_and_kind(db: Session, member: Member) -> None:
    record = make_record(db, member, hours=3)
    certificate = issue(db, member, CertificateType.SERVICE, record_id=record.id, now=NOW)
    written = told(db, 6, f"certificate:{certificate.id}", to=member)
    for fact in (
        "종류: 봉사활동확인서",
        "활동: 하천 쓰레기 줍기",
        "활동일: 10월 10일(토)",
        "인정시간: 3시간",
    ):
        assert fact in said(written)
    assert isinstance(written, Written)
    assert (written.card.page, written.card.record) == ("my_certificate", str(certificate.id))
    assert certificate.print_number not in f"{written}"
    assert told(db, 6, "certificate:99", to=member) == Dropped("gone")


def test_a_history_counts_its_activities_and_a_plan_has_planned_hours(db: Session, member: Member) -> None:
    make_record(db, member, hours=3)
    make_record(db, member, hours=2, served_on=date(2025, 10, 11))
    history = issue(db, member, CertificateType.HISTORY, now=NOW)
    written = told(db, 6, f"certificate:{history.id}", to=member)
    assert "활동: 2건" in said(written)
    assert "인정시간: 5시간" in said(written)
    assert "2025년 10월 11일(토)" in said(written)
    application = make_application(db, member, make_session(db), S.APPROVED)
    plan = issue(db, member, CertificateType.ACTIVITY_PLAN, application_id=application.id, now=NOW)
    assert "예정시간: 2시간" in said(told(db, 6, f"certificate:{plan.id}", to=member))


# --- 7: absences


def test_an_absence_is_told_without_blame_and_with_the_way_to_object(
    db: Session, member: Member, session: ProgramSession
) -> None:
    application = make_application(db, member, session, S.APPROVED)
    after = datetime(2026, 12, 7, 9, tzinfo=SEOUL)
    mark_absent(db, application, after)
    object_ = f"application:{application.id}"
    written = told(db, 7, object_, application.version, to=member, now=after)
    assert "실제로 다녀왔거나 사정이 있었다면 12월 14일(월)까지 이의를 낼 수 있어요." in said(written)
    assert isinstance(written, Written)
    for blame in ("안 왔", "무단", "벌", "경고", "제한"):
        assert blame not in said(written) + fill("boram_absent", written.variables)
    about = {"application": application.id}
    assert presses(written)["이의 내기"] == ("no_show", about | {"object": True})
    assert presses(written)["챗봇에 묻기"] == ("no_show", about)
    assert "불참" not in written.short  # others may read over the shoulder
    too_late = datetime(2026, 12, 15, 9, tzinfo=SEOUL)
    assert told(db, 7, object_, application.version, to=member, now=too_late) == Dropped("over")


def test_an_absence_that_was_taken_back_is_not_told(
    db: Session, member: Member, session: ProgramSession
) -> None:
    application = make_application(db, member, session, S.APPROVED)
    mark_absent(db, application, NOW)
    version = application.version
    mark_attended(db, application, 2, RULES, NOW)
    assert told(db, 7, f"application:{application.id}", version, to=member) == Dropped("overtaken")


# --- 8 and 9: the consent


def agree(db: Session, member: Member, *, agreed: bool) -> None:
    assert set_dovol_side(db, member, agreed=agreed, rules=RULES, via="page", now=NOW)


def test_a_consent_tells_its_day_its_scope_and_what_the_other_side_needs(db: Session, member: Member) -> None:
    agree(db, member, agreed=True)
    words = said(told(db, 8, f"consent_1365:{member.id}", 1, to=member))
    for fact in ("동의한 날: 11월 23일(월)", "범위: 두볼에서 인정된 봉사시간", "1365: 확인 안 됨"):
        assert fact in words
    assert "두 곳에서 모두 동의해야" in words


def test_a_consent_taken_back_tells_what_was_what_is_and_what_follows(db: Session, member: Member) -> None:
    agree(db, member, agreed=True)
    agree(db, member, agreed=False)
    object_ = f"consent_1365:{member.id}"
    assert told(db, 8, object_, 1, to=member) == Dropped("overtaken")
    words = said(told(db, 9, object_, 2, to=member))
    assert "두볼: 동의함 → 동의 안 함" in words
    assert "1365로 넘어가지 않을 수 있어요" in words
    agree(db, member, agreed=True)
    assert told(db, 9, object_, 2, to=member) == Dropped("overtaken")
    assert isinstance(told(db, 8, object_, 3, to=member), Written)
    assert told(db, 8, "consent_1365:99999", 1, to=member) == Dropped("gone")
