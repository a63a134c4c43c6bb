"""What is kept no longer than it is needed for: the chat's words and the traces of logging in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from models import audit
from models.api_requests import KEPT, ApiRequest
from models.base import Base
from models.conversations import forget_originals
from models.events import Event
from models.guardians import GuardianRequest, forget_unanswered
from models.inbox import InboxGroup, InboxSentence
from models.linking import Linking
from models.login_links import LoginLink
from models.members import ConversationTurn
from models.nlu_traffic import ShadowReading
from models.notices import CHAT_CARD
from models.one_time_codes import OneTimeCode
from models.outbox import Alert
from models.programs import Program
from models.recommendations import Recommendation
from models.rules import Rules
from models.staff import StaffLink
from models.staff_sessions import StaffSession
from models.tickets import Ticket
from models.web_sessions import WebSession

BATCH = 5000
"""Rows deleted in one transaction, so that nobody waits for long."""


def purge(db: Session, rules: Rules, now: datetime) -> dict[str, int]:
    """Delete what is too old, in batches that are committed; return table → rows.

    Of requests to guardians only the guardian is forgotten, of what was said in the chat first the words as they were
    written; the audit log says in itself what it lost.
    """
    turns = now - timedelta(days=rules.keep_turns_days)
    alerts = now - timedelta(days=rules.keep_alerts_days)
    traces = now - timedelta(days=rules.keep_traces_days)
    tickets = now - timedelta(days=rules.keep_tickets_days)
    over = Recommendation.program_id.in_(select(Program.id).where(Program.last_date < traces.date()))
    too_old: tuple[tuple[type[Base], ColumnElement[int], ColumnElement[bool]], ...] = (
        (ConversationTurn, ConversationTurn.id.expression, ConversationTurn.at < turns),
        (InboxSentence, InboxSentence.id.expression, InboxSentence.last_at < turns),
        (InboxGroup, InboxGroup.id.expression, ~InboxGroup.has_sentences()),
        (ShadowReading, ShadowReading.id.expression, ShadowReading.at < turns),
        (Linking, Linking.id.expression, Linking.started_at < traces),
        (LoginLink, LoginLink.id.expression, LoginLink.expires_at < traces),
        (OneTimeCode, OneTimeCode.id.expression, OneTimeCode.expires_at < traces),
        (Alert, Alert.id.expression, (Alert.kind == CHAT_CARD) & (Alert.deadline < traces)),
        (Alert, Alert.id.expression, Alert.created_at < alerts),
        (Event, Event.id.expression, Event.at < alerts),
        (Recommendation, Recommendation.id.expression, over),
        (WebSession, WebSession.id.expression, WebSession.ends_at < traces),
        (Ticket, Ticket.id.expression, Ticket.closed_at < tickets),
        (StaffSession, StaffSession.id.expression, StaffSession.ends_at < traces),
        (StaffLink, StaffLink.id.expression, StaffLink.expires_at < traces),
        (ApiRequest, ApiRequest.id.expression, ApiRequest.at < now - KEPT),
    )
    gone: Counter[str] = Counter()
    for table, key, old in too_old:
        gone[table.__tablename__] += _delete(db, table, key, old)
    originals = now - timedelta(days=rules.keep_originals_days)
    gone["conversation_turn.original"] += forget_originals(db, originals)
    gone[GuardianRequest.__tablename__] += forget_unanswered(db, now)
    db.commit()
    gone[audit.AuditRow.__tablename__] += audit.purge(db, rules, now)
    db.commit()
    return dict(gone)


def _delete(db: Session, table: type[Base], key: ColumnElement[int], old: ColumnElement[bool]) -> int:
    """Delete in batches and return how many went."""
    total, gone = 0, BATCH
    while gone == BATCH:
        batch = select(key).where(old).limit(BATCH)
        done = db.execute(delete(table).where(key.in_(batch)).execution_options(synchronize_session=False))
        db.commit()
        gone = int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a CursorResult
        total += gone
    return total
