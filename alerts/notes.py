"""Writing down what became of attempts, whoever heard of it: the worker that called, or the door for receipts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from alerts.outcomes import Outcome, Tried
from alerts.routing import KAKAO, SMS
from models.members import ChannelAccount
from models.notices import CHAT_CARD
from models.outbox import Alert, Attempt, settle

News: TypeAlias = list[tuple[Tried, Outcome]]
"""What became of attempts."""


def note_attempts(db: Session, news: News, now: datetime) -> None:
    """Write down what is known of the attempts; what follows for their messages is the caller's. The caller commits."""
    settle(db, [(tried.attempt_id, outcome.attempt) for tried, outcome in news if outcome.attempt])
    _note_providers(db, news)
    handed = [tried for tried, outcome in news if outcome.handed]
    _note_first(db, Alert, (tried.alert_id for tried in handed), now)
    _note_first(db, Attempt, (tried.attempt_id for tried in handed), now)
    _note_strangers(
        db, [tried.alert_id for tried, outcome in news if outcome.stranger and tried.channel == KAKAO]
    )


def texts_this_month(db: Session, now: datetime) -> int:
    """Return how many text messages were tried since the month began."""
    began = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    query = select(func.count()).where(Attempt.channel == SMS, Attempt.began_at >= began)
    return db.scalar(query) or 0


def _note_providers(db: Session, news: News) -> None:
    """Keep who took each attempt, also where a receipt overtook the answer and has ended it already."""
    took: defaultdict[str, list[int]] = defaultdict(list)
    for tried, outcome in news:
        took[outcome.attempt.get("provider", "")].append(tried.attempt_id)
    took.pop("", None)
    for provider, ids in took.items():
        unknown = update(Attempt).where(Attempt.id.in_(ids), Attempt.provider == "").values(provider=provider)
        db.execute(unknown.execution_options(synchronize_session=False))


def _note_first(db: Session, table: type[Alert | Attempt], ids: Iterable[int], now: datetime) -> None:
    """Keep when a provider first took each."""
    rows = table.id.in_(list(ids))
    first = update(table).where(rows, table.handed_at.is_(None)).values(handed_at=now)
    db.execute(first.execution_options(synchronize_session=False))


def _note_strangers(db: Session, alert_ids: list[int]) -> None:
    """Keep whose chat is no friend's any more, so that the next message takes another way at once."""
    if not alert_ids:
        return
    chats = select(Alert.account_id).where(Alert.id.in_(alert_ids), Alert.kind != CHAT_CARD)
    left = update(ChannelAccount).where(ChannelAccount.id.in_(chats)).values(is_friend=False)
    db.execute(left.execution_options(synchronize_session=False))
