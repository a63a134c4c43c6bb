"""Typed on the wrong keyboard layout: qhdtktlrks is 봉사시간, 드먀ㅣ is email.

Before the tables and the morphemes, which know nothing of either. English is told from Hangul by ``english.txt``, by
whether the word can be pronounced, and by how likely Kiwi finds what it would be in Hangul.
"""

from __future__ import annotations

import re

from components.hangul import WORD, is_syllable, keys_of, typed
from components.keyboards import JAMO_OF, LATIN_OF
from components.normalization.lexicon import Lexicon
from components.normalization.shelter import sheltered
from components.written import Piece, Place, Shelter, Written

LATIN = re.compile("[A-Za-z]++")
LONGEST_SLIP = 40  # keys; nobody types on without looking
LONE_VOWEL = re.compile("[ㅏ-ㅣ]")
TELLS_AN_ID = re.compile("아이디|비번|비밀번호|메일|계정|닉네임|닉넴|패스워드|암호|아뒤|이름이|카톡명")
# Vowels and consonants take turns as in English (gowns, altman); Hangul on the Latin layout rarely looks like that.
PRONOUNCEABLE = re.compile(
    "[bcdfghklmnprstvwxyz]?(?:[aeiou][aeiouwy]?[bcdfghklmnprstvwxyz]{1,2})+[aeiou]{0,2}"
)
PLAUSIBLE, POSSIBLE = -6.5, -18.0  # log probability a syllable, of a word that is surely or perhaps Korean


def switch_layout(written: Written, lexicon: Lexicon) -> Written:
    """Read words typed on the other layout as they were meant."""
    text, keep = written.text, sheltered(written.text)
    found: dict[Place, list[Piece]] = {}
    for match in LATIN.finditer(text):
        pieces = None if keep.holds(*match.span()) else _as_hangul(match[0])
        if pieces and match[0].lower() not in lexicon.english:
            found[match.span()] = pieces
    # Nobody switches the layout for one word: when one is surely Hangul, so is what else could be (so, rm).
    if any(
        _is_hangul(text[slice(*span)], p, lexicon) for span, p in found.items()
    ) and not TELLS_AN_ID.search(text):
        written = written.edited(
            (*span, p) for span, p in found.items() if lexicon.likelihood(_of(p)) > POSSIBLE
        )
    return written.sub(WORD, lambda m: _as_english(m[0], lexicon), Shelter(()))


def _as_hangul(word: str) -> list[Piece] | None:
    if not 1 < len(word) <= LONGEST_SLIP:
        return None
    shifted = {char for char in word if char.isupper()}
    if word.isupper() and len(word) >= 6:
        word = word.lower()
    elif not shifted <= set("QWERTOP"):
        return None
    pieces = typed("".join(JAMO_OF[key] for key in word))
    return pieces if all(is_syllable(char) for char, *_ in pieces) else None


def _is_hangul(word: str, pieces: list[Piece], lexicon: Lexicon) -> bool:
    meant = _of(pieces)
    if len(word) < 4 or len(pieces) < 2:
        return False
    if meant in lexicon.words:
        return True
    is_english = len(word) < 5 or PRONOUNCEABLE.fullmatch(word)
    return not is_english and lexicon.likelihood(meant) > PLAUSIBLE


def _of(pieces: list[Piece]) -> str:
    return "".join(char for char, *_ in pieces)


def _as_english(run: str, lexicon: Lexicon) -> list[Piece] | None:
    if len(run) > LONGEST_SLIP or not LONE_VOWEL.search(run):  # ㅂㄱ is 불가, ㅐㅏ is no Korean
        return None
    pieces = [(LATIN_OF.get(key, " "), i, i + 1) for i, char in enumerate(run) for key in keys_of(char)]
    word = "".join(p[0] for p in pieces).lower()
    lone = sum(not is_syllable(char) for char in run)
    if word not in lexicon.english or (lone < 2 and len(word) < 4):
        return None
    return [(char.lower(), i, j) for char, i, j in pieces]
