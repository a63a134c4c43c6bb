"""Times of day and numbers of hours in Korean words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time

from bot.data import Found, declined, plain
from bot.ordinals import NATIVE, SINO, any_of, number
from bot.spelling import mended

NOON, MIDNIGHT = 12 * 60, 24 * 60
PARTS_OF_DAY = {
    "새벽": (0, 6 * 60),
    "아침": (7 * 60, 10 * 60),
    "오전": (9 * 60, NOON),
    "점심": (11 * 60, 14 * 60),
    "낮": (10 * 60, 17 * 60),
    "오후": (NOON, 18 * 60),
    "방과후": (16 * 60, 19 * 60),
    "저녁": (18 * 60, 21 * 60),
    "밤": (20 * 60, MIDNIGHT),
    "종일": (9 * 60, 18 * 60),
}
"""What a part of the day means when no hour is named, in minutes; 오전 is when most programmes before noon run."""
ROUGHLY = 120
"""Minutes by which an hour may come before the part of the day it is said with: 학교 끝나고 3시."""
_ENGLISH_PARTS = {"morning": "오전", "afternoon": "오후", "evening": "저녁", "night": "밤"}
EARLY_OR_LATE = {
    ("아침", "이른"): (6 * 60, 9 * 60),
    ("오전", "이른"): (6 * 60, 9 * 60),
    ("오전", "늦은"): (10 * 60, NOON),
    ("오후", "이른"): (NOON, 15 * 60),
    ("오후", "늦은"): (15 * 60, 18 * 60),
    ("저녁", "이른"): (17 * 60, 19 * 60),
    ("저녁", "늦은"): (20 * 60, 22 * 60),
    ("밤", "늦은"): (22 * 60, MIDNIGHT),
}
"""The same narrowed by 이른, 일찍 or 늦은, 늦게."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Times of one day, both included. A single moment (2시) begins and ends at once; midnight ends at 23:59."""

    start: time
    end: time

    def iso(self) -> str:
        """Return the range as ``09:00/12:00``."""
        return f"{self.start:%H:%M}/{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A time at its place, in minutes. ``told`` is false where 오전 or 오후 had to be guessed."""

    first: int
    last: int
    start: int
    end: int
    told: bool = True


_SINGLES = any_of(word for word, n in NATIVE.items() if n <= 12 and word not in ("하나", "둘", "셋", "넷"))
_HOUR = rf"(?<![\d.:/])\d{{1,2}}|(?:(?<![가-힣])|(?<=[전후침심낮녁밤일욜말터]))(?:{_SINGLES})"
_AFTER = r"(?=$|[^가-힣]|[에부까이쯤정경도는로가만랑전넘요인라할끝시출꺼거것])"
_SPAN = r"(?=\s?[~-]\s?\d{1,2}\s?시(?!간))"
_MEAL = r"(?:먹(?!고|은)|밥(?!\s?먹고)|값|식사|제공|도시락|줘|주[나는시면]|나[오와]|안\s?[주줘])"
_LUNCH_BREAK = (
    r"(?:점심|저녁|아침)(?:밥|\s?식사)?\s?(?:시간)?(?:도|은|는|이)?\s?(?:봉사\s?)?(?:시간|활동)?(?:에|에서|으로)?(?:는|도)?\s?"
    r"(?:포함|인정|들어가|빼|빠지|쳐|치나|카운트)"
)
"""The break for a meal as part of what is counted: 점심시간도 봉사시간에 들어가나요."""
_EATEN = r"(?:은|는|을|도)?\s?(?:(?:뭐|머|뭘|멀)\s?(?:먹|나[오와]|줘|주)|메뉴|굶|맛|챙기|챙겨|싸\s?(?:가|오|와)|사\s?먹|주[나는시면]|줘|나[오와]|제공|먹을|먹나|먹어|먹고\s?싶)"
_GREETING = (
    r"(?:좋은|굿|즐거운|행복한|상쾌한|편안한)\s?(?:아침|저녁|오후|밤)(?!\s?(?:에|봉사|시간|활동|프로그램))|"
    r"good\s?(?:morning|afternoon|evening|night)"
)
_CLOCK = re.compile(
    rf"(?:(?P<part>새벽|아침|오전|점심|한?낮|오후|저녁|밤|[ap]m)\s?(?:에\s?)?)?(?:"
    rf"(?P<hour>{_HOUR})(?:\s?시(?!간)(?:\s?(?P<half>반)|\s?(?P<minute>\d{{1,2}}|{any_of(SINO)})\s?분|{_AFTER})|{_SPAN})|"
    r"(?P<hh>(?<![\d.:/])\d{1,2}):(?P<mm>[0-5]\d)(?![\d:])(?:\s?(?P<ampm>[ap]m))?|"
    r"(?P<h12>(?<![\d.:/])\d{1,2})\s?(?P<ampm12>[ap]m)(?![a-z]))|"
    r"(?P<named>정오|자정)"
)
_PART = re.compile(
    rf"(?P<meal>{_GREETING}|{_LUNCH_BREAK}|(?:아침|점심|저녁)(?:{_EATEN}|\s?{_MEAL}))|(?P<lunch>점심\s?(?:밥\s?)?먹(?:고|은))|"
    r"(?P<tone>(?:이른|늦은)\s?)?(?:(?P<part>새벽|아침|오전|점심(?:\s?때)?|오후|저녁)|"
    r"(?:(?<![가-힣])|(?<=[늘일욜말은]))(?P<short>밤|한?낮|대낮)(?=$|[^가-힣]|[에엔까부늦]))(?:에\s?)?(?P<manner>\s?(?:일찍|늦게))?|"
    r"(?P<night>야간|한밤중)|(?<![a-z])(?P<english>morning|afternoon|evening|night)(?![a-z])|(?P<work>퇴근\s?(?:후|하고|시간)|야자\s?(?:끝|후|마치))|"
    r"(?P<school>방과\s?후(?!\s?(?:학교|교실|교육|수업|활동|강사|지도|돌봄))|하교\s?(?:후|하고)|"
    r"(?:학교|수업)\s?(?:끝나고|끝난|끝나면|마치고|갔다\s?와서|다녀와서|후에))|(?P<all>하루\s?종일|온종일|종일)"
)
_TO = re.compile(r"\s?(?:부터|에서|~|-)\s?")
_BETWEEN = re.compile(r"\s?,?\s?")
_NARROWING = re.compile(r"\s?(?:에|쯤|,)?\s?(?:한\s?)?")
_UNTIL = re.compile(r"\s?(?:까지|사이)")
_FROM_THEN = re.compile(r"\s?(?:부터|이후|넘어|지나서|후에)")
_UP_TO_THEN = re.compile(r"\s?(?:까지|이전|전(?:에[는만도]?|까지[는만도]?)?(?![가-힣]))")


