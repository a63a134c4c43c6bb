"""Spaces where words were typed together (봉사시간얼마나있는지), none between syllables typed apart (봉 사 시 간)."""

from __future__ import annotations

import re
from itertools import pairwise
from re import Match

from components.hangul import WORD
from components.normalization.lexicon import Lexicon, Morpheme
from components.written import Edit, Piece, Shelter, Written

UNSPACED = 6  # syllables in a row before a missing space is looked for
SHORT_WORDS = frozenset("안못다더좀잘왜또할한그이저수것뭐내제나볼갈될본간쓴된온때곳줄")
SUFFIX_LIKE = ("하", "되", "시키", "받", "당하", "드리", "주")  # 부탁드려요, 인정받고 are one word
DEPENDENT = ("수", "데", "때", "줄", "거", "것")  # what follows them is a word of its own


def put_spaces(written: Written, lexicon: Lexicon) -> Written:
    """Put spaces into words of many syllables, where Kiwi is sure of every morpheme."""
    morphemes = lexicon.analyse(written.text)
    edits: list[Edit] = []
    for match in WORD.finditer(written.text):
        if len(match[0]) < UNSPACED:
            continue
        inside = [m for m in morphemes if m.start >= match.start() and m.end <= match.end()]
        if any(m.unknown or m.tag[0] in "SWZ" for m in inside):
            continue
        places = [b.start for a, b in pairwise(inside) if _is_apart(a, b)]
        cuts = [match.start(), *places, match.end()]
        words = [written.text[start:end] for start, end in pairwise(cuts)]
        if all(len(word) > 1 or word in SHORT_WORDS for word in words):
            edits += [(place, place, " ") for place in places]
    return written.edited(edits)


def _is_apart(before: Morpheme, after: Morpheme) -> bool:
    """Whether a space belongs between: after a particle or an ending, before a word of its own."""
    if after.start < before.end or after.end == after.start or after.form in ("데", "게"):
        return False
    if before.tag[0] in "JE" or before.tag.startswith(("MA", "NP")) or before.form in DEPENDENT:
        return after.tag.startswith(("NNG", "NNP", "NP", "NNB", "MAG", "VV", "VA", "MM"))
    if not before.tag.startswith("NN"):
        return False
    return after.tag.startswith(("VV", "VA", "MAG")) and after.form not in SUFFIX_LIKE


SURE_GAIN = 7.0  # nats; by how much the word must be likelier than its syllables
APART = re.compile("(?<![가-힣])[가-힣](?: [가-힣]){3,}(?![가-힣])")


def join_syllables(written: Written, lexicon: Lexicon) -> Written:
    """Join what was typed with a space after every syllable: 봉 사 시 간."""

    def joined(match: Match[str]) -> list[Piece] | None:
        word = match[0].replace(" ", "")
        together = lexicon.analyse(word)
        # Four in a row may be words of one syllable (주 에 눈 이): only nouns, unless it goes on and on.
        likely = len(word) > 5 or all(m.tag.startswith("N") for m in together)
        apart = sum(m.score for m in lexicon.analyse(match[0]))
        better = lexicon.likelihood(word) * len(word) > apart + SURE_GAIN
        return [(char, 2 * i, 2 * i + 1) for i, char in enumerate(word)] if likely and better else None

    return written.sub(APART, joined, Shelter(()))
