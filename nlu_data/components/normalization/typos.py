"""A wrong key is put right: 봉사시갼, 봉하시간, 신쳥.

Only towards words the service uses (``words.txt`` and those frequent in the training sentences), only one key away, and
only when the sentence becomes plainly likelier with it: a name or a rare word must stay what it is. After spelling and
abbreviations, which are surer, and before spaces, since an unknown word hides where the words begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import Match

from components.hangul import WORD, keys_of
from components.normalization.lexicon import Lexicon, Morpheme
from components.normalization.nearness import cost, similar
from components.normalization.shelter import sheltered
from components.written import Edit, Written

ADDRESSES_A_PERSON = re.compile("(?:님|씨|쌤|선생|오빠|언니|누나|형)")
# By how much the analysis must become likelier, in nats, where there was an unknown word and where there was an odd one.
UNKNOWN_GAIN, SURE_GAIN = 5.0, 7.0
LONE_LETTER = re.compile("[ㄱ-ㅣ]")
ODD = -12.0  # a morpheme this unlikely is no word people write here
LONG_KEYS = 9  # 봉사시간 is long enough that one wrong key cannot make another word of it


def correct(written: Written, lexicon: Lexicon) -> Written:
    """Put words right that differ by one key from what was likely meant."""
    morphemes = lexicon.analyse(written.text)
    keep = sheltered(written.text)
    edits: list[Edit] = []
    for match in WORD.finditer(written.text):
        inside = [m for m in morphemes if m.start >= match.start() and m.end <= match.end()]
        if len(match[0]) < 2 or len(match[0]) > 30 or keep.holds(*match.span()):
            continue
        better = _respelt(match, inside, lexicon)
        if better:
            edits.append((*match.span(), better))
    return written.edited(edits)


def _respelt(match: Match[str], morphemes: list[Morpheme], lexicon: Lexicon) -> str | None:
    """Return the word with one of its parts put right, when that makes it plainly likelier beside its neighbours."""
    word, at = match[0], match.start()
    unknown = [m for m in morphemes if m.unknown and not ADDRESSES_A_PERSON.match(word, m.end - at)]
    if _is_crumbled(word, morphemes):
        unknown = morphemes
    if not unknown and not any(m.score < ODD for m in morphemes) and not LONE_LETTER.search(word):
        return None
    before, after = _neighbours(match)
    best = None
    likeliest = sum(m.score for m in lexicon.analyse(before + word + after))
    likeliest += UNKNOWN_GAIN if unknown else SURE_GAIN
    for candidate, dearness in _candidates(word, at, unknown, lexicon):
        reading = lexicon.analyse(before + candidate + after)
        likelihood = sum(m.score for m in reading) - dearness
        known = not any(m.unknown for m in lexicon.analyse(candidate))
        if likelihood > likeliest and known:
            best, likeliest = candidate, likelihood
    return best


def _is_crumbled(word: str, morphemes: list[Morpheme]) -> bool:
    """Whether Kiwi reads three or more nouns of one syllable in a row, as it does with what is no word: 학|인|서."""
    return len(word) > 2 and len(morphemes) == len(word) and all(m.tag.startswith("NN") for m in morphemes)


def _neighbours(match: Match[str]) -> tuple[str, str]:
    """Return the words before and after, with the space between: they tell 확인서 발급 from 방금."""
    before = re.search(r"[가-힣]+ $", match.string[max(0, match.start() - 12) : match.start()])
    after = re.match(r" [가-힣]+", match.string[match.end() : match.end() + 12])
    return before[0] if before else "", after[0] if after else ""


def _candidates(word: str, at: int, unknown: list[Morpheme], lexicon: Lexicon) -> Iterator[tuple[str, float]]:
    for start in range(len(word) - 1):
        for end in range(start + 2, min(len(word), start + 8) + 1):
            part = word[start:end]
            if part.removesuffix("들") in lexicon.words:  # 시간들 is no 시간을
                continue
            touches = any(m.start - at < end and m.end - at > start for m in unknown)
            for meant in similar(part, lexicon.index):
                if touches or (start == 0 and len(keys_of(meant)) >= LONG_KEYS):
                    yield word[:start] + meant + word[end:], cost(part, meant)
