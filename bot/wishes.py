"""Several wishes in one message, and what is said only to rule it out.

Splitting is cautious. A message is only split where both sides have the form of a wish, and only when both are
understood, surely enough, as different wishes. Everything else stays one message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.certainty import PART, SMALL_TALK, SURE, are_alike, is_wish
from bot.understanding import ParsedMessage

Parse = Callable[[str], ParsedMessage]
"""Understands words; raises ``NLUUnavailable`` where there is no time left for it."""

NEXT = "next_wish"
"""What a button presses that says wishes for the person: their words, one wish in a line."""
MOST = 3
"""Wishes that are told apart in one message."""
_MOST_PLACES = 4
"""Places to split at that are tried, each at the cost of two parses."""
_NARRATED = ("apply_program", "cancel_application")
"""봉사 신청하고 취소하고 싶어요: what was done and what is wanted, not two wishes."""
_LONGEST = 200
"""Characters of a message that is split; longer ones tell a story and have one wish, if any."""

CHANGING = frozenset(
    {
        "cancel_application",
        "apply_program",
        "certificate_issue",
        "notification_settings",
        "talent_sharing",
        "change_profile",
        "no_show",
        "human_agent",
    }
)
"""What changes something or hands the person over: answered after what only shows."""

_GIVE = (
    r"(?:알려|보여|찾아|뽑아|취소해|신청해|확인해|추천해|발급해|연결해|바꿔|꺼|켜|봐|해|떼|보내|골라|구해)"
)
_DO = r"(?:취소|신청|확인|추천|발급|연결|조회|변경|설정|출력|수정|등록|문의|찾기|보기)"
_NOUN = r"(?:봉사\s?시간|봉시|시간|신청\s?내역|신청\s?현황|내역|현황|목록|확인서|증명서|순번|안내)"
_TAIL = r"(?:요|여|염|용|욤|유|좀|도|만|당|다|ㅇ|ㅁ|음|임|셈|욥)?[\s.~!?ㅋㅎㅠㅜ^;]*$"
_REQUEST = (
    rf"{_GIVE}\s?(?:주|줘|줄|달|죠|쥬)\S{{0,7}}(?:\s?수\s?있\S{{0,4}})?|"
    rf"{_DO}\s?(?:좀|부탁\S*|할래|할게|할꺼|할\s?거|하고\s?싶\S*|하려고\S*|ㄱㄱ|고고|원해|해|하자)|"
    r"싶\S{0,4}|[할볼꿀끌켤을갈뽑]래|[할볼꿀끌켤을]게|보자|원해|"
    rf"{_GIVE}|부탁\S{{0,4}}|ㄱㄱ|{_NOUN}|{_DO}"
)
"""Asked for, wanted, or simply named: 알려줘, 취소할래, 확인서 발급."""
_QUESTION = r"(?:나요|까요?|인가요?|는지|은지|인지|했니|됐니|있니|냐|있어|없어|됐어|되나|돼)|(?:뭐|몇|언제|어디|얼마)\s?\S{0,8}|\S\?+"
_REQUESTED = re.compile(rf"(?:{_REQUEST})\s?{_TAIL}")
_WISHED = re.compile(rf"(?:{_REQUEST}|{_QUESTION})\s?{_TAIL}")
_TOO = r"(?<![가-힣])(?:아\s?)?(?:그리고|글구|글고|그리구|그\s?담에|그\s?다음에?|그\s?전에|추가로|맞다|그러고|또)(?![가-힣])[\s,]*"
_BETWEEN = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<end>)(?:[.?!\n,;~]|[ㅋㅎㅠㅜ]{2,})+\s*",
        rf"(?P<end>)\s+{_TOO}",
        rf"{_GIVE}\s?(?:줘|주세요|주라|주셈|줄래|주삼)(?:요|용|염)?(?P<end>)\s+",
        r"(?:[할볼꿀끌켤을]래|싶어|[할볼꿀끌켤을]게)(?:요|여|욤)?(?P<end>)\s+",
    )
)
"""Between two wishes that each could stand alone."""
_JOINED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_GIVE}\s?(?:주고|주시고|주구|주신\s?다음에?)(?P<end>)\s*",
        rf"{_DO}\s?(?:하고|하구|한\s?다음에?|한\s?뒤에?)(?P<end>)(?!\s?(?:싶|있|나서|나니|왔|갔|났|요))\s*",
        r"(?:찾|뽑|바꾸|끄|켜|받|떼)(?:고|구)(?P<end>)(?!\s?(?:싶|있|나서|나니|왔|갔|다|등))\s+",
        r"(?:싶은데|[할볼]\s?건데|하려는데)(?P<end>)\s+",
        rf"{_NOUN}(?P<end>)\s?(?:이랑|랑|하고|과|와|및)\s+",
        rf"{_DO}(?P<end>)\s?(?:이랑|랑|과|와|및)\s+",
    )
)
"""Where the first wishes something only because the second does: 취소하고 … 찾아줘, 시간 확인이랑 …."""
_ALSO = re.compile(rf"\s*{_TOO}")
_ANOTHER = re.compile(r"다른\s?(?:거|것|데|곳|봉사|활동|걸)\S{0,2}\s?(?:찾|보여|추천|알아|구해|있)")
"""다른 거 찾아줘: alone it may be anything, after another wish it is a search."""

_HELLO = re.compile(
    r"^\s*(?:안녕|안뇽|하이|ㅎㅇ|헬로|저기|여보세요|반가|고마|감사|ㄳ|땡큐|ㅇㅋ|오키|넵?\s?알겠)\S{0,6}[\s!.~,ㅎㅋ?]+"
)
_EXCLAIMED = re.compile(
    r"^\s*\S{0,8}(?:고파|심해|증나|들어|졸려|려워|추워|더워|아파|겠다|네|ㅁ|싫어|ㅂ|ㅅ|발|야)[\s!.~,ㅎㅋㅠㅜ]+"
)
"""How something ends that is only exclaimed before the wish: 배고파, 심심해, 짜증나."""

NAMED: dict[str, str] = {
    "취소": "cancel_application",
    "신청": "apply_program",
    "발급": "certificate_issue",
    "확인서": "certificate_issue",
    "증명서": "certificate_issue",
    "알림": "notification_settings",
    "추천": "recommend_program",
    "찾기": "find_program",
    "봉사시간": "check_hours",
    "상담": "human_agent",
    "연결": "human_agent",
}
"""Word for a wish that can be ruled out → its intent."""
_LOOK = {"cancel_application": "application_status", "apply_program": "find_program"}
"""What is only to be looked at when it is not to be done: 취소 말고 그냥 보기만."""
_NAME = rf"(?P<name>{'|'.join(NAMED)})"
_RATHER = re.compile(
    rf"{_NAME}\s?(?:하려?는\s?(?:게|건|거)|하자는\s?(?:게|건)|하려고\s?한?\s?(?:게|건)|해\s?달라는\s?(?:게|건)|하[러는]?)?"
    r"\s?(?:은|는|이|가|을|를)?\s?(?:말고(?!도)|아니라|아니고|아니구|빼고|하지\s?말고|하지는?\s?않고|안\s?하고)\s*(?P<rest>\S.*)",
    re.DOTALL,
)
"""취소 말고 …, 신청하려는 게 아니라 …: something else is wanted."""
_REFUSED = re.compile(
    rf"{_NAME}(?:도|은|는|을|를)?\s?"
    r"(?:안\s?(?:할래|할게|할\s?거야?|할\s?꺼야?|할거야?|할꺼야?|해|함|끌래|끌게|켤래|뽑을래|바꿀래|받아도\s?돼)|하지\s?(?:마|말아\s?줘|말아\s?주세)|"
    r"(?:끄|바꾸|뽑|켜)지\s?(?:마|말아\s?줘|말아\s?주세)|하기\s?싫(?:어|다|음))"
    r"(?:요|여|욤|용)?[.~!ㅋㅎㅠㅜ]*(?=\s|$)(?!\s*\?)\s*(?P<rest>.*)",
    re.DOTALL,
)
"""취소 안 할래, 알림 끄지 마: it is not to be done, and perhaps something else is."""
_ONLY_LOOK = re.compile(
    r"(?:그냥|걍|일단)?\s?(?:한번\s?)?(?:보기|보려고|볼게|볼래|봐|구경|보여|확인)\S{0,6}\s?(?:할래|할게|해줘)?\S{0,3}$"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish of a message: its words and what they mean."""

    words: str
    parsed: ParsedMessage


