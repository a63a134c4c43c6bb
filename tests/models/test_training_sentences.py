"""Training sentences in the store: what is refused, who was faster, what changes a model, what is nearly alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.staff import StaffRefused
from models.training_marks import key_of, mark_problems, parts, plain, tidied, with_mark, without_mark
from models.training_pairs import (
    TrainingPair,
    compare_new,
    contradictions,
    duplicates,
    near_duplicates,
    pair_counts,
    settle,
)
from models.training_sentences import (
    ENTITIES,
    INTENTS,
    Change,
    State,
    TrainingSentence,
    add_many,
    add_sentence,
    change_sentence,
    fingerprint,
    history,
    sentence_count,
)

TRAINER, OTHER = "staff:7", "staff:8"


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


def add(db: Session, marked: str, intent: str, now: datetime, by: str = TRAINER) -> TrainingSentence:
    return add_sentence(
        db, marked=marked, intent=intent, topic=None, style="casual", source="console", by=by, now=now
    )


def test_what_a_sentence_can_mean_is_what_the_language_knows() -> None:
    assert {"greeting", "crisis_support", "out_of_scope"} <= set(INTENTS)
    assert {"date", "region", "person"} <= set(ENTITIES)


def test_of_two_who_teach_the_same_at_once_one_is_told(database: Database, now: datetime) -> None:
    with database.session() as one, database.session() as other:
        assert sentence_count(other) == 0
        add(one, "안녕 얘들아", "greeting", now)
        one.commit()
        with pytest.raises(StaffRefused, match="refused") as refused:
            add(other, "안녕, 얘들아!", "abuse", now, OTHER)
        assert "이미 다른 뜻(greeting)" in refused.value.words
    with database.session() as db:
        assert sentence_count(db) == 1


def test_of_two_who_change_a_sentence_at_once_one_is_told(database: Database, now: datetime) -> None:
    with database.session() as db:
        number = add(db, "안녕 얘들아", "greeting", now).id
        db.commit()
    with database.session() as one, database.session() as other:
        mine, theirs = one.get_one(TrainingSentence, number), other.get_one(TrainingSentence, number)
        other.commit()
        other.refresh(theirs)
        other.commit()
        change_sentence(one, mine, replace(mine.state, intent="abuse"), Change.EDITED, TRAINER, now)
        one.commit()
        with pytest.raises(StaffRefused) as refused:
            change_sentence(other, theirs, replace(theirs.state, style="long"), Change.EDITED, OTHER, now)
        assert "그사이 다른 사람이 바꿨어요" in refused.value.words
    with database.session() as db:
        row = db.get_one(TrainingSentence, number)
        assert (row.intent, row.style, [past.by for past in history(db, row)]) == (
            "abuse",
            "casual",
            [TRAINER],
        )


def test_only_what_is_learned_changes_the_fingerprint(db: Session, now: datetime) -> None:
    row = add(db, "[토요일](date)에 봉사 있어?", "find_program", now)
    prints = [fingerprint(db)]
    changes = (
        {"marked": "토요일에 봉사 있어?"},
        {"intent": "recommend_program"},
        {"topic": "recommend_program/how"},
        {"active": False},
    )
    for change in changes:
        change_sentence(db, row, replace(row.state, **change), Change.EDITED, TRAINER, now)
        prints.append(fingerprint(db))
    assert len(set(prints)) == 5
    change_sentence(db, row, replace(row.state, active=True), Change.EDITED, TRAINER, now)
    assert fingerprint(db) == prints[3]
    change_sentence(
        db, row, replace(row.state, comment="물어봄", style="polite"), Change.EDITED, TRAINER, now
    )
    assert fingerprint(db) == prints[3]
    assert len(history(db, row)) == 6


def test_many_are_taught_or_none(db: Session, now: datetime) -> None:
    states = [
        State(f"{word} 어디서 해", "find_program", None, "casual", "console") for word in ("연탄", "김장")
    ]
    add(db, "김장 어디서 해?", "greeting", now)
    db.commit()
    with pytest.raises(StaffRefused):
        add_many(db, states, TRAINER, now)
    db.rollback()
    assert sentence_count(db) == 1
    add_many(db, states[:1], TRAINER, now)
    assert sentence_count(db) == 2


def test_sentences_nearly_alike_are_found_and_stay_settled_until_one_changes(
    db: Session, now: datetime
) -> None:
    one = add(db, "올해 봉사시간 몇 시간인지 알려줘", "check_hours", now)
    two = add(db, "올해 봉사시간 몇 시간인지 알려줘요", "check_hours", now)
    compare_new(db)
    three = add(db, "올해 봉사시간이 몇 시간인지 알려줘", "certificate_issue", now)
    add(db, "ㄱㄱ", "clarify_needed", now)
    add(db, "ㄴㄱ", "abuse", now)
    compare_new(db)
    assert pair_counts(db) == (2, 1)
    assert [(pair.one.id, pair.other.id) for pair in duplicates(db)] == [(one.id, two.id)]
    assert {(pair.one.id, pair.other.id) for pair in contradictions(db)} == {
        (one.id, three.id),
        (two.id, three.id),
    }
    assert {near.sentence.id for near in near_duplicates(db, one.marked, but=one.id)} == {two.id, three.id}
    assert near_duplicates(db, "ㄱㄱ") == []
    for pair in contradictions(db):
        settle(pair, TRAINER, now)
    assert contradictions(db) == []
    compare_new(db)
    assert contradictions(db) == []
    change_sentence(db, three, replace(three.state, intent="thanks_bye"), Change.EDITED, TRAINER, now)
    compare_new(db)
    assert len(contradictions(db)) == 2
    change_sentence(db, one, replace(one.state, active=False), Change.DEACTIVATED, TRAINER, now)
    compare_new(db)
    assert pair_counts(db) == (1, 0)


def test_pairs_found_one_after_the_other_are_those_found_at_once(db: Session, now: datetime) -> None:
    words = ("봉사시간", "봉사 시간", "봉사 신청", "봉사활동 시간")
    for number, word in enumerate(words):
        for end in ("확인하고 싶어요", "확인하고 싶어", "확인 좀 해 주세요"):
            add(db, f"{word} {end} {number}", "check_hours", now)
            compare_new(db)
    query = select(TrainingPair.one_id, TrainingPair.other_id, TrainingPair.likeness)
    gradually = set(map(tuple, db.execute(query)))
    for row in db.scalars(select(TrainingSentence)):
        row.compared = False
    db.flush()
    compare_new(db)
    assert set(map(tuple, db.execute(query))) == gradually
    assert gradually


MARKED = st.lists(
    st.one_of(
        st.text("가나 다[](){}.\"'", max_size=6),
        st.builds("[{}]({})".format, st.text("가나다", min_size=1, max_size=3), st.sampled_from(ENTITIES)),
    ),
    max_size=5,
).map("".join)


@given(MARKED)
def test_a_sentence_taken_apart_is_the_sentence(marked: str) -> None:
    assert "".join(part.words for part in parts(marked)) == plain(marked)
    assert tidied(tidied(marked)) == tidied(marked)
    if not list(mark_problems(marked, ENTITIES)):
        assert plain(without_mark(marked, 0)) == plain(marked)
        for part in parts(marked):
            if not part.entity and part.words.strip() and not set(part.words) & set("[](){}"):
                assert plain(with_mark(marked, part.words, "date") or "") == plain(marked)


def test_what_makes_no_difference_to_a_reader_makes_none_here() -> None:
    assert key_of("봉사 시간, 몇시간?!") == key_of("봉사시간 몇 시간")
    assert key_of("???") == "???"
    assert tidied("  가\u200b나\t다\n라 👨\u200d👩\u200d👧 ") == "가나 다 라 👨\u200d👩\u200d👧"
