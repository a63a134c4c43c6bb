"""What the entity extractor looks at: pure functions from tokens to the features of a linear-chain CRF.

A sentence is a list of units. A unit is one token, or one word (what stands between spaces) where the training
sentences only ever mark whole words. Features are strings; what a unit does not have has no feature.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

Span = tuple[str, int, int]
"""Entity, and the characters of the original text it begins at and ends before."""

OUTSIDE = "O"
ENDINGS = ("J", "E", "VCP", "XS")
"""Parts of speech that follow what is meant: particles, endings, the copula, suffixes."""
NEAR = 10
"""So many units before and after tell what the sentence is about; a bound, because a text may be long."""
LONGEST_WORD = 24
"""Characters of a word that is looked at as a whole; longer ones are sentences without spaces."""
WHOLE_WORDS = 0.995
"""Share of entities that must be whole words before words become the units: annotators slip too."""

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
_SHAPES = ((re.compile(r"\d"), "9"), (re.compile("[a-z]+"), "a"), (re.compile("[가-힣]+"), "가"))
_JAMO = re.compile("[ㄱ-ㅎㅏ-ㅣ]+")


class Piece(NamedTuple):
    """One token: what was written (normalised), its dictionary form, part of speech and place in the original."""

    written: str
    lemma: str
    tag: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unit:
    """What gets one tag. ``stem`` is its meaning without ``tail``, the endings; ``word`` is the whole it is part of."""

    pieces: tuple[Piece, ...]
    start: int
    end: int
    written: str
    stem: str
    tail: str
    tags: str
    word: str
    before: int
    """Units of the same word that stand before it."""
    after: int


def pieces(tokens: Iterable[Any]) -> list[Piece]:
    """Return Rasa's tokens as pieces, in lower case and in a form that can be encoded."""
    return [
        Piece(_plain(t.text), _plain(t.lemma or t.text), t.get("pos") or "UNK", t.start, t.end)
        for t in tokens
        if t.end > t.start
    ]


def _plain(text: str) -> str:
    return _LONE_SURROGATES.sub("\ufffd", text).lower()


def whole_words(texts: Iterable[str], spans: Iterable[Iterable[Span]]) -> bool:
    """Tell whether the entities of these texts begin and end where words do."""
    fits = [
        not text[max(start - 1, 0) : start].strip() and not text[end : end + 1].strip()
        for text, marked in zip(texts, spans, strict=True)
        for _, start, end in marked
    ]
    return bool(fits) and sum(fits) >= WHOLE_WORDS * len(fits)


def units(text: str, found: Sequence[Piece], by_word: bool) -> list[Unit]:
    """Return the units of a text in the order written; each character that is no space is in a unit by word."""
    if by_word:
        return [_unit(group, start, end, group, 0) for start, end, group in _words(text, found)]
    return [
        _unit([piece], piece.start, piece.end, group, place)
        for group in _parted(text, found)
        for place, piece in enumerate(group)
    ]


def _words(text: str, found: Sequence[Piece]) -> Iterator[tuple[int, int, Sequence[Piece]]]:
    """Yield the words with the pieces that begin in them; a word the tokenizer left out is a piece of its own."""
    starts = [piece.start for piece in found]
    for word in re.finditer(r"\S+", text):
        inside = found[bisect_left(starts, word.start()) : bisect_left(starts, word.end())]
        written = _plain(word[0])
        yield *word.span(), inside or [Piece(written, written, "UNK", *word.span())]


def _parted(text: str, found: Sequence[Piece]) -> list[list[Piece]]:
    """Return the pieces by word: apart where there is a space between them."""
    groups: list[list[Piece]] = []
    for piece in found:
        if not groups or any(character.isspace() for character in text[groups[-1][-1].end : piece.start]):
            groups.append([])
        groups[-1].append(piece)
    return groups


