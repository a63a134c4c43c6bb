"""Answers in the store: they follow the file until staff write their own, and of two changes at once one is told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models import faq_topics
from models.database import Database
from models.faq_topics import (
    ChangedMeanwhile,
    Entry,
    Followed,
    create,
    follow_file,
    move,
    rewrite,
    schedule,
    stamp,
    switch,
    topic,
    topic_names,
    versions,
)
from models.staff import Staff, StaffRefused, StaffRole, create_staff


def content(question: str) -> dict[str, Any]:
    return {"question": question, "answer": f"{question}에 대한 답"}


def entries(*questions: str, intent: str = "faq_club") -> list[Entry]:
    return [Entry(f"{intent}/q{n}", n, content(words)) for n, words in enumerate(questions, 1)]


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as db:
        yield db


@pytest.fixture
def staff(db: Session, now: datetime) -> Staff:
    someone = create_staff(db, "kim@kywa.example", "김담당", StaffRole.TRAINER, now)
    db.commit()
    return someone


def planted(db: Session, now: datetime, *questions: str) -> faq_topics.FaqTopic:
    follow_file(db, entries(*questions), now)
    db.commit()
    row = topic(db, 1)
    assert row is not None
    return row


def test_the_file_is_taken_over_once_and_in_its_order(db: Session, now: datetime) -> None:
    assert follow_file(db, entries("하나", "둘"), now) == Followed(new=["faq_club/q1", "faq_club/q2"])
    assert follow_file(db, entries("하나", "둘"), now) == Followed()
    assert topic_names(db) == {"faq_club/q1": "하나", "faq_club/q2": "둘"}


def test_what_the_file_says_anew_is_followed_as_long_as_staff_said_nothing(
    db: Session, now: datetime
) -> None:
    row = planted(db, now, "하나", "둘")
    before = stamp(db)
    assert follow_file(db, entries("하나!", "둘"), now).changed == [row.name]
    assert topic_names(db)[row.name] == "하나!"
    assert [each.did for each in versions(db, row.name)] == ["파일을 따라 바뀜", "파일에서 가져옴"]
    assert stamp(db) != before


def test_staffs_words_stay_and_what_the_file_says_anew_lies_beside_them(
    db: Session, staff: Staff, now: datetime
) -> None:
    row = planted(db, now, "하나")
    assert rewrite(db, row, 1, content("직원의 글"), "고침", staff, now)
    assert follow_file(db, entries("하나!"), now) == Followed(kept=[row.name])
    assert follow_file(db, entries("하나!"), now) == Followed()
    assert (row.content, row.file_content) == (content("직원의 글"), content("하나!"))
    assert rewrite(db, row, row.version, content("하나!"), "되돌림", staff, now)
    assert follow_file(db, entries("하나!!"), now).changed == [row.name]


def test_a_file_that_took_over_staffs_words_is_followed_again(
    db: Session, staff: Staff, now: datetime
) -> None:
    row = planted(db, now, "하나")
    rewrite(db, row, 1, content("직원의 글"), "고침", staff, now)
    follow_file(db, entries("직원의 글"), now)
    assert row.follows_file
    own = create(db, "faq_club", content("새 질문"), staff, now)
    follow_file(db, [*entries("직원의 글"), Entry(own.name, own.number, content("새 질문"))], now)
    assert own.follows_file


def test_what_left_the_file_leaves_the_store_unless_staff_had_a_hand_in_it(
    db: Session, staff: Staff, now: datetime
) -> None:
    planted(db, now, "하나", "둘", "셋")
    second, own = topic(db, 2), create(db, "faq_club", content("새 질문"), staff, now)
    assert second is not None
    rewrite(db, second, 1, content("직원의 글"), "고침", staff, now)
    assert follow_file(db, [], now).gone == ["faq_club/q1", "faq_club/q3"]
    db.commit()
    assert list(topic_names(db)) == ["faq_club/q2", own.name]


def test_of_two_who_change_the_same_version_one_is_told(
    database: Database, staff: Staff, now: datetime
) -> None:
    with database.session() as first, database.session() as second:
        row = planted(first, now, "하나")
        same = topic(second, 1)
        assert same is not None
        second.rollback()
        switch(first, row, 1, on=False, by=staff, now=now)
        first.commit()
        with pytest.raises(ChangedMeanwhile):
            rewrite(second, same, 1, content("늦은 글"), "고침", staff, now)
        second.rollback()
        assert [each.did for each in versions(first, row.name)] == ["끔", "파일에서 가져옴"]


def test_words_as_they_are_make_no_version(db: Session, staff: Staff, now: datetime) -> None:
    row = planted(db, now, "하나")
    assert not rewrite(db, row, 1, content("하나"), "고침", staff, now)
    assert len(versions(db, row.name)) == 1


def test_a_span_holds_from_its_first_moment_until_its_last(db: Session, staff: Staff, now: datetime) -> None:
    row, hour = planted(db, now, "하나"), timedelta(hours=1)
    schedule(db, row, 1, (now, now + hour), staff, now)
    assert [row.shows(now + n * hour) for n in (-1, 0, 1)] == [False, True, False]
    schedule(db, row, 2, (None, None), staff, now)
    assert row.shows(now + 100 * hour)
    with pytest.raises(StaffRefused, match="refused"):
        schedule(db, row, 3, (now, now), staff, now)


def test_topics_change_places_with_their_neighbours(db: Session, staff: Staff, now: datetime) -> None:
    row = planted(db, now, "하나", "둘", "셋")
    assert not move(db, row, 1, up=True, by=staff, now=now)
    assert move(db, row, 1, up=False, by=staff, now=now)
    db.commit()
    assert list(topic_names(db).values()) == ["둘", "하나", "셋"]
    with pytest.raises(ChangedMeanwhile):
        move(db, row, 1, up=False, by=staff, now=now)


def test_own_topics_are_numbered_apart_from_the_files(db: Session, staff: Staff, now: datetime) -> None:
    planted(db, now, "하나")
    first, second = (create(db, "faq_club", content(words), staff, now) for words in ("새것", "더 새것"))
    assert [(each.name, each.position) for each in (first, second)] == [
        ("faq_club/own_1001", 2),
        ("faq_club/own_1002", 3),
    ]


def test_of_two_new_topics_at_one_moment_one_is_asked_to_press_again(
    postgres_address: str, now: datetime
) -> None:
    database = Database(postgres_address)
    with database.session() as first, database.session() as second:
        staff = create_staff(first, "kim@kywa.example", "김담당", StaffRole.TRAINER, now)
        first.commit()
        told = list[str]()
        create(first, "faq_club", content("하나"), staff, now)

        def late() -> None:
            with pytest.raises(StaffRefused) as refused:
                create(second, "faq_club", content("둘"), second.get_one(Staff, staff.id), now)
            told.append(refused.value.words)

        waiting = Thread(target=late)
        waiting.start()
        with database.session() as third:
            while not third.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                time.sleep(0.01)  # until the second one waits for the first
        first.commit()
        waiting.join()
    assert "한 번 더 눌러" in told[0]
    database.close()
