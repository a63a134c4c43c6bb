"""Which alerts a member wants, by kind and channel, and when not to disturb."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.members import Member

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


class AlertSetting(Base):
    """One switch a member has set. What is not here has its default."""

    __tablename__ = "alert_setting"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    kind: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[bool]
    changed_at: Mapped[datetime]
    via: Mapped[str]


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
        for row in db.scalars(select(AlertSetting).where(AlertSetting.member_id == member.id))
    }
    return {
        (kind, channel): chosen.get((kind, channel), kind not in OPT_IN)
        for kind in ALERT_NAMES
        for channel in CHANNELS
    }


def set_alerts(
    db: Session, member: Member, kinds: set[int], channels: set[str], *, on: bool, via: str, now: datetime
) -> set[int]:
    """Set switches; security alerts stay on. Return the kinds that were set. The caller commits."""
    member.lock(db)
    settable = kinds if on else kinds - ALWAYS_ON
    for kind in settable:
        for channel in channels:
            db.merge(
                AlertSetting(member_id=member.id, kind=kind, channel=channel, on=on, changed_at=now, via=via)
            )
    return settable


def quiet_hours_of(db: Session, member: Member) -> QuietHours | None:
    """Return the member's own quiet hours, None where the rule's hold."""
    return db.get(QuietHours, member.id)
