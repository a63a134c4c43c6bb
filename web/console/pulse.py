"""How 보람 does today, in figures for the first page; each leads to the rows it was counted from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for

from alerts.status import PROMPT
from alerts.status import figures as alert_figures
from models.conversations import (
    Figures,
    Worse,
    figures,
    got_worse,
    hours_of,
    mean_confidence,
    slow_milliseconds,
)
from web.console.door import Visit
from web.console.words import intent_name

HOURS_OF_A_COLUMN = 3
MOST_INTENTS = 7
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Number:
    """A figure as it is shown: what it counts, its value in words, what it means, and its rows."""

    label: str
    value: str
    hint: str
    url: str
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a drawn figure, with its rows. ``part`` is its length, 0 to 1."""

    label: str
    value: int
    part: float
    url: str


@dataclass(frozen=True, slots=True)
class Pulse:
    """All that is drawn on the first page."""

    numbers: list[Number]
    answered: int | None
    """Percent of what people wrote in the last week that was understood."""
    answered_before: int | None
    week_url: str
    hours: list[Bar]
    intents: list[Bar]
    worse: list[tuple[str, str, str]]
    """What got worse since last week: what, from what to what, and its rows."""


def pulse(visit: Visit, *, answers: bool) -> Pulse:
    """Return the figures of this moment; ``answers`` tells whether a language server does."""
    now = visit.now
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = figures(visit.db, midnight, now)
    week, before = figures(visit.db, now - WEEK, now), figures(visit.db, now - 2 * WEEK, now - WEEK)
    return Pulse(
        numbers=[*_said(today, midnight), _alerts(visit), *_model(visit, today, midnight, answers)],
        answered=_percent(week.answered_share),
        answered_before=_percent(before.answered_share),
        week_url=_rows(now - WEEK, outcome="misunderstood"),
        hours=_hours(visit, midnight),
        intents=_intents(week, now - WEEK),
        worse=[_told(each, now - WEEK) for each in got_worse(week, before)],
    )


def _said(today: Figures, midnight: datetime) -> list[Number]:
    share = _percent(today.answered_share)
    told = "-" if share is None else f"{share}%"
    return [
        Number(
            "오늘 나눈 말", f"{today.turns:,}번", "적은 말과 누른 버튼이에요.", _rows(midnight, how="spoken")
        ),
        Number(
            "오늘 알아들은 비율",
            told,
            f"적은 말 {today.typed:,}번 가운데예요.",
            _rows(midnight, how="typed"),
            share is not None and share < 90,
        ),
        Number(
            "오늘 못 알아들은 말",
            f"{today.misunderstood:,}번",
            "되물은 것도 세요.",
            _rows(midnight, outcome="misunderstood", how="typed"),
        ),
        Number(
            "오늘 도움이 안 된 답",
            f"{today.not_helped:,}번",
            f"도움됐다는 답은 {today.helped:,}번이에요.",
            _rows(midnight, rating="down"),
        ),
    ]


def _alerts(visit: Visit) -> Number:
    found = alert_figures(visit.db, visit.rules, visit.now)
    share = f"{found.prompt / found.timed:.0%}" if found.timed else "-"
    seconds = int(PROMPT.total_seconds())
    hint = f"지난 1시간에 바로 보낼 알림 {found.timed:,}건 가운데 {seconds}초 안에 넘긴 비율이에요."
    late = found.prompt < found.timed
    return Number(f"알림 {seconds}초 안에 넘김", share, hint, url_for("console.alerts"), late)


def _model(visit: Visit, today: Figures, midnight: datetime, answers: bool) -> list[Number]:
    slow = slow_milliseconds(visit.db, midnight, visit.now)
    sure = mean_confidence(visit.db, midnight, visit.now)
    return [
        Number(
            "언어 모델",
            "답해요" if answers else "답하지 않아요",
            f"오늘 답하지 않은 적이 {today.failed:,}번이에요.",
            _rows(midnight, outcome="nlu_down"),
            not answers or today.failed > 0,
        ),
        Number(
            "오늘 평균 확신",
            "-" if sure is None else f"{sure:.0%}",
            "모델이 읽은 말이에요. 열면 50% 아래인 말을 보여 줘요.",
            _rows(midnight, how="typed", most="50"),
        ),
        Number(
            "오늘 걸린 시간",
            "-" if slow is None else f"{slow / 1000:.2f}초",
            "100번 가운데 95번은 이 안에 답했어요.",
            _rows(midnight),
            slow is not None and slow > 3000,
        ),
    ]


def _hours(visit: Visit, midnight: datetime) -> list[Bar]:
    counts = hours_of(visit.db, midnight, 24)
    sums = [sum(counts[hour : hour + HOURS_OF_A_COLUMN]) for hour in range(0, 24, HOURS_OF_A_COLUMN)]
    most = max(*sums, 1)
    span = timedelta(hours=HOURS_OF_A_COLUMN)
    begins = [midnight + span * number for number in range(len(sums))]
    return [
        Bar(f"{at.hour}시", count, count / most, _rows(at, at + span - timedelta(minutes=1), how="spoken"))
        for at, count in zip(begins, sums, strict=True)
    ]


def _intents(week: Figures, since: datetime) -> list[Bar]:
    top = week.by_intent.most_common(MOST_INTENTS)
    return [
        Bar(intent_name(intent), count, count / top[0][1], _rows(since, intent=intent, how="spoken"))
        for intent, count in top
    ]


def _told(worse: Worse, since: datetime) -> tuple[str, str, str]:
    words, filters = {
        "misunderstood": ("못 알아듣는 말이 늘었어요", {"outcome": "misunderstood", "how": "typed"}),
        "nlu_down": ("모델이 답하지 않은 적이 늘었어요", {"outcome": "nlu_down"}),
        "refused": ("규칙에 따라 안 된다고 한 적이 늘었어요", {"outcome": "refused"}),
        "not_helped": ("도움이 안 됐다는 답이 늘었어요", {"rating": "down"}),
    }[worse.what]
    if worse.intent:
        words, filters = f"'{intent_name(worse.intent)}': {words}", {**filters, "intent": worse.intent}
    change = f"{worse.before:.0%} → {worse.now:.0%} (이번 주 {worse.count:,}번)"
    return words, change, _rows(since, None, **filters)


def _rows(since: datetime, until: datetime | None = None, **filters: str) -> str:
    """Return the address of the turns a figure was counted from."""
    values = {"since": f"{since:%Y-%m-%dT%H:%M}", **filters}
    if until is not None:
        values["until"] = f"{until:%Y-%m-%dT%H:%M}"
    return url_for("console.conversations", **values)  # type: ignore[arg-type]  # values of the query


def _percent(share: float | None) -> int | None:
    return None if share is None else int(share * 100)
