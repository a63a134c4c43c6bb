"""What was said in the chat, as staff look for it: pages of turns, one dialog with its turns, figures of some days.

A page costs about the same at a million turns. What an index holds is found by it, newest first; what has to be looked
at turn by turn (words, confidence, two conditions at once) is looked for in a stretch of turns at a time, and the page
says how far it came.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all, update
from sqlalchemy.orm import Session, joinedload, undefer

from models.base import LARGEST_ID
from models.members import ChannelAccount, ConversationTurn
from models.refusals import Reason

OUTCOMES: dict[str, str] = {
    "answered": "답했어요",
    "answered:abuse": "거친 말에도 답했어요",
    "checked": "마음을 살폈어요",
    "declined": "안 하기로 했어요",
    "asked_which": "어느 것인지 물었어요",
    "asked_meaning": "어느 뜻인지 물었어요",
    "asked_again": "한 번 더 물었어요",
    "not_understood": "못 알아들었어요",
    "nlu_down": "모델이 답하지 않았어요",
}
"""How a turn can end, in words. What a rule refuses ends as ``refused:`` and the reason."""
MISUNDERSTOOD = ("not_understood", "asked_meaning", "asked_again")
"""Outcomes of words that were not, or not surely, understood."""
REFUSED = tuple(f"refused:{reason.value}" for reason in Reason)
OUTCOME_GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "misunderstood": ("잘 못 알아들은 것 모두", MISUNDERSTOOD),
    "refused": ("규칙에 따라 안 된다고 한 것 모두", REFUSED),
}
"""Several outcomes by one name: its words, and which they are."""
NOTICE = "notice"
"""Intent of a turn in which KakaoTalk came for a card; nobody spoke, where it was not asked for by word."""
PAUSE = timedelta(minutes=30)
"""Longest silence within one dialog: the chat remembers no longer."""
PAGE = 50
STRETCH = 50_000
"""Turns that are looked through for one page, where no index holds what is looked for."""
LONGEST_DIALOG = 100
"""Turns shown before and after the one that is looked at."""
_BATCH = 5000
_CURSOR = re.compile(r"(\d{1,16})-(\d{1,10})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which turns are wanted; None and "" for all. ``outcome`` may be the name of a group."""

    since: datetime | None = None
    until: datetime | None = None
    intent: str = ""
    topic: str = ""
    outcome: str = ""
    pressed: bool | None = None
    spoken: bool = False
    """Only what people said or pressed, without the cards that KakaoTalk came for by itself."""
    least: float | None = None
    most: float | None = None
    alert: int | None = None
    any_alert: bool = False
    rating: int | None = None
    model: str = ""
    account_id: int | None = None
    text: str = ""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that are wanted, none for all."""
        if self.outcome in OUTCOME_GROUPS:
            return OUTCOME_GROUPS[self.outcome][1]
        return (self.outcome,) if self.outcome else ()

    @property
    def is_looked_through(self) -> bool:
        """Tell whether turns have to be looked at one by one: no single index finds the wanted ones in order."""
        indexed = (
            self.intent,
            self.outcome,
            self.alert is not None,
            self.rating is not None,
            self.account_id,
        )
        beside = (self.topic, self.model, self.text, self.least is not None, self.most is not None)
        return any(beside) or sum(map(bool, indexed)) > 1 or self.any_alert

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a turn must fulfil, but for its outcome."""
        turn, found = ConversationTurn, list[ColumnElement[bool]]()
        equal = {
            turn.intent: self.intent,
            turn.topic: self.topic,
            turn.model: self.model,
            turn.account_id: self.account_id,
        }
        found += [column == value for column, value in equal.items() if value]
        exact = {turn.pressed: self.pressed, turn.alert_kind: self.alert, turn.rating: self.rating}
        found += [column == value for column, value in exact.items() if value is not None]
        if self.spoken:
            found.append(_spoken())
        if self.any_alert:
            found.append(turn.alert_kind.is_not(None))
        if self.text:
            found.append(turn.words.icontains(self.text, autoescape=True))
        found += self._bounds()
        return found

    def _bounds(self) -> Iterator[ColumnElement[bool]]:
        turn = ConversationTurn
        if self.since is not None:
            yield turn.at >= self.since
        if self.until is not None:
            yield turn.at < self.until
        if self.least is not None:
            yield turn.confidence >= self.least
        if self.most is not None:
            yield turn.confidence <= self.most


