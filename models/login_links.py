"""Login links: one tap from a card in the chat to a page, already logged in.

A link is bound to the chat account it was made for, to one page and record, and after its first use to the browser
that used it. It is stored as a digest, lives for minutes, and is spent by one conditional update, so of two taps at
once exactly one wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base
from models.members import ChannelAccount, Member
from models.outbox import mark_tapped
from models.rules import Rules
from models.tokens import digest, is_token, new_token


class LoginLink(Base):
    """One link in one card. ``member_id`` is None for a link that leads to linking the account."""

    __tablename__ = "login_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    page: Mapped[str]
    record: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    spent_at: Mapped[datetime | None]
    browser_hash: Mapped[str | None]
    alert_id: Mapped[int | None]
    """The alert whose card carried it. No foreign key: alerts are forgotten on their own."""

    account: Mapped[ChannelAccount] = relationship()


class LinkState(StrEnum):
    """What a token is worth now."""

    OPEN = "open"
    EXPIRED = "expired"
    SPENT = "spent"
    VOID = "void"
    """The account was unlinked, or linked to somebody else, since the link was made."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Peeked:
    """A link as it stands, without touching it."""

    state: LinkState
    link: LoginLink | None = None


def issue(
    db: Session,
    account: ChannelAccount,
    page: str,
    record: str,
    *,
    rules: Rules,
    now: datetime,
    alert_id: int | None = None,
) -> str:
    """Return the token of a new link for this account's page. The caller commits.

    ``alert_id`` is the alert whose card carries it: that it was opened is noted there.
    """
    token = new_token()
    db.add(
        LoginLink(
            token_hash=digest(token),
            account_id=account.id,
            member_id=account.member_id,
            page=page,
            record=record,
            issued_at=now,
            expires_at=now + timedelta(minutes=rules.link_ttl_min),
            alert_id=alert_id,
        )
    )
    return token


def peek(db: Session, token: str, now: datetime) -> Peeked:
    """Return what a token is worth, changing nothing: previews and scanners may look as often as they like."""
    link = _find(db, token)
    return Peeked(LinkState.UNKNOWN) if link is None else Peeked(_state(link, now), link)


def redeem(db: Session, token: str, browser: str, now: datetime) -> Peeked:
    """Spend a link in a browser. The caller commits.

    Returns:
        ``OPEN`` for the one who spent it, also when the same browser comes again with the link it spent while it was
        fresh (two taps): going on there needs the session that the first tap opened. Otherwise why not.
    """
    link = _find(db, token)
    if link is None:
        return Peeked(LinkState.UNKNOWN)
    state = _state(link, now)
    if state is LinkState.OPEN and not _spend(db, link, browser, now):
        db.refresh(link)
        state = LinkState.SPENT
    if state is LinkState.OPEN and link.alert_id is not None:
        mark_tapped(db, link.alert_id, now)
    return Peeked(state, link)


def spent_here(link: LoginLink, browser: str) -> bool:
    """Tell whether this browser is the one that spent the link."""
    return link.spent_at is not None and link.browser_hash == digest(browser)


def void_links(db: Session, account: ChannelAccount, now: datetime) -> None:
    """End every link of an account that is still open. The caller commits."""
    _void(db, LoginLink.account_id == account.id, now)


def void_links_of(db: Session, member: Member, now: datetime) -> None:
    """End every link of a member that is still open, whichever chat it came from. The caller commits."""
    _void(db, LoginLink.member_id == member.id, now)


def _void(db: Session, which: ColumnElement[bool], now: datetime) -> None:
    db.execute(
        update(LoginLink)
        .where(which, LoginLink.expires_at > now, LoginLink.spent_at.is_(None))
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def _find(db: Session, token: str) -> LoginLink | None:
    if not is_token(token):
        return None
    query = select(LoginLink).where(LoginLink.token_hash == digest(token))
    return db.scalars(query.options(joinedload(LoginLink.account))).first()


def _state(link: LoginLink, now: datetime) -> LinkState:
    if link.account.member_id != link.member_id:
        return LinkState.VOID
    if link.spent_at is not None:
        return LinkState.SPENT
    return LinkState.OPEN if now < link.expires_at else LinkState.EXPIRED


def _spend(db: Session, link: LoginLink, browser: str, now: datetime) -> bool:
    spent = (
        update(LoginLink)
        .where(LoginLink.id == link.id, LoginLink.spent_at.is_(None), LoginLink.expires_at > now)
        .values(spent_at=now, browser_hash=digest(browser))
        .execution_options(synchronize_session=False)
    )
    return bool(db.execute(spent).rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
