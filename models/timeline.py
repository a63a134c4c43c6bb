"""What happened to a message, step by step: from the event to the receipt and the tap, with everything tried between.

Nothing is kept for it: the steps are read off the event, the rows of all rounds and their attempts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session, undefer

from models.events import Event, EventKind
from models.members import Member
from models.notices import CHAT_CARD
from models.outbox import Alert, AlertState, Attempt, AttemptState, attempts_of
from models.redrives import is_newest_round

CHANNEL_NAMES = {"kakao": "카카오톡", "alimtalk": "알림톡", "sms": "문자"}
"""Channel → what people call it."""
EVENT_NAMES: dict[EventKind, str] = {
    EventKind.PROFILE_CHANGED: "개인정보가 바뀜",
    EventKind.TALENT_FILED: "재능나눔을 신청함",
    EventKind.TALENT_APPROVED: "재능나눔이 승인됨",
    EventKind.APPLICATION_CHANGED: "신청 상태가 바뀜",
    EventKind.SESSION_MOVED: "활동의 날짜·시간·장소가 바뀜",
    EventKind.CERTIFICATE_ISSUED: "확인서가 발급됨",
    EventKind.CONSENT_CHANGED: "1365 동의가 바뀜",
    EventKind.PROGRAMME_PUBLISHED: "새 프로그램이 올라옴",
}
STATE_NAMES: dict[AlertState, str] = {
    AlertState.CREATED: "보낼 차례를 기다림",
    AlertState.SENDING: "보내는 중",
    AlertState.PENDING: "받았는지 묻는 중",
    AlertState.SENT: "보냄(도착 소식은 없음)",
    AlertState.DELIVERED: "도착",
    AlertState.PERMANENT_FAILURE: "닿을 길이 없음",
    AlertState.TEMPORARY_FAILURE: "시간 안에 못 보냄",
    AlertState.TECHNICAL_FAILURE: "우리 쪽 오류",
    AlertState.CANCELLED: "보내기 전에 취소",
    AlertState.SUPPRESSED: "일부러 보내지 않음",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``code`` is one word for machines, ``words`` say it in Korean; ``alert_id`` is the row it is read off.

    Codes: event, planned, tried, handed, unknown, delivered, failed, again, shown, tapped; at last the state in which
    the row ended, or held, due or taken while it is open.
    """

    at: datetime
    code: str
    words: str
    alert_id: int


@dataclass(frozen=True, slots=True)
class Story:
    """One message with all its rounds: the row of the newest one, and the steps of all."""

    alert: Alert
    steps: list[Step]


_Name: TypeAlias = tuple[int, str, str, int]
"""What the rounds of one message share: kind, recipient, object, version."""


def timeline(db: Session, alert: Alert) -> list[Step]:
    """Return every step of a message, of all its rounds, oldest first."""
    return _stories(db, [alert])[0].steps


def timeline_of(db: Session, member: Member, limit: int = 20, before: int | None = None) -> list[Story]:
    """Return what was meant for a member or for their guardian, newest first, each with its steps.

    ``before`` is the id of the last row of the page before.
    """
    query = select(Alert).where(Alert.member_id == member.id, is_newest_round())
    if before is not None:
        query = query.where(Alert.id < before)
    return _stories(db, list(db.scalars(query.order_by(Alert.id.desc()).limit(limit))))


def _stories(db: Session, alerts: Sequence[Alert]) -> list[Story]:
    rounds: dict[_Name, list[Alert]] = {_name(alert): [] for alert in alerts}
    for row in db.scalars(_all_rounds(rounds)):
        rounds[_name(row)].append(row)
    rows = [row for each in rounds.values() for row in each]
    attempts = attempts_of(db, [row.id for row in rows])
    wanted = {row.event_id for row in rows if row.event_id is not None}
    events = {event.id: event for event in db.scalars(select(Event).where(Event.id.in_(wanted)))}
    return [
        Story(
            alert,
            _in_order(step for row in rounds[_name(alert)] for step in _steps(row, events, attempts[row.id])),
        )
        for alert in alerts
    ]


def _name(alert: Alert) -> _Name:
    return alert.kind, alert.recipient, alert.object, alert.version


def _all_rounds(names: Collection[_Name]) -> Select[Alert]:
    shared = tuple_(Alert.kind, Alert.recipient, Alert.object, Alert.version)
    query = select(Alert).where(shared.in_(names)).order_by(Alert.round)
    return query.execution_options(populate_existing=True)


