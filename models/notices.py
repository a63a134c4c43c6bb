"""Cards of the chat itself: what the service shows in one chat at once, beside the eleven alerts.

They wait in the outbox as kind 0. The event that wakes the chat carries only a key; the card is drawn when KakaoTalk
asks for it, with a fresh login link.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, undefer

from models.database import queue_after_commit
from models.members import ChannelAccount, Member, accounts_of
from models.outbox import DELIVER, Alert, NoticeCard, written
from models.tokens import new_token

CHAT_CARD = 0
"""``Alert.kind`` of such a card."""
LIFETIME = timedelta(hours=1)
"""How long a card can still be fetched, unless it says otherwise."""


def add_notice(
    db: Session, account: ChannelAccount, card: NoticeCard, now: datetime, lifetime: timedelta = LIFETIME
) -> Alert:
    """Show a card in one chat, once the caller has committed."""
    key = new_token()
    notice = Alert(
        kind=CHAT_CARD,
        key=key,
        recipient=f"account:{account.id}",
        account_id=account.id,
        account=account,
        member_id=account.member_id,
        object=f"card:{key}",
        at_once=True,
        content=written(card),
        created_at=now,
        due_at=now,
        deadline=now + lifetime,
    )
    db.add(notice)
    db.flush()
    queue_after_commit(db, DELIVER, [notice.id])
    return notice


def notify_member(db: Session, member: Member, card: NoticeCard, now: datetime) -> list[Alert]:
    """Show a card in every chat of the member, once the caller has committed."""
    return [add_notice(db, account, card, now) for account in accounts_of(db, member.id)]


def notice_for(db: Session, account: ChannelAccount, key: str, now: datetime) -> Alert | None:
    """Return the message of that key which this chat may see, while it lives; the newest one for an empty key.

    An alert is about its member, and nobody else's who has linked the chat since.
    """
    own = or_(Alert.kind == CHAT_CARD, Alert.member_id == account.member_id)
    query = (
        select(Alert)
        .where(Alert.account_id == account.id, own, Alert.deadline > now, Alert.content.is_not(None))
        .order_by(Alert.id.desc())
        .limit(1)
        .options(undefer(Alert.content))
    )
    return db.scalars(query.where(Alert.key == key) if key else query).first()
