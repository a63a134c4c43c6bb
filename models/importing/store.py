"""Bringing the store up to date with what a source says, and nothing else.

A session whose row has not changed is not written. A changed one is updated in place, so that applications and the
seats they hold stay; who applied hears of a session that is called off or moved. Imports take turns, so two at once
never store a row twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeAlias

from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.orm import Session

from models.applications import Application
from models.events import EventKind, record_event
from models.hosts import HostInstitution
from models.hours import ServiceRecord
from models.importing.rows import Bad, HostFacts, Item, SessionFacts, Skipped
from models.programs import Program, ProgramSession, Recruitment, SessionState
from models.search import squeeze
from models.sessions import Whereabouts, call_off, hold_applicants, tell_if_moved
from models.talents import TalentMatch

IMPORT_LOCK = 1365_199010
"""Number of PostgreSQL's advisory lock under which imports take turns."""
PAST = "지난 활동"
KNOWN_BETTER = "상세 정보가 이미 있는 활동의 목록 줄"

_HostKey: TypeAlias = tuple[str, str | None, str | None]


@dataclass(slots=True)
class Report:
    """What an import did: sessions new, changed and unchanged; rows skipped by reason and bad ones by number."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    """Sessions stored before that their programme no longer has."""
    skipped: Counter[str] = field(default_factory=Counter)
    bad: list[Bad] = field(default_factory=list)

    def count(self, other: Skipped | Bad) -> None:
        """Count a row that is not stored."""
        if isinstance(other, Bad):
            self.bad.append(other)
        else:
            self.skipped[other.why] += 1

    def add(self, other: Report) -> None:
        """Count what ``other`` counted too."""
        self.new += other.new
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.withdrawn += other.withdrawn
        self.skipped.update(other.skipped)
        self.bad.extend(other.bad)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A session to write, with the row it comes from."""

    item: Item
    facts: SessionFacts
    is_new: bool


def store_items(
    db: Session,
    items: Sequence[Item],
    now: datetime,
    since: date | None = None,
    *,
    announce_from: date | None = None,
) -> Report:
    """Write what is new or has changed. The caller commits.

    Args:
        db: a session without changes of its own.
        items: rows of one source.
        now: what is over before today is left alone when a programme's dates move.
        since: sessions that ended before are not taken in anew; None takes them all.
        announce_from: tell of new programmes that can still be applied for, unless they could be before that day;
            None tells of none.
    """
    today = now.date()
    report, pending = _compare(db, items, since)
    if pending:
        take_turn(db)
        report, pending = _compare(db, items, since)  # the import before may have written the same
    if pending:
        programs, new = _write_programs(db, pending)
        stored = _stored_sessions(db, pending)
        gone = _gone(db, pending, programs, today)
        _call_off(db, pending, stored, gone, now)
        _write_sessions(db, pending, programs, stored, now)
        _withdraw(db, gone)
        report.withdrawn = len(gone)
        _refresh_last_dates(db, programs)
        if announce_from is not None:
            regrouped = {each.item.program.source_key for each in pending if not each.is_new}
            news = [program for program in new if program.source_key not in regrouped]
            _announce(db, news, announce_from, now)
    return report


def _announce(db: Session, programs: Sequence[Program], announce_from: date, now: datetime) -> None:
    """Tell of programmes that have a session that can be applied for, now or later.

    A programme under whose corrected title the sessions of another are gathered is not new and not among them.
    """
    open_to = (Recruitment.SCHEDULED, Recruitment.RECRUITING)
    for program in programs:
        query = select(ProgramSession).where(ProgramSession.program_id == program.id)
        sessions = db.scalars(query.execution_options(populate_existing=True)).all()
        is_open = any(session.recruitment(now) in open_to for session in sessions)
        if is_open and min(session.apply_from for session in sessions) >= announce_from:
            record_event(db, EventKind.PROGRAMME_PUBLISHED, f"program:{program.id}", 1, now=now)