@dataclass(frozen=True, slots=True)
class Ruled:
    """What is not wanted, and what is instead: words to be understood, a look at it, or nothing that was said."""

    out: str
    rest: str = ""
    look: str | None = None
    final: bool = False
    """Nothing else has to be understood: 취소 안 할래."""


def places(words: str) -> list[tuple[int, int]]:
    """Return where a message may be split, in order: where one side ends and where the other begins.

    Both sides have the form of a wish; whether they are two wishes only their meaning tells.
    """
    if len(words) > _LONGEST:
        return []
    found = {
        **dict(_between(words, _JOINED, lambda _, right: bool(_REQUESTED.search(right)))),
        **dict(
            _between(
                words, _BETWEEN, lambda left, right: bool(_WISHED.search(left) and _WISHED.search(right))
            )
        ),
    }
    return sorted(found.items())[:_MOST_PLACES]


def _between(
    words: str, patterns: tuple[re.Pattern[str], ...], fits: Callable[[str, str], bool]
) -> Iterator[tuple[int, int]]:
    for match in (match for pattern in patterns for match in pattern.finditer(words)):
        end, begin = match.start("end"), match.end()
        if too := _ALSO.match(words, begin):
            begin = too.end()
        if words[:end].strip() and words[begin:].strip() and fits(words[:end].strip(), words[begin:].strip()):
            yield end, begin