def parse_times(text: str, now: datetime | None = None) -> list[Found[TimeRange]]:
    """Return the times of day named in ``text``, in order.

    Without 오전 or 오후, 1 to 7 are after noon, and a second time is the first one after the first: 10시~2시 is
    10:00/14:00. 2시 이후 lasts to the day's end. Numbers of hours (3시간), meals (점심 주나요) and greetings (좋은 아침) are not times; with
    ``now``, those counted from it are (2시간 안으로, 30분 뒤).
    """
    written = plain(text)
    words = mended(written)
    return [
        Found(TimeRange(_time(p.first), _time(p.last)), p.start, p.end, written[p.start : p.end])
        for p in _joined(words, _narrowed(words, _pieces(words, now)))
        if not declined(words, p.end)
    ]


def _pieces(words: str, now: datetime | None) -> list[_Piece]:
    clocks = [piece for match in _CLOCK.finditer(words) if (piece := _clock(match))]
    if now is not None:
        clocks += [piece for match in _FROM_NOW.finditer(words) if (piece := _from_now(match, now))]
    taken = bytearray(len(words) + 1)
    for each in clocks:
        taken[each.start : each.end] = b"\1" * (each.end - each.start)
    parts = [p for m in _PART.finditer(words) if not any(taken[m.start() : m.end()]) and (p := _part(m))]
    return sorted(clocks + parts, key=lambda each: each.start)


def _clock(match: re.Match[str]) -> _Piece | None:
    if match["named"]:
        at = NOON if match["named"] == "정오" else MIDNIGHT
        return _Piece(at, at, *match.span())
    hour = number(match["hour"] or match["hh"] or match["h12"])
    minutes = 30 if match["half"] else number(match["minute"] or match["mm"] or "0")
    part = match["part"] or match["ampm"] or match["ampm12"]
    told = part is not None or hour > 12 or (match["hh"] or "").startswith("0")
    if hour > 24 or minutes > 59 or hour * 60 + minutes > MIDNIGHT:
        return None
    at = _hour(hour, part, told=told) * 60 + minutes
    return _Piece(at, at, *match.span(), told)


def _hour(hour: int, part: str | None, *, told: bool) -> int:
    """Return the hour of 24 for an hour said in a part of the day."""
    if part in ("오전", "새벽", "아침", "am"):
        return hour % 12 if hour == 12 else hour
    if part in ("오후", "저녁", "pm"):
        return hour + 12 if hour < 12 else hour
    if part == "밤":
        return hour + 12 if 6 <= hour <= 12 else hour
    after_noon = 1 <= hour <= 7 and (part is not None or not told)
    return hour + 12 if after_noon else hour


def _from_now(match: re.Match[str], now: datetime) -> _Piece | None:
    """Read 2시간 안으로 or 30분 뒤, while the day lasts."""
    moment = now.hour * 60 + now.minute
    then = moment + round(_hours(match) * 60)
    return _Piece(moment if match["within"] else then, then, *match.span()) if then <= MIDNIGHT else None


