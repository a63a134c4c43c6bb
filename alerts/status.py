"""How the alerts are doing, in figures: for ``flask alerts status`` and for Prometheus."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import case, extract, func, literal_column, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from alerts.kinds import KINDS, Window
from alerts.routing import ALIMTALK, KAKAO, SMS
from alerts.windows import earliest
from models.clock import Clock
from models.database import Database
from models.events import Event
from models.outbox import OPEN, Alert, AlertState, Attempt, AttemptState, due_count
from models.rules import Rules

log = logging.getLogger(__name__)

PROMPT = timedelta(seconds=10)
"""From what happened until a provider has the message: what we promise."""
LATELY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ProviderFigures:
    """Attempts of one provider that began lately."""

    handed: int
    failed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How it stands. ``states`` count messages written today; ``prompt`` of ``timed`` were handed over in time."""

    states: dict[AlertState, int]
    due: int
    oldest_due_seconds: float
    providers: dict[str, ProviderFigures]
    timed: int
    prompt: int
    won: int

    @property
    def owed(self) -> int:
        """Messages written today."""
        return sum(self.states.values())

    @property
    def done(self) -> int:
        """Those of them that have ended."""
        return sum(count for state, count in self.states.items() if state not in OPEN)


def figures(db: Session, rules: Rules, now: datetime) -> Figures:
    """Return how the alerts are doing at this moment."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    timed, prompt = _promptness(db, rules, now)
    return Figures(
        states=states_since(db, today),
        due=due_count(db, now),
        oldest_due_seconds=oldest_due_seconds(db, now),
        providers=_providers(db, now - LATELY),
        timed=timed,
        prompt=prompt,
        won=cost_since(db, today.replace(day=1)),
    )


def states_since(db: Session, since: datetime) -> dict[AlertState, int]:
    """Return how many messages written since then stand in each state."""
    query = select(Alert.state, func.count()).where(
        Alert.state.in_(list(AlertState)), Alert.created_at >= since
    )
    found = {state: count for state, count in db.execute(query.group_by(Alert.state))}  # noqa: C416 - a Row is no pair for the type checker
    return {state: found.get(state, 0) for state in AlertState}


def kinds_since(db: Session, since: datetime) -> dict[int, Counter[AlertState]]:
    """Return for each of the eleven how many of its messages written since then stand in each state."""
    query = select(Alert.kind, Alert.state, func.count()).where(
        Alert.state.in_(list(AlertState)), Alert.created_at >= since
    )
    found: dict[int, Counter[AlertState]] = {kind: Counter() for kind in KINDS}
    for kind, state, count in db.execute(query.group_by(Alert.kind, Alert.state)):
        if kind in found:
            found[kind][state] = count
    return found


def queue_by_kind(db: Session, now: datetime) -> list[tuple[int, int, int]]:
    """Return for each kind that has any how many of its messages wait for a worker now, and how many for later."""
    is_due = case((Alert.due_at <= now, 1), else_=0)
    kind = (Alert.kind + literal_column("0")).label("number")  # else SQLite walks all rows by kind
    query = select(kind, func.sum(is_due), func.count()).where(Alert.finished_at.is_(None))
    counted = db.execute(query.group_by(text("number")).order_by(text("number")))
    return [(kind, due, all_ - due) for kind, due, all_ in counted]


def next_in_queue(db: Session, limit: int) -> list[Alert]:
    """Return messages that have not ended, those first whose turn comes first."""
    query = select(Alert).where(Alert.finished_at.is_(None)).order_by(Alert.due_at, Alert.id)
    return list(db.scalars(query.limit(limit)))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one channel did in one month: tries that were handed over, and won."""

    handed: int
    won: int


def costs(db: Session, now: datetime, months: int = 12) -> dict[date, dict[str, Cost]]:
    """Return what each channel cost in each of the last months, the present one first."""
    begins = _months(now, months)
    months_ago = case(*((Attempt.began_at >= day, place) for place, day in enumerate(begins)))
    query = select(
        months_ago.label("months_ago"), Attempt.channel, func.count(Attempt.handed_at), func.sum(Attempt.cost)
    ).where(Attempt.channel.in_((KAKAO, ALIMTALK, SMS)), Attempt.began_at >= begins[-1])
    found: dict[date, dict[str, Cost]] = {day.date(): {} for day in begins}
    for place, channel, handed, won in db.execute(query.group_by(text("months_ago"), Attempt.channel)):
        found[begins[place].date()][channel] = Cost(handed, won or 0)
    return found


