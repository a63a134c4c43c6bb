"""My alerts: a switch for each group and kind on each channel, and the hours to be left in peace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.wording import (
    ALWAYS_ON_WORDS,
    BY_CHANNEL,
    alert_names,
    alerts_told,
    day,
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
    OPT_IN_VERSION,
    Switches,
    alert_consents_of,
    alert_settings_of,
    is_on,
    needs_consent,
    quiet_hours_of,
    quiet_time,
    reset_quiet_hours,
    set_alerts,
    set_quiet_hours,
)
from models.follows import follows_of, unfollow
from models.outbox import NoticeCard
from models.refusals import Refused
from web.door import Route, Visit

_KINDS = {str(kind): kind for kind in ALERT_NAMES}
_LABELS = {"from": "언제부터", "until": "언제까지"}
_EXAMPLES = {"from": "21:00", "until": "08:00"}
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: what it is called, for whom it cannot be seen too, and what pressing it sends to."""

    subject: str
    channel: str
    url: str
    on: bool
    hint: str


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds that people think of as one thing, with their switches; ``kinds``: name → switches of each.

    ``told`` says what was just changed in it.
    """

    path: str
    name: str
    holds: str
    fixed: bool
    opt_in: bool
    told: str
    switches: list[Switch]
    kinds: dict[str, list[Switch]]


def my_alerts(visit: Visit) -> ResponseReturnValue:
    """Show every switch and the quiet hours."""
    start, end = quiet_time(visit.db, visit.member, visit.rules)
    return _page(visit, f"{start:%H:%M}", f"{end:%H:%M}")


def ask_recommendations(visit: Visit, kinds: str, channel: str) -> ResponseReturnValue:
    """Show what somebody agrees to who turns recommendations on, and ask."""
    chosen = _chosen(kinds, channel)
    if not needs_consent(alert_settings_of(visit.db, visit.member), chosen, {channel}):
        return _back(kinds, channel)
    visit.member.check_guardian(visit.rules, visit.now.date())
    return render_template(
        "portal/recommendations.html",
        names=[ALERT_NAMES[kind] for kind in sorted(chosen)],
        channel=CHANNELS[channel],
        by=BY_CHANNEL[channel],
        text=opt_in_text(visit.rules),
        version=OPT_IN_VERSION,
    )


def switch_alerts(visit: Visit, kinds: str, channel: str) -> ResponseReturnValue:
    """Turn kinds on or off on a channel at once; recommendations only with a consent to the words in force."""
    chosen, on = _chosen(kinds, channel), request.form.get("on")
    if on not in ("0", "1"):
        abort(400)
    visit.member.lock(visit.db)
    before = alert_settings_of(visit.db, visit.member)
    unasked = request.form.get("agree") != OPT_IN_VERSION
    if on == "1" and unasked and needs_consent(before, chosen, {channel}):
        return redirect(url_for(".ask_recommendations", kinds=kinds, channel=channel), 303)
    _set(visit, chosen, channel, before, on=on == "1")
    visit.commit()
    return _back(kinds, channel)


def keep_quiet(visit: Visit) -> ResponseReturnValue:
    """Set the own quiet hours."""
    start, end = request.form.get("from", ""), request.form.get("until", "")
    if errors := _wrong_times(**{"from": start, "until": end}):
        return _page(visit, start, end, errors), 400
    span = time.fromisoformat(start), time.fromisoformat(end)
    try:
        set_quiet_hours(visit.db, visit.member, *span, visit.now)
    except Refused as refused:
        return _page(visit, start, end, {"until": refused.words}), 400
    visit.commit()
    return _back("quiet")


def _wrong_times(**typed: str) -> dict[str, str]:
    return {
        name: f"{_LABELS[name]}: 시각을 골라 주세요. 예: {_EXAMPLES[name]}"
        for name, value in typed.items()
        if not _TIME.fullmatch(value)
    }


def stop_following(visit: Visit, number: int) -> ResponseReturnValue:
    """Follow no longer what one row of the list names; a row that is gone is no error."""
    for row in follows_of(visit.db, visit.member):
        if row.id == number and (followed := row.club or row.host):
            unfollow(visit.db, visit.member, followed)
    visit.commit()
    return _back("follows")


def keep_rules_quiet(visit: Visit) -> ResponseReturnValue:
    """Go back to the rule's quiet hours."""
    reset_quiet_hours(visit.db, visit.member)
    visit.commit()
    return _back("quiet")


