"""Which answers are in force: those of the store while it answers, those read last or of the file while it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from actions import ACTIONS
from actions.faq import TOPICS
from bot.replies import Button, Card, Press
from bot.topics import FRESH, TOPIC_INTENTS, Topics
from models.clock import SetClock
from models.database import Database
from models.faq_topics import topic
from models.rules import Rules

NAME = "faq_signup/how_to_join"


@pytest.fixture
def store(sqlite_address: str) -> Iterator[Database]:
    store = Database(sqlite_address)
    yield store
    store.close()


@pytest.fixture
def topics(store: Database, clock: SetClock) -> Topics:
    """Return topics over a store that has those of the file."""
    topics = Topics(store, clock, TOPICS.values())
    with store.session() as db:
        topics.follow_file(db)
        db.commit()
    return topics


def rewrite(store: Database, question: str, **more: object) -> None:
    with store.session() as db:
        row = topic(db, 1)
        assert row is not None
        row.content, row.version = {**row.content, "question": question}, row.version + 1
        for name, value in more.items():
            setattr(row, name, value)
        db.commit()


def test_every_intent_that_can_have_topics_answers_them_first() -> None:
    assert {intent for intent in TOPIC_INTENTS if not _answers(intent)} == set()
    assert {topic.intent for topic in TOPICS.values()} <= set(TOPIC_INTENTS)


def _answers(intent: str) -> bool:
    return ACTIONS[intent] is ACTIONS["faq_signup"] or hasattr(ACTIONS[intent], "__wrapped__")


def test_a_store_without_topics_means_those_of_the_file(store: Database, clock: SetClock) -> None:
    assert dict(Topics(store, clock, TOPICS.values()).book().shown) == dict(TOPICS)


def test_a_change_is_seen_after_two_seconds_or_at_once_where_it_was_made(
    store: Database, topics: Topics, clock: SetClock
) -> None:
    assert topics.book().shown[NAME].question == "두볼에 어떻게 가입해요?"
    rewrite(store, "가입은 어떻게 해요?")
    assert topics.book().shown[NAME].question == "두볼에 어떻게 가입해요?"
    clock.advance(FRESH)
    assert topics.book().shown[NAME].question == "가입은 어떻게 해요?"
    rewrite(store, "가입이 뭐예요?")
    topics.look_again()
    assert topics.book().shown[NAME].question == "가입이 뭐예요?"


def test_a_store_that_is_away_leaves_what_was_read_last(
    store: Database, topics: Topics, clock: SetClock
) -> None:
    rewrite(store, "가입은 어떻게 해요?")
    topics.book()
    with store.session() as db:
        db.execute(text("ALTER TABLE faq_topic RENAME TO away"))
        db.commit()
    clock.advance(FRESH)
    assert topics.book().shown[NAME].question == "가입은 어떻게 해요?"
    with store.session() as db:
        db.execute(text("ALTER TABLE away RENAME TO faq_topic"))
        db.commit()
    rewrite(store, "다시 왔어요, 어떻게 해요?")
    clock.advance(FRESH)
    assert topics.book().shown[NAME].question == "다시 왔어요, 어떻게 해요?"


def test_a_store_that_never_answered_means_those_of_the_file(clock: SetClock) -> None:
    away = Database("postgresql://nobody@127.0.0.1:9/nothing", lock_wait=0.1)
    topics = Topics(away, clock, TOPICS.values())
    assert dict(topics.book().shown) == dict(TOPICS)
    assert topics.rules == Rules()
    away.close()


def test_a_row_that_cannot_be_an_answer_is_stood_in_for_by_the_file(store: Database, topics: Topics) -> None:
    rewrite(store, "x")
    assert topics.book().shown[NAME] == TOPICS[NAME]


def test_what_is_off_is_answered_with_what_is_close_to_it_and_a_person(
    store: Database, topics: Topics
) -> None:
    rewrite(store, "두볼에 어떻게 가입해요?", active=False)
    reply = topics.book().answer(NAME, Rules(), str)
    assert reply is not None
    (card,) = reply.blocks
    assert isinstance(card, Card)
    assert "다시 확인하고 있어요" in card.text
    assert card.buttons == (Button("상담원 연결", Press("human_agent")),)
    assert [chip.label for chip in reply.quick_replies][:2] == [
        TOPICS[name].short for name in TOPICS[NAME].see_also
    ]
    assert TOPICS[NAME].press not in [chip.target for chip in reply.quick_replies]


def test_chips_and_lists_leave_out_what_is_off(store: Database, topics: Topics) -> None:
    rewrite(store, "두볼에 어떻게 가입해요?", active=False)
    book = topics.book()
    assert [chip.target for chip in book.chips((NAME, "faq_signup/leave"))] == [
        TOPICS["faq_signup/leave"].press
    ]
    assert NAME not in [topic.topic for topic in book.of("faq_signup")]


def test_an_intent_whose_topics_are_all_off_leads_to_a_person(store: Database, topics: Topics) -> None:
    with store.session() as db:
        db.execute(text("UPDATE faq_topic SET active = false WHERE name LIKE 'faq_club/%'"))
        db.commit()
    (card,) = topics.book().to_pick("faq_club").blocks
    assert isinstance(card, Card)
    assert [button.label for button in card.buttons] == ["상담원 연결"]


def test_many_threads_that_ask_at_once_all_get_a_book(topics: Topics, clock: SetClock) -> None:
    found: list[int] = []

    def ask() -> None:
        for _ in range(20):
            clock.advance(timedelta(seconds=1))
            found.append(len(topics.book().shown))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {68}
    assert len(found) == 160
