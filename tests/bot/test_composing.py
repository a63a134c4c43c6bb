"""One reply out of several."""

from __future__ import annotations

import pytest

from bot.composing import together, with_care, with_next
from bot.replies import Block, Card, ListCard, ListItem, Press, Question, QuickReply, Reply, Say, Text
from bot.safety import GENTLE
from bot.understanding import ParsedMessage
from bot.wishes import NEXT, Wish

A, B, C, D = Text("가"), Card("나"), Card("다"), ListCard("라", (ListItem("하나"),))


def chips(*labels: str) -> tuple[QuickReply, ...]:
    return tuple(QuickReply(label, Say(label)) for label in labels)


def test_two_replies_become_one_with_the_chips_of_both_and_the_question_of_the_second() -> None:
    joined = together(Reply((A,), chips("x", "y")), Reply((B,), chips("y", "z")), last=False)
    assert joined == Reply((A, B), chips("y", "z", "x"))
    asked = Reply((B,), chips("z"), Question("pick"))
    assert together(Reply((A,), chips("x")), asked, last=True) == Reply((A, B), chips("z"), Question("pick"))


@pytest.mark.parametrize(
    ("first", "second", "last", "blocks"),
    [
        ((A, B), (C,), False, (A, B, C)),
        ((A, B), (C, D), False, None),
        ((A, B), (C, D), True, (B, C, D)),
        ((A,), (B, C, D), True, (B, C, D)),
        ((A,), (B, C, D), False, None),
        ((B,), (B, C), False, (B, C)),
    ],
)
def test_what_has_no_room_gives_way_or_waits(
    first: tuple[Block, ...], second: tuple[Block, ...], last: bool, blocks: tuple[Block, ...] | None
) -> None:
    joined = together(Reply(first), Reply(second), last=last)
    assert (joined and joined.blocks) == blocks


def test_what_waits_is_a_button_that_carries_its_words() -> None:
    left = [
        Wish("토요일 취소해줘", ParsedMessage("cancel_application", 0.9, "nlu")),
        Wish("알림 꺼줘", ParsedMessage("notification_settings", 0.9, "nlu")),
    ]
    reply = with_next(Reply((A,), chips("x")), left)
    assert reply.quick_replies[0] == QuickReply(
        "이어서 신청 취소", Press(NEXT, {"words": "토요일 취소해줘\n알림 꺼줘"})
    )
    assert reply.blocks == (A, Text("그다음 '신청 취소'도 도와줄게요. 아래 '이어서' 버튼을 눌러 줘요."))
    assert with_next(Reply((A, B, C)), left).blocks == (A, B, C)
    assert with_next(Reply((A,), question=Question("pick")), left).blocks == (A,)
    assert with_next(Reply((A,)), []) == Reply((A,))


def test_a_gentle_word_stands_first_whatever_the_room() -> None:
    assert with_care(GENTLE, Reply((A, B))).blocks == (GENTLE, A, B)
    assert with_care(GENTLE, Reply((A, B, D))).blocks == (GENTLE, B, D)