def _in_order(steps: Iterable[Step]) -> list[Step]:
    """Return steps by time; those of the same moment stay in the order they follow from one another."""
    return sorted(steps, key=lambda step: step.at)


def _steps(alert: Alert, events: Mapping[int, Event], attempts: Sequence[Attempt]) -> Iterator[Step]:
    event = events.get(alert.event_id or 0)
    if event is not None and alert.round == 1:
        yield Step(event.at, "event", EVENT_NAMES[event.kind], alert.id)
    again = f", {alert.round}번째" if alert.round > 1 else ""
    yield Step(alert.created_at, "planned", f"보내기로 함(알림 {alert.id}번{again})", alert.id)
    for attempt in attempts:
        yield from _tried(attempt)
    if alert.shown_at:
        yield Step(alert.shown_at, "shown", "카카오톡이 카드를 가져감", alert.id)
    if alert.tapped_at:
        yield Step(alert.tapped_at, "tapped", "받은 사람이 눌러 봄", alert.id)
    yield _last(alert)


def _tried(attempt: Attempt) -> Iterator[Step]:
    way = CHANNEL_NAMES.get(attempt.channel, attempt.channel)
    times = f"({attempt.tries}번째)" if attempt.tries > 1 else ""
    yield Step(attempt.began_at, "tried", f"{way}: 보내 봄{times}", attempt.alert_id)
    if attempt.handed_at:
        taken = f"{attempt.provider or '제공자'}에 넘김{_bracketed(attempt.reference)}"
        yield Step(attempt.handed_at, "handed", taken, attempt.alert_id)
    if attempt.state in _ENDS:
        code, words = _ENDS[attempt.state]
        at = attempt.ended_at or attempt.handed_at or attempt.began_at
        yield Step(at, code, f"{way}: {words}{_bracketed(attempt.code, attempt.reason)}", attempt.alert_id)


def _last(alert: Alert) -> Step:
    """Return how a message ended, or what it waits for."""
    if alert.finished_at:
        words = f"끝: {STATE_NAMES[alert.state]}{_bracketed(alert.reason or '')}"
        return Step(alert.finished_at, alert.state.value, words, alert.id)
    if alert.claim:
        return Step(
            alert.due_at, "taken", "작업자가 맡음. 이 시각까지 소식이 없으면 다른 작업자가 이어받음", alert.id
        )
    if alert.state is AlertState.CREATED:
        return Step(alert.due_at, "held", "이 시각에 보냄", alert.id)
    return Step(alert.due_at, "due", f"{STATE_NAMES[alert.state]}. 이 시각에 다시 봄", alert.id)


def _bracketed(*words: str) -> str:
    told = ", ".join(word for word in words if word)
    return f" ({told})" if told else ""


_ENDS: Mapping[AttemptState, tuple[str, str]] = {
    AttemptState.UNKNOWN: ("unknown", "대답을 못 받아서 제공자에게 물어봄"),
    AttemptState.DELIVERED: ("delivered", "도착했다는 소식"),
    AttemptState.FAILED: ("failed", "이 길로는 닿지 않음"),
    AttemptState.AGAIN: ("again", "보내지 못함. 다시 해 봄"),
}
"""How an attempt stands → what is told of it."""


def count_messages(db: Session, member: Member, since: datetime) -> int:
    """Return how many alerts ``messages_of`` would list without a limit."""
    return db.scalar(select(func.count()).select_from(_messages(member, since).subquery())) or 0


def messages_of(
    db: Session, member: Member, since: datetime, limit: int = 20, offset: int = 0
) -> list[Alert]:
    """Return the alerts meant for a member since then, newest first, with their cards.

    Cards of the chat itself and what a guardian is told are not among them; of what was sent anew the last round is.
    """
    newest = _messages(member, since).order_by(Alert.id.desc()).limit(limit).offset(offset)
    return list(db.scalars(newest.options(undefer(Alert.content))))


def _messages(member: Member, since: datetime) -> Select[Alert]:
    return select(Alert).where(
        Alert.member_id == member.id,
        Alert.created_at >= since,
        Alert.recipient == f"member:{member.id}",
        Alert.kind != CHAT_CARD,
        is_newest_round(),
    )
