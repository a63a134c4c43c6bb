"""Linking a chat account with a DOVOL account, and taking the link away again.

There are two ways. From a card of the chat: its login link leads to a page where the person signs in and types the
two digits that stand on the card. From the page: the person signs in and types the code it shows into the chat.
Either way the last word is a plain yes to what will change.

One person talks to a bot from one KakaoTalk: linking another one moves the link. Every change ends the page sessions
and open login links that came from the old one.
"""

from __future__ import annotations

import secrets
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base
from models.login_links import LoginLink, issue, void_links
from models.members import ANY_BOT, ChannelAccount, Member
from models.one_time_codes import DIGITS, OneTimeCode, Purpose, digits_of
from models.refusals import Reason, Refused
from models.rules import Rules
from models.tokens import digest, is_token, new_token
from models.web_sessions import end_sessions

PAGE = "link_account"
"""Name of the page that a linking card leads to."""
LIFETIME = timedelta(minutes=30)
"""Time from the card to the yes: some have to look for their password."""
NUMBER_DIGITS = 2
"""The number on a card is so long."""
WRONG_NUMBERS = 2
"""Wrong connection numbers that burn a link: of 90 that could be guessed."""
WRONG_CODES = 5
WRONG_CODES_WITHIN = timedelta(hours=1)
"""So many wrong codes a chat account may type in such a time."""


class Stage(StrEnum):
    """How far somebody is on the way to a linked chat."""

    SIGN_IN = "sign_in"
    NUMBER = "number"
    """Signed in; the number on the card is asked for."""
    CONFIRM = "confirm"
    CODE = "code"
    """Signed in without a card: the code on the page is to be typed into the chat."""
    DONE = "done"
    BURNT = "burnt"
    """The number was guessed at."""
    VOID = "void"
    """The chat was linked or unlinked since the card was shown."""
    EXPIRED = "expired"


class Linking(Base):
    """One person's way to a linked chat: where it began and what was proven so far."""

    __tablename__ = "linking"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("login_link.id", ondelete="CASCADE"), unique=True)
    """The card's login link; None for who opened the page without one."""
    number: Mapped[str]
    """What the card shows and the page never does; empty without a card."""
    wrong_numbers: Mapped[int] = mapped_column(default=0)
    holds_chat: Mapped[bool] = mapped_column(default=False)
    """Whether the person proved to see the chat: by the number, or by its Kakao account."""
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    """Who signed in."""
    kakao_user_id: Mapped[str | None]
    """Kakao Login's number of the person, kept for the member once they say yes."""
    sign_in_hash: Mapped[str | None] = mapped_column(unique=True)
    """Digest of what the browser got when it signed in: cookies from before carry nobody on."""
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    link: Mapped[LoginLink | None] = relationship()
    member: Mapped[Member | None] = relationship()

    def stage(self, now: datetime) -> Stage:
        """Return what comes next."""
        closed = self._closed(now)
        if closed is not None:
            return closed
        if self.member_id is None:
            return Stage.SIGN_IN
        if self.link is None:
            return Stage.CODE
        return Stage.CONFIRM if self.holds_chat else Stage.NUMBER

    def sign_in(
        self, member: Member | None, *, kakao_user_id: str | None = None, holds_chat: bool = False
    ) -> str:
        """Keep who signed in and return the token that goes on from here. The caller commits.

        What was proven before counts no longer: it may have been somebody else at the same computer.
        """
        token = new_token()
        self.member, self.member_id = member, member.id if member else None
        self.kakao_user_id, self.holds_chat = kakao_user_id, holds_chat
        self.sign_in_hash = digest(token)
        return token

    def is_carried_by(self, token: str) -> bool:
        """Tell whether the token is that of the last sign-in."""
        return self.sign_in_hash == digest(token)

    def _closed(self, now: datetime) -> Stage | None:
        if self.wrong_numbers >= WRONG_NUMBERS:
            return Stage.BURNT
        if self.ended_at is not None:
            return Stage.DONE
        if self.link is not None and self.link.account.member_id != self.link.member_id:
            return Stage.VOID
        return Stage.EXPIRED if now >= self.started_at + LIFETIME else None


