"""Rules as staff change them: each has its words, and only what makes sense is taken."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.database import Database
from models.rule_settings import RULE_GROUPS, change_rule, rule
from models.rules import Rules, load_rules
from models.staff import StaffRefused


def test_every_rule_has_its_words_and_no_words_are_left_over() -> None:
    named = [name for group in RULE_GROUPS.values() for name in group]
    assert sorted(named) == sorted(Rules.model_fields)


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("age_min", " 10 ", "10살"),
        ("cancel_deadline_time", "17:30", "17:30"),
        ("waitlist_enabled", "false", "끄기"),
        ("cancel_after_approval", "allowed", "스스로 할 수 있어요"),
        ("operator_phone", "02-000-1388", "02-000-1388"),
    ],
)
def test_a_rule_is_changed_shown_in_words_and_put_back(
    database: Database, now: datetime, name: str, typed: str, words: str
) -> None:
    with database.session() as db:
        assert change_rule(db, name, typed, "staff:1", now)
        assert not change_rule(db, name, typed, "staff:1", now)
        shown = rule(db, name)
        assert shown is not None
        assert (shown.words, shown.setting is None) == (words, False)
        default = rule(db, name).default  # type: ignore[union-attr]  # it was there a line above
        again = Rules.model_fields[name].default
        assert change_rule(
            db, name, f"{again}".lower() if isinstance(again, bool) else f"{again}"[:40], "", now
        )
        back = rule(db, name)
        assert back is not None
        assert (back.words, back.setting) == (default, None)
        assert load_rules(db) == Rules()


REFUSED = (
    ("age_min", "열 살", "숫자로"),
    ("age_min", "25", "앞이어야"),
    ("max_hours_per_day", "25", "24까지"),
    ("keep_audit_days", "30", "730부터"),
    ("quiet_from", "밤", "18:00처럼"),
    ("advertising_until", "21:30", "20:50까지"),
    ("cancel_after_approval", "maybe", "골라"),
    ("operator_phone", "1" * 41, "40자"),
    ("operator_phone", "1\x00", "40자"),
)


def test_what_makes_no_sense_is_refused_with_advice(database: Database, now: datetime) -> None:
    with database.session() as db:
        for name, typed, advice in REFUSED:
            with pytest.raises(StaffRefused) as refused:
                change_rule(db, name, typed, "staff:1", now)
            assert advice in refused.value.words
        assert load_rules(db) == Rules()
