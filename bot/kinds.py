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
    {word: frozenset(map(int, kinds.split(","))) for word, kinds in _by_word(_TABLE["alerts"]).items()}
)
_CHANNELS = Words(_by_word(_TABLE["channels"]), latin_alone)
_SWITCHES = Words({word: _SWITCH[way] for word, way in _by_word(_TABLE["switch"]).items()}, latin_alone)
_CERTIFICATES = Words(_by_word(_TABLE["certificates"]))
_PROBLEMS = Words(_by_word(_TABLE["problems"]), latin_alone)


_OF_ALERTS = re.compile(r"(?:\s?[,/]?\s?(?:이랑|랑|하고|와|과)?\s?\d{1,2}\s?번)*.{0,2}알림")
"""What follows the number of an alert, others between them: 5번 6번 알림."""


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

    끄지 마 turns on, 안 받을래 off; "알림이 안 와요" is a complaint and gives nothing.
    """
    return _SWITCHES.find(text)


def find_certificate_types(text: str) -> list[Found[str]]:
    """Return the certificate types named in ``text``, as KYWA's codes (199008 to 199015)."""
    return _CERTIFICATES.find(text)


def find_problems(text: str) -> list[Found[str]]:
    """Return what does not work or was forgotten, by one name each: 비번 and 패스워드 are 비밀번호."""
    return _PROBLEMS.find(text)