def take_turn(db: Session) -> None:
    """Wait for other imports to commit and keep them out until this one does."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(IMPORT_LOCK)))
    else:
        db.execute(text("BEGIN IMMEDIATE"))


def _compare(db: Session, items: Sequence[Item], since: date | None) -> tuple[Report, list[_Pending]]:
    marks, known_better = _stored_marks(db, items), _known_in_detail(db, items)
    report, pending = Report(), []
    for item in items:
        if item.summary_only and item.program.source_key in known_better:
            report.skipped[KNOWN_BETTER] += 1
            continue
        for facts in item.sessions:
            mark = marks.get(facts.source_no)
            if mark is None and since and facts.ends_on < since:
                report.skipped[PAST] += 1
            elif mark == item.fingerprint(facts):
                report.unchanged += 1
            else:
                report.new += mark is None
                report.changed += mark is not None
                pending.append(_Pending(item, facts, mark is None))
    return report, pending


def _source(items: Sequence[Item]) -> str:
    return items[0].program.source if items else ""


def _stored_marks(db: Session, items: Sequence[Item]) -> dict[str, str]:
    numbers = [facts.source_no for item in items for facts in item.sessions]
    rows = db.execute(
        select(ProgramSession.source_no, ProgramSession.fingerprint).where(
            ProgramSession.source == _source(items), ProgramSession.source_no.in_(numbers)
        )
    )
    return {number: mark for number, mark in rows}  # noqa: C416 - rows are not tuples to the type checker


def _known_in_detail(db: Session, items: Sequence[Item]) -> set[str]:
    keys = [item.program.source_key for item in items if item.summary_only]
    if not keys:
        return set()
    return set(
        db.scalars(
            select(Program.source_key)
            .join(Program.sessions)
            .where(
                Program.source == _source(items),
                Program.source_key.in_(keys),
                ProgramSession.fingerprint.contains(":"),
            )
        )
    )


def _write_programs(db: Session, pending: list[_Pending]) -> tuple[dict[str, Program], list[Program]]:
    """Return the programmes by their keys, and those that are new."""
    items = {each.item.program.source_key: each.item for each in reversed(pending)}
    source = _source(list(items.values()))
    hosts = _write_hosts(db, source, [item.program.host for item in items.values() if item.program.host])
    query = select(Program).where(Program.source == source, Program.source_key.in_(items))
    programs = {program.source_key: program for program in db.scalars(query)}
    known = set(programs)
    for key, item in items.items():
        if key not in programs:
            programs[key] = Program(source=source, source_key=key, url=item.program.url)
            programs[key].last_date = max(facts.ends_on for facts in item.sessions)
            db.add(programs[key])
        _describe(programs[key], item, hosts)
    db.flush()
    return programs, [program for key, program in programs.items() if key not in known]


def _describe(program: Program, item: Item, hosts: dict[_HostKey, HostInstitution]) -> None:
    facts = item.program
    program.title, program.content, program.field_code = facts.title, facts.content, facts.field_code
    program.activity_type, program.content_type = facts.activity_type, facts.content_type
    program.levels, program.cost = int(facts.levels), facts.cost
    program.host = hosts[_host_key(facts.host)] if facts.host else None
    place = item.sessions[0].place  # DOVOL names no host, and people search by the place
    program.search_text = squeeze(" ".join([facts.title, facts.host.name if facts.host else "", place]))


def _host_key(facts: HostFacts) -> _HostKey:
    return (facts.name, facts.sido_code, facts.sigungu_code)


def _write_hosts(db: Session, source: str, wanted: list[HostFacts]) -> dict[_HostKey, HostInstitution]:
    names = {facts.name for facts in wanted}
    query = select(HostInstitution).where(HostInstitution.source == source, HostInstitution.name.in_(names))
    hosts = {(host.name, host.sido_code, host.sigungu_code): host for host in db.scalars(query)}
    for facts in wanted:
        key = _host_key(facts)
        if key not in hosts:
            hosts[key] = HostInstitution(
                source=source, name=facts.name, sido_code=facts.sido_code, sigungu_code=facts.sigungu_code
            )
            db.add(hosts[key])
        if facts.phone:
            hosts[key].phone = facts.phone
    return hosts


def _stored_sessions(db: Session, pending: list[_Pending]) -> dict[str, ProgramSession]:
    """Return the sessions that are there already, by their numbers."""
    changed = [each.facts.source_no for each in pending if not each.is_new]
    query = select(ProgramSession).where(
        ProgramSession.source == pending[0].item.program.source, ProgramSession.source_no.in_(changed)
    )
    return {session.source_no: session for session in db.scalars(query)} if changed else {}


def _call_off(
    db: Session,
    pending: list[_Pending],
    stored: dict[str, ProgramSession],
    gone: list[ProgramSession],
    now: datetime,
) -> None:
    """Call off what the rows say is, before any session is written: members are held before sessions."""
    off = [each.facts.source_no for each in pending if each.facts.state is SessionState.CALLED_OFF]
    sessions = [stored[number] for number in off if number in stored] + gone
    hold_applicants(db, [session.id for session in sessions])
    for session in sessions:
        call_off(db, session, "", now)


def _write_sessions(
    db: Session,
    pending: list[_Pending],
    programs: dict[str, Program],
    stored: dict[str, ProgramSession],
    now: datetime,
) -> None:
    left = {session.program_id for session in stored.values()} - {program.id for program in programs.values()}
    before = {number: Whereabouts.of(session) for number, session in stored.items()}
    for each in pending:
        session = stored.get(each.facts.source_no) or _new_session(db, each)
        _fill(session, each, programs[each.item.program.source_key], now.date())
    db.flush()
    for number, whereabouts in before.items():
        tell_if_moved(db, stored[number], whereabouts, now)
    if left:  # a corrected title groups the rows anew
        empty = ~exists().where(ProgramSession.program_id == Program.id)
        db.execute(delete(Program).where(Program.id.in_(left), empty))


def _new_session(db: Session, each: _Pending) -> ProgramSession:
    source, number = each.item.program.source, each.facts.source_no
    session = ProgramSession(source=source, source_no=number, taken=0, taken_elsewhere=0)
    db.add(session)
    return session


def _fill(session: ProgramSession, each: _Pending, program: Program, today: date) -> None:
    facts = each.facts
    session.program_id = program.id
    session.starts_on, session.ends_on, session.weekday = (
        facts.starts_on,
        facts.ends_on,
        facts.starts_on.weekday(),
    )
    session.begins_at, session.ends_at, session.place = facts.begins_at, facts.ends_at, facts.place
    session.sido_code, session.sigungu_code = facts.sido_code, facts.sigungu_code
    session.field_code, session.levels = each.item.program.field_code, int(each.item.program.levels)
    session.seats, session.credited_hours, session.notes = facts.seats, facts.credited_hours, facts.notes
    session.apply_from, session.apply_until = facts.apply_from, facts.apply_until
    if facts.closed_by_hand:
        session.apply_until = min(facts.apply_until, today - timedelta(days=1))
    session.state, session.fingerprint = facts.state, each.item.fingerprint(facts)
    _shift_taken(session, facts.taken_elsewhere - session.taken_elsewhere, is_new=each.is_new)


def _shift_taken(session: ProgramSession, by: int, *, is_new: bool) -> None:
    """Count seats given away elsewhere without touching those taken here meanwhile."""
    if by:
        session.taken_elsewhere += by
        session.taken = (
            session.taken + by if is_new else ProgramSession.taken + by
        )  # SQL adds to what is there by then


def _gone(
    db: Session, pending: list[_Pending], programs: dict[str, Program], today: date
) -> list[ProgramSession]:
    """Return coming sessions that a programme no longer has."""
    named = {id(each.item): each.item for each in pending if each.item.names_all_sessions}.values()
    if not named:
        return []
    still = {facts.source_no for item in named for facts in item.sessions}
    ids = [programs[item.program.source_key].id for item in named]
    query = select(ProgramSession).where(
        ProgramSession.program_id.in_(ids),
        ProgramSession.ends_on >= today,
        ProgramSession.state == SessionState.PLANNED,
    )
    return [session for session in db.scalars(query) if session.source_no not in still]


def _withdraw(db: Session, gone: list[ProgramSession]) -> None:
    """Take out sessions that are gone, but for those somebody applied for, which are called off."""
    for session in gone:
        if not _is_referred_to(db, session):
            db.delete(session)
    db.flush()


def _is_referred_to(db: Session, session: ProgramSession) -> bool:
    referring = (
        exists().where(Application.session_id == session.id),
        exists().where(TalentMatch.program_session_id == session.id),
        exists().where(ServiceRecord.session_id == session.id),
    )
    return any(db.scalar(select(each)) for each in referring)


def _refresh_last_dates(db: Session, programs: dict[str, Program]) -> None:
    by_id = {program.id: program for program in programs.values()}
    query = (
        select(ProgramSession.program_id, func.max(ProgramSession.ends_on))
        .where(ProgramSession.program_id.in_(by_id))
        .group_by(ProgramSession.program_id)
    )
    for program_id, last in db.execute(query):
        by_id[program_id].last_date = last