def _unit(group: Sequence[Piece], start: int, end: int, word: Sequence[Piece], place: int) -> Unit:
    cut = len(group)
    while cut > 1 and group[cut - 1].tag.startswith(ENDINGS):
        cut -= 1
    whole = "".join(piece.written for piece in word[: LONGEST_WORD + 1])
    return Unit(
        pieces=tuple(group),
        start=start,
        end=end,
        written="".join(piece.written for piece in group),
        stem="|".join(piece.lemma for piece in group[:cut]),
        tail="+".join(piece.lemma for piece in group[cut:]),
        tags="+".join(piece.tag for piece in group),
        word=whole if len(whole) <= LONGEST_WORD else "",
        before=place,
        after=len(word) - place - len(group),
    )


# --- features


def features(line: Sequence[Unit], hints: Sequence[Iterable[str]], intent: str = "") -> list[list[str]]:
    """Return the features of every unit of a sentence.

    ``hints``: what lookups know of each; ``intent``: what the sentence is taken for, if anything.
    """
    return [
        [
            *_own(unit),
            *_around(line, i),
            *_pairs(line, i),
            *_topic(line, i),
            *_meant(line, i, intent),
            *hints[i],
        ]
        for i, unit in enumerate(line)
    ]


def _own(unit: Unit) -> list[str]:
    written, stem = unit.written, unit.stem
    found = ["bias", f"written={written}", f"stem={stem}", f"tail={unit.tail}", f"tags={unit.tags}"]
    found += [f"head={written[:n]}" for n in (1, 2, 3)] + [f"end={written[-n:]}" for n in (1, 2, 3)]
    found += [f"stem end={stem[-1:]}", f"stem end={stem[-2:]}", f"long={min(len(stem), 6)}"]
    found += [f"shape={shape(written)}", f"word={unit.word}"]
    found += [f"before={min(unit.before, 3)}", f"after={min(unit.after, 3)}"]
    if len(unit.pieces) > 1:
        found += [f"piece={piece.lemma}/{piece.tag}" for piece in unit.pieces]
    first, last = unit.pieces[0], unit.pieces[-1]
    return [
        *found,
        f"first={first.lemma}",
        f"first tag={first.tag}",
        f"last={last.lemma}",
        f"last tag={last.tag}",
    ]


def shape(written: str) -> str:
    """Return what kinds of letters a word is made of: ``12시`` is ``99가``."""
    for pattern, sign in _SHAPES:
        written = pattern.sub(sign, written)
    return _JAMO.sub("ㄱ", written)


def _around(line: Sequence[Unit], at: int) -> Iterator[str]:
    for step in (-2, -1, 1, 2):
        if not 0 <= at + step < len(line):
            yield f"{step} none"
            continue
        other = line[at + step]
        yield from (f"{step} stem={other.stem}", f"{step} tags={other.tags}", f"{step} tail={other.tail}")
        if abs(step) == 1:
            yield f"{step} written={other.written}"
            yield from (f"{step} piece={piece.lemma}" for piece in other.pieces)


def _pairs(line: Sequence[Unit], at: int) -> Iterator[str]:
    if at > 0:
        yield f"pair -1={line[at - 1].stem} {line[at].stem}"
    if at + 1 < len(line):
        yield f"pair +1={line[at].stem} {line[at + 1].stem}"


def _topic(line: Sequence[Unit], at: int) -> Iterator[str]:
    """Yield the words of meaning further off, by the side they stand on."""
    for side, others in (
        ("left", line[max(at - NEAR, 0) : max(at - 1, 0)]),
        ("right", line[at + 2 : at + NEAR]),
    ):
        for other in others:
            yield from (f"{side}={p.lemma}" for p in other.pieces if p.tag[0] in "NVMSX")


def _meant(line: Sequence[Unit], at: int, intent: str) -> Iterator[str]:
    """Yield the intent, alone and with what the unit and its neighbours are."""
    if not intent:
        return
    unit = line[at]
    yield from (f"intent={intent}", f"intent stem={intent} {unit.stem}", f"intent tail={intent} {unit.tail}")
    yield from (
        f"intent last tag={intent} {unit.pieces[-1].tag}",
        f"intent stem end={intent} {unit.stem[-1:]}",
    )
    if at > 0:
        yield f"intent -1 stem={intent} {line[at - 1].stem}"
    if at + 1 < len(line):
        yield f"intent +1 stem={intent} {line[at + 1].stem}"


