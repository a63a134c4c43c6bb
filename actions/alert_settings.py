"""My alerts: what is on, changed in place by words or buttons, and taken back by one press."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import time

from actions.faq import topic_chips
from actions.members import for_members
from actions.quiet_time import parse_quiet_time
from bot.context import Context
from bot.kinds import find_alert_kinds, find_channels, find_on_off
from bot.menu import chips
from bot.replies import (
    Button,
    Card,
    Data,
    Fact,
    Link,
    ListCard,
    ListItem,
    Press,
    Question,
    QuickReply,
    Reply,
    Say,
    Text,
)
from bot.wording import (
    ALWAYS_ON_WORDS,
    BY_CHANNEL,
    alert_names,
    alerts_told,
    opt_in_text,
    opt_in_told,
    quiet_span,
    quiet_told,
)
from models.alert_settings import (
    ALERT_GROUPS,
    ALERT_NAMES,
    ALWAYS_ON,
    CHANNELS,
    OPT_IN,
    Switches,
    alert_settings_of,
    is_on,
    needs_consent,
    quiet_hours_of,
    quiet_time,
    reset_quiet_hours,
    set_alerts,
    set_quiet_hours,
)
from models.members import Member

ACTION = "notification_settings"
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
_AS_BEFORE = re.compile(r"(?:방해\s?금지|조용).*(?:기본|원래)|(?:기본|원래).*(?:방해\s?금지|조용)")
"""Someone who gives up the own quiet hours."""
_RULE = "rule"
"""Stands for the rule's quiet hours in a button."""
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
    if ctx.data.get("quiet") == _RULE or _wants_rule(ctx):
        return _reset_quiet(ctx, member)
    if ctx.text("restore"):
        return _restore(ctx, member)
    if wishes := _pressed(ctx) if ctx.data else _said(ctx.turn.words):
        return _change(ctx, member, wishes)
    group = ctx.text("group") if ctx.data else _group_named(ctx.turn.words)
    return _group(ctx, member, group) if group in ALERT_GROUPS else _overview(ctx, member)


# --- what is wanted


def _pressed(ctx: Context) -> list[Wish]:
    on = ctx.data.get("on")
    if not isinstance(on, bool):
        return []
    numbers = frozenset(int(each) for each in ctx.text("kinds").split(",") if each.isdecimal())
    channels = frozenset(ctx.text("channels").split(","))
    only = on and ctx.data.get("only") is True
    return [Wish(numbers & _ALL_KINDS, channels & _ALL_CHANNELS, on, only)]


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
    return next((name for name, each in ALERT_GROUPS.items() if kinds and kinds <= each), "")


def _quiet_wish(ctx: Context, member: Member) -> tuple[time, time] | None:
    if ctx.data:
        ends = ctx.text("quiet").split("/")
        return (time.fromisoformat(ends[0]), time.fromisoformat(ends[1])) if _are_times(ends) else None
    return parse_quiet_time(ctx.turn.words, *quiet_time(ctx.db, member, ctx.rules))


def _wants_rule(ctx: Context) -> bool:
    return not ctx.data and _AS_BEFORE.search(ctx.turn.words) is not None