class WrongCode(Base):
    """A wrong code that somebody typed into a chat."""

    __tablename__ = "wrong_linking_code"
    __table_args__ = (Index(None, "account_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"))
    at: Mapped[datetime]


class Move(StrEnum):
    """What linking takes away from somewhere else. The person has to agree to each."""

    REPLACES = "replaces"
    """This chat leads to another member now."""
    LEAVES = "leaves"
    """The member is linked to another chat now."""


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking changed."""

    new: bool
    """False when the account was linked to this member already."""
    moved_from: tuple[ChannelAccount, ...] = ()
    """Chat accounts that led to the member before and do no longer."""
    replaced: Member | None = None
    """The member this chat account led to before."""


# --- from a card of the chat


def start_from_chat(db: Session, account: ChannelAccount, rules: Rules, now: datetime) -> tuple[str, str]:
    """Return the token of a new login link and the two digits to show beside it. The caller commits."""
    db.execute(delete(Linking).where(Linking.started_at < now - 2 * LIFETIME))
    token = issue(db, account, PAGE, "", rules=rules, now=now)
    link = db.scalars(select(LoginLink).where(LoginLink.token_hash == digest(token))).one()
    number = str(10 + secrets.randbelow(90))  # as long as NUMBER_DIGITS
    db.add(Linking(link_id=link.id, number=number, started_at=now))
    return token, number


def linking_by_link(db: Session, link_id: int) -> Linking | None:
    """Return the way that began with a card's link, None for links of other cards."""
    return db.scalars(select(Linking).where(Linking.link_id == link_id)).first()


def linking_by_token(db: Session, token: str) -> Linking | None:
    """Return the way that somebody with this token signed in to."""
    if not is_token(token):
        return None
    return db.scalars(select(Linking).where(Linking.sign_in_hash == digest(token))).first()


