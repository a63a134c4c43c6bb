"""Messages of staff: who gets one, when, what it says and costs, and that it goes once, however it was begun."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from alerts.kinds import KINDS, Dropped, Writing, Written
from alerts.staff_sends import estimate, preview, start_due
from alerts.templates import fill
from alerts.writing import WRITERS
from models.alert_settings import AlertSetting, QuietHours
from models.applications import ApplicationState
from models.clock import SEOUL
from models.database import Database
from models.members import Member
from models.outbox import Alert, AlertState
from models.programs import ProgramSession
from models.rules import load_rules
from models.staff_sends import (
    NotSendable,
    People,
    SendReason,
    SendState,
    StaffSend,
    audience_count,
    cancel,
    compose,
    progress,
    schedule,
    staff_send,
    staff_sends,
)
from tests.world import make_account, make_application, make_member, make_session

TEXT = "비가 많이 와서 쉬어요. 다음 주에 만나요!"
NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=SEOUL)
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=SEOUL)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def session(db: Session) -> ProgramSession:
    return make_session(db, seats=2000)


def draft(
    db: Session, now: datetime, people: People, reason: SendReason = SendReason.CALLED_OFF
) -> StaffSend:
    return compose(db, people, reason=reason, text=TEXT, by="김담당", now=now)


def applicants(db: Session, session: ProgramSession, count: int) -> list[Member]:
    members = [make_member(db) for _ in range(count)]
    for member in members:
        make_application(db, member, session, ApplicationState.APPROVED)
    return members


def scheduled(db: Session, session: ProgramSession, now: datetime, **options: Any) -> StaffSend:
    send = draft(db, now, People(session.id))
    schedule(db, send, None, now, **options)
    db.commit()
    return send


def rows_of(db: Session, send: StaffSend) -> list[Alert]:
    db.expire_all()
    return list(db.scalars(select(Alert).where(Alert.send_id == send.id).order_by(Alert.member_id)))


def start(db: Session, now: datetime) -> int:
    return start_due(db, load_rules(db), now)


# --- composing


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  \n ", "비어 있어요"),
        ("가" * 201, "200자까지예요. 지금은 201자"),
        ("받는 사람 101231-3123456", "주민등록번호"),
    ],
)
def test_words_that_cannot_be_sent_are_refused(
    db: Session, session: ProgramSession, now: datetime, text: str, words: str
) -> None:
    with pytest.raises(NotSendable, match=words):
        compose(db, People(session.id), reason=SendReason.NOTICE, text=text, by="김담당", now=now)


def test_nobody_or_two_at_once_or_who_is_not_there_cannot_be_told(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    for people in (
        People(),
        People(session.id, session.program_id),
        People(session.id + 99),
        People(program_id=session.program_id + 99),
        People(session.id, states=()),
    ):
        with pytest.raises(NotSendable):
            draft(db, now, people)


def test_what_a_terminal_cannot_show_is_left_out_of_the_text(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    send = compose(db, People(session.id), reason=SendReason.NOTICE, text=" 안\x00녕\n모두 ", by="x", now=now)
    assert send.text == "안녕\n모두"


def test_the_audience_is_who_is_still_applying_each_once(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    for state in ApplicationState:
        make_application(db, make_member(db), session, state)
    assert audience_count(db, draft(db, now, People(session.id)), now.date()) == 3
    waiting = People(session.id, states=(ApplicationState.WAITLISTED,))
    assert audience_count(db, draft(db, now, waiting), now.date()) == 1
    other = make_session(db, program=session.program, starts_on=date(2026, 12, 6))
    over = make_session(db, program=session.program, starts_on=date(2026, 11, 1))
    both = make_member(db)
    for each in (session, other):
        make_application(db, both, each)
    make_application(db, make_member(db), over)
    everybody = People(program_id=session.program_id)
    assert audience_count(db, draft(db, now, everybody), now.date()) == 4


# --- what it will take


def test_the_estimate_counts_the_first_way_of_each_and_what_that_costs(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    friend, by_alimtalk, by_text, off, nowhere = applicants(db, session, 5)
    make_account(db, friend).is_friend = True
    for member, channel in ((by_text, "kakao"), (off, "kakao"), (off, "sms")):
        setting = AlertSetting(
            member_id=member.id, kind=4, channel=channel, on=False, changed_at=now, via="web"
        )
        db.add(setting)
    nowhere.phone = None
    db.flush()
    assert by_alimtalk.phone
    found = estimate(db, draft(db, now, People(session.id)), load_rules(db), now)
    assert (found.people, found.ways) == (5, {"kakao": 1, "alimtalk": 1, "sms": 1})
    assert (found.switched_off, found.unreachable, found.held) == (1, 1, 0)
    assert found.won == 15 + 8 + 9
    assert db.scalar(select(func.count()).select_from(Alert)) == 0


def test_at_night_the_estimate_says_who_hears_in_the_morning_and_who_too_late(
    db: Session, now: datetime
) -> None:
    early = make_session(db, starts_on=date(2026, 11, 24), begins_at=time(7, 30))
    owl, _ = applicants(db, early, 2)
    hours = QuietHours(member_id=owl.id, quiet_from=time(1), quiet_until=time(6), changed_at=now)
    db.add(hours)
    send = draft(db, now, People(early.id))
    found = estimate(db, send, load_rules(db), now, at=NIGHT)
    assert (found.held, found.too_late) == (1, 1)
    urgent = estimate(db, send, load_rules(db), now, at=NIGHT, urgent=True)
    assert (urgent.held, urgent.too_late) == (0, 0)


def test_the_preview_is_the_card_of_the_first_person_with_the_name_masked(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    send = draft(db, now, People(session.id))
    assert preview(db, send, now) is None
    member = applicants(db, session, 2)[0]
    shown = preview(db, send, now)
    assert shown is not None
    assert (shown.name, shown.card.title) == ("홍*동", KINDS[4].title)
    assert member.name not in str(shown.card)
    assert shown.card.text == f"활동이 취소됐어요. {TEXT}"
    assert ("활동", "하천 쓰레기 줍기") in shown.card.facts
    assert shown.card.page == "my_application"


# --- scheduling


def test_a_draft_goes_to_nobody(db: Session, session: ProgramSession, now: datetime) -> None:
    applicants(db, session, 1)
    draft(db, now, People(session.id))
    db.commit()
    assert start(db, now + timedelta(days=1)) == 0


def test_what_is_scheduled_goes_when_its_time_has_come_and_not_before(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    members = applicants(db, session, 2)
    send = draft(db, now, People(session.id))
    at = now + timedelta(hours=2)
    assert schedule(db, send, at, now) == 2
    db.commit()
    assert start(db, at - timedelta(seconds=1)) == 0
    assert start(db, at) == 2
    rows = rows_of(db, send)
    assert [row.recipient for row in rows] == [f"member:{member.id}" for member in members]
    assert {(row.kind, row.object, row.version, row.due_at, row.at_once) for row in rows} == {
        (4, f"staff_send:{send.id}", 1, at, False)
    }
    assert staff_send(db, send.id).state is SendState.SENDING
    assert start(db, at) == 0


def test_it_cannot_be_scheduled_for_the_past_for_nobody_or_twice(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    send = draft(db, now, People(session.id))
    with pytest.raises(NotSendable, match="받을 사람이 없어요"):
        schedule(db, send, None, now)
    applicants(db, session, 1)
    with pytest.raises(NotSendable, match="지난 시각"):
        schedule(db, send, now - timedelta(minutes=1), now)
    schedule(db, send, None, now)
    with pytest.raises(NotSendable, match="이미 예약"):
        schedule(db, send, None, now)


def test_at_night_it_waits_for_each_persons_morning_unless_it_is_urgent(
    db: Session, session: ProgramSession
) -> None:
    members = applicants(db, session, 2)
    hours = QuietHours(member_id=members[1].id, quiet_from=time(1), quiet_until=time(6), changed_at=NIGHT)
    db.add(hours)
    patient, urgent = scheduled(db, session, NIGHT), scheduled(db, session, NIGHT, urgent=True)
    assert start(db, NIGHT) == 4
    assert [row.due_at for row in rows_of(db, patient)] == [MORNING, NIGHT]
    assert [(row.due_at, row.at_once) for row in rows_of(db, urgent)] == [(NIGHT, True)] * 2


def test_it_is_worth_nothing_after_the_last_day_of_the_session(db: Session, now: datetime) -> None:
    tomorrow = make_session(db, starts_on=date(2026, 11, 24))
    applicants(db, tomorrow, 1)
    send = scheduled(db, tomorrow, now)
    start(db, now)
    assert rows_of(db, send)[0].deadline == datetime(2026, 11, 25, tzinfo=SEOUL)


# --- once


def test_who_breaks_off_halfway_leaves_the_rest_to_the_next(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    applicants(db, session, 8)
    send = scheduled(db, session, now)
    commits = iter(range(100))

    def break_off(_: Session) -> None:
        if next(commits) == 1:
            raise ConnectionError("the machine went down")

    event.listen(db, "before_commit", break_off)
    with pytest.raises(ConnectionError):
        start_due(db, load_rules(db), now, batch=3)
    db.rollback()
    assert len(rows_of(db, send)) == 3
    assert start(db, now) == 5
    assert len({row.recipient for row in rows_of(db, send)}) == 8
    assert start(db, now) == 0


def test_two_workers_at_once_write_everybody_once(
    database: Database, db: Session, session: ProgramSession, now: datetime
) -> None:
    applicants(db, session, 60)
    send = scheduled(db, session, now)
    both = threading.Barrier(2)

    def work() -> int:
        with database.session() as own:
            both.wait()
            return start_due(own, load_rules(own), now, batch=7)

    with ThreadPoolExecutor(2) as pool:
        written = [each.result() for each in [pool.submit(work) for _ in range(2)]]
    assert sum(written) == 60
    assert len(rows_of(db, send)) == len({row.recipient for row in rows_of(db, send)}) == 60


# --- taking back


def test_taken_back_before_its_time_it_never_goes(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    applicants(db, session, 1)
    send = scheduled(db, session, now)
    assert cancel(db, send, "김담당", now) == 0
    db.commit()
    assert start(db, now) == 0
    assert (send.state, send.cancelled_by, send.cancelled_at) == (SendState.CANCELLED, "김담당", now)
    with pytest.raises(NotSendable, match="이미"):
        cancel(db, send, "김담당", now)


def test_taken_back_on_its_way_only_what_no_worker_has_is_taken_back(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    applicants(db, session, 3)
    send = scheduled(db, session, now)
    start(db, now)
    claimed, gone, _ = rows_of(db, send)
    claimed.claim, claimed.state = "worker", AlertState.SENDING
    gone.state, gone.finished_at = AlertState.DELIVERED, now
    db.commit()
    assert cancel(db, send, "김담당", now) == 1
    db.commit()
    states = [row.state for row in rows_of(db, send)]
    assert states == [AlertState.SENDING, AlertState.DELIVERED, AlertState.CANCELLED]
    writing = Writing(db, rows_of(db, send)[0], load_rules(db), now)
    assert WRITERS[4](writing) == Dropped("cancelled")


# --- how far it is


def test_progress_counts_states_and_it_is_done_when_every_row_has_ended(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    applicants(db, session, 3)
    send = scheduled(db, session, now)
    assert progress(db, send).audience == 3
    start(db, now)
    first, *others = rows_of(db, send)
    first.state, first.finished_at = AlertState.DELIVERED, now
    db.commit()
    told = progress(db, send)
    assert (told.owed, told.ended) == (3, 1)
    assert told.states == {AlertState.DELIVERED: 1, AlertState.CREATED: 2}
    start(db, now)
    assert staff_send(db, send.id).state is SendState.SENDING
    for row in others:
        row.state, row.finished_at = AlertState.PERMANENT_FAILURE, now
    db.commit()
    start(db, now)
    assert (staff_send(db, send.id).state, send.done_at) == (SendState.DONE, now)
    with pytest.raises(NotSendable, match="이미 다 나갔"):
        cancel(db, send, "김담당", now)


def test_they_are_listed_newest_first_with_what_they_are_about(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    of_session, of_program = (
        draft(db, now, people) for people in (People(session.id), People(program_id=session.program_id))
    )
    assert [(each.id, each.title) for each in staff_sends(db)] == [
        (of_program.id, session.program.title),
        (of_session.id, session.program.title),
    ]


# --- what it says


def written_for(db: Session, send: StaffSend, now: datetime) -> Written | Dropped:
    (row,) = rows_of(db, send)
    return WRITERS[4](Writing(db, row, load_rules(db), now))


def test_it_says_what_is_the_matter_and_leads_to_the_application(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    (member,) = applicants(db, session, 1)
    send = scheduled(db, session, now)
    start(db, now)
    said = written_for(db, send, now)
    assert isinstance(said, Written)
    assert said.card.title == KINDS[4].title
    assert TEXT in said.card.text
    assert said.card.page == "my_application"
    assert said.short == "12/5 활동이 취소됐어요"
    assert TEXT in fill(KINDS[4].template, said.variables)
    assert member.name not in str(said)


def test_the_old_place_is_not_told_when_the_place_has_changed(
    db: Session, session: ProgramSession, now: datetime
) -> None:
    applicants(db, session, 1)
    send = draft(db, now, People(session.id), SendReason.MOVED)
    schedule(db, send, None, now)
    db.commit()
    start(db, now)
    said = written_for(db, send, now)
    assert isinstance(said, Written)
    assert session.place not in str(said)


@pytest.mark.parametrize(
    ("reason", "state", "told"),
    [
        (SendReason.NOTICE, ApplicationState.CANCELLED_BY_USER, False),
        (SendReason.NOTICE, ApplicationState.CANCELLED_BY_HOST, False),
        (SendReason.CALLED_OFF, ApplicationState.CANCELLED_BY_USER, False),
        (SendReason.CALLED_OFF, ApplicationState.CANCELLED_BY_HOST, True),
    ],
)
def test_whose_application_ended_meanwhile_is_not_told_except_that_it_was_called_off(
    db: Session,
    session: ProgramSession,
    now: datetime,
    reason: SendReason,
    state: ApplicationState,
    told: bool,
) -> None:
    member = make_member(db)
    application = make_application(db, member, session, ApplicationState.APPROVED)
    send = draft(db, now, People(session.id), reason)
    schedule(db, send, None, now)
    db.commit()
    start(db, now)
    application.move(db, state, by="host", now=now)
    db.commit()
    said = written_for(db, send, now)
    assert isinstance(said, Written) if told else said == Dropped("no longer applied")
