from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from models.applications import (
    SEATED,
    Application,
    ApplicationState,
    applications_of,
    apply,
    cancel,
    waiting_position,
)
from models.certificates import CertificateType, certificates_of
from models.clock import SEOUL
from models.codes import FIELDS, SIDOS
from models.consents import consent_of
from models.database import Database
from models.hosts import HostClub, HostInstitution, Leader
from models.hours import RecordState, hours_summary, records_of, total_hours
from models.members import ChannelAccount, Level, Member
from models.programs import Program, ProgramSession, Recruitment, SessionState
from models.refusals import Reason, Refused
from models.rules import Rules
from models.search import ProgramQuery, find_sessions
from models.seed import seed_demo, seed_large
from models.seed.large import LargeWorldInUse
from models.talents import OfferState, offers_of
from tests.world import make_member

DAYS = [
    datetime(2026, 11, 23, 10, tzinfo=SEOUL),
    datetime(2026, 3, 1, 0, 5, tzinfo=SEOUL),
    datetime(2027, 2, 28, 23, 55, tzinfo=SEOUL),
    datetime(2028, 2, 29, 12, tzinfo=SEOUL),
    datetime(2026, 7, 19, 8, tzinfo=SEOUL),
]
"""An ordinary Monday, the first and last day of a school year, a leap day, a Sunday."""


def persona(db: Session, key: str) -> Member:
    account = db.scalars(select(ChannelAccount).where(ChannelAccount.user_key == key)).one()
    assert account.member is not None
    return account.member


@pytest.fixture
def planted(database: Database, now: datetime) -> Database:
    seed_demo(database, now)
    return database


def test_the_demo_world_holds_programmes_everywhere_and_of_every_field(planted: Database) -> None:
    with planted.session() as db:
        seeded = db.scalars(select(ProgramSession).where(ProgramSession.source == "seed")).all()
        assert {session.sido_code for session in seeded} == {sido.region.sido_code for sido in SIDOS}
        assert {session.field_code for session in seeded} == set(FIELDS)
        assert db.scalar(select(func.count()).where(Program.source == "seed")) == 60
        assert 230 <= len(seeded) <= 330
        assert db.scalars(select(HostClub)).first()
        phones = db.scalars(select(HostInstitution.phone).where(HostInstitution.source == "seed")).all()
        assert all(phone and "-000-" in phone for phone in phones)


@pytest.mark.parametrize("moment", DAYS)
def test_whatever_the_day_there_is_something_open_this_and_next_weekend(
    sqlite_address: str, moment: datetime
) -> None:
    database = Database(sqlite_address)
    seed_demo(database, moment)
    with database.session() as db:
        sunday = moment.date() + timedelta(days=6 - moment.weekday())
        for last_day in (sunday + timedelta(days=7), sunday + timedelta(days=14)):
            query = ProgramQuery(
                sido_codes=("6110000",), first_day=last_day - timedelta(days=1), last_day=last_day
            )
            assert find_sessions(db, query, moment).sessions
        assert total_hours(db, persona(db, "persona-42h")) == 42
        states = {a.state for a in applications_of(db, persona(db, "persona-busy"))}
        assert states == set(ApplicationState)
    database.close()


def test_sessions_are_open_full_scheduled_closed_and_called_off(planted: Database, now: datetime) -> None:
    with planted.session() as db:
        coming = db.scalars(select(ProgramSession).where(ProgramSession.starts_on > now.date())).all()
        assert {session.recruitment(now) for session in coming} == set(Recruitment)
        assert any(session.state is SessionState.CALLED_OFF for session in coming)
        assert any(session.levels != Level.ALL for session in coming)
        assert any(session.notes for session in coming)
        assert any(session.begins_at and session.begins_at.hour < 12 for session in coming)
        assert any(session.begins_at and session.begins_at.hour >= 12 for session in coming)


