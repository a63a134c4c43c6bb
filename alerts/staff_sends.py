"""Messages of staff on their way: what one will cost, how it will look, and its rows when its time has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from alerts.channels.prices import KAKAO as EVENT_PRICES
from alerts.channels.prices import NHN, Prices
from alerts.planning import Row, scheduled
from alerts.routing import ALIMTALK, KAKAO, SMS, Ways, load_recipients, route
from alerts.writing.staff_sends import card_of
from models.applications import Application
from models.clock import SEOUL
from models.masking import mask_name
from models.outbox import Alert, NoticeCard, add_alerts
from models.rules import Rules
from models.staff_sends import (
    STAFF_SEND_KIND,
    StaffSend,
    application_told,
    audience,
    close_sends,
    due_sends,
    next_people,
)

BATCH = 500
"""People whose rows are written in one transaction."""
ALL_WAYS = Ways(frozenset({KAKAO, ALIMTALK, SMS}))
PRICES: Prices = {**EVENT_PRICES, **NHN}
"""What is reckoned with while nobody says otherwise."""
PRICED_AS = {KAKAO: "EVENT", ALIMTALK: "ALIMTALK", SMS: "SMS"}
"""Way → what it is called in a price list; our texts are short ones."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a message will take: people by the way they are reached first, and what that costs in won.

    ``held`` are left in peace until their quiet hours end; ``too_late`` of them will hear after the activity began.
    """

    people: int
    ways: dict[str, int]
    switched_off: int
    unreachable: int
    held: int
    too_late: int
    won: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The card as the first person gets it; ``name`` is theirs, masked."""

    name: str
    card: NoticeCard


def estimate(
    db: Session,
    send: StaffSend,
    rules: Rules,
    now: datetime,
    *,
    at: datetime | None = None,
    urgent: bool = False,
    ways: Ways = ALL_WAYS,
    prices: Prices = PRICES,
) -> Estimate:
    """Return what a message would take if it went ``at`` that time, else at its own, else now."""
    at = at or send.send_at or now
    counted: Counter[str] = Counter()
    for member_ids in _in_batches(db, send, now):
        rows = [_row(send, member_id) for member_id in member_ids]
        rows = scheduled(db, [row | {"at_once": urgent or send.urgent} for row in rows], rules, at)
        counted["held"] += sum(row["due_at"] > at for row in rows)
        counted["too late"] += sum(_too_late(send, row["due_at"], at) for row in rows)
        counted.update(_first_ways(db, send, member_ids, rules, ways))
    by_way = {way: counted[way] for way in PRICED_AS}
    return Estimate(
        people=sum(by_way.values()) + counted[_SWITCHED_OFF] + counted[_UNREACHABLE],
        ways=by_way,
        switched_off=counted[_SWITCHED_OFF],
        unreachable=counted[_UNREACHABLE],
        held=counted["held"],
        too_late=counted["too late"],
        won=sum(count * prices[PRICED_AS[way]] for way, count in by_way.items()),
    )


_SWITCHED_OFF, _UNREACHABLE = "switched off", "unreachable"


def _first_ways(
    db: Session, send: StaffSend, member_ids: Sequence[int], rules: Rules, ways: Ways
) -> Iterator[str]:
    """Yield for each person the way that is tried first, or why there is none."""
    alerts = [_unsent(send, member_id) for member_id in member_ids]
    recipients = load_recipients(db, alerts, rules)
    for alert in alerts:
        to = recipients[alert.id]
        found = route(alert, to, ways)
        yield found[0] if found else _UNREACHABLE if to.on else _SWITCHED_OFF


def _in_batches(db: Session, send: StaffSend, now: datetime) -> Iterator[list[int]]:
    everybody = sorted(db.scalars(audience(send, now.date())))
    for start in range(0, len(everybody), BATCH):
        yield everybody[start : start + BATCH]


def _too_late(send: StaffSend, due_at: datetime, at: datetime) -> bool:
    if send.session is None:
        return False
    begins = datetime.combine(send.session.starts_on, send.session.begins_at or time.max, SEOUL)
    return at < begins < due_at


def preview(db: Session, send: StaffSend, now: datetime) -> Preview | None:
    """Return the card as the first person gets it, None when there is nobody to tell."""
    first = db.scalar(audience(send, now.date()).order_by(Application.member_id).limit(1))
    application = application_told(db, send, first, now.date()) if first else None
    if application is None:
        return None
    return Preview(mask_name(application.member.name), card_of(send, application, now))


def start_due(db: Session, rules: Rules, now: datetime, batch: int = BATCH) -> int:
    """Write the rows of messages whose time has come; return how many. Commits after each batch.

    Whoever breaks off leaves the rest to the next call; two at once never write the same person twice.
    """
    written = 0
    for send in due_sends(db, now):
        while people := next_people(db, send, now, batch):
            rows = [_row(send, member_id) for member_id in people]
            written += len(add_alerts(db, _capped(send, scheduled(db, rows, rules, now), now), now))
            db.commit()
            if len(people) < batch:
                break
        db.commit()
    close_sends(db, now)
    db.commit()
    return written


def _row(send: StaffSend, member_id: int) -> Row:
    return {
        "kind": STAFF_SEND_KIND,
        "recipient": f"member:{member_id}",
        "member_id": member_id,
        "object": send.object,
        "send_id": send.id,
        "at_once": send.urgent,
    }


def _unsent(send: StaffSend, member_id: int) -> Alert:
    """Return a row that is never written, to ask the way by; it is told apart by the member's number."""
    return Alert(id=member_id, **_row(send, member_id))


def _capped(send: StaffSend, rows: Sequence[Row], now: datetime) -> list[Row]:
    """Return the rows without worth after the activity's last day, unless that is over already."""
    if send.session is None:
        return list(rows)
    over = datetime.combine(send.session.ends_on + timedelta(days=1), time(), SEOUL)
    return [row | {"deadline": min(row["deadline"], over)} if now < over else row for row in rows]
