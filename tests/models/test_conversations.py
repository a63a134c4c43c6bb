"""Looking for turns, reading dialogs and counting days, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.conversations import (
    OUTCOME_GROUPS,
    PAUSE,
    STRETCH,
    Figures,
    Wanted,
    dialog,
    figures,
    forget_originals,
    got_worse,
    hours_of,
    mean_confidence,
    slow_milliseconds,
    turns,
)
from models.database import Database
from models.members import ChannelAccount, ConversationTurn
from models.retention import purge
from models.rules import Rules
from tests.turns import make_turn
from tests.world import NOW, make_account, make_member

MINUTE = timedelta(minutes=1)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def account(db: Session) -> ChannelAccount:
    account = make_account(db, make_member(db))
    db.commit()
    return account


def words(db: Session, wanted: Wanted) -> list[str]:
    return [turn.words for turn in turns(db, wanted).rows]


def all_pages(db: Session, wanted: Wanted, limit: int, stretch: int = STRETCH) -> list[list[str]]:
    """Return the words of every page, following each one to the next."""
    found, before = [], ""
    while True:
        page = turns(db, wanted, before, limit, stretch=stretch)
        found.append([turn.words for turn in page.rows])
        before = page.older
        if not before:
            return found


FOUND: list[tuple[Wanted, list[str]]] = [
    (Wanted(), ["넷", "셋", "둘", "하나"]),
    (Wanted(intent="find_program"), ["둘"]),
    (Wanted(outcome="not_understood"), ["셋"]),
    (Wanted(outcome="misunderstood"), ["넷", "셋"]),
    (Wanted(outcome="refused"), ["둘"]),
    (Wanted(outcome="misunderstood", intent="check_hours"), ["넷", "셋"]),
    (Wanted(outcome="misunderstood", intent="find_program"), []),
    (Wanted(since=NOW + MINUTE, until=NOW + 3 * MINUTE), ["셋", "둘"]),
    (Wanted(pressed=True), ["하나"]),
    (Wanted(most=0.4), ["넷", "셋"]),
    (Wanted(least=0.5, most=0.95), ["둘", "하나"]),
    (Wanted(alert=4), ["하나"]),
    (Wanted(any_alert=True), ["하나"]),
    (Wanted(alert=5), []),
    (Wanted(rating=-1), ["넷"]),
    (Wanted(topic="faq_signup/age_limit"), ["넷"]),
    (Wanted(model="second"), ["셋"]),
    (Wanted(text="셋"), ["셋"]),
    (Wanted(text="%"), []),
    (Wanted(account_id=10**6), []),
]
"""What is wanted of the four turns below, and which of them it is."""


def test_turns_are_found_by_what_happened_in_them(db: Session, account: ChannelAccount) -> None:
    rows: list[tuple[str, dict[str, Any]]] = [
        ("하나", {"pressed": True, "alert_kind": 4}),
        ("둘", {"intent": "find_program", "outcome": "refused:full"}),
        ("셋", {"outcome": "not_understood", "confidence": 0.2, "model": "second"}),
        (
            "넷",
            {"outcome": "asked_meaning", "confidence": 0.4, "rating": -1, "topic": "faq_signup/age_limit"},
        ),
    ]
    for minutes, (said, columns) in enumerate(rows):
        make_turn(db, account, said, at=NOW + minutes * MINUTE, **columns)
    for wanted, found in FOUND:
        assert words(db, wanted) == found, wanted


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(outcome="misunderstood"), Wanted(text="번째")])
def test_pages_follow_one_another_without_a_gap_and_without_repeating(
    db: Session, account: ChannelAccount, wanted: Wanted
) -> None:
    for number in range(7):  # two at each moment: the order is by number then
        outcome = ("not_understood", "asked_again")[number % 2]
        make_turn(db, account, f"{number}번째", at=NOW + number // 2 * MINUTE, outcome=outcome)
    assert all_pages(db, wanted, 3) == [
        ["6번째", "5번째", "4번째"],
        ["3번째", "2번째", "1번째"],
        ["0번째"],
    ]


def test_a_rare_word_is_looked_for_a_stretch_at_a_time_and_the_page_says_how_far(
    db: Session, account: ChannelAccount
) -> None:
    for number in range(9):
        make_turn(db, account, "드문 말" if number in (0, 4) else "흔한 말", at=NOW + number * MINUTE)
    first = turns(db, Wanted(text="드문"), stretch=3)
    assert (first.rows, first.looked_until) == ([], NOW + 5 * MINUTE)
    assert all_pages(db, Wanted(text="드문"), 50, 3) == [[], ["드문 말"], ["드문 말"]]
    assert all_pages(db, Wanted(text="드문", since=NOW + 2 * MINUTE), 50, 3) == [[], ["드문 말"]]


def test_a_cursor_that_is_none_of_ours_leads_to_the_first_page(db: Session, account: ChannelAccount) -> None:
    make_turn(db, account)
    for cursor in ("", "nonsense", "1-1-1", "1-99999999999", "-5-3", "９-９"):
        assert len(turns(db, Wanted(), cursor).rows) == 1, cursor


def test_every_outcome_of_a_group_is_looked_for(db: Session, account: ChannelAccount) -> None:
    for minutes, outcome in enumerate(OUTCOME_GROUPS["refused"][1]):
        make_turn(db, account, outcome, at=NOW + minutes * MINUTE, outcome=outcome)
    assert set(words(db, Wanted(outcome="refused"))) == set(OUTCOME_GROUPS["refused"][1])


def test_a_dialog_ends_where_there_was_a_long_silence_and_names_its_neighbours(
    db: Session, account: ChannelAccount
) -> None:
    other = make_account(db, None, "user-2")
    moments = [NOW, NOW + PAUSE + MINUTE, NOW + PAUSE + 2 * MINUTE, NOW + 3 * PAUSE]
    made = [make_turn(db, account, f"{number}", at=at) for number, at in enumerate(moments)]
    make_turn(db, other, "남의 말", at=moments[1])
    db.commit()
    for turn in made[1:3]:
        found = dialog(db, account.id, turn.at)
        assert found is not None
        assert [each.words for each in found.turns] == ["1", "2"]
        assert (found.earlier, found.later) == (made[0].id, made[3].id)
    first = dialog(db, account.id, NOW)
    assert first is not None
    assert ([each.words for each in first.turns], first.earlier) == (["0"], None)
    assert dialog(db, account.id, NOW - timedelta(days=1)) is None


def test_a_very_long_dialog_is_shown_in_part_and_leads_on(db: Session, account: ChannelAccount) -> None:
    made = [make_turn(db, account, f"{number}", at=NOW + number * MINUTE) for number in range(10)]
    found = dialog(db, account.id, made[5].at, longest=3)
    assert found is not None
    assert [each.words for each in found.turns] == ["3", "4", "5", "6", "7", "8"]
    assert (found.earlier, found.later) == (made[2].id, made[9].id)


def test_figures_count_what_people_said_and_how_it_ended(db: Session, account: ChannelAccount) -> None:
    for columns in (
        {},
        {"rating": 1},
        {"outcome": "not_understood", "rating": -1},
        {"outcome": "nlu_down"},
        {"outcome": "refused:full", "pressed": True},
        {"intent": "notice", "pressed": True, "alert_kind": 4},
        {"at": NOW - MINUTE},
        {"at": NOW + MINUTE},
    ):
        make_turn(db, account, **columns)
    found = figures(db, NOW, NOW + MINUTE)
    assert (found.turns, found.typed, found.misunderstood, found.failed) == (5, 4, 1, 1)
    assert (found.helped, found.not_helped) == (1, 1)
    assert found.by_intent == {"check_hours": 5}
    assert found.refused == 1
    assert found.answered_share == 0.5
    assert figures(db, NOW - timedelta(days=2), NOW - timedelta(days=1)).answered_share is None


def test_hours_times_and_confidence_are_those_of_the_span(db: Session, account: ChannelAccount) -> None:
    midnight = NOW.replace(hour=0)
    make_turn(db, account, at=midnight, milliseconds=10, confidence=0.5)
    make_turn(db, account, at=midnight + timedelta(hours=9, minutes=59), milliseconds=900, confidence=0.9)
    make_turn(db, account, at=NOW, source="button", pressed=True, confidence=1.0)
    make_turn(db, account, at=NOW, intent="notice", pressed=True)
    counts = hours_of(db, midnight, 24)
    assert (counts[0], counts[9], counts[10], sum(counts)) == (1, 1, 1, 3)
    assert slow_milliseconds(db, midnight, NOW) == 900
    assert slow_milliseconds(db, NOW + MINUTE, NOW + 2 * MINUTE) is None
    assert mean_confidence(db, midnight, NOW + MINUTE) == pytest.approx(0.7)
    assert mean_confidence(db, midnight - timedelta(days=1), midnight) is None


def counted(typed: int, missed: int, *, intent: str = "check_hours") -> Figures:
    found = Figures(turns=typed, typed=typed, misunderstood=missed)
    found.typed_by_intent[intent], found.missed_by_intent[intent] = typed, missed
    return found


@pytest.mark.parametrize(
    ("now", "before", "worse"),
    [
        ((1000, 100), (1000, 50), True),
        ((1000, 52), (1000, 50), False),  # chance explains it
        ((20, 4), (1000, 10), False),  # too few to speak of
        ((1000, 40), (1000, 50), False),  # better
        ((1000, 100), (0, 0), False),  # nothing to compare with
        ((0, 0), (1000, 50), False),
    ],
)
def test_only_what_chance_does_not_explain_got_worse(
    now: tuple[int, int], before: tuple[int, int], worse: bool
) -> None:
    found = got_worse(counted(*now), counted(*before))
    told = [(each.what, each.intent) for each in found]
    assert told == ([("misunderstood", ""), ("misunderstood", "check_hours")] if worse else [])


def test_what_got_worse_for_most_people_comes_first() -> None:
    now, before = counted(100, 30), counted(100, 5)
    now.typed += 1000
    before.typed += 1000
    now.not_helped, now.helped, before.helped = 8, 2, 10
    found = got_worse(now, before)
    assert [each.what for each in found] == ["misunderstood", "misunderstood", "not_helped"]
    assert (found[-1].before, found[-1].now, found[-1].count) == (0, 0.8, 8)


def test_words_as_they_were_written_are_forgotten_first(database: Database, now: datetime) -> None:
    with database.session() as db:
        account = make_account(db, make_member(db))
        for days in (0, 29, 31, 179):
            make_turn(db, account, at=now - timedelta(days=days), original="010-0000-1234로 전화 줘")
        db.commit()
        assert purge(db, Rules(), now)["conversation_turn.original"] == 2
        kept = db.scalars(select(ConversationTurn.original).order_by(ConversationTurn.at)).all()
        assert [bool(original) for original in kept] == [False, False, True, True]
        assert forget_originals(db, now + MINUTE) == 2
