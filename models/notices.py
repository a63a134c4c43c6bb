"""What the service tells a person in the chat without being asked: a card that waits until KakaoTalk fetches it.

The event that wakes the chat carries only a key; the card is drawn when KakaoTalk asks for it, with a fresh login
link.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base, Encrypted
from models.members import ChannelAccount, Member
from models.tokens import new_token

LIFETIME = timedelta(hours=1)
"""How long a card can still be fetched, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """What a notice says. ``facts`` are (label, value); ``page`` and ``record`` name where its button leads."""

    title: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()
    page: str = ""
    record: str = ""


class Notice(Base):
    """One card for one chat account."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "account_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"))
    content: Mapped[str] = mapped_column(Encrypted)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    task_id: Mapped[str | None]
    """KakaoTalk's number for the sending."""
    failure: Mapped[str | None]
    """Why KakaoTalk would not take it."""
    shown_at: Mapped[datetime | None]

    account: Mapped[ChannelAccount] = relationship()

    @property
    def card(self) -> NoticeCard:
        """The card to draw."""
        values = json.loads(self.content)
        return NoticeCard(**{**values, "facts": tuple((label, value) for label, value in values["facts"])})


def add_notice(
    db: Session, account: ChannelAccount, card: NoticeCard, now: datetime, lifetime: timedelta = LIFETIME
) -> Notice:
    """Write a notice for one chat account. The caller commits, then sends it."""
    notice = Notice(
        key=new_token(),
        account_id=account.id,
        account=account,
        content=json.dumps(asdict(card), ensure_ascii=False),
        created_at=now,
        expires_at=now + lifetime,
    )
    db.add(notice)
    db.flush()
    return notice


def notify_member(db: Session, member: Member, card: NoticeCard, now: datetime) -> list[Notice]:
    """Write a notice for every chat account of the member. The caller commits, then sends them."""
    accounts = db.scalars(select(ChannelAccount).where(ChannelAccount.member_id == member.id))
    return [add_notice(db, account, card, now) for account in accounts]


def notice_for(db: Session, account: ChannelAccount, key: str, now: datetime) -> Notice | None:
    """Return the account's notice of that key while it lives; the newest one for an empty key."""
    query = (
        select(Notice)
        .where(Notice.account_id == account.id, Notice.expires_at > now)
        .order_by(Notice.id.desc())
        .limit(1)
    )
    return db.scalars(query.where(Notice.key == key) if key else query).first()


def notices_of(db: Session, ids: Iterable[int]) -> list[Notice]:
    """Return notices with their accounts, to be sent."""
    query = select(Notice).where(Notice.id.in_(list(ids))).options(joinedload(Notice.account))
    return list(db.scalars(query.order_by(Notice.id)))