@dataclass(frozen=True, slots=True)
class Page:
    """Turns, the newest first. ``older`` leads on to the next ones, empty at the end.

    ``looked_until`` is how far was looked where the page is not full and there is still more to look through.
    """

    rows: list[ConversationTurn]
    older: str = ""
    looked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dialog:
    """The turns of one sitting, the first one first, and a turn of the sittings before and after it."""

    turns: list[ConversationTurn]
    earlier: int | None = None
    later: int | None = None

    @property
    def account(self) -> ChannelAccount:
        """Whose chat it is."""
        return self.turns[0].account


@dataclass(slots=True)
class Figures:
    """What happened in some days. Only what people wrote themselves counts as understood or not."""

    turns: int = 0
    typed: int = 0
    misunderstood: int = 0
    failed: int = 0
    refused: int = 0
    helped: int = 0
    not_helped: int = 0
    by_intent: Counter[str] = field(default_factory=Counter)
    """Turns by intent, buttons too."""
    typed_by_intent: Counter[str] = field(default_factory=Counter)
    missed_by_intent: Counter[str] = field(default_factory=Counter)

    def add(self, intent: str, turns: int, typed: int, missed: int, *others: int) -> None:
        """Add the turns of an intent: all, typed, misunderstood, failed, refused, helped, not helped."""
        failed, refused, helped, not_helped = others
        self.by_intent[intent], self.typed_by_intent[intent] = turns, typed
        self.missed_by_intent[intent] = missed
        self.turns += turns
        self.typed += typed
        self.misunderstood += missed
        self.failed += failed
        self.refused += refused
        self.helped += helped
        self.not_helped += not_helped

    @property
    def answered_share(self) -> float | None:
        """Share of what people wrote that was understood, None where nobody wrote."""
        return 1 - (self.misunderstood + self.failed) / self.typed if self.typed else None


@dataclass(frozen=True, slots=True)
class Worse:
    """Something that got worse: what, its share before and now, and which turns show it.

    ``what``: ``misunderstood`` (of one intent, or of all), ``nlu_down``, ``refused`` or ``not_helped``.
    """

    what: str
    intent: str
    before: float
    now: float
    count: int


def _spoken() -> ColumnElement[bool]:
    return (ConversationTurn.intent != NOTICE) | ConversationTurn.pressed.is_(False)


# --- pages of turns


def turns(
    db: Session, wanted: Wanted, before: str = "", limit: int = PAGE, *, stretch: int = STRETCH
) -> Page:
    """Return a page of turns below a cursor that an earlier page gave."""
    at, number = _read_cursor(before)
    floor = _floor(db, wanted, at, stretch) if wanted.is_looked_through else None
    within = replace(wanted, since=max(filter(None, (wanted.since, floor)), default=None))
    found = list(db.scalars(_newest(within, at, number, limit + 1)))
    if len(found) > limit:
        last = found[limit - 1]
        return Page(found[:limit], _cursor(last.at, last.id))
    if floor is None:
        return Page(found)
    return Page(found, _cursor(floor, 0), floor)


