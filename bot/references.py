"""Words that point at what was shown: "그거", "두 번째 거", "아까 그 도서관", "마지막 거 말고 그 앞에 거"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.data import declined, plain
from bot.dates import DateRange, moved_dates, parse_dates
from bot.ordinals import find_ordinals, parse_ordinal
from bot.replies import Block, Card, Carousel, Data, ListCard, Press, Reply
from models.search import squeeze

DETAILS = {
    "session": "find_program",
    "program": "apply_program",
    "application": "application_status",
    "certificate": "certificate_issue",
    "record": "hours_missing",
    "offer": "talent_sharing",
}
"""What a thing is, named as buttons name its id → the action that shows it."""
ACTS_ON: dict[str, tuple[str, ...]] = {
    "find_program": ("session", "program"),
    "apply_program": ("session", "program"),
    "application_status": ("application",),
    "cancel_application": ("application",),
    "no_show": ("application",),
    "certificate_issue": ("certificate",),
    "hours_missing": ("record", "application"),
    "talent_sharing": ("offer",),
}
"""Action → the things it can be done to."""
_ASKED_ABOUT = frozenset(
    {"human_agent", "faq_leader_host", "faq_hours_rule", "application_status", "check_hours", "find_program"}
)
"""What questions about a thing (its telephone number, its place) are also taken for."""
_LONGEST_TITLE, _LONGEST_ABOUT = 40, 60
_LONGEST_SPAN = 14
"""Days of a span that a thing may be named by: this week, at most a fortnight."""
_SHORT = 20
"""Characters without spaces up to which a number in the words may mean one of a list without more evidence."""

_PRONOUN = re.compile(
    r"(?<![가-힣])(?:(?:아까|방금|좀\s?전에?|위에|위)\s?)?(?:본\s?|보여\s?준\s?|나온\s?|말한\s?)?"
    r"(?:[그이저요고](?:거|것|걸|건|게|꺼)(?!\s?말고)|[그이]\s?(?:봉사|활동|신청|기관|곳|확인서|증명서)|"
    r"거기|여기|(?<=아까\s)거|(?<=방금\s)거|(?<=본\s)거|(?<=준\s)거)"
)
"""그거, 이 봉사, 아까 본 거: whatever was shown last."""
_THAT_NAME = re.compile(r"(?<![가-힣])(?:아까|방금|좀\s?전에?|위에|(?:아까\s?)?[그이](?=\s))")
"""아까 …, 그 …: what follows names a thing that was shown."""
_NAMED_THING = re.compile(r"(?P<name>[가-힣A-Za-z0-9]{2,}?)\s?(?:거|꺼|것|걸)(?![가-힣]*(?:든|의|나|같))")
"""도서관 거: a name for a thing, which may or may not have been shown."""
_BESIDE = re.compile(
    r"\s?(?:거|것|꺼|카드)?\s?말고(?!도)\s?(?:그|바로|그거|고)*\s*(?P<way>앞|위|전|이전|다음|담|뒤|아래|밑)"
)
"""What follows an ordinal in "마지막 거 말고 그 앞에 거"."""
_BEFORE = frozenset({"앞", "위", "전", "이전"})
_DETAIL = re.compile(
    r"몇\s?시(?!간)|언제|어디|전화|연락처|번호|몇\s?명|자리|준비물|주소|며칠|위치|장소|자세|상세|뭐\s?하는|기관|몇\s?시간\s?(?:주|줘|짜리|인정|받|나와)"
)
"""What people ask about a thing."""
_NO_WORD = re.compile(rf"(?:{_DETAIL.pattern})[가-힣]*|[^\w\s]+")
_NO_NAME = re.compile(
    r"봉사|신청|취소|활동|아까|방금|보여|알려|알아|자세|상세|전화|연락|번호|몇|언제|어디|시간|뭐|무슨|무엇|다시|말고|마지막|"
    r"첫|두번|세번|번째|위에|아래|앞에|뒤에|기관|확인|할래|할게|해줘|하고|하는|싶|가고|갈래|거기|여기|다른|더|제일|가장|"
    r"그거|이거|저거|그것|이것|그건|이건|그걸|이걸|그게|이게|본|나온|말한|있는|있던|했던|하던|좀|나도|저도|제발|부탁|자리|준비|주소|"
    r"위치|장소|며칠|찾아|추천|거야|거예|건가|건지|인데|인가|한거|한것|볼래|볼게|볼까|로요|으로|이요"
)
_PARTICLE = re.compile(
    r"(?:이라는|라는|에서|에게|한테|으로|까지|부터|이요|은|는|이|가|을|를|에|도|의|요|로|거|것|꺼|걸|건)+$"
)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that was shown: a session, an application, a certificate.

    ``about`` is what stood on it besides the title (place, day), to be named by. ``data`` holds what it is and its
    id, as buttons carry it: ``{"session": 5}``.
    """

    title: str
    about: str
    data: Data

    @property
    def kind(self) -> str:
        """What it is, a key of ``DETAILS``."""
        return next(iter(self.data))


