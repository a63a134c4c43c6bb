"""Payloads as Kakao sent them, and replies as wild as an action could ever make them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bot.replies import (
    Button,
    Call,
    Card,
    Carousel,
    Fact,
    Image,
    Link,
    ListCard,
    ListItem,
    Operator,
    Press,
    QuickReply,
    Reply,
    Say,
    Text,
)

FIXTURES = Path(__file__).parents[1] / "fixtures" / "kakao"
BLOCK = "66aa22d3a1b2c34d45e56f7a"


def payload_bytes(name: str) -> bytes:
    return (FIXTURES / "payloads" / f"{name}.json").read_bytes()


def payload(name: str = "skill_fallback_utterance") -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(payload_bytes(name))
    return loaded


def response(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FIXTURES / "responses" / f"{name}.json").read_bytes())
    return loaded


def is_skill_response(path: Path) -> bool:
    return "version" in json.loads(path.read_bytes())


WILD = st.text(st.characters(exclude_categories=()), max_size=80)
"""Any characters at all: controls, halves of surrogate pairs, joiners, flags, old Hangul."""
LONG = st.builds(lambda word, times: word * times, WILD, st.sampled_from([1, 3, 40]))
WORDS = st.one_of(
    LONG,
    st.sampled_from(
        [
            "",
            " ",
            "\n",
            "신청하기",
            "👨‍👩‍👧‍👦" * 20,
            "🇰🇷" * 400,
            "각" * 300,
            "가\u0300" * 200,
            "첫 줄.\n둘째 줄. " * 60,
        ]
    ),
)
URLS = st.one_of(st.just("https://dovol.youth.go.kr/a?b=1"), st.just("javascript:alert(1)"), WILD)
DATA = st.dictionaries(
    st.one_of(st.sampled_from(["id", "page"]), WILD),
    st.one_of(WORDS, st.integers(), st.booleans()),
    max_size=4,
)
PRESSES = st.builds(Press, st.one_of(st.just("find_program"), WILD), DATA)
CHIP_TARGETS = st.one_of(PRESSES, st.builds(Say, WORDS))
TARGETS = st.one_of(
    CHIP_TARGETS,
    st.builds(Link, URLS),
    st.builds(Call, st.one_of(st.just("1388"), WILD)),
    st.just(Operator()),
)
BUTTONS = st.lists(st.builds(Button, WORDS, TARGETS), max_size=7).map(tuple)
IMAGES = st.none() | st.builds(Image, URLS, WORDS)
FACTS = st.lists(
    st.one_of(st.builds(Fact, WORDS, WORDS), st.just(Fact("일시", "12월 5일(토) 10:00"))), max_size=12
).map(tuple)
CARDS = st.builds(Card, WORDS, WORDS, FACTS, IMAGES, BUTTONS)
ITEMS = st.builds(ListItem, WORDS, WORDS, st.none() | CHIP_TARGETS | st.builds(Link, URLS), IMAGES)
LISTS = st.builds(ListCard, WORDS, st.lists(ITEMS, max_size=30).map(tuple), BUTTONS)
CAROUSELS = st.builds(Carousel, st.lists(CARDS, max_size=13).map(tuple))
BLOCKS = st.one_of(st.builds(Text, WORDS), CARDS, LISTS, CAROUSELS)
CHIPS = st.lists(st.builds(QuickReply, WORDS, CHIP_TARGETS), max_size=14).map(tuple)
REPLIES = st.builds(Reply, st.lists(BLOCKS, max_size=8).map(tuple), CHIPS)
