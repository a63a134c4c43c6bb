"""By which way a message reaches a person: what the person wants, then KakaoTalk, then Alimtalk, then a text message."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.kinds import KINDS
from alerts.windows import Span
from models.alert_settings import ALWAYS_ON, CHANNELS, OPT_IN, AlertSetting, QuietHours
from models.members import ChannelAccount, Member
from models.notices import CHAT_CARD
from models.outbox import Alert
from models.rules import Rules

KAKAO, ALIMTALK, SMS = "kakao", "alimtalk", "sms"
"""The three ways. Alimtalk comes in KakaoTalk too, so it goes by KakaoTalk's switch."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who a message is for, as it stands at this moment. ``chat`` is where KakaoTalk's events reach them."""

    member: Member | None
    chat: ChannelAccount | None
    quiet: Span
    on: Collection[str] = field(default_factory=tuple)
    """Channels of ``CHANNELS`` that the person wants this kind by."""
    phone: str = ""
    is_guardian: bool = False


@dataclass(frozen=True, slots=True)
class Ways:
    """What is set up: channels that can be used at all, and whether advertising may go by text message."""

    channels: Collection[str]
    advertising_by_text: bool = False


def route(alert: Alert, to: Recipient, ways: Ways) -> tuple[str, ...]:
    """Return the ways to try, in order; empty when there is none."""
    if alert.kind == CHAT_CARD:
        wanted = [(KAKAO, to.chat is not None)]
    elif to.is_guardian:
        wanted = [(SMS, bool(to.phone))]
    else:
        wanted = [
            (KAKAO, KAKAO in to.on and to.chat is not None and to.chat.is_friend),
            (ALIMTALK, KAKAO in to.on and bool(to.phone) and not KINDS[alert.kind].advertising),
            (SMS, SMS in to.on and bool(to.phone) and _text_allowed(alert.kind, ways)),
        ]
    return tuple(way for way, open_ in wanted if open_ and way in ways.channels)


def _text_allowed(kind: int, ways: Ways) -> bool:
    return ways.advertising_by_text or not KINDS[kind].advertising


def load_recipients(db: Session, alerts: Sequence[Alert], rules: Rules) -> dict[int, Recipient]:
    """Return who each message is for: alert id → recipient. A handful of queries, however many there are."""
    wanted = {alert.member_id for alert in alerts if alert.member_id}
    members = {member.id: member for member in db.scalars(select(Member).where(Member.id.in_(wanted)))}
    named = {alert.account_id for alert in alerts if alert.kind == CHAT_CARD}
    accounts = {a.id: a for a in db.scalars(select(ChannelAccount).where(ChannelAccount.id.in_(named)))}
    chats, switches = _chats(db, members), _switches(db, members)
    quiet = select(QuietHours).where(QuietHours.member_id.in_(members))
    own = {each.member_id: each for each in db.scalars(quiet)}
    found = {}
    for alert in alerts:
        member = members.get(alert.member_id or 0)
        hours = own.get(alert.member_id or 0)
        found[alert.id] = Recipient(
            member=member,
            chat=accounts.get(alert.account_id or 0)
            if alert.kind == CHAT_CARD
            else chats.get(alert.member_id or 0),
            quiet=(hours.quiet_from, hours.quiet_until) if hours else (rules.quiet_from, rules.quiet_until),
            on=_wanted(alert, switches),
            phone=_phone(alert, member),
            is_guardian=_is_guardian(alert),
        )
    return found


def _is_guardian(alert: Alert) -> bool:
    return alert.recipient.startswith("guardian:")


def _phone(alert: Alert, member: Member | None) -> str:
    if member is None:
        return ""
    return (member.guardian_phone if _is_guardian(alert) else member.phone) or ""


def _wanted(alert: Alert, switches: Mapping[tuple[int, int, str], bool]) -> tuple[str, ...]:
    if alert.kind in ALWAYS_ON or alert.kind == CHAT_CARD:
        return tuple(CHANNELS)
    member_id, default = alert.member_id or 0, alert.kind not in OPT_IN
    return tuple(name for name in CHANNELS if switches.get((member_id, alert.kind, name), default))


def _chats(db: Session, members: Iterable[int]) -> dict[int, ChannelAccount]:
    """Return each member's chat; of several the one that is a friend, then the one linked last."""
    found: dict[int, ChannelAccount] = {}
    query = select(ChannelAccount).where(ChannelAccount.member_id.in_(list(members)))
    for account in db.scalars(
        query.order_by(ChannelAccount.is_friend, ChannelAccount.linked_at, ChannelAccount.id)
    ):
        if account.member_id is not None:
            found[account.member_id] = account
    return found


def _switches(db: Session, members: Iterable[int]) -> dict[tuple[int, int, str], bool]:
    query = select(AlertSetting).where(AlertSetting.member_id.in_(list(members)))
    return {(each.member_id, each.kind, each.channel): each.on for each in db.scalars(query)}
