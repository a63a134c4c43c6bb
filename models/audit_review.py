"""The monthly look at the audit log: figures for each person, unusual things first, signed by who looked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.audit import PERSONAL, AuditRow, Did
from models.base import Base
from models.clock import SEOUL
from models.staff import Staff, StaffRefused

NIGHT_FROM, NIGHT_UNTIL = time(22), time(6)
MANY_A_DAY = 30
"""Members whose data one person saw on one day, from which on somebody should ask."""
MANY_FAILURES = 10
_SENSITIVE = (Did.RULE_CHANGED, Did.ROLE_CHANGED, Did.STAFF_CREATED, Did.STAFF_ENABLED, Did.STAFF_RESET)


class AuditReview(Base):
    """Somebody's signature under a month of the log."""

    __tablename__ = "audit_review"

    month: Mapped[date] = mapped_column(primary_key=True)
    """Its first day."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]

    staff: Mapped[Staff] = relationship()


@dataclass(slots=True)
class PersonFigures:
    """What one person did in a month; ``unusual`` holds what somebody should ask about, in words."""

    staff_id: int | None
    counts: Counter[Did] = field(default_factory=Counter)
    members: set[str] = field(default_factory=set)
    unusual: list[str] = field(default_factory=list)


def first_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def month_before(month: date) -> date:
    """Return the first day of the month before."""
    return first_of(month - timedelta(days=1))


def figures(db: Session, month: date) -> list[PersonFigures]:
    """Return what everybody did in a month, those first of whom something was unusual."""
    begins = datetime.combine(month, time(), SEOUL)
    ends = datetime.combine(first_of(month + timedelta(days=31)), time(), SEOUL)
    query = select(AuditRow.at, AuditRow.staff_id, AuditRow.did, AuditRow.about)
    people: defaultdict[int | None, list[tuple[datetime, Did, str]]] = defaultdict(list)
    for at, staff_id, did, about in db.execute(query.where(AuditRow.at >= begins, AuditRow.at < ends)):
        people[staff_id].append((at, did, about))
    found = [_person(staff_id, things) for staff_id, things in people.items()]
    return sorted(found, key=lambda each: (-len(each.unusual), -each.counts.total(), each.staff_id or 0))


def _person(staff_id: int | None, things: Iterable[tuple[datetime, Did, str]]) -> PersonFigures:
    person, days = PersonFigures(staff_id), defaultdict[date, set[str]](set)
    night: Counter[str] = Counter()
    for at, did, about in things:
        person.counts[did] += 1
        if did in PERSONAL:
            person.members.add(about)
            days[at.date()].add(about)
        if not NIGHT_UNTIL <= at.time() < NIGHT_FROM and did in (Did.UNMASKED, *_SENSITIVE):
            night["개인정보를" if did is Did.UNMASKED else "계정이나 규칙을"] += 1
    if night["개인정보를"]:
        person.unusual.append(f"밤(22시~6시)에 개인정보를 {night['개인정보를']}번 열었어요.")
    busiest = max((len(seen) for seen in days.values()), default=0)
    if busiest >= MANY_A_DAY:
        person.unusual.append(f"하루에 {busiest}명의 개인정보를 봤어요.")
    if night["계정이나 규칙을"]:
        person.unusual.append(f"밤(22시~6시)에 계정이나 규칙을 {night['계정이나 규칙을']}번 바꿨어요.")
    if person.counts[Did.SIGN_IN_FAILED] >= MANY_FAILURES:
        person.unusual.append(f"로그인에 {person.counts[Did.SIGN_IN_FAILED]}번 실패했어요.")
    return person


def review_of(db: Session, month: date) -> AuditReview | None:
    """Return the signature under a month, None when nobody has signed."""
    return db.get(AuditReview, month)


def sign(db: Session, month: date, staff: Staff, now: datetime) -> AuditReview:
    """Sign a month, once. The caller commits.

    Raises:
        StaffRefused: the month is not over, or somebody has signed it.
    """
    if first_of(now.date()) <= month:
        raise StaffRefused("아직 끝나지 않은 달이에요. 다음 달에 점검해 주세요.")
    if db.get(AuditReview, month) is not None:
        raise StaffRefused("이미 점검한 달이에요.")
    review = AuditReview(month=month, staff_id=staff.id, staff=staff, at=now)
    db.add(review)
    db.flush()
    return review