def test_seats_taken_are_applications_and_those_given_away_elsewhere(planted: Database) -> None:
    with planted.session() as db:
        seated = dict(
            db.execute(
                select(Application.session_id, func.count())
                .where(Application.state.in_(SEATED))
                .group_by(Application.session_id)
            ).all()
        )
        for session in db.scalars(select(ProgramSession)):
            assert session.taken == seated.get(session.id, 0) + session.taken_elsewhere
            assert session.taken <= session.seats


def test_every_application_has_its_whole_history(planted: Database, now: datetime) -> None:
    with planted.session() as db:
        for application in db.scalars(select(Application)):
            history = application.history
            assert [change.version for change in history] == list(range(1, application.version + 1))
            assert history[-1].state is application.state
            assert history[-1].at == application.changed_at
            assert history[0].at == application.applied_at
            assert [change.at for change in history] == sorted(change.at for change in history)
            assert history[-1].at <= now


def test_the_newcomer_has_no_account(planted: Database) -> None:
    with planted.session() as db:
        assert not db.scalar(select(func.count()).where(ChannelAccount.user_key == "persona-new"))


def test_the_thirteen_year_old_waits_for_a_guardian(planted: Database, now: datetime) -> None:
    with planted.session() as db:
        member = persona(db, "persona-13")
        session = find_sessions(db, ProgramQuery(level=Level.MIDDLE), now).sessions[0]
        assert (member.age(now.date()), member.level, member.grade) == (13, Level.MIDDLE, 1)
        assert member.needs_guardian(Rules(), now.date())
        with pytest.raises(Refused) as refused:
            apply(db, member, session, Rules(), now)
        assert refused.value.reason is Reason.GUARDIAN_CONSENT


def test_the_busy_one_can_do_what_each_application_allows(planted: Database, now: datetime) -> None:
    with planted.session() as db:
        member = persona(db, "persona-busy")
        by_state = {a.state: a for a in applications_of(db, member)}
        assert set(by_state) == set(ApplicationState)
        approved, absent = by_state[ApplicationState.APPROVED], by_state[ApplicationState.ABSENT]
        assert approved.session.starts_on == now.date() + timedelta(days=1)
        assert absent.session.starts_on == now.date() - timedelta(days=3)
        assert waiting_position(db, by_state[ApplicationState.WAITLISTED]) == 3
        assert by_state[ApplicationState.REJECTED].reason
        assert cancel(db, by_state[ApplicationState.APPLIED], member, Rules(), now)
        states = {record.state for record in records_of(db, member)}
        assert states == set(RecordState)
        (refused,) = records_of(db, member, (RecordState.NOT_CREDITED,))
        assert refused.reason


def test_the_one_with_42_hours_has_them_over_two_years_and_many_fields(
    planted: Database, now: datetime
) -> None:
    with planted.session() as db:
        member = persona(db, "persona-42h")
        this_year = hours_summary(db, member, *Rules().school_year(now.date()))
        last_year = hours_summary(db, member, *Rules().school_year(now.date() - timedelta(days=365)))
        assert this_year.total == 42
        assert this_year.in_period + last_year.in_period == 42
        assert min(this_year.in_period, last_year.in_period) > 10
        assert len(this_year.by_field) >= 4
        assert len(this_year.by_month) >= 4
        assert last_year.received_from_1365 == 4
        kinds = {certificate.type for certificate in certificates_of(db, member)}
        assert {CertificateType.SERVICE, CertificateType.BY_DAY, CertificateType.HISTORY} <= kinds
        consent = consent_of(db, member)
        assert consent is not None
        assert (consent.dovol_agreed, consent.linked(both_sides=True)) == (True, False)
        assert [offer.state for offer in offers_of(db, member)] == [OfferState.MATCHED]
        assert offers_of(db, member)[0].matches[0].approved_at is None


def test_the_leader_leads_an_institution(planted: Database) -> None:
    with planted.session() as db:
        leader = db.scalars(select(Leader)).one()
        assert leader.member_id == persona(db, "persona-leader").id
        assert leader.host.name == "마포새싹청소년문화의집"


