"""Receipts that providers push: found by our key, or by theirs; one that comes twice or late changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from alerts.channels import Receipt
from alerts.notes import News, note_attempts
from alerts.outcomes import Tried, after_receipt
from models.outbox import Alert, Attempt


def apply_receipts(db: Session, receipts: Sequence[Receipt], now: datetime) -> int:
    """Write down what providers say; return for how many messages that was news. The caller commits.

    Receipts for what we do not know are no error: a provider may push those of another service.
    """
    known = _attempts(db, receipts)
    news: News = []
    for receipt in receipts:
        attempt = known.get(receipt.key) or known.get(receipt.reference)
        if attempt is not None and attempt.ended_at is None:
            news.append((_tried(attempt), after_receipt(_tried(attempt), receipt, attempt.provider, now)))
    note_attempts(db, news, now)
    for tried, outcome in news:
        still = update(Alert).where(Alert.id == tried.alert_id, Alert.finished_at.is_(None))
        db.execute(still.values(**outcome.alert).execution_options(synchronize_session=False))
    return len(news)


def _attempts(db: Session, receipts: Sequence[Receipt]) -> dict[str, Attempt]:
    """Return the attempts that receipts speak of, by our key and by the provider's."""
    keys = [receipt.key for receipt in receipts if receipt.key]
    references = [receipt.reference for receipt in receipts if receipt.reference and not receipt.key]
    found: dict[str, Attempt] = {}
    for column, names in ((Attempt.key, keys), (Attempt.reference, references)):
        query = select(Attempt).where(column.in_(names)).options(joinedload(Attempt.alert))
        for attempt in db.scalars(query) if names else ():
            found[attempt.key if column is Attempt.key else attempt.reference] = attempt
    return found


def _tried(attempt: Attempt) -> Tried:
    shown = attempt.alert.shown_at is not None
    return Tried(attempt.alert_id, attempt.id, attempt.channel, attempt.began_at, attempt.tries, shown)
