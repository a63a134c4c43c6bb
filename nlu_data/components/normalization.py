"""What a teenager typed, as it would be typed with care: ``normalise("봉사시갼 알려줭ㅋㅋㅋㅋ", lexicon)``.

Pure: no Rasa, no files, no clock. Small steps, each of them a table or a rule, run over the text until nothing changes;
so normalising twice is normalising once. Addresses and ids are never touched, swear words are left as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from re import Match, Pattern
from typing import Protocol

from components.hangul import CODAS, LEADS, VOWELS, is_syllable, join, keys_of, split, typed
from components.keyboards import JAMO_OF, LATIN_OF, is_slip
from components.written import Edit, Piece, Place, Shelter, Written, aligned

PLACES = (
    "alone",
    "head",
    "word",
    "tail",
    "noun",
)  # where an abbreviation counts; see lookups/abbreviations.txt
ROUNDS = 8  # a message settles after two or three
LONGEST_READ = 400  # characters; what is longer is no message, and gets the steps that need no morphemes


class Normalized(str):
    """A normalised text; ``origin[i]`` is where in the original its character ``i`` was written.

    A string, so that it goes into a parse as it is. Places are ``(start, end)``, ascend, and are empty for what
    nobody wrote (a space put in).
    """

    __slots__ = ("origin",)
    origin: tuple[Place, ...]

    def __new__(cls, text: str, origin: Iterable[Place] = ()) -> Normalized:
        """Make one of a text and the places of its characters."""
        self = super().__new__(cls, text)
        self.origin = tuple(origin)
        return self

    @property
    def text(self) -> str:
        """The normalised text as a plain string."""
        return str.__str__(self)

    def __reduce__(self) -> tuple[type[Normalized], tuple[str, tuple[Place, ...]]]:
        return Normalized, (self.text, self.origin)


class Morpheme(Protocol):
    """What is read of a morpheme; ``unknown`` means no dictionary has it, ``score`` is its log probability."""

    @property
    def form(self) -> str:
        """Dictionary form."""

    @property
    def tag(self) -> str:
        """Part of speech."""

    @property
    def start(self) -> int:
        """First character."""

    @property
    def end(self) -> int:
        """After the last character."""

    @property
    def unknown(self) -> bool:
        """No dictionary has it."""

    @property
    def score(self) -> float:
        """Log probability in its context."""


Analyse = Callable[[str], Sequence[Morpheme]]


@dataclass(frozen=True)
class Abbreviation:
    """One line of ``abbreviations.txt``."""

    written: str
    meaning: str
    place: str


@dataclass(frozen=True)
class Lexicon:
    """The words a normaliser knows, and the analyser that tells a word from no word."""

    analyse: Analyse
    abbreviations: tuple[Abbreviation, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    endings: Mapping[str, str] = field(default_factory=dict)
    english: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        by_place = {p: {a.written: a.meaning for a in self.abbreviations if a.place == p} for p in PLACES}
        object.__setattr__(self, "by_place", by_place)
        object.__setattr__(self, "patterns", {p: _pattern(p, by_place[p]) for p in PLACES[:4]})
        object.__setattr__(self, "spelling", _any_of(self.spellings))
        object.__setattr__(self, "ending", re.compile(f"(?:{_any_of(self.endings).pattern})(?![가-힣])"))
        object.__setattr__(self, "index", _index(self.words))

    by_place: dict[str, dict[str, str]] = field(init=False)
    patterns: dict[str, Pattern[str]] = field(init=False)
    spelling: Pattern[str] = field(init=False)
    ending: Pattern[str] = field(init=False)
    index: dict[str, tuple[str, ...]] = field(init=False)


def normalise(text: str, lexicon: Lexicon) -> Normalized:
    """Return the text as it would be typed with care, with the place of every character in what was typed."""
    written = _characters(Written.as_is(text))
    for _ in range(ROUNDS):
        after = _round(written, lexicon)
        if after.text == written.text:
            break
        written = after
    return Normalized(written.text, written.origin)


def _round(written: Written, lexicon: Lexicon) -> Written:
    for step in (_characters, _jamo, _runs, _stretched, _marks):
        written = step(written)
    for step in (_slipped_layout, _abbreviated, _misspelt):
        written = step(written, lexicon)
    if len(written.text) > LONGEST_READ or not HANGUL.search(written.text):
        return written
    for reading in (_coda_games, _nouns, _joined, _typos, _spaced):
        after = reading(written, lexicon)
        if after.text != written.text:
            return after
    return written


# --- what no step may touch ------------------------------------------------------------------------------------------

HANGUL = re.compile("[가-힣ㄱ-ㅣ]")
WORD = re.compile("[가-힣ㄱ-ㅣ]++")
LATIN_WORD = re.compile(r"[\w.+/:@-]++(?:[?=&%#~][\w.+/:@?=&%#~-]*+)*+", re.ASCII)
ADDRESS = re.compile(r"://|^www\.|^[\w.+-]+@[\w-]+\.|\.(?:com|net|org|kr|io|me|gg|be)\b", re.ASCII)
ID = re.compile("[A-Za-z][0-9_]|[0-9_][A-Za-z]")


def _sheltered(text: str) -> Shelter:
    words = (match for match in LATIN_WORD.finditer(text) if len(match[0]) > 1)
    return Shelter(match.span() for match in words if ADDRESS.search(match[0]) or ID.search(match[0]))


# --- characters: composed, full width, invisible, emoji ------------------------------------------------------------

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


def _characters(written: Written) -> Written:
    if PLAIN.fullmatch(written.text):
        return written
    written = written.sub(EMOJI, _one_symbol, Shelter(()))
    written = written.edited(_recomposed(written.text))
    written = written.sub(SAME_EMOJI, lambda m: [(m[1], 0, len(m[0]))], Shelter(()))
    written = written.sub(SPACES, lambda m: [(" ", 0, len(m[0]))], Shelter(()))
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


# --- single letters: ㅇㅣ, ㅂㅗㅇㅅㅏ ----------------------------------------------------------------------------------

LONE_LETTERS = re.compile("[ㄱ-ㅣ]{2,}")
LAUGHING_OR_CRYING = re.compile("ㅋㅋ|ㅎㅎ|[ㅋㅎ][ㅠㅜㅡ]|[ㅠㅜㅡ]{2}")
TYPED_APART = re.compile("[ㄱ-ㅎ][ㅏ-ㅗㅛㅣ]")


def _jamo(written: Written) -> Written:
    return written.sub(LONE_LETTERS, _composed, Shelter(()))


def _composed(match: Match[str]) -> list[Piece] | None:
    if LAUGHING_OR_CRYING.search(match[0]) or not TYPED_APART.search(match[0]):
        return None
    pieces = typed(match[0])
    return pieces if sum(map(is_syllable, "".join(p[0] for p in pieces))) else None


# --- runs: ㅋㅋㅋㅋ, ㅠㅜㅠ, 네네네네, !!!! -------------------------------------------------------------------------------

LAUGH = re.compile("[ㅋㅎ]{3,}|ㅋㅎ|ㅎㅋ|(?<![A-Za-z])z{2,}(?![A-Za-z])")  # z is where ㅋ is
CRY = re.compile("[ㅠㅜ]+(?![ㄱ-ㅣ])")
LETTERS = re.compile(r"([ㄱ-ㅣ가-힣])\1{2,}")
WORDS = re.compile(r"([^\W\d_]{2,6}?)\1{2,}")
LATIN_TAIL = re.compile(r"([a-z])\1{2,}+")
LAUGHED_INTO = re.compile("[가-힣](?=[ㅋㅎ])")
H_STEMS = "좋놓넣닿쌓찧땋빻낳"


def _runs(written: Written) -> Written:
    keep = _sheltered(written.text)
    written = written.sub(LAUGHED_INTO, _without_laugh, keep)
    written = written.sub(LAUGH, _laugh, keep)
    written = written.sub(CRY, lambda m: [("ㅠ", 0, 1), ("ㅠ", min(1, len(m[0]) - 1), len(m[0]))], keep)
    written = written.sub(LETTERS, lambda m: [(m[1], 0, 1), (m[1], 1, len(m[0]))], keep)
    keep = _sheltered(written.text)
    written = written.sub(WORDS, lambda m: [*_same(m[0][: 2 * len(m[1])])], keep)
    return written.sub(LATIN_TAIL, _latin_tail, _sheltered(written.text))


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


# --- stretched: 봉사아아아, 제바아아알, 해줘ㅓㅓ ------------------------------------------------------------------------------

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


def _stretched(written: Written) -> Written:
    keep = _sheltered(written.text)
    written = written.sub(DRAWN, _let_go, keep)
    return written.sub(DRAWN_LETTER, _let_letter_go, _sheltered(written.text))


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


# --- marks: !!!!, ~~~, .... ------------------------------------------------------------------------------------------

MARKS = re.compile(r"([!?~,;^*])\1+|\.{2,}|[?!]{3,}")


def _marks(written: Written) -> Written:
    return written.sub(MARKS, _one_mark, _sheltered(written.text))


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


# --- keyboards: qhdtktlrks, 내 tlrks, ㄷㅡ먀ㅣ ---------------------------------------------------------------------------

LATIN = re.compile("[A-Za-z]++")
LONGEST_SLIP = 40  # keys; nobody types on without looking
LONE_VOWEL = re.compile("[ㅏ-ㅣ]")
TELLS_AN_ID = re.compile("아이디|비번|비밀번호|메일|계정|닉네임|닉넴|패스워드|암호|아뒤|이름이|카톡명")
PLAUSIBLE, POSSIBLE = -6.5, -18.0  # log probability a syllable, of a word that is surely or perhaps Korean


def _slipped_layout(written: Written, lexicon: Lexicon) -> Written:
    text, keep = written.text, _sheltered(written.text)
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
            (*span, p) for span, p in found.items() if _likelihood(_of(p), lexicon) > POSSIBLE
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
    return meant in lexicon.words or (len(word) > 4 and _likelihood(meant, lexicon) > PLAUSIBLE)


def _of(pieces: list[Piece]) -> str:
    return "".join(char for char, *_ in pieces)


def _likelihood(text: str, lexicon: Lexicon) -> float:
    morphemes = lexicon.analyse(text)
    if any(m.unknown or m.tag[0] in "SWZ" for m in morphemes):
        return float("-inf")
    return sum(m.score for m in morphemes) / len(text)


def _as_english(run: str, lexicon: Lexicon) -> list[Piece] | None:
    if len(run) > LONGEST_SLIP or not LONE_VOWEL.search(run):  # ㅂㄱ is 불가, ㅐㅏ is no Korean
        return None
    pieces = [(LATIN_OF.get(key, " "), i, i + 1) for i, char in enumerate(run) for key in keys_of(char)]
    word = "".join(p[0] for p in pieces).lower()
    lone = sum(not is_syllable(char) for char in run)
    if word not in lexicon.english or (lone < 2 and len(word) < 4):
        return None
    return [(char.lower(), i, j) for char, i, j in pieces]


# --- abbreviations and misspellings: tables ------------------------------------------------------------------------

BEFORE, AFTER = "(?<![가-힣ㄱ-ㅣA-Za-z0-9])", "(?![가-힣ㄱ-ㅣA-Za-z0-9])"
AROUND = {
    "alone": ("^", "(?![ㄱ-ㅣ])(?=[\\s~!?.,^ㅋㅎㅠ]*$)"),
    "word": (BEFORE, AFTER),
    "tail": ("(?<![ㄱ-ㅣA-Za-z0-9])", "(?![가-힣ㄱ-ㅊㅌㅍㅏ-ㅣA-Za-z0-9])"),
    "head": (BEFORE, ""),
}


def _any_of(words: Iterable[str]) -> Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")


def _pattern(place: str, words: Iterable[str]) -> Pattern[str]:
    before, after = AROUND[place]
    return re.compile(f"{before}({_any_of(words).pattern})(?:\\1)*{after}", re.IGNORECASE)


def _abbreviated(written: Written, lexicon: Lexicon) -> Written:
    for place, pattern in lexicon.patterns.items():
        meanings = lexicon.by_place[place]
        written = written.sub(
            pattern, lambda m, meanings=meanings: meanings[m[1].lower()], _sheltered(written.text)
        )  # type: ignore[misc]
    return written


def _misspelt(written: Written, lexicon: Lexicon) -> Written:
    keep = _sheltered(written.text)
    written = written.sub(lexicon.spelling, lambda m: lexicon.spellings[m[0]], keep)
    return written.sub(lexicon.ending, lambda m: lexicon.endings[m[0]], _sheltered(written.text))


# --- what morphemes tell: 했는뎅, 봉시는, 봉사시갼, 봉사시간얼마나있는지 ---------------------------------------------------

# Codas people hang on an ending, and the endings that take them: 했는뎅, 할게욤, 합니닷.
PLAYFUL = re.compile("[^ㄱ-ㅎ]*[ㅇㅋㅎ]|[요여]ㅁ|[요여네]ㅂ|[요다]ㅅ")


def _coda_games(written: Written, lexicon: Lexicon) -> Written:
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


def _nouns(written: Written, lexicon: Lexicon) -> Written:
    nouns = lexicon.by_place["noun"]
    text, keep = written.text, _sheltered(written.text)
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


ADDRESSES_A_PERSON = re.compile("(?:님|씨|쌤|선생|오빠|언니|누나|형)")
# By how much the analysis must become likelier, in nats, where there was an unknown word and where there was an odd one.
UNKNOWN_GAIN, SURE_GAIN = 5.0, 7.0
LONE_LETTER = re.compile("[ㄱ-ㅣ]")
ODD = -12.0  # a morpheme this unlikely is no word people write here
LONG_KEYS = 9  # 봉사시간 is long enough that one wrong key cannot make another word of it


def _typos(written: Written, lexicon: Lexicon) -> Written:
    morphemes = lexicon.analyse(written.text)
    keep = _sheltered(written.text)
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
    if not unknown and not any(m.score < ODD for m in morphemes) and not LONE_LETTER.search(word):
        return None
    before, after = _neighbours(match)
    best = None
    likeliest = sum(m.score for m in lexicon.analyse(before + word + after))
    likeliest += UNKNOWN_GAIN if unknown else SURE_GAIN
    for candidate, cost in _candidates(word, at, unknown, lexicon):
        reading = lexicon.analyse(before + candidate + after)
        likelihood = sum(m.score for m in reading) - cost
        known = not any(m.unknown for m in lexicon.analyse(candidate))
        if likelihood > likeliest and known:
            best, likeliest = candidate, likelihood
    return best


def _neighbours(match: Match[str]) -> tuple[str, str]:
    """Return the words before and after, with the space between: they tell 확인서 발급 from 방금."""
    before = re.search(r"[가-힣]+ $", match.string[max(0, match.start() - 12) : match.start()])
    after = re.match(r" [가-힣]+", match.string[match.end() : match.end() + 12])
    return before[0] if before else "", after[0] if after else ""


def _candidates(word: str, at: int, unknown: list[Morpheme], lexicon: Lexicon) -> Iterator[tuple[str, float]]:
    for start in range(len(word) - 1):
        for end in range(start + 2, min(len(word), start + 8) + 1):
            part = word[start:end]
            if part in lexicon.words:
                continue
            touches = any(m.start - at < end and m.end - at > start for m in unknown)
            for meant in similar(part, lexicon):
                if touches or (start == 0 and len(keys_of(meant)) >= LONG_KEYS):
                    yield word[:start] + meant + word[end:], _cost(part, meant)


def similar(part: str, lexicon: Lexicon) -> set[str]:
    """Words of the domain that are one key away from the part: another key, one missing, one too many, two swapped."""
    keys = keys_of(part)
    if len(keys) < 4:
        return set()
    found = {word for variant in _variants(keys) for word in lexicon.index.get(variant, ())}
    return {word for word in found if _one_edit(keys, keys_of(word))}


def _index(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    index: dict[str, list[str]] = {}
    for word in sorted(words):
        if len(keys_of(word)) >= 5:
            for variant in _variants(keys_of(word)):
                index.setdefault(variant, []).append(word)
    return {variant: tuple(found) for variant, found in index.items()}


def _variants(keys: str) -> set[str]:
    return {keys, *(keys[:i] + keys[i + 1 :] for i in range(len(keys)))}


def _one_edit(a: str, b: str) -> bool:
    if a == b:
        return True
    head = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if a[head + 1 :] == b[head + 1 :] or a[head + 1 :] == b[head:] or a[head:] == b[head + 1 :]:
        return True
    return a[head : head + 2] == b[head : head + 2][::-1] and a[head + 2 :] == b[head + 2 :]


def _cost(part: str, meant: str) -> float:
    """Nothing for a slip of the finger, more for an edit no keyboard explains."""
    a, b = keys_of(part), keys_of(meant)
    if len(a) != len(b):
        return 2.0
    wrong = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return 0.0 if len(wrong) != 1 or is_slip(*wrong[0]) else 4.0


UNSPACED = 6  # syllables in a row before a missing space is looked for
SHORT_WORDS = frozenset("안못다더좀잘왜또할한그이저수것뭐내제나볼갈될본간쓴된온때곳줄")
SUFFIX_LIKE = ("하", "되", "시키", "받", "당하", "드리", "주")  # 부탁드려요, 인정받고 are one word
DEPENDENT = ("수", "데", "때", "줄", "거", "것")  # what follows them is a word of its own


def _spaced(written: Written, lexicon: Lexicon) -> Written:
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


APART = re.compile("(?<![가-힣])[가-힣](?: [가-힣]){3,}(?![가-힣])")


def _joined(written: Written, lexicon: Lexicon) -> Written:
    """Join what was typed with a space after every syllable: 봉 사 시 간."""

    def joined(match: Match[str]) -> list[Piece] | None:
        word = match[0].replace(" ", "")
        together = lexicon.analyse(word)
        # Four in a row may be words of one syllable (주 에 눈 이): only nouns, unless it goes on and on.
        likely = len(word) > 5 or all(m.tag.startswith("N") for m in together)
        apart = sum(m.score for m in lexicon.analyse(match[0]))
        better = _likelihood(word, lexicon) * len(word) > apart + SURE_GAIN
        return [(char, 2 * i, 2 * i + 1) for i, char in enumerate(word)] if likely and better else None

    return written.sub(APART, joined, Shelter(()))
