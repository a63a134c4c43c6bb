"""Young people and leaders, their guardians' consent, and the chat accounts that lead to them."""

from __future__ import annotations

from datetime import date, datetime
from enum import IntFlag, StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Encrypted, EncryptedDate
from models.refusals import Reason, Refused
from models.rules import Rules


class Level(IntFlag):
    """School levels a programme is for, as one number so that a query can test it."""

    ELEMENTARY = 1
    MIDDLE = 2
    HIGH = 4
    UNIVERSITY = 8
    ALL = 15


class Role(StrEnum):
    """What a member is in DOVOL."""

    YOUTH = "youth"
    LEADER = "leader"


class Member(Base):
    """A person with a DOVOL account. Name, phone and birth date are encrypted at rest."""

    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    dovol_id: Mapped[str] = mapped_column(unique=True)
    role: Mapped[Role] = mapped_column(default=Role.YOUTH)
    name: Mapped[str] = mapped_column(Encrypted)
    phone: Mapped[str | None] = mapped_column(Encrypted)
    birth_date: Mapped[date] = mapped_column(EncryptedDate)
    school: Mapped[str | None]
    level: Mapped[int | None]
    """One ``Level``; None outside school."""
    grade: Mapped[int | None]
    sido_code: Mapped[str | None]
    sigungu_code: Mapped[str | None]
    interests: Mapped[list[str]] = mapped_column(default=list)
    """Field codes the person said they like, most liked first."""
    careers: Mapped[list[str]] = mapped_column(default=list)
    hours_goal: Mapped[int | None]
    free_days: Mapped[int | None]
    """Days of the week for volunteering, bit n for weekday n (1 Monday ... 64 Sunday); None for not said."""
    guardian_name: Mapped[str | None] = mapped_column(Encrypted)
    guardian_phone: Mapped[str | None] = mapped_column(Encrypted)
    created_at: Mapped[datetime]
    kakao_user_id: Mapped[str | None] = mapped_column(unique=True, index=True)
    """Kakao Login's number, once the person has signed in that way."""
    lock_count: Mapped[int] = mapped_column(default=0)

    guardian_consents: Mapped[list[GuardianConsent]] = relationship(back_populates="member")

    def age(self, today: date) -> int:
        """Return the age in full years."""
        born = self.birth_date
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

    def needs_guardian(self, rules: Rules, today: date) -> bool:
        """Tell whether the law asks for a guardian's consent and none is in force."""
        return self.age(today) < rules.guardian_consent_under and not any(
            consent.in_force for consent in self.guardian_consents
        )

    def check_guardian(self, rules: Rules, today: date) -> None:
        """Refuse what a child may not do alone.

        Raises:
            Refused: the law asks for a guardian's consent and none is in force.
        """
        if self.needs_guardian(rules, today):
            raise Refused(Reason.GUARDIAN_CONSENT, guardian_consent_under=rules.guardian_consent_under)

    def lock(self, session: Session) -> None:
        """Hold this member's row until the transaction ends, so that two changes of one person never cross."""
        session.execute(
            update(Member)
            .where(Member.id == self.id)
            .values(lock_count=Member.lock_count + 1)
            .execution_options(synchronize_session=False)
        )


class GuardianConsent(Base):
    """A guardian's consent to the use of a child's personal data."""

    __tablename__ = "guardian_consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    text_version: Mapped[str]
    channel: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    guardian_name: Mapped[str | None] = mapped_column(Encrypted)
    guardian_phone: Mapped[str | None] = mapped_column(Encrypted)
    """Who agreed, as proven then; the member's own fields may change later."""

    member: Mapped[Member] = relationship(back_populates="guardian_consents")

    @property
    def in_force(self) -> bool:
        """Tell whether the consent still holds."""
        return self.withdrawn_at is None


ANY_BOT = "*"
"""Bot id of the demo world's personas, who may write to any bot. Real accounts belong to one."""


class ChannelAccount(Base):
    """A chat account: (channel, bot, user key) → member, once linked."""

    __tablename__ = "channel_account"
    __table_args__ = (UniqueConstraint("channel", "bot_id", "user_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    bot_id: Mapped[str]
    user_key: Mapped[str]
    app_user_id: Mapped[str | None]
    is_friend: Mapped[bool] = mapped_column(default=False)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    linked_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]

    member: Mapped[Member | None] = relationship()


def accounts_of(db: Session, member_id: int | None) -> list[ChannelAccount]:
    """Return the chats that are linked to a member."""
    if member_id is None:
        return []
    return list(db.scalars(select(ChannelAccount).where(ChannelAccount.member_id == member_id)))


class ConversationTurn(Base):
    """One turn of a dialog: what came in, what was understood, what was answered, how it ended.

    ``words`` and ``understood`` are masked before they are kept; what may hold personal data is encrypted at rest.
    """

    __tablename__ = "conversation_turn"
    __table_args__ = (
        Index(None, "account_id", "at"),
        Index("ix_conversation_turn_figures", "at", "intent", "outcome", "pressed", "rating"),
        Index("ix_conversation_turn_meant", "intent", "at", "outcome", "pressed", "rating"),
        Index(None, "outcome", "at"),
        Index(
            "ix_conversation_turn_alert",
            "alert_kind",
            "at",
            sqlite_where=text("alert_kind IS NOT NULL"),
            postgresql_where=text("alert_kind IS NOT NULL"),
        ),
        Index(
            "ix_conversation_turn_rating",
            "rating",
            "at",
            sqlite_where=text("rating IS NOT NULL"),
            postgresql_where=text("rating IS NOT NULL"),
        ),
        Index(
            "ix_conversation_turn_original",
            "at",
            sqlite_where=text("original IS NOT NULL"),
            postgresql_where=text("original IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    at: Mapped[datetime]
    words: Mapped[str]
    pressed: Mapped[bool]
    intent: Mapped[str]
    topic: Mapped[str | None]
    confidence: Mapped[float]
    source: Mapped[str]
    """Who understood it: button, choice, question, menu, nlu, safety."""
    outcome: Mapped[str]
    milliseconds: Mapped[int]
    model: Mapped[str] = mapped_column(default="")
    """Name of the model that parsed the words, empty where none did."""
    alert_kind: Mapped[int | None]
    """Kind of the alert whose card was shown, 0 for a card of the chat itself."""
    rating: Mapped[int | None]
    """What the person thought of the answer: 1 it helped, -1 it did not."""
    original: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    """The words as they were written; only where masking changed them, and not for long."""
    reply: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    """What was answered, as JSON (``bot.transcript``); None of turns older than this column."""
    understood: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    """Entities, likeliest intents, novelty, corrected words, safety; None where nothing was parsed."""

    account: Mapped[ChannelAccount] = relationship()
