"""What staff say sentences mean: taught, agreed on, argued about, ignored, undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.golden_sentences import golden_sentences
from models.inbox import InboxGroup, InboxSentence, Label, SentenceState, hash_of, open_count, recount
from models.inbox_labels import IGNORED, Answer, Seen, label, marked, standing_labels, style_of, undo
from models.rules import Rules
from models.staff import Staff, StaffRefused, StaffRole, create_staff
from models.training_sentences import TrainingSentence, add_sentence

ALONE, TWO = Rules(), Rules(two_person_labels=True)
FIND, HOURS = Answer("find_program"), Answer("check_hours")
_numbers = count(1)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as db:
        yield db


def colleague(db: Session, now: datetime, role: StaffRole = StaffRole.TRAINER) -> Staff:
    return create_staff(db, f"label{next(_numbers)}@kywa.example", "김담당", role, now)


@pytest.fixture
def kim(db: Session, now: datetime) -> Staff:
    return colleague(db, now)


@pytest.fixture
def lee(db: Session, now: datetime) -> Staff:
    return colleague(db, now)


@pytest.fixture
def group(db: Session) -> InboxGroup:
    group = InboxGroup(centre=b"", times=0, sentences=0, reasons=0)
    db.add(group)
    db.commit()
    return group


def sentence(db: Session, group: InboxGroup, now: datetime, text: str = "주말에 뭐 하지") -> InboxSentence:
    row = InboxSentence(
        key_hash=hash_of(text),
        text=text,
        group=group,
        times=3,
        reasons=1,
        first_at=now,
        last_at=now,
        guesses=[],
        marks=[],
        chosen={},
    )
    db.add(row)
    db.flush()
    recount(db, {group.id})
    db.commit()
    return row


def saw(row: InboxSentence) -> Seen:
    return Seen(row.id, row.version)


def taught(db: Session) -> dict[str, tuple[str, bool]]:
    db.expire_all()
    return {row.marked: (row.intent, row.active) for row in db.scalars(select(TrainingSentence))}


def states(*rows: InboxSentence) -> set[SentenceState]:
    return {row.state for row in rows}


def test_a_label_teaches_at_once_and_the_group_is_counted_anew(
    db: Session, group: InboxGroup, kim: Staff, now: datetime
) -> None:
    one, two = sentence(db, group, now), sentence(db, group, now, "주말에 할 거")
    assert open_count(db) == 1
    outcome = label(db, [saw(one), saw(two)], FIND, kim, ALONE, now)
    db.commit()
    assert outcome.count(SentenceState.TAUGHT) == 2
    assert taught(db) == {"주말에 뭐 하지": ("find_program", True), "주말에 할 거": ("find_program", True)}
    row = db.get_one(TrainingSentence, one.training_id)
    assert (row.source, row.made_by, row.style) == ("console", f"staff:{kim.id}", "casual")
    assert (open_count(db), group.sentences, group.times) == (0, 0, 0)


def test_words_that_are_marked_are_taught_marked(
    db: Session, group: InboxGroup, kim: Staff, now: datetime
) -> None:
    row = sentence(db, group, now, "토요일에 도서관 봉사")
    row.marks = [[0, 3, "date"], [5, 8, "host"]]
    db.commit()
    label(db, [saw(row)], FIND, kim, ALONE, now)
    assert taught(db) == {"[토요일](date)에 [도서관](host) 봉사": ("find_program", True)}
    label(db, [Seen(row.id, row.version, marks=[(0, 3, "date")])], FIND, kim, ALONE, now)
    assert taught(db) == {"[토요일](date)에 도서관 봉사": ("find_program", True)}


@pytest.mark.parametrize("marks", [[(0, 3, "date"), (2, 5, "host")], [(0, 99, "date")], [(0, 2, "colour")]])
def test_marks_that_make_no_sense_are_refused(marks: list[tuple[int, int, str]]) -> None:
    with pytest.raises(StaffRefused):
        marked("토요일에 도서관 봉사", marks)


def test_what_was_there_already_is_not_taught_again_and_the_rest_is(
    db: Session, group: InboxGroup, kim: Staff, now: datetime
) -> None:
    one, two = sentence(db, group, now), sentence(db, group, now, "주말에 할 거")
    meaning = {"intent": "check_hours", "topic": None, "style": "casual", "source": "authored"}
    add_sentence(db, marked=one.text, **meaning, by="import", now=now)  # type: ignore[arg-type]
    db.commit()
    outcome = label(db, [saw(one), saw(two)], FIND, kim, ALONE, now)
    db.commit()
    assert [(row.text, "다른 뜻" in why) for row, why in outcome.refused] == [(one.text, True)]
    assert (one.state, two.state) == (SentenceState.OPEN, SentenceState.TAUGHT)
    assert [each.sentence_id for each in db.scalars(select(Label))] == [two.id]
    assert (group.sentences, group.times) == (1, 3)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer("gone_intent"), "지금은 없는 뜻"),
        (Answer("find_program", "check_hours/how"), "이 뜻에는 없는 주제"),
        (Answer("find_program", "find_program/gone"), "지금은 없는 주제"),
    ],
)
def test_a_meaning_that_is_gone_is_refused_and_nothing_changes(
    db: Session, group: InboxGroup, kim: Staff, now: datetime, answer: Answer, words: str
) -> None:
    row = sentence(db, group, now)
    with pytest.raises(StaffRefused) as refused:
        label(db, [saw(row)], answer, kim, ALONE, now)
    assert words in refused.value.words
    db.rollback()
    assert row.state is SentenceState.OPEN


def test_a_label_whose_intent_went_away_meanwhile_counts_no_more(
    db: Session, group: InboxGroup, kim: Staff, lee: Staff, now: datetime
) -> None:
    row = sentence(db, group, now)
    label(db, [saw(row)], FIND, kim, TWO, now)
    standing_labels(db, [row])[row.id][0].intent = "gone_intent"
    db.commit()
    label(db, [saw(row)], HOURS, lee, TWO, now)
    assert states(row) == {SentenceState.WAITING}  # no conflict with what nobody can mean any more
    label(db, [saw(row)], HOURS, kim, TWO, now)
    assert states(row) == {SentenceState.TAUGHT}


def test_hidden_words_are_written_anew_before_they_are_taught(
    db: Session, group: InboxGroup, kim: Staff, now: datetime
) -> None:
    row = sentence(db, group, now, "○○○ 선생님 연락처 [연락처 가림] 맞아?")
    outcome = label(db, [saw(row)], Answer("human_agent"), kim, ALONE, now)
    assert "가린 곳" in outcome.refused[0][1]
    again = Seen(row.id, row.version, text="담당 선생님 연락처 이거 맞아?")
    assert label(db, [again], Answer("human_agent"), kim, ALONE, now).count(SentenceState.TAUGHT) == 1
    assert list(taught(db)) == ["담당 선생님 연락처 이거 맞아?"]


def test_what_is_ignored_is_not_taught_and_can_be_taught_later(
    db: Session, group: InboxGroup, kim: Staff, lee: Staff, now: datetime
) -> None:
    row = sentence(db, group, now, "[번호 가림]")
    label(db, [saw(row)], Answer(IGNORED), kim, TWO, now)
    assert (row.state, taught(db)) == (SentenceState.IGNORED, {})
    other = sentence(db, group, now)
    label(db, [saw(other)], Answer(IGNORED), kim, ALONE, now)
    label(db, [saw(other)], FIND, lee, ALONE, now)
    assert (other.state, list(taught(db))) == (SentenceState.TAUGHT, ["주말에 뭐 하지"])


def test_where_two_must_agree_the_second_teaches(
    db: Session, group: InboxGroup, kim: Staff, lee: Staff, now: datetime
) -> None:
    row = sentence(db, group, now)
    for _ in range(2):  # saying it twice is still one person
        label(db, [saw(row)], FIND, kim, TWO, now)
        assert (row.state, taught(db)) == (SentenceState.WAITING, {})
    label(db, [saw(row)], FIND, lee, TWO, now)
    assert (row.state, taught(db)) == (SentenceState.TAUGHT, {row.text: ("find_program", True)})


def test_where_two_disagree_a_third_or_one_of_them_settles_it(
    db: Session, group: InboxGroup, kim: Staff, lee: Staff, now: datetime
) -> None:
    row, other = sentence(db, group, now), sentence(db, group, now, "주말에 할 거")
    for said, who in ((FIND, kim), (HOURS, lee)):
        label(db, [saw(row), saw(other)], said, who, TWO, now)
    assert {row.state, other.state} == {SentenceState.CONFLICT}
    label(db, [saw(row)], HOURS, colleague(db, now), TWO, now)
    label(db, [saw(other)], FIND, lee, TWO, now)
    assert {row.state, other.state} == {SentenceState.TAUGHT}
    assert taught(db) == {row.text: ("check_hours", True), other.text: ("find_program", True)}
    assert [each.meaning[0] for each in standing_labels(db, [row])[row.id]] == ["check_hours"] * 2


def test_who_is_overtaken_with_another_meaning_starts_a_conflict_and_changes_nothing_taught(
    db: Session, group: InboxGroup, kim: Staff, lee: Staff, now: datetime
) -> None:
    row = sentence(db, group, now)
    both_saw = saw(row)
    label(db, [both_saw], FIND, kim, ALONE, now)
    outcome = label(db, [both_saw], HOURS, lee, ALONE, now)
    assert outcome.overtaken == [row]
    assert (row.state, taught(db)) == (SentenceState.CONFLICT, {row.text: ("find_program", True)})
    label(db, [saw(row)], HOURS, kim, ALONE, now)
    assert (row.state, taught(db)) == (SentenceState.TAUGHT, {row.text: ("check_hours", True)})


def test_who_is_overtaken_with_the_same_meaning_only_agrees(
    db: Session, group: InboxGroup, kim: Staff, lee: Staff, now: datetime
) -> None:
    row = sentence(db, group, now)
    both_saw = saw(row)
    label(db, [both_saw], FIND, kim, ALONE, now)
    label(db, [both_saw], FIND, lee, ALONE, now)
    assert (row.state, len(standing_labels(db, [row])[row.id])) == (SentenceState.TAUGHT, 2)


def test_a_press_is_undone_as_a_whole(db: Session, group: InboxGroup, kim: Staff, now: datetime) -> None:
    rows = [sentence(db, group, now, f"주말 {number}번째") for number in range(3)]
    outcome = label(db, [saw(row) for row in rows], FIND, kim, ALONE, now)
    undo(db, outcome.batch, kim, ALONE, now)
    db.commit()
    assert {row.state for row in rows} == {SentenceState.OPEN}
    assert {active for _, active in taught(db).values()} == {False}
    assert (open_count(db), group.sentences) == (1, 3)
    with pytest.raises(StaffRefused):
        undo(db, outcome.batch, kim, ALONE, now)
    label(db, [saw(rows[0])], HOURS, kim, ALONE, now)
    assert taught(db)[rows[0].text] == ("check_hours", True)


def test_undoing_brings_back_what_was_overruled(
    db: Session, group: InboxGroup, kim: Staff, lee: Staff, now: datetime
) -> None:
    row = sentence(db, group, now)
    label(db, [saw(row)], FIND, kim, ALONE, now)
    overruled = label(db, [saw(row)], HOURS, lee, ALONE, now)
    assert taught(db) == {row.text: ("check_hours", True)}
    undo(db, overruled.batch, lee, ALONE, now)
    assert (row.state, taught(db)) == (SentenceState.TAUGHT, {row.text: ("find_program", True)})


def test_a_colleagues_press_is_undone_by_an_admin_only(
    db: Session, group: InboxGroup, kim: Staff, lee: Staff, now: datetime
) -> None:
    row = sentence(db, group, now)
    batch = label(db, [saw(row)], FIND, kim, ALONE, now).batch
    db.commit()
    with pytest.raises(StaffRefused):
        undo(db, batch, lee, ALONE, now)
    undo(db, batch, colleague(db, now, StaffRole.ADMIN), ALONE, now)
    assert row.state is SentenceState.OPEN


def test_a_sentence_can_be_asked_of_every_model_in_place_of_being_taught(
    db: Session, group: InboxGroup, kim: Staff, now: datetime
) -> None:
    row = sentence(db, group, now)
    pinned = label(db, [saw(row)], Answer("find_program", golden=True), kim, ALONE, now)
    assert (row.state, taught(db)) == (SentenceState.TAUGHT, {})
    assert [(each.text, each.intent) for each in golden_sentences(db)] == [(row.text, "find_program")]
    undo(db, pinned.batch, kim, ALONE, now)
    assert golden_sentences(db) == []
    label(db, [saw(row)], FIND, kim, ALONE, now)
    assert list(taught(db)) == [row.text]
    label(db, [saw(row)], Answer("find_program", golden=True), kim, ALONE, now)
    assert taught(db) == {row.text: ("find_program", False)}
    assert len(golden_sentences(db)) == 1


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("봉사 있나요?", "polite"),
        ("봉사 있어", "casual"),
        ("주말에할수있는봉사있어", "no_spaces"),
        ("봉사 ㄱㄱ", "abbreviation"),
        ("봉사 cancel 해줘", "mixed_english"),
        ("봉사를 하고 싶은데 " * 6, "long"),
    ],
)
def test_how_a_sentence_is_put_is_told_by_its_form(text: str, style: str) -> None:
    assert style_of(text) == style