def wishes(words: str, parsed: ParsedMessage, parse: Parse) -> tuple[Wish, ...]:
    """Return the wishes of a message in the order they were said; the whole message when it is one.

    Args:
        words: what was said.
        parsed: what the whole of it means.
        parse: understands a part of it.

    """
    whole = (Wish(words, parsed),)
    return _split(words, parsed, parse, MOST) or whole


def _split(words: str, parsed: ParsedMessage, parse: Parse, most: int) -> tuple[Wish, ...]:
    for end, begin in places(words) if most > 1 else ():
        left, right = words[:end].strip(), words[begin:].strip()
        first, second = Wish(left, parse(left)), Wish(right, _in_turn(right, parse(right)))
        if not is_wish(first.parsed):
            continue
        rest = _split(right, second.parsed, parse, most - 1) or (second,)
        if all(_differ(first, other) for other in rest) and _fits(parsed, (first, *rest)):
            return (first, *rest)
    return ()


def _in_turn(words: str, parsed: ParsedMessage) -> ParsedMessage:
    """Read "다른 거 찾아줘" as the search it is after another wish."""
    if is_wish(parsed) or not _ANOTHER.search(words):
        return parsed
    return replace(parsed, intent="find_program", confidence=SURE, topic=None)


def _differ(one: Wish, other: Wish) -> bool:
    pair = (one.parsed.intent, other.parsed.intent)
    return is_wish(other.parsed) and pair != _NARRATED and not are_alike(*pair)


def _fits(whole: ParsedMessage, parts: tuple[Wish, ...]) -> bool:
    """Tell whether the meaning of the whole allows for the parts: it is one of them, or it is not sure of itself."""
    return whole.confidence < SURE or any(part.parsed.intent == whole.intent for part in parts)


def wants_another(words: str) -> bool:
    """Tell whether words ask for something else of the kind (다른 거 보여줘)."""
    return bool(_ANOTHER.search(words))


def in_order(found: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """Return wishes as they are answered: what only shows first, what changes something last."""
    return tuple(sorted(found, key=lambda wish: wish.parsed.intent in CHANGING))


def within(words: str, parsed: ParsedMessage, parse: Parse) -> Wish | None:
    """Return the one wish among small talk or insults: 안녕 봉사시간 알려줘, 배고파 봉사 찾아줘; None without one."""
    if len(words) > _LONGEST or not (parsed.intent in SMALL_TALK or parsed.confidence < PART):
        return None
    for part in _without_talk(words, insulted=parsed.intent == "abuse"):
        meant = parse(part) if _WISHED.search(part) else None
        if meant is not None and is_wish(meant, SURE):
            return Wish(part, meant)
    return None


def _without_talk(words: str, *, insulted: bool) -> Iterator[str]:
    for pattern in (_HELLO, _EXCLAIMED):
        if found := pattern.match(words):
            yield words[found.end() :].strip()
    parts = [part.strip() for part in re.split(r"[.!?\n~]+|[ㅋㅎㅠㅜ]{2,}", words) if part.strip()]
    yield from parts[:MOST] if len(parts) > 1 else ()
    if insulted:  # an insult stands before or after
        each = words.split()
        yield from (" ".join(each[n:]) for n in (1, 2, 3) if len(each) > n)
        yield " ".join(each[:-1])


def ruled_out(words: str) -> Ruled | None:
    """Return what a message rules out: 취소 말고 시간 알려줘, 취소 안 할래; None when it rules out nothing.

    "신청 안 했는데 신청됐어요" tells what happened and rules out nothing.
    """
    if refused := _REFUSED.search(words[:_LONGEST]):
        return Ruled(NAMED[refused["name"]], refused["rest"].strip(), final=True)
    if rather := _RATHER.search(words[:_LONGEST]):
        out, rest = NAMED[rather["name"]], rather["rest"].strip()
        return Ruled(out, rest, _LOOK.get(out) if _ONLY_LOOK.fullmatch(rest) else None)
    return None
