"""Which alerts a member wants, by kind and channel, and when not to disturb."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.members import Member
from models.refusals import Reason, Refused
from models.rules import Rules

ALERT_NAMES: dict[int, str] = {
    1: "개인정보 변경",
    2: "재능나눔 신청",
    3: "재능나눔 승인",
    4: "봉사 신청 결과",
    5: "봉사 하루 전",
    6: "확인서 발급",
    7: "불참",
    8: "1365 연계 동의",
    9: "1365 동의 변경",
    10: "새 봉사 추천(기관)",
    11: "새 봉사 추천(동아리)",
}
"""Short names of the eleven alerts, as settings show them."""
OPT_IN = frozenset({10, 11})
"""Recommendations: off until the person asks for them."""
ALWAYS_ON = frozenset({1})
"""Security: cannot be turned off."""
CHANNELS = {"kakao": "카카오톡", "sms": "문자"}
ALERT_GROUPS: dict[str, frozenset[int]] = {
    "신청·활동": frozenset({4, 5, 7}),
    "확인서": frozenset({6}),
    "1365 연계": frozenset({8, 9}),
    "재능나눔": frozenset({2, 3}),
    "새 봉사 추천": OPT_IN,
    "개인정보 변경": ALWAYS_ON,
}
"""The eleven kinds as people think of them."""
OPT_IN_VERSION = "1"
"""The words of ``OPT_IN_TEXTS`` that are agreed to now."""
OPT_IN_TEXTS: dict[str, str] = {
    "1": (
        "기관과 동아리가 새로 연 봉사를 내 지역, 학년, 관심 분야에 맞춰 추천해요. "
        "광고로 볼 수 있는 소식이라 동의한 사람에게만 보내요. {quiet}는 보내지 않아요. "
        "동의하지 않아도 다른 알림과 봉사 신청은 그대로예요. 언제든 바로 끌 수 있어요."
    )
}
"""What a person agrees to who wants recommendations: version → text. A text once agreed to is never changed."""

Switches = Mapping[tuple[int, str], bool]
"""(kind, channel) → on."""


class AlertSetting(Base):
    """One switch a member has set. What is not here has its default."""

    __tablename__ = "alert_setting"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    kind: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[bool]
    changed_at: Mapped[datetime]
    via: Mapped[str]


class AlertConsent(Base):
    """One step of the consent to recommendations: given or taken back, for one kind on one channel."""

    __tablename__ = "alert_consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    kind: Mapped[int]
    channel: Mapped[str]
    """What the recommendations come by: one of ``CHANNELS``."""
    on: Mapped[bool]
    text_version: Mapped[str]
    via: Mapped[str]
    """Where it was said: chat or page."""
    at: Mapped[datetime]


class QuietHours(Base):
    """Hours in which a member wants no alert, where different from the rule's."""

    __tablename__ = "quiet_hours"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    quiet_from: Mapped[time]
    quiet_until: Mapped[time]
    changed_at: Mapped[datetime]


def alert_settings_of(db: Session, member: Member) -> dict[tuple[int, str], bool]:
    """Return every switch: (kind, channel) → on, defaults included."""
    chosen = {
        (row.kind, row.channel): row.on
        for row in db.scalars(
            select(AlertSetting)
            .where(AlertSetting.member_id == member.id)
            .execution_options(populate_existing=True)
        )
    }
    return {
        (kind, channel): chosen.get((kind, channel), kind not in OPT_IN)
        for kind in ALERT_NAMES
        for channel in CHANNELS
    }


def is_on(switches: Switches, kinds: Iterable[int], channel: str) -> bool:
    """Tell whether any of the kinds comes by the channel."""
    return any(switches[kind, channel] for kind in kinds)


def needs_consent(switches: Switches, kinds: Iterable[int], channels: Iterable[str]) -> bool:
    """Tell whether turning these on turns recommendations on, which wants a consent of its own."""
    return any(not switches[kind, channel] for kind in OPT_IN.intersection(kinds) for channel in channels)


def set_alerts(
    db: Session,
    member: Member,
    kinds: set[int],
    channels: set[str],
    *,
    on: bool,
    rules: Rules,
    via: str,
    now: datetime,
) -> set[int]:
    """Set switches; security alerts stay on. Return the kinds that were set. The caller commits.

    Every change of a recommendation is kept as a step of its consent; asking before is the caller's part.

    Raises:
        Refused: recommendations for a child whose guardian has not agreed to anything yet.
    """
    member.lock(db)
    before = alert_settings_of(db, member)
    if on and needs_consent(before, kinds, channels):
        member.check_guardian(rules, now.date())
    settable = kinds if on else kinds - ALWAYS_ON
    for kind in settable:
        for channel in channels:
            db.merge(
                AlertSetting(member_id=member.id, kind=kind, channel=channel, on=on, changed_at=now, via=via)
            )
            if kind in OPT_IN and before[kind, channel] is not on:
                db.add(_consent(member, kind, channel, on=on, via=via, now=now))
    return settable


def _consent(member: Member, kind: int, channel: str, *, on: bool, via: str, now: datetime) -> AlertConsent:
    return AlertConsent(
        member_id=member.id,
        kind=kind,
        channel=channel,
        on=on,
        text_version=OPT_IN_VERSION,
        via=via,
        at=now,
    )


def alert_consents_of(db: Session, member: Member) -> list[AlertConsent]:
    """Return the steps of the member's consent to recommendations, newest first."""
    query = select(AlertConsent).where(AlertConsent.member_id == member.id)
    return list(db.scalars(query.order_by(AlertConsent.id.desc())))


def quiet_hours_of(db: Session, member: Member) -> QuietHours | None:
    """Return the member's own quiet hours, None where the rule's hold."""
    return db.get(QuietHours, member.id, populate_existing=True)


def quiet_time(db: Session, member: Member, rules: Rules) -> tuple[time, time]:
    """Return from when until when the member is left in peace: the own hours, or else the rule's."""
    own = quiet_hours_of(db, member)
    return (own.quiet_from, own.quiet_until) if own else (rules.quiet_from, rules.quiet_until)


def set_quiet_hours(db: Session, member: Member, start: time, end: time, now: datetime) -> None:
    """Set the member's own quiet hours. The caller commits.

    Raises:
        Refused: they begin when they end.
    """
    if start == end:
        raise Refused(Reason.QUIET_WITHOUT_LENGTH)
    member.lock(db)
    db.merge(QuietHours(member_id=member.id, quiet_from=start, quiet_until=end, changed_at=now))


def reset_quiet_hours(db: Session, member: Member) -> None:
    """Go back to the rule's quiet hours. The caller commits."""
    member.lock(db)
    if (own := quiet_hours_of(db, member)) is not None:
        db.delete(own)