@dataclass(frozen=True, slots=True)
class Pointing:
    """How words point: at one of a list, by name or day, or simply at what was last shown.

    ``sure``: the words point for certain (그거); otherwise they may as well be a search (도서관 거).
    """

    sure: bool
    ordinal: int | None = None
    names: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    pronoun: bool = False

    @property
    def by_name(self) -> bool:
        """Tell whether a name or a day says which."""
        return bool(self.names or self.days)


@dataclass(frozen=True, slots=True)
class Referral:
    """The things that words may mean, and what is to be done with the one that is meant."""

    things: tuple[Thing, ...]
    action: str | None
    missed: bool = False
    """None of the things that were shown fits; they are all there, to pick from."""

    def action_on(self, thing: Thing) -> str:
        """Return what is done with a thing: what was asked for, or showing it."""
        return self.action or DETAILS[thing.kind]


def things_of(reply: Reply, asked: Data | None = None) -> list[Thing]:
    """Return the things a reply shows, from top to bottom; ``asked`` is the data it answers.

    The card of something that nothing can be done with any more has no button to tell what it is: it is what was
    asked for.
    """
    found = [thing for block in reply.blocks for thing in _things_of(block)]
    identity = None if found else _identity(asked or {})
    cards = [block for block in reply.blocks if isinstance(block, Card) and block.title] if identity else []
    return found or [_thing(card.title, _facts(card), identity) for card in cards[:1] if identity]


def _things_of(block: Block) -> Iterator[Thing]:
    if isinstance(block, Carousel):
        for card in block.cards:
            yield from _things_of(card)
    elif isinstance(block, ListCard):
        yield from _made((item.title, item.text, [item.target]) for item in block.items)
    elif isinstance(block, Card):
        yield from _made([(block.title, _facts(block), [button.target for button in block.buttons])])


def _facts(card: Card) -> str:
    return " · ".join(fact.value for fact in card.facts)


def _made(shown: Iterable[tuple[str, str, Sequence[object]]]) -> Iterator[Thing]:
    for title, about, targets in shown:
        ids = (_identity(target.data) for target in targets if isinstance(target, Press))
        if data := next(filter(None, ids), None):
            yield _thing(title, about, data)


def _thing(title: str, about: str, data: Data) -> Thing:
    return Thing(title[:_LONGEST_TITLE], about[:_LONGEST_ABOUT], data)


def _identity(data: Data) -> Data | None:
    return next(({kind: data[kind]} for kind in DETAILS if kind in data), None)


def ordinal_in(words: str) -> int | None:
    """Return which one of a list the words name: 1 is the first, -1 the last; None when they name none.

    "마지막 거 말고 그 앞에 거" is -2.
    """
    text = plain(words)
    beside = _BESIDE.search(text)
    if beside and (before := find_ordinals(text[: beside.start()])):
        step = -1 if beside["way"] in _BEFORE else 1
        return (before[-1].value + step) or None
    return parse_ordinal(words)


def pointing_in(words: str, now: datetime, *, ordinal: bool = False) -> Pointing | None:
    """Return how words point at something that was shown, None when they do not.

    ``ordinal``: a number in the words is known to mean one of a list, however long they are.
    """
    text = plain(words)
    if (ordinal or len(squeeze(text)) <= _SHORT) and (number := ordinal_in(words)):
        return Pointing(sure=True, ordinal=number)
    pronoun = next((m for m in _PRONOUN.finditer(text) if not declined(text, m.end())), None)
    names, days = _names(text, now), _days(text, now)
    if pronoun or (_THAT_NAME.search(text) and (names or days)):
        return Pointing(sure=True, names=names, days=days, pronoun=pronoun is not None)
    named = [m for m in _NAMED_THING.finditer(text) if not declined(text, m.end())]
    return Pointing(sure=False, names=names, days=days) if named and (names or days) else None


def _days(text: str, now: datetime) -> tuple[date, ...]:
    return _each_day([found.value for found in parse_dates(text, now)])


def _each_day(spans: Sequence[DateRange]) -> tuple[date, ...]:
    lengths = [min((span.end - span.start).days + 1, _LONGEST_SPAN) for span in spans]
    return tuple(
        day
        for span, length in zip(spans, lengths, strict=True)
        for n in range(length)
        if (day := span.start + timedelta(n)) in span
    )


