"""My alerts: what is on, changed in place by words or buttons, and taken back by one press."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time

from actions.faq import topic_chips
from actions.members import for_members
from actions.quiet_time import parse_quiet_time, time_of_day
from bot.context import Context
from bot.kinds import parse_alert_kinds, parse_channels, parse_on_off
from bot.menu import chips
from bot.replies import Button, Card, Data, Fact, Link, ListCard, ListItem, Press, QuickReply, Reply, Text
from models.alert_settings import (
    ALERT_NAMES,
    ALWAYS_ON,
    CHANNELS,
    OPT_IN,
    QuietHours,
    alert_settings_of,
    quiet_hours_of,
    set_alerts,
)
from models.members import Member

ACTION = "notification_settings"
GROUPS: dict[str, frozenset[int]] = {
    "신청·활동": frozenset({4, 5, 7}),
    "확인서": frozenset({6}),
    "1365 연계": frozenset({8, 9}),
    "재능나눔": frozenset({2, 3}),
    "새 봉사 추천": OPT_IN,
    "개인정보 변경": ALWAYS_ON,
}
"""The eleven kinds as people think of them."""
Switches = dict[tuple[int, str], bool]
"""(kind, channel) → on."""

_ALL_KINDS, _ALL_CHANNELS = frozenset(ALERT_NAMES), frozenset(CHANNELS)
_ON = {True: "켜짐", False: "꺼짐"}
_ONLY = re.compile(
    r"(?:문자|sms|카카오톡?|카톡|톡)(?:으?로|은|는)?\s?(?:만(?!\s?(?:끄|꺼|빼))|말고)", re.IGNORECASE
)
_SECURITY = "개인정보가 바뀌면 알려 주는 알림은 안전을 위해 늘 켜 둬요."
_SWITCH = re.compile(rf"(\d{{1,2}})({'|'.join(CHANNELS)})([01])")


@for_members
def notification_settings(ctx: Context, member: Member) -> Reply:
    """Show the settings, or change what a button or the words say, at once."""
    if (quiet := _quiet_wish(ctx, member)) is not None:
        return _set_quiet(ctx, member, *quiet)
    if ctx.text("restore"):
        return _restore(ctx, member)
    kinds, channels, on = _wish(ctx)
    if on is not None:
        return _change(ctx, member, kinds, channels, on=on)
    named = ctx.text("group") or next((name for name, each in GROUPS.items() if kinds and kinds <= each), "")
    return _group(ctx, member, named) if named in GROUPS else _overview(ctx, member)


# --- what is wanted


def _wish(ctx: Context) -> tuple[frozenset[int], frozenset[str], bool | None]:
    """Return the kinds and channels that are meant, empty for all, and whether they shall be on."""
    pressed = ctx.data.get("on")
    if ctx.data:
        numbers = (int(each) for each in ctx.text("kinds").split(",") if each.isdecimal())
        channels = frozenset(ctx.text("channels").split(",")) & _ALL_CHANNELS
        return _ALL_KINDS & frozenset(numbers), channels, pressed if isinstance(pressed, bool) else None
    kinds = frozenset(kind for words in ctx.parsed.words("alert_kind") for kind in parse_alert_kinds(words))
    wishes = [on for words in ctx.parsed.words("on_off") if (on := parse_on_off(words)) is not None]
    channels = frozenset(parse_channels(ctx.turn.words))
    if channels and _ONLY.search(ctx.turn.words):
        return kinds, channels, wishes[-1] if wishes else True
    return kinds, channels, wishes[-1] if wishes else None


def _quiet_wish(ctx: Context, member: Member) -> tuple[time, time] | None:
    if ctx.data:
        ends = ctx.text("quiet").split("/")
        return (time.fromisoformat(ends[0]), time.fromisoformat(ends[1])) if _are_times(ends) else None
    return parse_quiet_time(ctx.turn.words, *_quiet(ctx, member))


def _are_times(ends: list[str]) -> bool:
    return len(ends) == 2 and all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", end) for end in ends)


# --- changing


def _change(
    ctx: Context, member: Member, kinds: frozenset[int], channels: frozenset[str], *, on: bool
) -> Reply:
    """Set switches. Recommendations are only turned on by someone who names them: the law asks for that."""
    before = alert_settings_of(ctx.db, member)
    wanted = kinds or (_ALL_KINDS - OPT_IN if on else _ALL_KINDS)
    if on and not ctx.data and channels and _ONLY.search(ctx.turn.words):
        wanted = kinds or frozenset(kind for kind, _ in before if _is_on(before, (kind,)))
        _set(ctx, member, wanted, _ALL_CHANNELS - channels, on=False)
    _set(ctx, member, wanted, channels or _ALL_CHANNELS, on=on)
    return _changed(ctx, member, before, _told(wanted, channels, on=on), wanted, on=on)


def _set(ctx: Context, member: Member, kinds: Iterable[int], channels: Iterable[str], *, on: bool) -> None:
    set_alerts(ctx.db, member, set(kinds), set(channels), on=on, via="chat", now=ctx.now)


def _told(kinds: frozenset[int], channels: frozenset[str], *, on: bool) -> str:
    how = f"{CHANNELS[next(iter(channels))]}로 오는 " if len(channels) == 1 else ""
    return f"{how}{_name(kinds)} 알림을 {'켰어요' if on else '껐어요'}"


def _name(kinds: frozenset[int]) -> str:
    if kinds >= _ALL_KINDS - OPT_IN:
        return "모든"
    group = next((name for name, each in GROUPS.items() if each == kinds), None)
    return group or "·".join(ALERT_NAMES[kind] for kind in sorted(kinds))


def _changed(
    ctx: Context, member: Member, before: Switches, told: str, kinds: frozenset[int], *, on: bool
) -> Reply:
    now = alert_settings_of(ctx.db, member)
    changed = {switch: was for switch, was in before.items() if now[switch] != was}
    text = _explained(ctx, kinds, on=on)
    undo = Button("되돌리기", Press(ACTION, {"restore": _packed(changed)}))
    if not changed:
        return _done("이미 그렇게 되어 있어요", text, ())
    return _done(told, text, (undo,))


def _explained(ctx: Context, kinds: frozenset[int], *, on: bool) -> str:
    lines = []
    if not on and kinds & ALWAYS_ON:
        lines.append(_SECURITY)
    if on and kinds & OPT_IN:
        start, end = time_of_day(ctx.rules.quiet_from), time_of_day(ctx.rules.quiet_until)
        lines.append(f"새 봉사 소식은 {start}부터 {end}까지는 보내지 않고, 언제든 끌 수 있어요.")
    return "\n".join(lines) or "마음이 바뀌면 언제든 말해 주세요."


def _done(title: str, text: str, buttons: tuple[Button, ...]) -> Reply:
    return Reply((Card(title, text, buttons=buttons),), (QuickReply("알림 모두 보기", Press(ACTION)),))


def _packed(switches: Switches) -> str:
    return " ".join(f"{kind}{channel}{int(on)}" for (kind, channel), on in switches.items())


def _restore(ctx: Context, member: Member) -> Reply:
    """Put switches back to what an earlier change found."""
    for kind, channel, on in _SWITCH.findall(ctx.text("restore")):
        _set(ctx, member, {int(kind)} & _ALL_KINDS, {channel}, on=on == "1")
    return _done("되돌렸어요", "바꾸기 전과 같아졌어요.", ())


# --- quiet hours


def _quiet(ctx: Context, member: Member) -> tuple[time, time]:
    own = quiet_hours_of(ctx.db, member)
    return (own.quiet_from, own.quiet_until) if own else (ctx.rules.quiet_from, ctx.rules.quiet_until)


def _quiet_words(start: time, end: time) -> str:
    return f"{time_of_day(start)}부터 {time_of_day(end)}까지"


def _set_quiet(ctx: Context, member: Member, start: time, end: time) -> Reply:
    before = _quiet(ctx, member)
    member.lock(ctx.db)
    ctx.db.merge(QuietHours(member_id=member.id, quiet_from=start, quiet_until=end, changed_at=ctx.now))
    text = f"이제 {_quiet_words(start, end)}는 조용히 있을게요. 개인정보가 바뀐 것만 바로 알려 줘요."
    back: Data = {"quiet": f"{before[0]:%H:%M}/{before[1]:%H:%M}"}
    undo = (Button("되돌리기", Press(ACTION, back)),) if before != (start, end) else ()
    return _done("조용한 시간을 정했어요", text, undo)


# --- showing


def _is_on(switches: Switches, kinds: Iterable[int], channel: str | None = None) -> bool:
    channels = CHANNELS if channel is None else (channel,)
    return any(switches[kind, each] for kind in kinds for each in channels)


def _overview(ctx: Context, member: Member) -> Reply:
    switches = alert_settings_of(ctx.db, member)
    items = tuple(
        ListItem(
            name,
            " · ".join(
                f"{said} {_ON[_is_on(switches, kinds, channel)]}" for channel, said in CHANNELS.items()
            ),
            Press(ACTION, {"group": name}),
        )
        for name, kinds in GROUPS.items()
        if not kinds & ALWAYS_ON
    )
    quiet = _quiet_words(*_quiet(ctx, member))
    text = f"'새 봉사 추천 켜줘', '밤 10시 이후엔 보내지 마'처럼 말해도 돼요. 지금은 {quiet} 조용히 있어요.\n{_SECURITY}"
    page = Button("화면에서 바꾸기", Link(ctx.link("alert_settings")))
    return Reply(
        (Text(text), ListCard("내 알림", items, (page,))), topic_chips("notification_settings/parent_copy")
    )


def _group(ctx: Context, member: Member, name: str) -> Reply:
    switches, kinds = alert_settings_of(ctx.db, member), GROUPS[name]
    now = {channel: _is_on(switches, kinds, channel) for channel in CHANNELS}
    facts = tuple(Fact(CHANNELS[channel], _ON[on]) for channel, on in now.items())
    packed = ",".join(map(str, sorted(kinds)))
    buttons = tuple(
        Button(
            f"{CHANNELS[channel]} {'끄기' if on else '켜기'}",
            Press(ACTION, {"kinds": packed, "channels": channel, "on": not on}),
        )
        for channel, on in now.items()
    )
    if kinds & ALWAYS_ON:
        return Reply((Card(f"{name} 알림", _SECURITY, facts),), chips(ACTION))
    told = ", ".join(ALERT_NAMES[kind] for kind in sorted(kinds))
    return Reply(
        (Card(f"{name} 알림", told, facts, buttons=buttons),), (QuickReply("알림 모두 보기", Press(ACTION)),)
    )
