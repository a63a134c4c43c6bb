"""Linking a chat account with a DOVOL account, and taking the link away again.

One person talks to the bot from one KakaoTalk: linking another one moves the link. Every change ends the page
sessions and open login links that came from the old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.login_links import void_links
from models.members import ChannelAccount, Member
from models.one_time_codes import DIGITS, OneTimeCode, Purpose, digits_of
from models.web_sessions import end_sessions


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking changed."""

    new: bool
    """False when the account was linked to this member already."""
    moved_from: tuple[ChannelAccount, ...] = ()
    """Chat accounts that led to the member before and do no longer."""
    replaced: Member | None = None
    """The member this chat account led to before."""


def link_account(db: Session, account: ChannelAccount, member: Member, now: datetime) -> Linked:
    """Let the chat account lead to the member. The caller commits, and has asked before something is moved."""
    member.lock(db)
    db.refresh(account)
    if account.member_id == member.id:
        return Linked(new=False)
    replaced = account.member
    if replaced is not None:
        unlink_account(db, account, now)
    others = tuple(other_accounts(db, member, account))
    for other in others:
        unlink_account(db, other, now)
    void_links(db, account, now)
    account.member, account.member_id, account.linked_at = member, member.id, now
    db.flush()
    return Linked(new=True, moved_from=others, replaced=replaced)


def unlink_account(db: Session, account: ChannelAccount, now: datetime) -> bool:
    """Take the link away. Return False when there was none. The caller commits."""
    if account.member is None:
        return False
    end_sessions(db, account.member, now, account=account)
    void_links(db, account, now)
    account.member, account.member_id, account.linked_at = None, None, None
    db.flush()
    return True


def other_accounts(db: Session, member: Member, account: ChannelAccount) -> list[ChannelAccount]:
    """Return the member's other chat accounts of the same channel."""
    query = select(ChannelAccount).where(
        ChannelAccount.member_id == member.id,
        ChannelAccount.channel == account.channel,
        ChannelAccount.id != account.id,
    )
    return list(db.scalars(query.order_by(ChannelAccount.id)))


def member_of_code(db: Session, typed: str, now: datetime) -> Member | None:
    """Spend the linking code that was typed into a chat and return whose it is, None when there is no such code.

    The caller commits, and limits how often one chat account may try.
    """
    wanted = digits_of(typed)
    if len(wanted) != DIGITS[Purpose.LINK]:
        return None
    query = select(OneTimeCode).where(
        OneTimeCode.purpose == Purpose.LINK, OneTimeCode.spent_at.is_(None), OneTimeCode.expires_at > now
    )
    for code in db.scalars(query):  # as many as people are linking in these minutes
        if code.code == wanted:
            code.member.lock(db)
            db.refresh(code)
            if code.spent_at is not None:
                return None
            code.spent_at = now
            return code.member
    return None