def _part(match: re.Match[str]) -> _Piece | None:
    if match["meal"]:
        return None
    if match["lunch"]:
        return _Piece(NOON, PARTS_OF_DAY["점심"][1], *match.span())
    name = (match["part"] or match["short"] or "").removeprefix("한").removeprefix("대")[:2]
    name = name or _ENGLISH_PARTS.get(match["english"] or "", "")
    name = name or (
        "방과후" if match["school"] else "종일" if match["all"] else "저녁" if match["work"] else "밤"
    )
    tone = "이른" if "이른" in (match["tone"] or "") or "일찍" in (match["manner"] or "") else "늦은"
    plainly = match["tone"] is None and match["manner"] is None
    span = PARTS_OF_DAY[name] if plainly else EARLY_OR_LATE.get((name, tone), PARTS_OF_DAY[name])
    return _Piece(*span, *match.span())


def _narrowed(words: str, pieces: list[_Piece]) -> list[_Piece]:
    """Let an hour named right after a part of the day be the time meant: 학교 끝나고 4시 반."""
    narrowed: list[_Piece] = []
    for piece in pieces:
        whole = narrowed[-1] if narrowed else None
        if whole and _narrows(words, whole, piece):
            narrowed[-1] = replace(piece, start=whole.start)
        else:
            narrowed.append(piece)
    return narrowed


def _narrows(words: str, whole: _Piece, moment: _Piece) -> bool:
    inside = whole.first - ROUGHLY <= moment.first == moment.last <= whole.last and whole.first < whole.last
    return inside and _NARROWING.fullmatch(words, whole.end, moment.start) is not None


def _joined(words: str, pieces: list[_Piece]) -> Iterator[_Piece]:
    """Join pairs (2시부터 5시까지) and open the ends of what has 이후 or 까지 after it."""
    rest = iter([*pieces, None])
    current = next(rest)
    while current:
        following = next(rest)
        if following and (end := _pair_end(words, current, following)):
            last = _last(current, following)
            yield _Piece(current.first, last, current.start, end)
            following = next(rest)
        else:
            yield _opened(words, current)
        current = following


def _pair_end(words: str, first: _Piece, second: _Piece) -> int | None:
    """Return where the pair ends if the two are one range."""
    gap = words[first.end : second.start]
    until = _UNTIL.match(words, second.end)
    if _TO.fullmatch(gap) or (until and first.first == first.last and _BETWEEN.fullmatch(gap)):
        return until.end() if until else second.end
    return None


def _last(first: _Piece, second: _Piece) -> int:
    last = second.last
    if not second.told:
        last = last % NOON
        while last <= first.first:
            last += NOON
    return min(last, MIDNIGHT) if last > first.first else MIDNIGHT


def _opened(words: str, piece: _Piece) -> _Piece:
    if after := _FROM_THEN.match(words, piece.end):
        return _Piece(piece.first, MIDNIGHT, piece.start, after.end())
    if before := _UP_TO_THEN.match(words, piece.end):
        last = piece.first if piece.first < piece.last and "전" in before.group() else piece.last
        return _Piece(0, last, piece.start, before.end())
    return piece


def _time(minutes: int) -> time:
    return time(23, 59) if minutes >= MIDNIGHT else time(minutes // 60, minutes % 60)


_AMOUNT = (
    rf"(?:(?P<n>(?<![\d.:/])\d{{1,3}}(?:\.\d)?|(?<![가-힣])(?:{any_of(NATIVE)}))\s?(?:시간|(?:hours?|hrs?|h)(?![a-z]))"
    r"(?:\s?(?P<half>반)(?![가-힣]*복)|\s?(?P<minutes>\d{1,2})\s?분)?|(?P<only>(?<![\d.:/시])(?<!시\s)\d{2,3})\s?분)"
)
_DONE = (
    r"(?<![가-힣])한\s시간(?:이|은|도)?\s?(?:아직\s?|아직도\s?)?(?:왜\s?)?(?:안\s?(?!에|으로)|없|어디|언제)|"
    r"(?<=[내제]가\s)한\s시간(?!\s?(?:했|만|동안|정도|걸|일찍|늦|[전뒤후]|반))"
)
"""The time that somebody did, no hour: 한 시간이 안 올라와요, 내가 한 시간."""
_HOURS = re.compile(rf"(?!{_DONE}){_AMOUNT}(?!의)")
_FROM_NOW = re.compile(
    rf"{_AMOUNT}\s?(?:(?P<within>안에|안으로|내로|내에|이내로?)(?!\s?(?:끝|마치|하는))|(?:뒤|후|있다가|이따)(?:에|쯤|로)?(?![가-힣]))"
)


def parse_hours(text: str) -> list[Found[float]]:
    """Return the numbers of hours named in ``text``: 20시간, 열 시간, 2시간 반, 90분."""
    words = plain(text)
    return [Found(_hours(m), *m.span(), m.group()) for m in _HOURS.finditer(words)]


def _hours(match: re.Match[str]) -> float:
    if match["only"]:
        return int(match["only"]) / 60
    whole = float(match["n"]) if match["n"][0].isdecimal() else float(number(match["n"]))
    return whole + (0.5 if match["half"] else int(match["minutes"] or 0) / 60)
