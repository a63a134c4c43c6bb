"""My alerts: what is on, changed in place by words or buttons, and taken back by one press."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import time

from actions.faq import topic_chips
from actions.members import for_members
from actions.quiet_time import parse_quiet_time, time_of_day
from bot.context import Context
from bot.kinds import find_alert_kinds, find_channels, find_on_off
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
_ASKS = re.compile(r"있는지|있나|뭐|무슨|어떤|어떻게|방법|상태|종류|보여")
"""Words of someone who wants to see the settings, not to change them."""
_NEWS = re.compile(r"(?:나오면|나올\s?때|뜨면|뜰\s?때|올라오면|올라올\s?때|생기면)")
"""Who wants to hear of new programmes means the recommendations."""
_QUIET = re.compile(r"밤에|새벽|방해\s?금지|조용|잘\s?때|수업\s?(?:시간|중)")
"""Words about when, not about which: without a kind they never turn everything off."""
_SECURITY = "개인정보가 바뀌면 알려 주는 알림은 안전을 위해 늘 켜 둬요."
_SWITCH = re.compile(rf"(\d{{1,2}})({'|'.join(CHANNELS)})([01])")


@dataclass(frozen=True, slots=True)
class Wish:
    """Kinds and channels to be turned on or off; empty means all. ``only``: the other channels go off."""

    kinds: frozenset[int]
    channels: frozenset[str]
    on: bool
    only: bool = False


@for_members
def notification_settings(ctx: Context, member: Member) -> Reply:
    """Show the settings, or change what a button or the words say, at once."""
    if (quiet := _quiet_wish(ctx, member)) is not None:
        return _set_quiet(ctx, member, *quiet)
    if ctx.text("restore"):
        return _restore(ctx, member)
    if wishes := _pressed(ctx) if ctx.data else _said(ctx.turn.words):
        return _change(ctx, member, wishes)
    group = ctx.text("group") if ctx.data else _group_named(ctx.turn.words)
    return _group(ctx, member, group) if group in GROUPS else _overview(ctx, member)


# --- what is wanted


def _pressed(ctx: Context) -> list[Wish]:
    on = ctx.data.get("on")
    if not isinstance(on, bool):
        return []
    numbers = frozenset(int(each) for each in ctx.text("kinds").split(",") if each.isdecimal())
    channels = frozenset(ctx.text("channels").split(","))
    return [Wish(numbers & _ALL_KINDS, channels & _ALL_CHANNELS, on)]


def _said(words: str) -> list[Wish]:
    """Return what a sentence asks for: 추천은 끄고 전날 알림은 문자로 켜줘 are two wishes."""
    if _ASKS.search(words):
        return []
    if _NEWS.search(words) and not _kinds_in(words, 0, len(words)):
        return [Wish(OPT_IN, frozenset(), on=True)]
    only = bool(_ONLY.search(words))
    switches = [(found.value, found.end) for found in find_on_off(words)]
    if not switches and only:
        switches = [(True, len(words))]
    wishes: list[Wish] = []
    begin, kinds = 0, frozenset[int]()
    for number, (on, end) in enumerate(switches, 1):
        end = len(words) if number == len(switches) else end  # noqa: PLW2901 - what follows the last belongs to it
        kinds = _kinds_in(words, begin, end) or kinds
        channels = frozenset(each.value for each in find_channels(words) if begin <= each.start < end)
        if kinds or channels or not _QUIET.search(words):
            wishes.append(Wish(kinds, channels, on, only=on and only and bool(channels)))
        begin = end
    return wishes


def _kinds_in(words: str, begin: int, end: int) -> frozenset[int]:
    named = (each.value for each in find_alert_kinds(words) if begin <= each.start < end)
    return frozenset[int]().union(*named)


def _group_named(words: str) -> str:
    kinds = _kinds_in(words, 0, len(words))
    return next((name for name, each in GROUPS.items() if kinds and kinds <= each), "")


def _quiet_wish(ctx: Context, member: Member) -> tuple[time, time] | None:
    if ctx.data:
        ends = ctx.text("quiet").split("/")
        return (time.fromisoformat(ends[0]), time.fromisoformat(ends[1])) if _are_times(ends) else None
    return parse_quiet_time(ctx.turn.words, *_quiet(ctx, member))


def _are_times(ends: list[str]) -> bool:
    return len(ends) == 2 and all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", end) for end in ends)


# --- changing


def _change(ctx: Context, member: Member, wishes: list[Wish]) -> Reply:
    """Set switches, say which, and offer to take it back."""
    before = alert_settings_of(ctx.db, member)
    done = [_fulfil(ctx, member, wish, before) for wish in wishes]
    after = alert_settings_of(ctx.db, member)
    changed = {switch: was for switch, was in before.items() if after[switch] != was}
    text = "\n".join(dict.fromkeys(_explained(ctx, wish) for wish in done))
    if not changed:
        return _done("이미 그렇게 되어 있어요", text, ())
    undo = Button("되돌리기", Press(ACTION, {"restore": _packed(changed)}))
    if len(done) == 1:
        return _done(_told(done[0]), text, (undo,))
    told = "\n".join(f"· {_told(wish)}" for wish in done)
    return _done("알림을 바꿨어요", f"{told}\n{text}", (undo,))


def _fulfil(ctx: Context, member: Member, wish: Wish, before: Switches) -> Wish:
    """Set the switches of one wish; return it with the kinds that are meant.

    Recommendations are turned on only for someone who names them, because the law asks for their own consent.
    """
    kinds = wish.kinds or _ALL_KINDS
    if wish.only and kinds == _ALL_KINDS:
        kinds = frozenset(kind for kind, _ in before if _is_on(before, (kind,)))
    elif wish.on and kinds == _ALL_KINDS:
        kinds = _ALL_KINDS - OPT_IN
    if wish.only:
        _set(ctx, member, kinds, _ALL_CHANNELS - wish.channels, on=False)
    _set(ctx, member, kinds, wish.channels or _ALL_CHANNELS, on=wish.on)
    return replace(wish, kinds=kinds)


def _set(ctx: Context, member: Member, kinds: Iterable[int], channels: Iterable[str], *, on: bool) -> None:
    set_alerts(ctx.db, member, set(kinds), set(channels), on=on, via="chat", now=ctx.now)


def _told(wish: Wish) -> str:
    if wish.only:
        return f"{_name(wish.kinds)} 알림을 {CHANNELS[next(iter(wish.channels))]}로만 보낼게요"
    how = f"{CHANNELS[next(iter(wish.channels))]}로 오는 " if len(wish.channels) == 1 else ""
    return f"{how}{_name(wish.kinds)} 알림을 {'켰어요' if wish.on else '껐어요'}"


def _name(kinds: frozenset[int]) -> str:
    if kinds >= _ALL_KINDS - OPT_IN:
        return "모든"
    group = next((name for name, each in GROUPS.items() if each == kinds), None)
    return group or "·".join(ALERT_NAMES[kind] for kind in sorted(kinds)[:2]) + (
        " 등" if len(kinds) > 2 else ""
    )


def _explained(ctx: Context, wish: Wish) -> str:
    lines = []
    if not wish.on and wish.kinds & ALWAYS_ON:
        lines.append(_SECURITY)
    if wish.on and wish.kinds & OPT_IN:
        quiet = _quiet_words(ctx.rules.quiet_from, ctx.rules.quiet_until)
        lines.append(f"새 봉사 소식은 {quiet}는 보내지 않고, 언제든 끌 수 있어요.")
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
