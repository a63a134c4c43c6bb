"""Text as KakaoTalk counts and shows it: clean, measured, cut without breaking a character.

Kakao's servers do not say what they count as a character. UTF-16 units are the most any of the usual ways
can give (an emoji is two), so a text that fits by them fits by every other count as well.
"""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but neither newline nor tab
    "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"  # invisible or reversing format
    "\ud800-\udfff\ufffe\uffff]"  # halves of a character, and code points that are none
)
_ZERO_WIDTH_JOINER = "\u200d"
_GLUE = re.compile(
    "[\u200c\u200d\u1160-\u11ff\ud7b0-\ud7ff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)  # joiners, Hangul vowels and finals, skin tones, flag tags: they belong to what stands before them
_FLAG_LETTER = re.compile("[\U0001f1e6-\U0001f1ff]")
_BREAKS = ("\n\n", "\n", re.compile(r"(?<=[.!?。…])\s"), re.compile(r"\s"))


def clean(text: str) -> str:
    """Return ``text`` in NFC, without control and invisible characters; newlines stay, tabs become spaces."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text)).strip()


def is_clean(text: str) -> bool:
    """Tell whether ``text`` holds no control, invisible or broken character."""
    return not _UNSEEN.search(text)


def units(text: str) -> int:
    """Return the length of ``text`` in UTF-16 units."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def lines(text: str) -> int:
    """Return the number of lines ``text`` is written in."""
    return text.count("\n") + 1


def fits(text: str, limit: int) -> bool:
    """Tell whether ``text`` has at most ``limit`` UTF-16 units."""
    return len(text) <= limit and (len(text) * 2 <= limit or units(text) <= limit)


def shorten(text: str, limit: int, max_lines: int | None = None) -> str:
    """Return ``text`` within ``limit`` units (and lines), ending in … when something had to go.

    The cut falls between two words when that costs less than a quarter, and never inside a character.
    """
    kept = "\n".join(text.split("\n")[:max_lines]) if max_lines else text
    if kept == text and fits(text, limit):
        return text
    end = _end(kept, limit - 1)
    gap = max(kept.rfind(" ", 0, end + 1), kept.rfind("\n", 0, end + 1))
    if end < len(kept) and gap > end * 3 // 4:
        end = gap
    return kept[:end].rstrip(" \n,·") + ELLIPSIS


def split(text: str, limit: int) -> list[str]:
    """Return ``text`` in pieces of at most ``limit`` units, cut at paragraphs, lines, sentences or words."""
    pieces: list[str] = []
    while not fits(text, limit):
        cut = _cut(text, _end(text, limit))
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [piece for piece in (*pieces, text) if piece]


def _cut(text: str, end: int) -> int:
    """Return the best place to cut at or before ``end``, in the second half if there is one."""
    window = text[: end + 1]
    for mark in _BREAKS:
        if isinstance(mark, str):
            at = window.rfind(mark)
        else:
            at = max((found.start() for found in mark.finditer(window)), default=-1)
        if at > end // 2:
            return at
    return end


def _end(text: str, limit: int) -> int:
    """Return the largest index within ``limit`` units that does not split a character as people see it."""
    end = min(len(text), limit)
    while (over := units(text[:end]) - limit) > 0:
        end -= (over + 1) // 2
    whole = end
    while whole > 0 and not _is_boundary(text, whole):
        whole -= 1
    return whole or end  # one character longer than the limit: cut it rather than keep nothing


def _is_boundary(text: str, at: int) -> bool:
    if at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if before == _ZERO_WIDTH_JOINER or _GLUE.match(after) or unicodedata.category(after)[0] == "M":
        return False
    if _FLAG_LETTER.match(after) and _FLAG_LETTER.match(before):
        return _flag_letters_before(text, at) % 2 == 0
    return True


def _flag_letters_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _FLAG_LETTER.match(text[start - 1]):
        start -= 1
    return at - start
