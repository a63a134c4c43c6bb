"""Bringing the store up to date with what a source says, and nothing else.

A session whose row has not changed is not written. A changed one is updated in place, so that applications and the
seats they hold stay. Imports take turns, so two at once never store a row twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.orm import Session

from models.applications import Application
from models.hosts import HostInstitution
from models.hours import ServiceRecord
from models.importing.rows import Bad, HostFacts, Item, SessionFacts, Skipped
from models.programs import Program, ProgramSession, SessionState
from models.search import squeeze
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


def store_items(db: Session, items: Sequence[Item], today: date, since: date | None = None) -> Report:
    """Write what is new or has changed. The caller commits.

    Args:
        db: a session without changes of its own.
        items: rows of one source.
        today: what is over before is left alone when a programme's dates move.
        since: sessions that ended before are not taken in anew; None takes them all.
    """
    report, pending = _compare(db, items, since)
    if pending:
        take_turn(db)
        report, pending = _compare(db, items, since)  # the import before may have written the same
    if pending:
        programs = _write_programs(db, pending)
        _write_sessions(db, pending, programs, today)
        report.withdrawn = _withdraw(db, pending, programs, today)
        _refresh_last_dates(db, programs)
    return report


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


def _write_programs(db: Session, pending: list[_Pending]) -> dict[str, Program]:
    items = {each.item.program.source_key: each.item for each in reversed(pending)}
    source = _source(list(items.values()))
    hosts = _write_hosts(db, source, [item.program.host for item in items.values() if item.program.host])
    query = select(Program).where(Program.source == source, Program.source_key.in_(items))
    programs = {program.source_key: program for program in db.scalars(query)}
    for key, item in items.items():
        if key not in programs:
            programs[key] = Program(source=source, source_key=key, url=item.program.url)
            programs[key].last_date = max(facts.ends_on for facts in item.sessions)
            db.add(programs[key])
        _describe(programs[key], item, hosts)
    db.flush()
    return programs


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


def _write_sessions(db: Session, pending: list[_Pending], programs: dict[str, Program], today: date) -> None:
    changed = [each.facts.source_no for each in pending if not each.is_new]
    query = select(ProgramSession).where(
        ProgramSession.source == pending[0].item.program.source, ProgramSession.source_no.in_(changed)
    )
    stored = {session.source_no: session for session in db.scalars(query)} if changed else {}
    left = {session.program_id for session in stored.values()} - {program.id for program in programs.values()}
    for each in pending:
        session = stored.get(each.facts.source_no) or _new_session(db, each)
        _fill(session, each, programs[each.item.program.source_key], today)
    db.flush()
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


def _withdraw(db: Session, pending: list[_Pending], programs: dict[str, Program], today: date) -> int:
    """Take out coming sessions that a programme no longer has; those someone applied for are called off."""
    named = {id(each.item): each.item for each in pending if each.item.names_all_sessions}.values()
    if not named:
        return 0
    still = {facts.source_no for item in named for facts in item.sessions}
    ids = [programs[item.program.source_key].id for item in named]
    query = select(ProgramSession).where(
        ProgramSession.program_id.in_(ids),
        ProgramSession.ends_on >= today,
        ProgramSession.state == SessionState.PLANNED,
    )
    gone = [session for session in db.scalars(query) if session.source_no not in still]
    for session in gone:
        if _is_referred_to(db, session):
            session.state = SessionState.CALLED_OFF
        else:
            db.delete(session)
    db.flush()
    return len(gone)


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
