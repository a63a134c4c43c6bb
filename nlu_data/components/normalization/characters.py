"""The same letter is always the same character: full width, decomposed, invisible, emoji, and letters typed apart.

First of all steps, because every other one looks for plain Hangul. Within it emoji come before the rest, since their
parts are invisible characters that the rest takes away; ``compose`` (ㅂㅗㅇ → 봉) stands alone, because it needs plain
letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from re import Match

from components.hangul import CODAS, LEADS, VOWELS, is_syllable, typed
from components.written import Edit, Piece, Shelter, Written

NOTHING_SHELTERED = Shelter(())

PLAIN = re.compile(r"(?! )(?:[가-힣ㄱ-ㅎㅏ-ㅣ!-~]| (?! ))*(?<! )|")
_E = "[\U0001f004-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff\u203c\u2049\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299]"
_TAIL = "[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\u20e3\U000e0020-\U000e007f]*"
EMOJI = re.compile(
    f"(?P<flag>[\U0001f1e6-\U0001f1ff]{{1,2}})|(?P<keycap>[0-9#*])\ufe0f?\u20e3|(?P<one>{_E}|[\U0001f3fb-\U0001f3ff]){_TAIL}(?:\u200d+(?:{_E}){_TAIL})*"
)
FLAG = "\U0001f3f3"
SAME_EMOJI = re.compile(f"({_E})(?: ?\\1)+")
FILLERS = "\u115f\u1160\u3164\uffa0\u034f\u2800"
LOOKALIKES = str.maketrans(
    {
        "〜": "~",
        "∼": "~",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "。": ".",
        "、": ",",
        "ㆍ": "·",
        "\ufe0f": "",
    }
)
SPACES = re.compile(r"\s+")
_LONE = (
    {chr(0x1100 + i): jamo for i, jamo in enumerate(LEADS)}
    | {chr(0x1161 + i): jamo for i, jamo in enumerate(VOWELS)}
    | {chr(0x11A7 + i): jamo for i, jamo in enumerate(CODAS) if i}
)


def make_plain(written: Written) -> Written:
    """Write every letter and symbol in its plainest form, with single spaces between."""
    if PLAIN.fullmatch(written.text):
        return written
    written = written.sub(EMOJI, _one_symbol, NOTHING_SHELTERED)
    written = written.edited(_recomposed(written.text))
    written = written.sub(SAME_EMOJI, lambda m: [(m[1], 0, len(m[0]))], NOTHING_SHELTERED)
    written = written.sub(SPACES, lambda m: [(" ", 0, len(m[0]))], NOTHING_SHELTERED)
    inside = len(written.text) - len(written.text.lstrip())
    end = len(written.text.rstrip())
    return Written(written.text[inside:end], written.origin[inside:end])


def _one_symbol(match: Match[str]) -> list[Piece]:
    symbol = FLAG if match["flag"] else match["keycap"] or match["one"]
    return [(symbol, 0, len(match[0]))]


def _recomposed(text: str) -> Iterator[Edit]:
    """Edit every cluster (a letter and what combines with it) that has a plainer form."""
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _continues(text[end - 1], text[end]):
            continue
        cluster = text[start:end]
        plain = cluster if PLAIN.fullmatch(cluster) else _plain(cluster)
        if plain != cluster:
            yield start, end, [(char, 0, end - start) for char in plain]
        start = end


def _continues(before: str, char: str) -> bool:
    if "\u1160" <= char <= "\u11ff":
        return "\u1100" <= before <= "\u11ff" or is_syllable(before)
    return unicodedata.combining(char) > 0


def _plain(cluster: str) -> str:
    if len(cluster) == 1:
        if "\uffa1" <= cluster <= "\uffdc":  # half-width letters
            cluster = chr(int(unicodedata.decomposition(cluster).split()[1], 16))
        if "ㄱ" <= cluster <= "ㅣ":
            return cluster
    compatible = unicodedata.normalize("NFKC", cluster.translate(LOOKALIKES))
    if len(compatible) > 8 * len(cluster):  # one character that stands for a sentence
        compatible = cluster
    return "".join(map(_visible, compatible))


def _visible(char: str) -> str:
    if char in _LONE:
        return _LONE[char]
    category = unicodedata.category(char)
    if category == "Cs":
        return "\ufffd"
    if char.isspace() or category[0] == "Z":
        return " "
    return "" if category in ("Cc", "Cf") or char in FILLERS or "\ufe00" <= char <= "\ufe0f" else char


LONE_LETTERS = re.compile("[ㄱ-ㅣ]{2,}")
LAUGHING_OR_CRYING = re.compile("ㅋㅋ|ㅎㅎ|[ㅋㅎ][ㅠㅜㅡ]|[ㅠㅜㅡ]{2}")
TYPED_APART = re.compile("[ㄱ-ㅎ][ㅏ-ㅗㅛㅣ]")


def compose(written: Written) -> Written:
    """Compose letters typed apart into syllables: ㅇㅣ → 이."""
    return written.sub(LONE_LETTERS, _composed, NOTHING_SHELTERED)


def _composed(match: Match[str]) -> list[Piece] | None:
    if LAUGHING_OR_CRYING.search(match[0]) or not TYPED_APART.search(match[0]):
        return None
    pieces = typed(match[0])
    return pieces if sum(map(is_syllable, "".join(p[0] for p in pieces))) else None
