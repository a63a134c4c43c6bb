"""What is held or hit again and again is written once or twice: ㅋㅋㅋㅋ, ㅠㅜㅠ, 네네네네, !!!!, 봉사아아아, 해줘ㅓㅓ.

Runs come first (ㅋㅋㅋㅋ, 아아아 → 아아), then syllables and letters that only hold the one before, then marks. A laugh
that slid into the syllable before it (했엌ㅋㅋ) is taken out before the laugh gets shorter.
"""

from __future__ import annotations

import re
from re import Match

from components.hangul import HANGUL, join, split
from components.normalization.shelter import sheltered
from components.written import Piece, Written

LAUGH = re.compile("[ㅋㅎ]{3,}|ㅋㅎ|ㅎㅋ|(?<![A-Za-z])z{2,}(?![A-Za-z])")  # z is where ㅋ is
CRY = re.compile("[ㅠㅜ]+(?![ㄱ-ㅣ])")
LETTERS = re.compile(r"([ㄱ-ㅣ가-힣])\1{2,}")
WORDS = re.compile(r"([^\W\d_]{2,6}?)\1{2,}")
LATIN_TAIL = re.compile(r"([a-z])\1{2,}+")
LAUGHED_INTO = re.compile("[가-힣](?=[ㅋㅎ])")
H_STEMS = "좋놓넣닿쌓찧땋빻낳"


def shorten_runs(written: Written) -> Written:
    """Leave two of what is repeated: letters, syllables, words."""
    keep = sheltered(written.text)
    written = written.sub(LAUGHED_INTO, _without_laugh, keep)
    written = written.sub(LAUGH, _laugh, keep)
    written = written.sub(CRY, lambda m: [("ㅠ", 0, 1), ("ㅠ", min(1, len(m[0]) - 1), len(m[0]))], keep)
    written = written.sub(LETTERS, lambda m: [(m[1], 0, 1), (m[1], 1, len(m[0]))], keep)
    keep = sheltered(written.text)
    written = written.sub(WORDS, lambda m: [*_same(m[0][: 2 * len(m[1])])], keep)
    return written.sub(LATIN_TAIL, _latin_tail, sheltered(written.text))


def _latin_tail(match: Match[str]) -> list[Piece] | None:
    after = match.string[match.end() : match.end() + 1]
    return (
        None if (after.isascii() and after.isalpha()) or match[0] == "www" else [(match[1], 0, len(match[0]))]
    )


def _same(text: str) -> list[Piece]:
    return [(char, i, i + 1) for i, char in enumerate(text)]


def _without_laugh(match: Match[str]) -> str | None:
    lead, vowel, coda = split(match[0])
    if coda != match.string[match.end()] or match[0] in H_STEMS:
        return None
    return join(lead, vowel)


def _laugh(match: Match[str]) -> list[Piece]:
    letter = match[0][0] if match[0][0] in "ㅋㅎ" and len(set(match[0])) == 1 else "ㅋ"
    return [(letter, 0, 1), (letter, 1, len(match[0]))]


DRAWN = re.compile("[가-힣][아-잏]+")
DRAWN_LETTER = re.compile("([가-힣])([ㅏㅑㅓㅕㅛㅐㅔㅖㅣ])\\2*(?![ㄱ-ㅣ])")
# What a vowel sounds like when it is held.
HELD = dict(
    zip(
        "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ",
        "ㅏㅐㅏㅐㅓㅔㅓㅔㅗㅏㅐㅔㅗㅜㅓㅔㅣㅜㅡㅣㅣ",
        strict=True,
    )
)
HELD_ENDINGS = "요죠줘"  # one syllable more is enough here: 주세요오


def let_go(written: Written) -> Written:
    """Take away what only holds the syllable before: 봉사아아아, 해줘ㅓㅓ."""
    keep = sheltered(written.text)
    written = written.sub(DRAWN, _let_go, keep)
    return written.sub(DRAWN_LETTER, _let_letter_go, sheltered(written.text))


def _let_go(match: Match[str]) -> list[Piece]:
    run, pieces, at = match[0], [], 0
    while at < len(run):
        end = _held_until(run, at)
        short = end - at == 2 and run[at] in HELD_ENDINGS and _ends(match, end) and not split(run[at + 1])[2]
        if end - at > 2 or short:
            lead, vowel, coda = split(run[at])
            pieces.append((join(lead, vowel, split(run[end - 1])[2] or coda), at, end))
            at = end
        else:
            pieces.append((run[at], at, at + 1))
            at += 1
    return pieces


def _held_until(run: str, at: int) -> int:
    """Where the syllable stops being held: after 아아알 in 바아아알; a coda ends it."""
    _, vowel, coda = split(run[at])
    end = at + 1
    while end < len(run) and not (end > at + 1 and split(run[end - 1])[2]):
        held = split(run[end])
        if held[1] not in (vowel, HELD[vowel]) or (held[2] and coda):
            break
        end += 1
    return end


def _ends(match: Match[str], end: int) -> bool:
    after = match.start() + end
    return after == len(match.string) or not HANGUL.match(match.string[after])


def _let_letter_go(match: Match[str]) -> list[Piece] | None:
    _, vowel, coda = split(match[1])
    return [(match[1], 0, len(match[0]))] if not coda and match[2] in (vowel, HELD[vowel]) else None


MARKS = re.compile(r"([!?~,;^*])\1+|\.{2,}|[?!]{3,}")


def shorten_marks(written: Written) -> Written:
    """Leave one of repeated marks; dots stay three."""
    return written.sub(MARKS, _one_mark, sheltered(written.text))


def _one_mark(match: Match[str]) -> list[Piece]:
    run = match[0]
    if run[0] == ".":
        short = "..."[: max(2, len(run))]
    elif match[1]:
        short = run[0] * (2 if run[0] in ";^" else 1)
    else:
        short = "?!"
    return [
        (char, min(i, len(run) - 1), len(run) if i == len(short) - 1 else i + 1)
        for i, char in enumerate(short)
    ]
