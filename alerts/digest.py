"""The day's recommendations: one message for each member, of all that was noted for them since the last one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session, load_only, selectinload

from alerts.matching import OF_CLUB, OF_HOST
from alerts.planning import Row, scheduled
from models.alert_settings import AlertSetting
from models.clock import SEOUL
from models.members import GuardianConsent, Member
from models.outbox import Alert, add_alerts
from models.programs import Program, ProgramSession
from models.recommendations import Recommendation
from models.rules import Rules
from models.search import can_be_applied_for

AT_ONCE = 500
"""Members in one transaction, so that nobody else waits for long."""


@dataclass(frozen=True, slots=True)
class Note:
    """A recommendation that waits, with what decides whether the member is of the right age."""

    id: int
    member_id: int
    kind: int
    age_min: int | None
    age_max: int | None
    last_date: date


def plan_digests(db: Session, rules: Rules, now: datetime, limit: int) -> int:
    """Write the digests of the day that are not there yet, at most ``limit``; return how many. Commits as it goes.

    Only between the digests' hour and the one that closes the day to advertising: one written at night would go the
    next morning, and a second one the same afternoon. Any number of workers may do this at once.
    """
    if rules.digest_per_day < 1 or not rules.digest_at <= now.time() < rules.advertising_until:
        return 0
    planned, last = 0, 0
    while planned < limit and (ids := _waiting(db, rules, now, last, min(AT_ONCE, limit - planned))):
        planned += _write(db, ids, rules, now)
        db.commit()
        last = ids[-1]
    return planned


def digest_object(day: date) -> str:
    """Return what the digests of a day are about, as ``Alert.object`` says it."""
    return f"digest:{day:%Y%m%d}"


def _waiting(db: Session, rules: Rules, now: datetime, last: int, limit: int) -> Sequence[int]:
    """Return the next members with something to be told, by number."""
    told = select(func.count()).where(_todays(now), Alert.member_id == Recommendation.member_id)
    query = (
        select(Recommendation.member_id)
        .distinct()
        .where(
            _still_good(now),
            Recommendation.member_id > last,
            told.correlate(Recommendation).scalar_subquery() < rules.digest_per_day,
        )
        .order_by(Recommendation.member_id)
        .limit(limit)
    )
    return db.scalars(query).all()


def _write(db: Session, ids: Sequence[int], rules: Rules, now: datetime) -> int:
    """Write the digests of some members, whose rows are held meanwhile; return how many."""
    held = _hold(db, ids)
    told = _told_today(db, held, now)
    notes = _suitable(db, [each for each in held if told[each] < rules.digest_per_day], rules, now)
    rows = [_row(member_id, its, told[member_id] + 1, now) for member_id, its in notes.items()]
    added = add_alerts(db, scheduled(db, rows, rules, now), now)
    _mark(db, notes, told, now.date())
    return len(added)


def _hold(db: Session, ids: Sequence[int]) -> Sequence[int]:
    """Hold the rows of members as ``Member.lock`` does; who is held by another worker is left to that one.

    What refers to a held row may still be written: a new programme finds its people meanwhile.
    """
    free = select(Member.id).where(Member.id.in_(ids)).with_for_update(skip_locked=True, key_share=True)
    hold = update(Member).where(Member.id.in_(free)).values(lock_count=Member.lock_count + 1)
    statement = hold.returning(Member.id).execution_options(synchronize_session=False)
    return sorted(db.scalars(statement))


def _told_today(db: Session, members: Collection[int], now: datetime) -> defaultdict[int, int]:
    """Return how many digests each member got today."""
    query = select(Alert.member_id, func.count()).where(_todays(now), Alert.member_id.in_(members))
    counted = db.execute(query.group_by(Alert.member_id))
    return defaultdict(int, {member_id or 0: number for member_id, number in counted})


def _suitable(db: Session, members: Collection[int], rules: Rules, now: datetime) -> dict[int, list[Note]]:
    """Return what each member is told. Who is not of the right age is never told, so that is forgotten."""
    people = _people(db, members)
    notes: dict[int, list[Note]] = {}
    unsuited = []
    for note in _notes(db, members, now):
        member = people[note.member_id]
        if not _right_age(member, note, rules, now):
            unsuited.append(note.id)
        elif not member.needs_guardian(rules, now.date()):
            notes.setdefault(note.member_id, []).append(note)
    _forget(db, unsuited)
    return notes


def _people(db: Session, members: Collection[int]) -> dict[int, Member]:
    """Return members with no more of what is encrypted than the birth date."""
    consents = selectinload(Member.guardian_consents).load_only(GuardianConsent.withdrawn_at)
    query = select(Member).where(Member.id.in_(members)).options(load_only(Member.birth_date), consents)
    return {member.id: member for member in db.scalars(query.execution_options(populate_existing=True))}


def _notes(db: Session, members: Collection[int], now: datetime) -> Iterable[Note]:
    query = (
        select(
            Recommendation.id,
            Recommendation.member_id,
            Recommendation.kind,
            Program.age_min,
            Program.age_max,
            Program.last_date,
        )
        .join(Recommendation.program)
        .where(_still_good(now), Recommendation.member_id.in_(members))
        .order_by(Recommendation.id)
    )
    return [Note(*row) for row in db.execute(query)]


def _right_age(member: Member, note: Note, rules: Rules, now: datetime) -> bool:
    """Tell whether the member has the right age for some day of the programme."""
    youngest = max(rules.age_min, note.age_min or 0)
    oldest = min(rules.age_max, note.age_max or rules.age_max)
    return member.age(note.last_date) >= youngest and member.age(now.date()) <= oldest


def _forget(db: Session, ids: Collection[int]) -> None:
    rows = delete(Recommendation).where(Recommendation.id.in_(ids))
    db.execute(rows.execution_options(synchronize_session=False))


def _row(member_id: int, notes: Sequence[Note], number: int, now: datetime) -> Row:
    return {
        "kind": OF_CLUB if any(note.kind == OF_CLUB for note in notes) else OF_HOST,
        "recipient": f"member:{member_id}",
        "member_id": member_id,
        "object": digest_object(now.date()),
        "version": number,
        "at_once": False,
    }


def _mark(db: Session, notes: dict[int, list[Note]], told: defaultdict[int, int], day: date) -> None:
    """Note which digest took what along: all that waited, also what there is no room to name."""
    taken: defaultdict[int, list[int]] = defaultdict(list)
    for member_id, its in notes.items():
        taken[told[member_id] + 1] += [note.id for note in its]
    for number, ids in taken.items():
        rows = update(Recommendation).where(Recommendation.id.in_(ids))
        marked = rows.values(digest_day=day, digest_number=number)
        db.execute(marked.execution_options(synchronize_session=False))


def _still_good(now: datetime) -> ColumnElement[bool]:
    """Return the condition on what waits: it can be applied for, and the member still wants its kind."""
    wanted = exists().where(
        AlertSetting.member_id == Recommendation.member_id,
        AlertSetting.kind == Recommendation.kind,
        AlertSetting.on.is_(True),
    )
    is_open = exists().where(ProgramSession.program_id == Recommendation.program_id, can_be_applied_for(now))
    return and_(Recommendation.digest_day.is_(None), wanted, is_open)


def _todays(now: datetime) -> ColumnElement[bool]:
    """Return the condition on the digests of today; one that was sent anew is the same one."""
    midnight = datetime.combine(now.date(), time(), SEOUL)
    about = Alert.object == digest_object(now.date())
    return and_(Alert.created_at >= midnight, about, Alert.kind.in_((OF_HOST, OF_CLUB)), Alert.round == 1)
