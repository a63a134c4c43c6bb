"""Spellings that are always wrong (됬 → 됐, 에여 → 에요), and codas hung on an ending in play: 했는뎅, 할게욤, 합니닷."""

from __future__ import annotations

import re
from itertools import pairwise

from components.hangul import is_syllable, join, split
from components.normalization.lexicon import Lexicon
from components.normalization.shelter import sheltered
from components.written import Edit, Written


def respell(written: Written, lexicon: Lexicon) -> Written:
    """Put the right spelling, anywhere in a word or at its end, as ``spellings.txt`` says."""
    keep = sheltered(written.text)
    written = written.sub(lexicon.spelling, lambda m: lexicon.spellings[m[0]], keep)
    return written.sub(lexicon.ending, lambda m: lexicon.endings[m[0]], sheltered(written.text))


# Codas people hang on an ending, and the endings that take them: 했는뎅, 할게욤, 합니닷.
PLAYFUL = re.compile("[^ㄱ-ㅎ]*[ㅇㅋㅎ]|[요여]ㅁ|[요여네]ㅂ|[요다]ㅅ")


def drop_playful_codas(written: Written, lexicon: Lexicon) -> Written:
    """Take away a coda that is hung on an ending."""
    edits: list[Edit] = []
    morphemes = lexicon.analyse(written.text)
    for before, stray in pairwise(morphemes):
        if stray.tag != "Z_CODA" or before.tag[0] != "E":
            continue
        syllable = written.text[stray.start : stray.end]
        lead, vowel, coda = split(syllable) if len(syllable) == 1 and is_syllable(syllable) else ("", "", "")
        if coda and PLAYFUL.fullmatch(join(lead, vowel) + coda):
            edits.append((stray.start, stray.end, join(lead, vowel)))
    return written.edited(edits)
