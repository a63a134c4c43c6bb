"""Who is logged in to the pages, in which browser, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base
from models.members import ChannelAccount, Member
from models.rules import Rules
from models.tokens import digest, is_token, new_token

SEEN_STEP = timedelta(minutes=1)
"""How exactly the last visit is kept: a write on every page would be waste."""


class WebSession(Base):
    """One log-in of one browser, opened from a chat account's link."""

    __tablename__ = "web_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"), index=True)
    browser_hash: Mapped[str] = mapped_column(index=True)
    device: Mapped[str]
    """What the browser says it is, in a few Korean words."""
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    stepped_up_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship()
    account: Mapped[ChannelAccount] = relationship()

    def is_open(self, rules: Rules, now: datetime) -> bool:
        """Tell whether the session still stands: not ended, not idle too long, its chat account still linked."""
        idle = timedelta(minutes=rules.session_idle_min)
        return (
            self.ended_at is None
            and now < self.ends_at
            and now < self.seen_at + idle
            and self.account.member_id == self.member_id
        )

    def is_stepped_up(self, rules: Rules, now: datetime) -> bool:
        """Tell whether the person proved a moment ago, with one thing more, who they are."""
        return self.stepped_up_at is not None and now < self.stepped_up_at + timedelta(
            minutes=rules.step_up_min
        )


def open_session(
    db: Session,
    account: ChannelAccount,
    *,
    browser: str,
    device: str,
    rules: Rules,
    now: datetime,
    alone: bool = True,
) -> str:
    """Open a session for the account's member and return its token; ``alone`` ends older ones of this browser.

    The caller commits. A token always comes from here, never from outside, so none can be planted.
    """
    if account.member_id is None:
        raise ValueError("an account without a member cannot be logged in")
    if alone:
        _end(db, WebSession.browser_hash == digest(browser), now=now)
    token = new_token()
    db.add(
        WebSession(
            token_hash=digest(token),
            member_id=account.member_id,
            account_id=account.id,
            browser_hash=digest(browser),
            device=device,
            opened_at=now,
            seen_at=now,
            ends_at=now + timedelta(hours=rules.session_max_hours),
        )
    )
    return token


def find_session(db: Session, token: str, rules: Rules, now: datetime) -> WebSession | None:
    """Return the open session of a token, None when there is none. Keeps its last visit; the caller commits."""
    if not is_token(token):
        return None
    query = select(WebSession).where(WebSession.token_hash == digest(token))
    options = (joinedload(WebSession.member), joinedload(WebSession.account))
    session = db.scalars(query.options(*options)).first()
    if session is None or not session.is_open(rules, now):
        return None
    if now - session.seen_at >= SEEN_STEP:
        session.seen_at = now
    return session


def open_sessions_of(db: Session, member: Member, rules: Rules, now: datetime) -> list[WebSession]:
    """Return the member's open sessions, the last used first."""
    query = (
        select(WebSession)
        .where(WebSession.member_id == member.id, WebSession.ended_at.is_(None), WebSession.ends_at > now)
        .options(joinedload(WebSession.account))
        .order_by(WebSession.seen_at.desc(), WebSession.id.desc())
    )
    return [session for session in db.scalars(query) if session.is_open(rules, now)]


def recent_sessions(db: Session, member: Member, limit: int = 10) -> list[WebSession]:
    """Return the member's last log-ins, ended ones included, the newest first."""
    query = (
        select(WebSession).where(WebSession.member_id == member.id).options(joinedload(WebSession.account))
    )
    return list(db.scalars(query.order_by(WebSession.opened_at.desc(), WebSession.id.desc()).limit(limit)))


def end_browser(db: Session, session: WebSession, now: datetime) -> int:
    """End a session and the member's others in the same browser; return how many. The caller commits."""
    return _end(db, *_same_browser(session), now=now)


def end_other_browsers(db: Session, session: WebSession, now: datetime) -> int:
    """End the member's sessions in all browsers but this session's; return how many. The caller commits."""
    mine, here = _same_browser(session)
    return _end(db, mine, ~here, now=now)


def end_sessions(db: Session, member: Member, now: datetime, *, account: ChannelAccount | None = None) -> int:
    """End all of the member's sessions, or those of one chat account; return how many. The caller commits."""
    only = () if account is None else (WebSession.account_id == account.id,)
    return _end(db, WebSession.member_id == member.id, *only, now=now)


def _same_browser(session: WebSession) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return WebSession.member_id == session.member_id, WebSession.browser_hash == session.browser_hash


def _end(db: Session, *which: object, now: datetime) -> int:
    ended = (
        update(WebSession)
        .where(*which, WebSession.ended_at.is_(None))  # type: ignore[arg-type]  # conditions on columns
        .values(ended_at=now)
        .execution_options(synchronize_session="fetch")
    )
    return int(db.execute(ended).rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
