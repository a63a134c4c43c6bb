"""The characters and the length of a text message: EUC-KR, 90 bytes for a short one, 2000 for a long one.

Python's codec is no judge of what fits: it writes a rare syllable as eight bytes of jamo instead of refusing.
So each character is asked on its own, and only one or two bytes count as supported.
"""

from __future__ import annotations

import re
import unicodedata

SMS_BYTES = 90
"""Longest short message; 45 Hangul."""
LMS_BYTES = 2000
"""Longest long message."""
SUBJECT_BYTES = 40
"""Longest subject of a long message."""
SUBJECT = "보람 알림"
"""Stands above a long message that was given no title."""
CUT = "…"
"""Stands where something was cut; EUC-KR has it."""
_LINK_AT_THE_END = re.compile(r"https?://\S+\s*\Z")

SPELLED = {"–": "-", "—": "-", "−": "-", "•": "·", "₩": "￦", "‧": "·", "〜": "~"}
"""Characters that people write and EUC-KR lacks, and what is sent instead."""
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
FIRST_SYLLABLE, LAST_SYLLABLE = "가", "힣"


def size(text: str) -> int:
    """Return the bytes of ``text``, which ``readable`` has made."""
    return sum(1 if char.isascii() else 2 for char in text)


def readable(text: str) -> str:
    """Return ``text`` with only what EUC-KR can carry: others are spelled out, emoji are left out."""
    return "".join(_replaced(char) for char in unicodedata.normalize("NFC", text))


def fitted(text: str) -> tuple[str, str]:
    """Return the kind of message that ``text`` needs (SMS or LMS) and what of it can be sent."""
    words = readable(text)
    return ("SMS", words) if size(words) <= SMS_BYTES else ("LMS", cut(words, LMS_BYTES))


def subject(title: str) -> str:
    """Return what of a title can stand above a long message, which must have one."""
    return cut(readable(title).replace("\n", " ").strip() or SUBJECT, SUBJECT_BYTES)


def cut(text: str, most: int) -> str:
    """Return what of ``text``, which ``readable`` has made, fits ``most`` bytes, with a mark where it ends.

    A link at the end of the text stays whole: what stands before it is cut.
    """
    if size(text) <= most:
        return text
    link = _LINK_AT_THE_END.search(text)
    if link and size(CUT + "\n" + link[0].strip()) <= most:
        tail = f"{CUT}\n{link[0].strip()}"
        return _front(text[: link.start()].rstrip(), most - size(tail)).rstrip() + tail
    return _front(text, most - size(CUT)).rstrip() + CUT


def _front(text: str, most: int) -> str:
    spent = 0
    for place, char in enumerate(text):
        spent += size(char)
        if spent > most:
            return text[:place]
    return text


def _replaced(char: str) -> str:
    if char in SPELLED:
        return SPELLED[char]
    if char.isascii() and not char.isprintable():
        return {"\n": "\n", "\t": " "}.get(char, "")
    if _fits(char):
        return char
    if FIRST_SYLLABLE <= char <= LAST_SYLLABLE:
        return _taken_apart(char)
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if _fits(c))
    return plain or ("?" if unicodedata.category(char)[0] in "LN" else "")


def _fits(char: str) -> bool:
    try:
        return len(char.encode("euc_kr")) <= 2
    except UnicodeEncodeError:
        return False


def _taken_apart(syllable: str) -> str:
    """Return a rare syllable as people still read it: 똠 as 또ㅁ, or letter by letter."""
    rest, final = divmod(ord(syllable) - ord(FIRST_SYLLABLE), len(FINALS))
    initial, vowel = divmod(rest, len(VOWELS))
    open_syllable = chr(ord(syllable) - final)
    front = open_syllable if _fits(open_syllable) else INITIALS[initial] + VOWELS[vowel]
    return front + FINALS[final].strip()
