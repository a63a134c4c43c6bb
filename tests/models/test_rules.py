"""The rules switchboard: defaults, changes by staff, and the arithmetic of hours."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.clock import SEOUL
from models.database import Database
from models.rules import Rules, RuleSetting, load_rules
from tests.conftest import MONDAY

RULES = Rules()


def test_staff_change_a_rule_without_a_developer(database: Database) -> None:
    with database.session() as db:
        db.add(RuleSetting(name="cancel_deadline_time", value="12:00", changed_at=MONDAY, changed_by="test"))
        db.flush()
        rules = load_rules(db)
    assert rules.cancel_deadline_time == time(12)
    assert rules.max_hours_per_day == 8


def test_a_rule_with_an_impossible_value_is_named(database: Database) -> None:
    with database.session() as db:
        db.add(RuleSetting(name="max_hours_per_day", value="many", changed_at=MONDAY, changed_by="test"))
        db.flush()
        with pytest.raises(ValidationError, match="max_hours_per_day"):
            load_rules(db)


@pytest.mark.parametrize(("periods", "hours"), [(0, 8), (4, 4), (6, 2), (7, 1), (9, 0)])
def test_lessons_count_towards_the_eight_hours_of_a_day(periods: int, hours: int) -> None:
    assert RULES.daily_cap(periods) == hours


def test_minutes_are_cut_off() -> None:
    assert RULES.creditable_hours(119, already=0) == 1


@given(st.integers(0, 3000), st.integers(0, 24), st.integers(0, 12))
def test_recognised_hours_never_pass_the_days_maximum(minutes: int, already: int, periods: int) -> None:
    hours = RULES.creditable_hours(minutes, already, periods)
    assert 0 <= hours <= max(0, RULES.daily_cap(periods) - already)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 11, 23), date(2026, 3, 1), date(2027, 2, 28)),
        (date(2027, 2, 28), date(2026, 3, 1), date(2027, 2, 28)),
        (date(2028, 2, 29), date(2027, 3, 1), date(2028, 2, 29)),
        (date(2028, 3, 1), date(2028, 3, 1), date(2029, 2, 28)),
    ],
)
def test_a_school_year_runs_from_march_to_february(day: date, first: date, last: date) -> None:
    assert RULES.school_year(day) == (first, last)


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        (datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL), True),
        (datetime(2026, 11, 23, 18, 0, tzinfo=SEOUL), False),
        (datetime(2026, 11, 28, 10, 0, tzinfo=SEOUL), False),
    ],
)
def test_operators_answer_on_weekdays_within_their_hours(moment: datetime, there: bool) -> None:
    assert RULES.operators_are_in(moment) is there