def _newest(wanted: Wanted, at: datetime | None, number: int, limit: int) -> Select[ConversationTurn]:
    """Return the query for the newest turns: each outcome's by its own index, then the newest of all."""
    order = (ConversationTurn.at.desc(), ConversationTurn.id.desc())
    wants = wanted.conditions()
    if at is not None:
        same_moment = and_(ConversationTurn.at == at, ConversationTurn.id < number)
        below = or_(ConversationTurn.at < at, same_moment)
        wants += [ConversationTurn.at <= at, below]  # the first one is what an index is read from
    outcomes = wanted.outcomes
    if len(outcomes) < 2:
        wants += [ConversationTurn.outcome == each for each in outcomes]
        return select(ConversationTurn).where(*wants).order_by(*order).limit(limit)
    columns = select(ConversationTurn.id, ConversationTurn.at).where(*wants)
    each = (columns.where(ConversationTurn.outcome == one).order_by(*order).limit(limit) for one in outcomes)
    merged = union_all(*(select(branch.subquery()) for branch in each)).subquery()
    newest = select(merged.c.id).order_by(merged.c.at.desc(), merged.c.id.desc()).limit(limit)
    return select(ConversationTurn).where(ConversationTurn.id.in_(newest)).order_by(*order)


def _floor(db: Session, wanted: Wanted, at: datetime | None, stretch: int) -> datetime | None:
    """Return the moment down to which one page looks, None where the rest is short enough to be looked through."""
    until = min(filter(None, (at, wanted.until)), default=None)
    query = select(ConversationTurn.at).order_by(ConversationTurn.at.desc())
    if until is not None:
        query = query.where(ConversationTurn.at <= until)
    floor = db.scalar(query.offset(stretch).limit(1))
    return None if floor is None or (wanted.since is not None and floor <= wanted.since) else floor


def _cursor(at: datetime, number: int) -> str:
    return f"{round(at.timestamp() * 1_000_000)}-{number}"


def _read_cursor(cursor: str) -> tuple[datetime | None, int]:
    """Return the place a cursor names; of one that is none of ours the beginning."""
    found = _CURSOR.fullmatch(cursor)
    if found is None or int(found[2]) > LARGEST_ID:
        return None, 0
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(found[1])), int(found[2])


# --- one dialog


def dialog(
    db: Session,
    account_id: int,
    at: datetime,
    *,
    originals: bool = False,
    longest: int = LONGEST_DIALOG,
) -> Dialog | None:
    """Return the dialog an account had at a moment, with what was answered; None when there was none.

    ``originals`` reads the words as they were written, too; ``longest`` is how many turns before and after are read.
    """
    hidden = [undefer(ConversationTurn.reply), undefer(ConversationTurn.understood)]
    if originals:
        hidden.append(undefer(ConversationTurn.original))
    whose = joinedload(ConversationTurn.account).joinedload(ChannelAccount.member)
    own = select(ConversationTurn).where(ConversationTurn.account_id == account_id).options(*hidden, whose)
    newest = (ConversationTurn.at.desc(), ConversationTurn.id.desc())
    oldest = (ConversationTurn.at, ConversationTurn.id)
    until = own.where(ConversationTurn.at <= at).order_by(*newest).limit(longest + 1)
    after = own.where(ConversationTurn.at > at).order_by(*oldest).limit(longest + 1)
    past, earlier = _sitting(db.scalars(until).all(), at, longest)
    if not past:
        return None
    future, later = _sitting(db.scalars(after).all(), past[0].at, longest)
    return Dialog([*reversed(past), *future], earlier, later)


def _sitting(
    found: Sequence[ConversationTurn], at: datetime, longest: int
) -> tuple[list[ConversationTurn], int | None]:
    """Return the turns up to the first long silence, and the number of the one behind it."""
    sitting = list[ConversationTurn]()
    for turn in found:
        if len(sitting) == longest or abs(turn.at - at) > PAUSE:
            return sitting, turn.id
        sitting.append(turn)
        at = turn.at
    return sitting, None


# --- figures


def figures(db: Session, since: datetime, until: datetime) -> Figures:
    """Return what happened between two moments."""
    turn, found = ConversationTurn, Figures()
    typed = turn.pressed.is_(False)
    counts = (
        func.count(),
        _count(typed),
        _count(and_(typed, turn.outcome.in_(MISUNDERSTOOD))),
        _count(and_(typed, turn.outcome == "nlu_down")),
        _count(turn.outcome.like("refused:%")),
        _count(turn.rating == 1),
        _count(turn.rating == -1),
    )
    query = select(turn.intent, *counts).where(turn.at >= since, turn.at < until, _spoken())
    for intent, *row in db.execute(query.group_by(turn.intent)):
        found.add(intent, *row)
    return found