def try_number(db: Session, linking: Linking, typed: str) -> bool:
    """Tell whether the number on the card was typed. A wrong one counts; the caller commits either way.

    Every attempt is counted before it is looked at, so that attempts at the same moment gain nothing.
    """
    counted = (
        update(Linking)
        .where(Linking.id == linking.id, Linking.wrong_numbers < WRONG_NUMBERS, Linking.ended_at.is_(None))
        .values(wrong_numbers=Linking.wrong_numbers + 1)
        .execution_options(synchronize_session=False)
    )
    allowed = bool(db.execute(counted).rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
    db.refresh(linking)
    if allowed and secrets.compare_digest(linking.number, digits_of(typed)):
        linking.wrong_numbers, linking.holds_chat = 0, True
        return True
    return False


def moves(db: Session, account: ChannelAccount, member: Member) -> frozenset[Move]:
    """Return what linking the two would take away from somewhere else."""
    found = set()
    if account.member_id not in (None, member.id):
        found.add(Move.REPLACES)
    if other_accounts(db, member, account):
        found.add(Move.LEAVES)
    return frozenset(found)


def finish(db: Session, linking: Linking, agreed: Set[Move], now: datetime) -> Linked | None:
    """Link what was agreed to. The caller commits.

    Returns:
        None when it is no longer, or not yet, what the person said yes to: somebody else was faster, or something
        would move that they have not seen.
    """
    link, member = linking.link, linking.member
    if link is None or member is None:
        return None
    _hold(db, link.account, member)
    db.refresh(linking)
    if linking.stage(now) is not Stage.CONFIRM or moves(db, link.account, member) - agreed:
        return None
    linking.ended_at = now
    if linking.kakao_user_id is not None:
        _keep_kakao_user(db, member, linking.kakao_user_id)
    return link_account(db, link.account, member, now)


def member_of_kakao_user(db: Session, kakao_user_id: str) -> Member | None:
    """Return who has signed in by this Kakao account before."""
    return db.scalars(select(Member).where(Member.kakao_user_id == kakao_user_id)).first()


def _keep_kakao_user(db: Session, member: Member, kakao_user_id: str) -> None:
    """Keep the Kakao account for the member, unless it is another one's: a parent's for two children, say."""
    if member_of_kakao_user(db, kakao_user_id) is None:
        member.kakao_user_id = kakao_user_id


# --- by a code that the page shows and the chat takes


def start_on_page(db: Session, now: datetime) -> Linking:
    """Begin without a card. The caller commits."""
    linking = Linking(number="", started_at=now)
    db.add(linking)
    return linking


def last_code(db: Session, member: Member) -> OneTimeCode | None:
    """Return the linking code that was made last for the member."""
    query = select(OneTimeCode).where(OneTimeCode.member_id == member.id, OneTimeCode.purpose == Purpose.LINK)
    return db.scalars(query.order_by(OneTimeCode.id.desc()).limit(1)).first()


def check_code(
    db: Session, account: ChannelAccount, typed: str, now: datetime, *, spend: bool = False
) -> OneTimeCode | Refused:
    """Return the live linking code that was typed into a chat, or why there is none.

    ``spend`` makes it worthless for the next one. The refusal is returned and not raised, because the wrong attempt
    it counts must be committed by the caller.
    """
    _hold(db, account)
    since = now - WRONG_CODES_WITHIN
    query = select(WrongCode.at).where(WrongCode.account_id == account.id, WrongCode.at > since)
    wrong = list(db.scalars(query.order_by(WrongCode.at)))
    if len(wrong) < WRONG_CODES:
        code = _live_code(db, typed, now)
        if code is not None and (not spend or _spend(db, code, now)):
            return code
        db.execute(delete(WrongCode).where(WrongCode.at <= since))
        db.add(WrongCode(account_id=account.id, at=now))
        wrong.append(now)
    left = WRONG_CODES - len(wrong)
    if left:
        return Refused(Reason.CODE_WRONG, left=left)
    return Refused(Reason.CODES_LOCKED, until=f"{wrong[0] + WRONG_CODES_WITHIN:%-H시 %-M분}")


def _live_code(db: Session, typed: str, now: datetime) -> OneTimeCode | None:
    wanted = digits_of(typed)
    if len(wanted) != DIGITS[Purpose.LINK]:
        return None
    query = select(OneTimeCode).where(
        OneTimeCode.purpose == Purpose.LINK, OneTimeCode.spent_at.is_(None), OneTimeCode.expires_at > now
    )
    live = db.scalars(query)  # as many as people are linking in these minutes
    return next((code for code in live if code.code == wanted), None)


def _spend(db: Session, code: OneTimeCode, now: datetime) -> bool:
    spent = (
        update(OneTimeCode)
        .where(OneTimeCode.id == code.id, OneTimeCode.spent_at.is_(None))
        .values(spent_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(db.execute(spent).rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


# --- the link itself


def link_account(db: Session, account: ChannelAccount, member: Member, now: datetime) -> Linked:
    """Let the chat account lead to the member. The caller commits, and has asked before something is moved."""
    _hold(db, account, member)
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
    """Return the other KakaoTalks that lead to the member by the same bot.

    One KakaoTalk has another key for each bot, so accounts of other bots may be the same KakaoTalk.
    """
    query = select(ChannelAccount).where(
        ChannelAccount.member_id == member.id,
        ChannelAccount.channel == account.channel,
        ChannelAccount.bot_id.in_((account.bot_id, ANY_BOT)),
        ChannelAccount.id != account.id,
    )
    return list(db.scalars(query.order_by(ChannelAccount.id)))


def _hold(db: Session, account: ChannelAccount, member: Member | None = None) -> None:
    """Hold the rows until the transaction ends and read the account as it is now."""
    if member is not None:
        member.lock(db)
    held = update(ChannelAccount).where(ChannelAccount.id == account.id)
    db.execute(held.values(user_key=ChannelAccount.user_key).execution_options(synchronize_session=False))
    db.refresh(account)