def _names(text: str, now: datetime) -> tuple[str, ...]:
    """Return the words that may name a thing: what is left without days, pointing words and fillers."""
    for found in parse_dates(text, now):
        text = text[: found.start] + " " * (found.end - found.start) + text[found.end :]
    wanted = _NO_WORD.sub(" ", re.sub(r"\S+\s?말고", " ", text))
    cut = (_PARTICLE.sub("", squeeze(word)) for word in wanted.split())
    return tuple(word for word in cut if len(word) > 1 and not _NO_NAME.match(word))


def asks_detail(words: str) -> bool:
    """Tell whether words ask what stands on a card: when, where, the telephone number."""
    return bool(_DETAIL.search(plain(words)))


def refers_to(
    words: str, intent: str | None, shown: Sequence[Sequence[Thing]], now: datetime, *, ordinal: bool = False
) -> Referral | None:
    """Return what words refer to, None when they refer to nothing that was shown.

    Args:
        words: what was said.
        intent: what it surely asks for; None when that is not sure.
        shown: what was shown lately, reply by reply, the latest last.
        now: the present moment, for days that are named.
        ordinal: whether a number in the words is known to mean one of a list.

    """
    pointing = pointing_in(words, now, ordinal=ordinal)
    if pointing is None:
        return None
    if intent == "cancel_application" and (away := moved_dates(words, now)[0]):
        pointing = replace(pointing, days=_each_day([found.value for found in away]))
    if intent is None or (intent in _ASKED_ABOUT and asks_detail(words)):
        return _to_show(pointing, shown)
    if intent not in ACTS_ON or (intent == "find_program" and _searches(pointing, words)):
        return None
    kinds = ACTS_ON[intent]
    fitting = [[thing for thing in group if thing.kind in kinds] for group in shown]
    return _to_act_on(pointing, list(filter(None, fitting)), intent)


def _searches(pointing: Pointing, words: str) -> bool:
    """Tell whether a search only mentions what it is like or where: 여기서 할 수 있는 봉사 찾아줘."""
    return pointing.ordinal is None and (not pointing.by_name or "찾" in words)


def _to_show(pointing: Pointing, shown: Sequence[Sequence[Thing]]) -> Referral | None:
    """Return what is to be shown: whatever is said besides must name it, or something else is meant."""
    found = _pointed_at(pointing, shown)
    named = all(_score(thing, pointing.names) == len(pointing.names) for thing in found)
    return Referral(found, None) if found and named else None


def _to_act_on(pointing: Pointing, shown: Sequence[Sequence[Thing]], action: str) -> Referral | None:
    if found := _pointed_at(pointing, shown):
        return Referral(found, action)
    if not pointing.sure or not shown:
        return None
    if pointing.pronoun:
        return Referral(tuple(shown[-1]), action)
    everything = {str(thing.data): thing for group in reversed(shown) for thing in group}
    return Referral(tuple(everything.values()), action, missed=True)


def _pointed_at(pointing: Pointing, shown: Sequence[Sequence[Thing]]) -> tuple[Thing, ...]:
    latest_first = [group for group in reversed(shown) if group]
    if not latest_first:
        return ()
    if pointing.ordinal is not None:
        return _nth(
            next((group for group in latest_first if len(group) > 1), latest_first[0]), pointing.ordinal
        )
    if not pointing.by_name:
        return tuple(latest_first[0])
    return next(filter(None, (_named(pointing, group) for group in latest_first)), ())


def _nth(group: Sequence[Thing], ordinal: int) -> tuple[Thing, ...]:
    index = ordinal - 1 if ordinal > 0 else ordinal
    return (group[index],) if -len(group) <= index < len(group) else ()


def _named(pointing: Pointing, group: Sequence[Thing]) -> tuple[Thing, ...]:
    """Return those on the days named that have most of the names, none where none has any."""
    found = [thing for thing in group if _is_on(thing, pointing.days)]
    scores = [_score(thing, pointing.names) for thing in found]
    best = max(scores, default=0)
    if not best and pointing.names and not pointing.days:
        return ()
    return tuple(thing for thing, score in zip(found, scores, strict=True) if score == best)


def _score(thing: Thing, names: Sequence[str]) -> int:
    words = squeeze(thing.title + thing.about)
    return sum(name in words for name in names)


def _is_on(thing: Thing, days: Sequence[date]) -> bool:
    words = f"{thing.title} {thing.about}"
    return not days or any(re.search(rf"(?<!\d){day.month}월 {day.day}일", words) for day in days)