def _count(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((what, 1), else_=0))


def hours_of(db: Session, since: datetime, hours: int) -> list[int]:
    """Return how many turns began in each of so many hours."""
    edges = [since + timedelta(hours=hour) for hour in range(hours + 1)]
    counts = [
        select(func.count())
        .where(ConversationTurn.at >= begin, ConversationTurn.at < end, _spoken())
        .scalar_subquery()
        for begin, end in pairwise(edges)
    ]
    return list(db.execute(select(*counts)).one())


def slow_milliseconds(db: Session, since: datetime, until: datetime, share: float = 0.95) -> int | None:
    """Return the time within which that share of the turns was answered, None where there were none."""
    turn = ConversationTurn
    times = select(turn.milliseconds).where(turn.at >= since, turn.at < until)
    count = db.scalar(select(func.count()).where(turn.at >= since, turn.at < until)) or 0
    return db.scalar(times.order_by(turn.milliseconds).offset(int(count * share)).limit(1))


def mean_confidence(db: Session, since: datetime, until: datetime) -> float | None:
    """Return how sure the model was on average of what people wrote, None where it read nothing."""
    turn = ConversationTurn
    read = select(func.avg(turn.confidence)).where(turn.source.in_(("nlu", "cache")), turn.pressed.is_(False))
    found = db.scalar(read.where(turn.at >= since, turn.at < until))
    return None if found is None else float(found)


def got_worse(now: Figures, before: Figures, most: int = 5) -> list[Worse]:
    """Return what is worse than it was by more than chance explains, what concerns most people first."""
    found = list[tuple[float, Worse]]()
    for what, intent, count, of, count_before, of_before in _compared(now, before):
        if _is_worse(count, of, count_before, of_before):
            was = count_before / of_before
            found.append((count - was * of, Worse(what, intent, was, count / of, count)))
    return [worse for _, worse in sorted(found, key=lambda each: -each[0])[:most]]


def _compared(now: Figures, before: Figures) -> Iterator[tuple[str, str, int, int, int, int]]:
    """Yield what can get worse: what, of which intent, cases, of how many, and both before."""
    yield "misunderstood", "", now.misunderstood, now.typed, before.misunderstood, before.typed
    yield "nlu_down", "", now.failed, now.typed, before.failed, before.typed
    yield "refused", "", now.refused, now.turns, before.refused, before.turns
    yield "not_helped", "", now.not_helped, _rated(now), before.not_helped, _rated(before)
    for intent, typed in now.typed_by_intent.items():
        was = before.missed_by_intent[intent], before.typed_by_intent[intent]
        yield "misunderstood", intent, now.missed_by_intent[intent], typed, *was


def _rated(found: Figures) -> int:
    return found.helped + found.not_helped


_FEWEST, _STEP, _Z = 5, 0.01, 1.645
"""What is told as worse: cases at least, by how much of the whole, and how unlikely by chance (one in twenty)."""


def _is_worse(count: int, of: int, count_before: int, of_before: int) -> bool:
    if count < _FEWEST or not of_before or count / of - count_before / of_before < _STEP:
        return False
    pooled = (count + count_before) / (of + of_before)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / of_before))
    return spread == 0 or (count / of - count_before / of_before) / spread > _Z


# --- forgetting


def forget_originals(db: Session, before: datetime) -> int:
    """Forget the words as they were written before a moment, in batches that are committed; return of how many turns."""
    total, gone = 0, _BATCH
    while gone == _BATCH:
        old = select(ConversationTurn.id).where(
            ConversationTurn.original.is_not(None), ConversationTurn.at < before
        )
        forget = update(ConversationTurn).where(ConversationTurn.id.in_(old.limit(_BATCH)))
        done = db.execute(forget.values(original=None).execution_options(synchronize_session=False))
        db.commit()
        gone = int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        total += gone
    return total
