"""Short answers: what a number, a name, a yes or a no refers to, and a session that survives storage."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue import Choice, Session, Sessions, leaves, squeeze
from bot.memory import Memory
from bot.replies import (
    Button,
    Card,
    Carousel,
    Fact,
    ListCard,
    ListItem,
    Press,
    Question,
    QuickReply,
    Reply,
    Say,
    Text,
)
from bot.turn import Person

ITEMS = tuple(
    ListItem(title, target=Press("pick", {"id": n}))
    for n, title in enumerate(("도서관 정리", "하천 청소", "벽화 그리기"), 1)
)
LISTED = Reply((ListCard("고르기", ITEMS),), question=Question("pick"))
CONFIRM = Reply(
    (
        Card(
            "정말요?",
            buttons=(
                Button("취소할게요", Press("cancel", {"confirm": True}), means="yes"),
                Button("그대로 둘래요", Say("됐어"), means="no"),
            ),
        ),
    ),
    question=Question("cancel"),
)


def after(*replies: Reply) -> Session:
    session = Session()
    for reply in replies:
        session.follow(reply)
    return session


def picked(session: Session, words: str) -> int | None:
    choice = session.chosen_by(words)
    if choice is None:
        return None
    assert isinstance(choice.target, Press)
    return int(choice.target.data["id"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2", 2),
        ("2번", 2),
        ("두 번째", 2),
        ("두번째거요", 2),
        ("마지막", 3),
        ("첫번째 거", 1),
        ("하천 청소", 2),
        ("하천청소!!", 2),
        ("벽화", 3),
        ("4번", None),
        ("2시에 하는 거 말고 다른 날로 보여줄래", None),
        ("고양이", None),
    ],
)
def test_a_list_is_answered_by_number_ordinal_or_name(words: str, expected: int | None) -> None:
    assert picked(after(LISTED), words) == expected


@pytest.mark.parametrize("words", ["네", "넵!", "ㅇㅇ", "응", "그래ㅋㅋ", "취소할게요"])
def test_yes_presses_the_button_that_means_yes(words: str) -> None:
    choice = after(CONFIRM).chosen_by(words)
    assert choice is not None
    assert choice.target == Press("cancel", {"confirm": True})


@pytest.mark.parametrize("words", ["아니", "아니요", "ㄴㄴ", "됐어", "됐어요", "괜찮아", "그만"])
def test_no_always_leaves(words: str) -> None:
    choice = after(CONFIRM).chosen_by(words)
    assert leaves(words)
    assert choice is None or choice.target == Say("됐어")


def test_yes_means_nothing_once_the_question_is_over() -> None:
    session = after(CONFIRM, Reply((Text("알겠어요."),)))
    assert session.chosen_by("네") is None


def test_a_list_can_still_be_named_after_a_plain_answer() -> None:
    assert picked(after(LISTED, Reply((Text("잠깐만요."),))), "두 번째") == 2


def test_cards_of_a_carousel_are_counted_by_their_first_button() -> None:
    cards = tuple(Card(f"활동 {n}", buttons=(Button("신청하기", Press("pick", {"id": n})),)) for n in (1, 2))
    session = after(Reply((Carousel(cards),), (QuickReply("더 보기", Press("pick", {"id": 9})),)))
    assert (picked(session, "2번"), picked(session, "더 보기"), picked(session, "3번")) == (2, 9, None)


def test_a_session_comes_back_as_it_was_kept(memory: Memory) -> None:
    person, sessions = Person("kakao", "bot", "user"), Sessions(memory)
    session = after(LISTED, CONFIRM)
    session.misses = 2
    sessions.save(person, session)
    assert sessions.enter(person) == (session, 1)


def test_a_session_that_cannot_be_read_is_begun_anew(memory: Memory) -> None:
    person = Person("kakao", "bot", "broken")
    memory.set("session:kakao:bot:broken", '{"choices": [1', 10)
    assert Sessions(memory).enter(person) == (Session(), 1)


def test_people_do_not_share_a_session(memory: Memory) -> None:
    sessions = Sessions(memory)
    sessions.save(Person("kakao", "bot", "one"), after(LISTED))
    assert sessions.enter(Person("kakao", "bot", "two")) == (Session(), 1)


@given(st.text())
def test_any_words_may_be_compared(text: str) -> None:
    assert squeeze(text) == squeeze(f" {text} ") or not text.strip()
    after(LISTED).chosen_by(text)


@pytest.mark.parametrize("words", ["네", "네!", "넵"])
def test_a_bare_yes_is_never_the_fourth_of_a_list(words: str) -> None:
    four = tuple(ListItem(f"활동 {n}", target=Press("pick", {"id": n})) for n in range(1, 6))
    assert after(Reply((ListCard("고르기", four),))).chosen_by(words) is None
    assert after(Reply((ListCard("고르기", four),), question=Question("pick"))).chosen_by(words) is None


CARDS = tuple(
    Card(
        title,
        facts=(Fact("장소", place),),
        buttons=(
            Button("신청하기", Press("apply_program", {"session": n})),
            Button("자세히", Press("find_program", {"session": n})),
        ),
    )
    for n, (title, place) in enumerate((("책 정리", "성정도서관"), ("하천 청소", "천안천")), 1)
)
CAROUSEL = Reply((Text("찾았어요"), Carousel(CARDS)))


def test_things_that_were_shown_stay_known_through_three_replies_that_show_things() -> None:
    session = after(CAROUSEL, Reply((Text("네."),)), *[Reply((CARDS[1],))] * 2)
    assert [[thing.data for thing in group] for group in session.shown] == [
        [{"session": 1}, {"session": 2}],
        [{"session": 2}],
        [{"session": 2}],
    ]
    session.follow(Reply((CARDS[0],)))
    assert [len(group) for group in session.shown] == [1, 1, 1]


def test_a_session_with_things_comes_back_and_stays_small(memory: Memory) -> None:
    person, sessions = Person("kakao", "bot", "things"), Sessions(memory)
    many = Reply((Carousel(tuple(replace(card, title=card.title * 30) for card in CARDS * 10)),))
    session = after(many, many, many)
    sessions.save(person, session)
    assert sessions.enter(person)[0] == session
    assert len(memory.get("session:kakao:bot:things") or "") < 16_000


def test_a_session_stored_before_things_were_kept_is_read(memory: Memory) -> None:
    stored = {
        "choices": [["도서관 정리", ["pick", {"id": 1}], None, True]],
        "question": ["pick", None, False, {}],
        "misses": 1,
    }
    memory.set("session:kakao:bot:older", json.dumps(stored), 10)
    session, _ = Sessions(memory).enter(Person("kakao", "bot", "older"))
    assert session == Session(
        [Choice("도서관 정리", Press("pick", {"id": 1}), listed=True)], Question("pick"), misses=1
    )


@pytest.mark.parametrize("words", ["두 번째 거 자세히", "2번 언제야?", "두 번째 거 취소할래"])
def test_a_number_with_another_wish_chooses_nothing(words: str) -> None:
    assert after(CAROUSEL).chosen_by(words) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("마지막 거 말고 그 앞에 거", 2),
        ("도서관 거요", 1),
        ("벽화꺼", 3),
        ("하천 거로 할게요", 2),
        ("거요", None),
    ],
)
def test_one_is_chosen_by_its_neighbour_or_by_a_word_of_its_name(words: str, expected: int | None) -> None:
    assert picked(after(LISTED), words) == expected