def _page(visit: Visit, start: str, end: str, errors: dict[str, str] | None = None) -> str:
    switches = alert_settings_of(visit.db, visit.member)
    now = quiet_time(visit.db, visit.member, visit.rules)
    return render_template(
        "portal/alerts.html",
        groups=[_group(name, kinds, switches) for name, kinds in ALERT_GROUPS.items()],
        unfolded=not _is_group(_done()[0]),
        always_on=ALWAYS_ON_WORDS,
        has_phone=bool(visit.member.phone),
        consents=list(_consents(visit)),
        follows=follows_of(visit.db, visit.member),
        unfollowed=_done()[0] == "follows",
        recommended=any(is_on(switches, OPT_IN, channel) for channel in CHANNELS),
        opt_in_path=_path(OPT_IN),
        quiet=now,
        quiet_words=quiet_span(*now),
        quiet_told=quiet_told(*now) if _done()[0] == "quiet" and not errors else "",
        typed={"from": start, "until": end},
        own_quiet=quiet_hours_of(visit.db, visit.member) is not None,
        rule_words=quiet_span(visit.rules.quiet_from, visit.rules.quiet_until),
        labels=_LABELS,
        errors=errors or {},
    )


def _group(name: str, kinds: frozenset[int], switches: Switches) -> Group:
    ordered = sorted(kinds)
    return Group(
        path=_path(kinds),
        name=name,
        holds=", ".join(ALERT_NAMES[kind] for kind in ordered),
        fixed=bool(kinds & ALWAYS_ON),
        opt_in=bool(kinds & OPT_IN),
        told=_told(kinds, switches),
        switches=_row(kinds, switches),
        kinds={ALERT_NAMES[kind]: _row(frozenset({kind}), switches) for kind in ordered},
    )


def _told(kinds: frozenset[int], switches: Switches) -> str:
    """Say what was just done to kinds of this group; it reads the switches, so it is true whoever wrote the path."""
    path, channel = _done()
    done = frozenset(_KINDS[name] for name in path.split("-") if name in _KINDS)
    if not done or not done <= kinds or channel not in CHANNELS:
        return ""
    return f"{alerts_told(done, frozenset({channel}), on=is_on(switches, done, channel))}."


def _row(kinds: frozenset[int], switches: Switches) -> list[Switch]:
    return [_switch(kinds, channel, switches) for channel in CHANNELS]


def _switch(kinds: frozenset[int], channel: str, switches: Switches) -> Switch:
    on = sum(switches[kind, channel] for kind in kinds)
    partly = f"{len(kinds)}가지 중 {on}가지만 켜져 있어요" if 0 < on < len(kinds) else ""
    url = url_for(".switch_alerts", kinds=_path(kinds), channel=channel)
    return Switch(alert_names(kinds), CHANNELS[channel], url, is_on(switches, kinds, channel), partly)


def _path(kinds: frozenset[int]) -> str:
    return "-".join(map(str, sorted(kinds)))


def _chosen(kinds: str, channel: str) -> frozenset[int]:
    """Return the kinds a path names; there is no page for what is no kind or channel."""
    names = kinds.split("-")
    if channel not in CHANNELS or not all(name in _KINDS for name in names):
        abort(404)
    return frozenset(_KINDS[name] for name in names)


def _set(visit: Visit, kinds: frozenset[int], channel: str, before: Switches, *, on: bool) -> None:
    """Set switches and say so; what became of a consent is told in the chat too."""
    done = set_alerts(
        visit.db, visit.member, set(kinds), {channel}, on=on, rules=visit.rules, via="page", now=visit.now
    )
    if any(before[kind, channel] is not on for kind in OPT_IN & done):
        title = alerts_told(OPT_IN & done, frozenset({channel}), on=on)
        text = opt_in_told(visit.rules, visit.now, on=on)
        visit.tell(NoticeCard(title, text, page="alert_settings"))


def _consents(visit: Visit) -> Iterator[tuple[str, str, str, bool]]:
    """Yield the steps of the consent to recommendations: day, kind, channel, given or taken back."""
    for step in alert_consents_of(visit.db, visit.member):
        told = day(step.at.date(), visit.now.date())
        yield told, ALERT_NAMES[step.kind], CHANNELS[step.channel], step.on


def _back(*done: str) -> ResponseReturnValue:
    """Go back to the part of the page that was changed, where it says so."""
    group = next((_path(each) for each in ALERT_GROUPS.values() if done[0] in map(str, each)), done[0])
    return redirect(url_for(".my_alerts", done=".".join(done), _anchor=f"alerts-{group}"), 303)


def _done() -> tuple[str, str]:
    """Return what the address says was just changed: kinds and channel, or quiet."""
    path, _, channel = request.args.get("done", "").partition(".")
    return path, channel


def _is_group(path: str) -> bool:
    return path in map(_path, ALERT_GROUPS.values())


ROUTES = (
    Route("GET", "/me/alerts", my_alerts),
    Route("POST", "/me/alerts/quiet", keep_quiet),
    Route("POST", "/me/alerts/quiet/rule", keep_rules_quiet),
    Route("POST", "/me/alerts/follows/<int:number>", stop_following),
    Route("GET", "/me/alerts/<kinds>/<channel>", ask_recommendations),
    Route("POST", "/me/alerts/<kinds>/<channel>", switch_alerts),
)
