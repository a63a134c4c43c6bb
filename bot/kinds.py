"""Kinds of alert, channels, on and off, types of certificate and what does not work, in everyday words."""

from __future__ import annotations

import re

from bot.data import Found, Words, latin_alone, plain, table
from bot.ordinals import find_ordinals

_TABLE = table("kinds")
_SWITCH = {"on": True, "off": False, "none": None}


def _by_word(kinds: dict[str, list[str]]) -> dict[str, str]:
    return {word: kind for kind, words in kinds.items() for word in words}


_ALERTS = Words(
    {
        word: None if kinds == "none" else frozenset(map(int, kinds.split(",")))
        for word, kinds in _by_word(_TABLE["alerts"]).items()
    }
)
_CHANNELS = Words(_by_word(_TABLE["channels"]), latin_alone)
_SWITCHES = Words({word: _SWITCH[way] for word, way in _by_word(_TABLE["switch"]).items()}, latin_alone)
_CERTIFICATES = Words(_by_word(_TABLE["certificates"]))
_PROBLEMS = Words(_by_word(_TABLE["problems"]), latin_alone)


_OF_ALERTS = re.compile(r"(?:\s?[,/]?\s?(?:이랑|랑|하고|와|과)?\s?\d{1,2}\s?번)*.{0,2}알림")
"""What follows the number of an alert, others between them: 5번 6번 알림."""


_WAYS = re.compile(
    rf"(?:알림|알람|카톡|톡|문자|추천)(?:은|는|도)?\s?(?P<way>{plain('ㄴㄴ')}|{plain('ㅇㅇ')})"
)
"""알림 ㄴㄴ, 문자 ㅇㅇ: no or yes said of a thing; a no by itself answers something else."""
_ASKED = re.compile(r"무슨|어떤|어떻게|어케|왜|뭐|뭔|몇|[는은인한된]지|종류|목록|방법|[는한]\s?법")
"""Where 알려줘 asks for an answer: 무슨 알림이 오는지 알려줘."""
_ON_CONDITION = re.compile(r".*[으뜨오생나가되열]면|.*때(?:마다)?")
"""What is to be told when it happens is no question: 뭐 뜨면 알려줘."""


def find_alert_kinds(text: str) -> list[Found[frozenset[int]]]:
    """Return the alerts named in ``text``, 1 to 11, in order; a group (봉사 추천) gives all of its numbers.

    Numbers count too: "10번 알림".
    """
    numbered = [
        Found(frozenset({each.value}), each.start, each.end, each.text)
        for each in find_ordinals(text)
        if 1 <= each.value <= 11 and _OF_ALERTS.match(plain(text), each.end)
    ]
    return sorted(numbered + _ALERTS.find(text), key=lambda each: each.start)


def find_channels(text: str) -> list[Found[str]]:
    """Return the channels named in ``text``: ``kakao`` or ``sms``."""
    return _CHANNELS.find(text)


def find_on_off(text: str) -> list[Found[bool]]:
    """Return what is to be turned on (True) or off (False), in order: 카톡은 끄고 문자는 켜줘 gives False, True.

    끄지 마 turns on, 안 받을래 and ㄴㄴ off; "알림이 안 와요" is a complaint, "뭐가 오는지 알려줘" a question: nothing.
    """
    words = plain(text)
    said = [
        Found(match["way"] == plain("ㅇㅇ"), *match.span("way"), match["way"])
        for match in _WAYS.finditer(words)
    ]
    switched = [each for each in _SWITCHES.find(text) if not _answers(words, each)]
    return sorted(said + switched, key=lambda each: each.start)


def _answers(words: str, switch: Found[bool]) -> bool:
    """Tell whether 알려줘 asks for an answer, not for messages."""
    before = words[: switch.start]
    condition = _ON_CONDITION.match(before)
    asked = _ASKED.search(before, condition.end() if condition else 0)
    return switch.text.startswith("알려") and asked is not None


def find_certificate_types(text: str) -> list[Found[str]]:
    """Return the certificate types named in ``text``, as KYWA's codes (199008 to 199015)."""
    return _CERTIFICATES.find(text)


def find_problems(text: str) -> list[Found[str]]:
    """Return what does not work or was forgotten, by one name each: 비번 and 패스워드 are 비밀번호."""
    return _PROBLEMS.find(text)