# --- lookups


class Lookups:
    """Names and patterns that are known: each unit they cover gets their kind as a feature."""

    def __init__(self, names: Mapping[str, Sequence[str]], patterns: Sequence[tuple[str, str]]) -> None:
        """Make them from names without spaces → kinds, and from (kind, regular expression)."""
        self.names = names
        self.patterns = patterns
        self._longest = max(map(len, names), default=0)
        self._compiled = [(kind, n, re.compile(pattern)) for n, (kind, pattern) in enumerate(patterns)]

    @classmethod
    def of(
        cls, tables: Iterable[Mapping[str, Any]], patterns: Iterable[Mapping[str, str]], entities: set[str]
    ) -> Lookups:
        """Make them from Rasa's lookup tables and from its regular expressions for these entities."""
        names: dict[str, list[str]] = {}
        for table in tables:
            for name in table["elements"]:
                names.setdefault(re.sub(r"\s", "", name.lower()), []).append(table["name"])
        return cls(names, [(p["name"], p["pattern"]) for p in patterns if p["name"] in entities])

    def __call__(self, line: Sequence[Unit]) -> list[list[str]]:
        """Return the features of each unit."""
        found: list[dict[str, None]] = [{} for _ in line]
        for forms in ([u.written for u in line], [u.stem.replace("|", "") for u in line]):
            self._name(["".join(form.split()) for form in forms], found)
        self._match(line, found)
        return [list(each) for each in found]

    def _name(self, forms: Sequence[str], found: Sequence[dict[str, None]]) -> None:
        for i in range(len(forms)):
            last, kinds = self._longest_name(forms, i)
            for j in range(i, last):
                for kind in kinds:
                    found[j][f"name {'B' if j == i else 'I'}={kind}"] = None

    def _longest_name(self, forms: Sequence[str], first: int) -> tuple[int, Sequence[str]]:
        """Return the unit behind the longest name that begins here, and what the name is of."""
        joined, best = "", (first, ())
        for i in range(first, len(forms)):
            joined += forms[i]
            if len(joined) > self._longest:
                break
            best = (i + 1, self.names[joined]) if joined in self.names else best
        return best

    def _match(self, line: Sequence[Unit], found: Sequence[dict[str, None]]) -> None:
        """Look for the patterns in what was written, normalised, with a space where words end."""
        text, starts, ends = "", [], []
        for unit in line:
            text += " " if text and not unit.before else ""
            starts.append(len(text))
            text += unit.written
            ends.append(len(text))
        for kind, number, pattern in self._compiled:
            for match in pattern.finditer(text):
                for i in range(bisect_right(ends, match.start()), bisect_left(starts, match.end())):
                    found[i][f"pattern={kind}"] = found[i][f"pattern={number}"] = None


# --- tags


def tags(line: Sequence[Unit], spans: Iterable[Span]) -> list[str]:
    """Return a tag for every unit: ``B-`` and ``I-`` with the entity, or ``O``."""
    found, marked, previous = [], list(spans), None
    for unit in line:
        span = next((each for each in marked if each[1] <= unit.start < each[2]), None)
        found.append(f"{'I' if span == previous else 'B'}-{span[0]}" if span else OUTSIDE)
        previous = span
    return found


def entities(line: Sequence[Unit], tagged: Sequence[str]) -> list[tuple[Span, range]]:
    """Return the entities the tags say, with the units each is made of. A stray ``I-`` begins one."""
    found: list[tuple[Span, range]] = []
    open_entity: str | None = None
    for i, (unit, tag) in enumerate(zip(line, tagged, strict=True)):
        entity = tag[2:] or None
        if entity and tag[0] == "I" and entity == open_entity:
            (_, start, _), part = found[-1]
            found[-1] = (entity, start, unit.end), range(part.start, i + 1)
        elif entity:
            found.append(((entity, unit.start, unit.end), range(i, i + 1)))
        open_entity = entity
    return found
