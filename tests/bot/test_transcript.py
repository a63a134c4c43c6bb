"""What is kept of a reply, and the reply drawn from it again."""

from __future__ import annotations

import json

import pytest

from bot.replies import (
    SILENCE,
    Block,
    Button,
    Call,
    Card,
    Carousel,
    Fact,
    Image,
    Link,
    ListCard,
    ListItem,
    Press,
    QuickReply,
    Reply,
    Say,
    Text,
)
from bot.safety import Safety
from bot.transcript import drawable, kept, understood, with_words, written
from bot.understanding import Entity, Meaning, ParsedMessage, certain
from skills.kakao.render import render

CARD = Card(
    "내 봉사시간",
    "모두 12시간이에요.",
    (Fact("올해", "7시간"),),
    Image("https://boram.example/p/secret", "시간 그림"),
    (Button("화면에서 보기", Link("https://boram.example/l/secret")), Button("전화", Call("02-000-0000"))),
)
REPLY = Reply(
    (
        Text("이렇게 찾았어요."),
        CARD,
        Carousel((CARD, Card("둘째"))),
        ListCard("고르기", (ListItem("도서관", "토요일", Press("apply_program", {"session": 3})),)),
    ),
    (QuickReply("더 보기", Say("더 보기")),),
)


def test_all_words_are_kept_and_no_address() -> None:
    text = written(REPLY)
    for words in ("이렇게 찾았어요.", "모두 12시간", "7시간", "시간 그림", "화면에서 보기", "둘째", "도서관"):
        assert words in text
    assert "secret" not in text
    assert "boram.example" not in text
    assert json.loads(text)[-1] == {"chips": ["더 보기"]}


def test_what_is_drawn_again_shows_the_same_words_and_is_valid() -> None:
    again = drawable(json.loads(written(REPLY)))
    assert kept(again)[0] == kept(REPLY)[0]
    assert kept(again)[3:] == kept(REPLY)[3:]
    assert kept(again)[1]["text"] == "(그림: 시간 그림)\n모두 12시간이에요."
    drawn = json.dumps(render(again, block_id="block"), ensure_ascii=False)
    assert "화면에서 보기" in drawn
    assert "웹" not in drawn


@pytest.mark.parametrize("block", [Text("글"), CARD, ListCard("목록", (ListItem("하나"),)), Card("제목만")])
def test_every_kind_of_block_is_drawn_as_what_it_was(block: Block) -> None:
    (again,) = drawable(kept(Reply((block,)))).blocks
    assert type(again) is type(block)


def test_silence_is_kept_as_silence() -> None:
    assert written(SILENCE) == "[]"


@pytest.mark.parametrize(
    ("told", "as_kept"),
    [
        ("인증번호는 123456이에요.", "인증번호는 ●●이에요."),
        ("번호 1234 5678을 적어요", "번호 ●●을 적어요"),
        ("041-000-1388로 전화해요", "041-000-1388로 전화해요"),
        ("2026년 12월 5일 10:00", "2026년 12월 5일 10:00"),
        ("1365 연계", "1365 연계"),
    ],
)
def test_codes_are_not_kept(told: str, as_kept: str) -> None:
    assert kept(Reply((Text(told),))) == [{"text": as_kept}]


def test_a_number_that_stands_as_a_fact_is_not_kept() -> None:
    card = Card("두볼 계정을 연결해요", facts=(Fact("연결 번호", "37"), Fact("시간", "10:00")))
    assert kept(Reply((card,)))[0]["facts"] == [["연결 번호", "●●"], ["시간", "10:00"]]


def test_words_are_changed_wherever_they_stand() -> None:
    changed = with_words(kept(REPLY), lambda words: "○" * len(words))
    assert set(json.dumps(list(changed), ensure_ascii=False)) <= set('[]{}", :○abcdefghijklmnopqrstuvwxyz')


def test_of_a_parse_the_likeliest_meanings_and_what_was_found_are_kept() -> None:
    parsed = ParsedMessage(
        "find_program",
        0.8,
        "nlu",
        entities=(Entity("region", "천안", 0, 2),),
        ranking=tuple(Meaning(f"intent{number}", 0.8 - number / 10) for number in range(5)),
        safety=Safety("check", "crisis", "figure_of_speech"),
        novelty=0.25,
        normalized="천안 봉사",
    )
    found = understood(parsed, masked=False)
    assert found is not None
    assert found["entities"] == [["region", "천안"]]
    assert [intent for intent, _ in found["ranking"]] == ["intent0", "intent1", "intent2"]
    assert (found["novelty"], found["normalized"], found["safety"][0]) == (0.25, "천안 봉사", "check")
    hidden = understood(parsed, masked=True)
    assert hidden is not None
    assert "천안" not in json.dumps(hidden, ensure_ascii=False)


def test_nothing_is_kept_where_nothing_was_parsed() -> None:
    assert understood(certain("greeting", "menu"), masked=False) is None
