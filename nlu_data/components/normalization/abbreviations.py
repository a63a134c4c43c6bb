"""Abbreviations become what they mean: ㄱㅅ, 신청ㄱㄱ, 토욜, 봉시는 → 봉사 시간은.

Those of chat letters stand where ``abbreviations.txt`` says (alone, head, word, tail) and are found by their place;
those that are nouns are found by Kiwi, because 폰 is a word in 내 폰 and none in 스피커폰, and take their particle along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from re import Match

from components.hangul import HANGUL, split
from components.normalization.lexicon import Lexicon
from components.normalization.shelter import sheltered
from components.written import Edit, Piece, Written, aligned


def spell_out(written: Written, lexicon: Lexicon) -> Written:
    """Put what they mean for abbreviations that are told by their place."""
    for place, pattern in lexicon.patterns.items():
        meaning = _meaning_in(lexicon.meanings[place])
        written = written.sub(pattern, meaning, sheltered(written.text))
    return written


def _meaning_in(meanings: Mapping[str, str]) -> Callable[[Match[str]], str]:
    return lambda match: meanings[match[1].lower()]


def spell_out_nouns(written: Written, lexicon: Lexicon) -> Written:
    """Put what they mean for abbreviations that are nouns, wherever Kiwi reads them as a word."""
    nouns = lexicon.meanings["noun"]
    text, keep = written.text, sheltered(written.text)
    morphemes = lexicon.analyse(text)
    particles = {m.start for m in morphemes if m.tag[0] == "J"}
    edits: list[Edit] = []
    for m in morphemes:
        word = text[m.start : m.end]
        # One syllable is a word only where a word begins: 내 폰, but not 스피커폰.
        alone = m.end - m.start > 1 or not HANGUL.match(text[m.start - 1 : m.start])
        if word in nouns and m.tag[0] in "NMIX" and alone and not keep.holds(m.start, m.end):
            particle = text[m.end : m.end + 1] if m.end in particles else ""
            edits.append((m.start, m.end + len(particle), _meant(word, nouns[word], particle)))
    return written.edited(edits)


PARTICLES = {"는": "은", "가": "이", "를": "을", "와": "과"}  # after a vowel: after a consonant
AFTER_VOWEL = {after: before for before, after in PARTICLES.items()}


def _meant(word: str, meaning: str, particle: str) -> list[Piece]:
    """Put the meaning in the word's place, and the particle that sounds right after it: 봉시는 → 봉사 시간은."""
    fitting = (PARTICLES if split(meaning[-1])[2] else AFTER_VOWEL).get(particle, particle)
    return [*aligned(word, meaning), *((char, len(word), len(word) + 1) for char in fitting)]
