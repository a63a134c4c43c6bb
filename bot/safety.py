"""Words that must never be missed, whether or not anything else understands: someone is in distress.

The lexicon is ``nlu_data/lookups/safety.yml``, which explains itself; the language service reads the same file. Here it
works when that service is down or retrained. Recall first: a false alarm costs a gentle question, a miss may cost a
life.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.replies import Button, Call, Card
from bot.settings import ROOT

LEXICON = ROOT / "nlu_data/lookups/safety.yml"
LONGEST = 3000
"""Longest text that is looked at; KakaoTalk sends no longer ones."""
_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_CODAS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_LOOSE = re.compile(f"([{_LEADS}])([{_VOWELS}])(?:([{_CODAS}])(?![{_VOWELS}]))?(?![{_VOWELS}])")  # ㅈㅏ살
_TAIL = re.compile(f"([가-힣])([{_CODAS}])(?=[가-힣])")  # 주ㄱ고


@dataclass(frozen=True, slots=True)
class Safety:
    """What the safety rules say of a message; all None when they have nothing to say.

    ``level``: "alarm" (act at once) or "check" (ask gently beside the ordinary answer). ``kind``: "crisis", "abuse"
    or "attack". ``why``: the name of the rule.
    """

    level: str | None = None
    kind: str | None = None
    why: str | None = None


NOTHING = Safety()


@dataclass(frozen=True, slots=True)
class _Rule:
    verdict: Safety
    found: re.Pattern[str]
    also: tuple[re.Pattern[str], ...]
    never: re.Pattern[str] | None

    def fits(self, text: str) -> bool:
        return (
            self.found.search(text) is not None
            and all(pattern.search(text) for pattern in self.also)
            and not (self.never and self.never.search(text))
        )


class Lexicon:
    """The rules of ``safety.yml``, compiled."""

    def __init__(self, path: Path) -> None:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._words: Mapping[str, str] = raw["words"]
        self._folds = [(re.compile(written), read) for written, read in raw["folds"]]
        self._harmless = self._pattern(raw["harmless"])
        self._rules = [self._rule(rule) for rule in raw["rules"]]

    def judge(self, words: str) -> Safety:
        """Return what the first rule that fits says of the words."""
        words = words[:LONGEST]
        written = unicodedata.normalize("NFKC", _visible(words)).lower()
        folded = self._harmless.sub(" ", self.fold(words))
        for rule in self._rules:
            if rule.fits(written if rule.verdict.kind == "attack" else folded):
                return rule.verdict
        return NOTHING

    def fold(self, words: str) -> str:
        """Return the words as the patterns expect them: tricks of spelling undone, no marks, single blanks."""
        text = "".join(c if "ㄱ" <= c <= "ㅣ" else unicodedata.normalize("NFKC", c) for c in _visible(words))
        text = _TAIL.sub(_with_coda, _LOOSE.sub(_syllable, text.lower()))
        for written, read in self._folds:
            text = written.sub(read, text)
        return text.strip()

    def _rule(self, raw: Mapping[str, Any]) -> _Rule:
        verdict = Safety(raw["level"], raw["kind"], raw["name"])
        also = tuple(self._pattern(pattern) for pattern in raw.get("with", ()))
        never = self._pattern(raw["without"]) if "without" in raw else None
        return _Rule(verdict, self._pattern(raw["any"]), also, never)

    def _pattern(self, lines: str) -> re.Pattern[str]:
        text = "|".join(line.strip() for line in lines.strip().splitlines())
        while group := re.search(r"\{([a-z]+)\}", text):
            text = text.replace(group[0], self._words[group[1]])
        return re.compile(text.replace("…", ".{0,20}?"))


def _visible(words: str) -> str:
    composed = unicodedata.normalize("NFC", words)
    return "".join(c for c in composed if unicodedata.category(c) not in {"Cf", "Mn", "Cc"} or c.isspace())


def _syllable(match: re.Match[str]) -> str:
    lead, vowel, coda = match.groups(default="")
    place = _CODAS.index(coda) + 1 if coda else 0
    return chr(0xAC00 + (_LEADS.index(lead) * 21 + _VOWELS.index(vowel)) * 28 + place)


def _with_coda(match: re.Match[str]) -> str:
    syllable, coda = match.groups()
    is_open = (ord(syllable) - 0xAC00) % 28 == 0
    return chr(ord(syllable) + _CODAS.index(coda) + 1) if is_open and coda not in "ㅋㅎㅇ" else match[0]


@cache
def _lexicon() -> Lexicon:
    return Lexicon(LEXICON)


def judge(words: str) -> Safety:
    """Return what the safety rules say of the words, without the language service."""
    return _lexicon().judge(words)


def in_distress(words: str) -> bool:
    """Tell whether the words ask for help at once: self-harm, violence, threats, abuse, despair."""
    verdict = judge(words)
    return (verdict.level, verdict.kind) == ("alarm", "crisis")


# A card has room for three buttons. 109 (자살예방 상담전화, day and night since January 2024) is named in the words of the
# help card and has its button on the gentle one. Source: 보건복지부, https://www.mohw.go.kr
HELP_LINES = (
    Button("1388 전화하기", Call("1388")),
    Button("112 전화하기", Call("112")),
    Button("119 전화하기", Call("119")),
)
HELP = Card(
    "말해 줘서 고마워요",
    "혼자 견디지 않아도 돼요. 네 잘못이 아니에요.\n"
    "지금 위험하면 112, 다쳤거나 약을 먹었으면 119에 바로 전화해요. 소리를 내기 어려우면 112에 문자를 보내도 돼요.\n"
    "1388은 24시간 이야기를 들어줘요. 문자 #1388이나 카카오톡 채널 ‘청소년상담1388’도 돼요. "
    "죽고 싶은 마음이 들면 109도 24시간 함께해요. 친구가 걱정될 때 말해도 돼요.",
    buttons=HELP_LINES,
)
"""Shown at once, whatever else works."""
GENTLE = Card(
    "혹시 많이 힘들어요?",
    "그냥 한 말이면 넘어가도 돼요. 정말 힘들면 1388(문자 #1388)에, 죽고 싶은 마음이 들면 109에 언제든 말해요. "
    "둘 다 24시간 들어줘요.",
    buttons=(HELP_LINES[0], Button("109 전화하기", Call("109"))),
)
"""Asked beside the ordinary answer, where the words may only be a figure of speech."""