def test_the_samples_are_in_and_open(planted: Database, now: datetime) -> None:
    with planted.session() as db:
        found = find_sessions(db, ProgramQuery(words=("별 보는 밤",)), now).sessions
        assert [session.source for session in found] == ["dovol"]
        assert find_sessions(db, ProgramQuery(words=("주말 책 정리",)), now).sessions[0].source == "1365"


def test_seeding_again_writes_nothing(planted: Database, now: datetime) -> None:
    written: list[str] = []
    event.listen(planted.engine, "before_cursor_execute", lambda *args: written.append(args[2]))
    again = seed_demo(planted, now + timedelta(days=3))
    assert not again.new
    assert all(statement.startswith("SELECT") for statement in written)


def test_the_same_day_gives_the_same_world(sqlite_address: str, postgres_address: str, now: datetime) -> None:
    worlds = []
    for address in (sqlite_address, postgres_address):
        database = Database(address)
        seed_demo(database, now)
        with database.session() as db:
            columns = (
                ProgramSession.source_no,
                ProgramSession.taken,
                ProgramSession.state,
                ProgramSession.apply_until,
            )
            worlds.append(sorted(map(tuple, db.execute(select(*columns)))))
        database.close()
    assert worlds[0] == worlds[1]


def test_a_large_world_has_the_numbers_asked_for_and_believable_dates(
    database: Database, now: datetime
) -> None:
    written = {"members": 0, "sessions": 0}

    def watch(name: str, rows: int) -> None:
        written[name] += rows

    seed_large(database, now, members=200, sessions=12_000, watch=watch)
    assert written == {"members": 200, "sessions": 12_000}
    with database.session() as db:
        days = db.scalars(select(ProgramSession.starts_on)).all()
        past = sum(day < now.date() for day in days) / len(days)
        assert 0.6 < past < 0.7
        assert max(days) <= now.date() + timedelta(days=130)
        timed = db.scalar(select(func.count()).where(ProgramSession.begins_at.is_not(None)))
        assert timed is not None
        assert 0.35 < timed / len(days) < 0.6
        programs = db.scalar(select(func.count()).select_from(Program))
        assert programs is not None
        assert 2000 < programs < 3000
        member = db.scalars(select(Member).limit(1)).one()
        assert member.name.startswith("회원")
        assert isinstance(member.birth_date, date)
        assert find_sessions(db, ProgramQuery(sido_codes=("6110000",)), now).sessions
        stored = db.connection().exec_driver_sql("SELECT name FROM member LIMIT 1").scalar()
        assert stored is not None
        assert "회원" not in stored


def test_other_rows_go_in_beside_a_large_world(database: Database, now: datetime) -> None:
    seed_large(database, now, members=5, sessions=50, watch=lambda *_: None)
    assert seed_demo(database, now).new


def test_an_interrupted_large_world_is_begun_anew_and_never_doubled(
    database: Database, now: datetime
) -> None:
    class Interrupted(Exception):
        pass

    def stop(name: str, rows: int) -> None:
        if name == "sessions":
            raise Interrupted

    with pytest.raises(Interrupted):
        seed_large(database, now, members=30, sessions=25_000, watch=stop)
    words = seed_large(database, now, members=30, sessions=500, watch=lambda *_: None)
    assert "지우고" in words
    with database.session() as db:
        assert db.scalar(select(func.count()).select_from(ProgramSession)) == 500
        assert db.scalar(select(func.count()).select_from(Member)) == 30
    assert "바꾼 것이 없어요" in seed_large(database, now, members=30, sessions=500, watch=lambda *_: None)


def test_a_large_world_someone_applied_in_is_not_removed(database: Database, now: datetime) -> None:
    seed_large(database, now, members=3, sessions=400, watch=lambda *_: None)
    with database.session() as db:
        session = find_sessions(db, ProgramQuery(level=Level.HIGH), now).sessions[0]
        apply(db, make_member(db), session, Rules(), now)
        db.commit()
    with pytest.raises(LargeWorldInUse):
        seed_large(database, now, members=3, sessions=500, watch=lambda *_: None)