def _months(now: datetime, count: int) -> list[datetime]:
    """Return the beginnings of the last months, the present one first."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = [first]
    while len(found) < count:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found


def oldest_due_seconds(db: Session, now: datetime) -> float:
    """Return for how long the message has waited that waits longest for a worker; 0 when none does."""
    oldest = db.scalar(select(func.min(Alert.due_at)).where(Alert.finished_at.is_(None), Alert.due_at <= now))
    return (now - oldest).total_seconds() if oldest else 0.0


def cost_since(db: Session, since: datetime) -> int:
    """Return what the attempts since then cost, in won."""
    ways = Attempt.channel.in_((KAKAO, ALIMTALK, SMS))  # leads the index that knows the time
    return (
        db.scalar(select(func.coalesce(func.sum(Attempt.cost), 0)).where(ways, Attempt.began_at >= since))
        or 0
    )


def _providers(db: Session, since: datetime) -> dict[str, ProviderFigures]:
    """Return how each provider fares; the one without a name stands for attempts nobody has taken yet."""
    failed = case((Attempt.state == AttemptState.FAILED, 1), else_=0)
    query = (
        select(Attempt.provider, func.count(Attempt.handed_at), func.sum(failed))
        .where(Attempt.channel.in_((KAKAO, ALIMTALK, SMS)), Attempt.began_at >= since)
        .group_by(Attempt.provider)
        .order_by(Attempt.provider)
    )
    return {provider: ProviderFigures(handed, bad) for provider, handed, bad in db.execute(query)}


def _promptness(db: Session, rules: Rules, now: datetime) -> tuple[int, int]:
    """Return how many of the last hour's messages could go at once, and how many of them were handed over in time.

    What is held by night or for its slot was never meant to go at once. A message that is not ten seconds old yet has
    not missed anything.
    """
    kinds = [number for number, kind in KINDS.items() if kind.window is Window.DAYTIME]
    quiet = rules.quiet_from, rules.quiet_until
    open_now = earliest(Window.DAYTIME, now, rules, quiet) == now
    open_then = earliest(Window.DAYTIME, now - LATELY, rules, quiet) == now - LATELY
    free = Alert.at_once | Alert.kind.in_(kinds) if open_now and open_then else Alert.at_once
    waited = extract("epoch", Alert.handed_at) - extract("epoch", Event.at)
    in_time = case((waited <= PROMPT.total_seconds(), 1), else_=0)
    query = (
        select(func.count(), func.coalesce(func.sum(in_time), 0))
        .select_from(Alert)
        .join(Event, Event.id == Alert.event_id)
        .where(Event.at >= now - LATELY, Event.at <= now - PROMPT, Alert.round == 1, free)
        .where(Alert.state.not_in((AlertState.CANCELLED, AlertState.SUPPRESSED)))
    )
    timed, prompt = db.execute(query).one()
    return timed, prompt


class AlertsCollector(Collector):
    """Reads the figures from the store whenever Prometheus asks, so every process tells the same."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; none while the store does not answer, which /readyz tells."""
        try:
            yield from self._gauges()
        except SQLAlchemyError as error:
            log.warning("no figures of the alerts: %s", type(error).__name__)

    def _gauges(self) -> list[Metric]:
        now = self._clock.now()
        with self._database.session() as db:
            due, oldest = due_count(db, now), oldest_due_seconds(db, now)
            lately = states_since(db, now - LATELY)
        states = GaugeMetricFamily(
            "boram_alerts_last_hour", "Messages written in the last hour by state", labels=["state"]
        )
        for state, count in lately.items():
            states.add_metric([state.value], count)
        return [
            GaugeMetricFamily("boram_alerts_due", "Messages that wait for a worker now", value=due),
            GaugeMetricFamily(
                "boram_alerts_oldest_due_seconds", "Seconds the oldest of them has waited", value=oldest
            ),
            states,
        ]
