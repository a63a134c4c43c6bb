"""A sentence as the language model is taught it: plain words, with the words that carry a value marked.

``[토요일](date)에 봉사 있어?`` marks 토요일 as a date; ``[고등학교]{"entity": "grade", "value": "고등학생"}`` says its value too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST = 500
"""Characters of a sentence; the chat reads no more either."""
_MARK = re.compile(r"\[([^\[\]]*)\](?:\(([^()]*)\)|(\{[^{}]*\}))")
_PLAIN_BRACKETS = re.compile(r"\[[^\[\]]*\](?!\(|\{|\s\([a-z_])")
"""Brackets people paste are welcome ("[공지] 내일 봉사"); those before a parenthesis or a brace were meant as a mark."""
_NO_DIFFERENCE = re.compile(r"[\s?!.,~]")
_JOINER = "\u200d"
"""The one invisible character that is kept: it holds emoji together."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence; ``entity`` is empty where nothing is marked, ``value`` where none is written."""

    words: str
    entity: str = ""
    value: str = ""


def parts(marked: str) -> list[Part]:
    """Take a marked sentence apart, marked and unmarked pieces in order."""
    found, end = list[Part](), 0
    for mark in _MARK.finditer(marked):
        if mark.start() > end:
            found.append(Part(marked[end : mark.start()]))
        words, name, braces = mark.groups()
        entity, value = _in_braces(braces) if braces else (name, "")
        found.append(Part(words, entity, value))
        end = mark.end()
    if end < len(marked):
        found.append(Part(marked[end:]))
    return found


def plain(marked: str) -> str:
    """Return a sentence without its marks."""
    return _MARK.sub(r"\1", marked)


def key_of(text: str) -> str:
    """Return a plain sentence without what makes no difference to a reader: case, spaces, closing marks."""
    return _NO_DIFFERENCE.sub("", text.lower()) or text


def tidied(typed: str) -> str:
    """Return what was typed as one line, without characters nobody can see."""
    line = " ".join(typed.split())
    return "".join(each for each in line if each.isprintable() or each == _JOINER)


def with_mark(marked: str, words: str, entity: str) -> str | None:
    """Return a sentence with words marked where they stand first unmarked; None where they do not stand."""
    found, done = list[str](), False
    for part in parts(marked):
        before, words_there, after = part.words.partition(words)
        if done or part.entity or not words_there:
            found.append(_as_written(part))
            continue
        found += [before, f"[{words}]({entity})", after]
        done = True
    return "".join(found) if done else None


def without_mark(marked: str, number: int) -> str:
    """Return a sentence without one of its marks, counted from 0; the words stay."""
    found, count = list[str](), -1
    for part in parts(marked):
        count += bool(part.entity)
        found.append(part.words if part.entity and count == number else _as_written(part))
    return "".join(found)


def _as_written(part: Part) -> str:
    if not part.entity:
        return part.words
    if not part.value:
        return f"[{part.words}]({part.entity})"
    return f"[{part.words}]{json.dumps({'entity': part.entity, 'value': part.value}, ensure_ascii=False)}"


def mark_problems(marked: str, entities: Collection[str]) -> Iterator[str]:
    """Find what is wrong in the marks of a sentence, each with what to do."""
    rest = _PLAIN_BRACKETS.sub("", _MARK.sub("", marked))
    if "[" in rest or "]" in rest:
        yield f"표시가 닫히지 않았어요: '{marked}'. '[토요일](date)'처럼 괄호 네 개를 붙여서 적어 주세요."
    for part in parts(marked):
        if part.entity:
            yield from _part_problems(part, entities)
    if any(not mark[2] and not mark[3] for mark in _MARK.finditer(marked)):
        yield f"빈 표시가 있어요: '{marked}'. 낱말과 이름을 모두 적어 주세요."


def _part_problems(part: Part, entities: Collection[str]) -> Iterator[str]:
    if not part.words or part.words != part.words.strip():
        yield (
            f"표시한 낱말이 비었거나 앞뒤에 빈칸이 있어요: '[{part.words}]({part.entity})'. 낱말만 괄호 안에 넣어 주세요."
        )
    if part.entity not in entities:
        close = get_close_matches(part.entity, entities, 1)
        meant = f"혹시 '{close[0]}'인가요?" if close else "목록에 있는 이름만 쓸 수 있어요."
        yield f"모르는 표시 이름이에요: '[{part.words}]({part.entity})'. {meant}"


def _in_braces(braces: str) -> tuple[str, str]:
    """Return entity and value of a mark with braces; the braces themselves when they cannot be read."""
    try:
        read = json.loads(braces)
        return str(read["entity"]), str(read.get("value", ""))
    except (ValueError, KeyError):
        return braces, ""