def _are_times(ends: list[str]) -> bool:
    clocks = [end for end in ends if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", end)]
    return len(ends) == 2 and len(set(clocks)) == 2


# --- changing


def _change(ctx: Context, member: Member, wishes: list[Wish]) -> Reply:
    """Set switches, say which, and offer to take it back; ask first where a consent is needed."""
    before = alert_settings_of(ctx.db, member)
    agreed = ctx.data.get("agree") is True
    asked = [] if agreed else [wish for wish in wishes if _wants_consent(wish, before)]
    done = [_fulfil(ctx, member, wish, before) for wish in wishes if wish not in asked]
    if not asked:
        return _changed(ctx, member, done, before)
    told = _changed(ctx, member, done, before).blocks if done else ()
    return Reply((*told, _ask_consent(ctx, asked[0])), question=Question(ACTION))


def _wants_consent(wish: Wish, before: Switches) -> bool:
    named = wish.kinds if wish.kinds != _ALL_KINDS else frozenset[int]()
    return wish.on and needs_consent(before, named, wish.channels or _ALL_CHANNELS)


def _ask_consent(ctx: Context, wish: Wish) -> Card:
    """Show what is agreed to; the button carries the whole wish."""
    kinds, channels = ",".join(map(str, sorted(wish.kinds))), ",".join(sorted(wish.channels))
    data: Data = {"kinds": kinds, "channels": channels, "on": True, "only": wish.only, "agree": True}
    buttons = (
        Button("동의하고 켤게요", Press(ACTION, data), "yes"),
        Button("안 받을래요", Say("됐어"), "no"),
        _page(ctx),
    )
    return Card(f"{alert_names(wish.kinds)}을 받을까요?", opt_in_text(ctx.rules), buttons=buttons)


def _changed(ctx: Context, member: Member, done: list[Wish], before: Switches) -> Reply:
    after = alert_settings_of(ctx.db, member)
    changed = {switch: was for switch, was in before.items() if after[switch] != was}
    text = _explained(ctx, done, changed)
    if not changed:
        return _done(ctx, "이미 그렇게 되어 있어요", text)
    undo = Button("되돌리기", Press(ACTION, {"restore": _packed(changed)}))
    if len(done) == 1:
        return _done(ctx, _told(done[0]), text, undo)
    told = "\n".join(f"· {_told(wish)}" for wish in done)
    return _done(ctx, "알림을 바꿨어요", f"{told}\n{text}", undo)


def _fulfil(ctx: Context, member: Member, wish: Wish, before: Switches) -> Wish:
    """Set the switches of one wish; return it with the kinds that are meant.

    Recommendations are turned on only for someone who names them, because the law asks for their own consent.
    """
    kinds = wish.kinds or _ALL_KINDS
    if wish.only and kinds == _ALL_KINDS:
        kinds = frozenset(kind for (kind, _), on in before.items() if on)
    elif wish.on and kinds == _ALL_KINDS:
        kinds = _ALL_KINDS - OPT_IN
    if wish.only:
        _set(ctx, member, kinds, _ALL_CHANNELS - wish.channels, on=False)
    _set(ctx, member, kinds, wish.channels or _ALL_CHANNELS, on=wish.on)
    return replace(wish, kinds=kinds)


def _set(ctx: Context, member: Member, kinds: Iterable[int], channels: Iterable[str], *, on: bool) -> None:
    set_alerts(ctx.db, member, set(kinds), set(channels), on=on, rules=ctx.rules, via="chat", now=ctx.now)


def _told(wish: Wish) -> str:
    if wish.only:
        return f"{alert_names(wish.kinds)} 알림을 {BY_CHANNEL[next(iter(wish.channels))]}만 보낼게요"
    return alerts_told(wish.kinds, wish.channels, on=wish.on)


def _explained(ctx: Context, done: list[Wish], changed: Switches) -> str:
    """Say what stays on, and what became of the consent to recommendations."""
    lines = [ALWAYS_ON_WORDS] if any(not wish.on and wish.kinds & ALWAYS_ON for wish in done) else []
    recommended = {not was for (kind, _), was in changed.items() if kind in OPT_IN}
    lines += [opt_in_told(ctx.rules, ctx.now, on=on) for on in sorted(recommended)]
    return "\n".join(lines) or "마음이 바뀌면 언제든 말해 주세요."


def _done(ctx: Context, title: str, text: str, *buttons: Button) -> Reply:
    card = Card(title, text, buttons=(*buttons, _page(ctx)))
    return Reply((card,), (QuickReply("알림 모두 보기", Press(ACTION)),))


def _page(ctx: Context) -> Button:
    return Button("화면에서 보기", Link(ctx.link("alert_settings")))


def _packed(switches: Switches) -> str:
    return " ".join(f"{kind}{channel}{int(on)}" for (kind, channel), on in switches.items())


def _restore(ctx: Context, member: Member) -> Reply:
    """Put switches back to what an earlier change found."""
    for kind, channel, on in _SWITCH.findall(ctx.text("restore")):
        _set(ctx, member, {int(kind)} & _ALL_KINDS, {channel}, on=on == "1")
    return _done(ctx, "되돌렸어요", "바꾸기 전과 같아졌어요.")


# --- quiet hours


def _set_quiet(ctx: Context, member: Member, start: time, end: time) -> Reply:
    own = quiet_hours_of(ctx.db, member)
    before = quiet_time(ctx.db, member, ctx.rules)
    set_quiet_hours(ctx.db, member, start, end, ctx.now)
    back = f"{before[0]:%H:%M}/{before[1]:%H:%M}" if own else _RULE
    undo = (Button("되돌리기", Press(ACTION, {"quiet": back})),) if before != (start, end) else ()
    return _done(ctx, "조용한 시간을 정했어요", quiet_told(start, end), *undo)


def _reset_quiet(ctx: Context, member: Member) -> Reply:
    reset_quiet_hours(ctx.db, member)
    told = quiet_told(ctx.rules.quiet_from, ctx.rules.quiet_until)
    return _done(ctx, "기본으로 되돌렸어요", told)


# --- showing


def _overview(ctx: Context, member: Member) -> Reply:
    switches = alert_settings_of(ctx.db, member)
    items = tuple(
        ListItem(
            name,
            " · ".join(
                f"{said} {_ON[is_on(switches, kinds, channel)]}" for channel, said in CHANNELS.items()
            ),
            Press(ACTION, {"group": name}),
        )
        for name, kinds in ALERT_GROUPS.items()
        if not kinds & ALWAYS_ON
    )
    quiet = quiet_span(*quiet_time(ctx.db, member, ctx.rules))
    text = f"'새 봉사 추천 켜줘', '밤 10시 이후엔 보내지 마'처럼 말해도 돼요. 지금은 {quiet} 조용히 있어요.\n{ALWAYS_ON_WORDS}"
    listed = ListCard("내 알림", items, (Button("화면에서 바꾸기", Link(ctx.link("alert_settings"))),))
    own = quiet_hours_of(ctx.db, member) is not None
    back = (QuickReply("조용한 시간 기본으로", Press(ACTION, {"quiet": _RULE})),) if own else ()
    return Reply((Text(text), listed), (*back, *topic_chips(ctx, "notification_settings/parent_copy")))


def _group(ctx: Context, member: Member, name: str) -> Reply:
    switches, kinds = alert_settings_of(ctx.db, member), ALERT_GROUPS[name]
    now = {channel: is_on(switches, kinds, channel) for channel in CHANNELS}
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
        return Reply((Card(f"{name} 알림", ALWAYS_ON_WORDS, facts, buttons=(_page(ctx),)),), chips(ACTION))
    told = ", ".join(ALERT_NAMES[kind] for kind in sorted(kinds))
    card = Card(f"{name} 알림", told, facts, buttons=(*buttons, _page(ctx)))
    return Reply((card,), (QuickReply("알림 모두 보기", Press(ACTION)),))
