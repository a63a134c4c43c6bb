"""How well each day went: counted at night, by model, on both stores."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from models.quality_days import AGAIN, BACK, QualityDay, count_days, quality_days
from tests.turns import make_turn
from tests.world import make_account

YESTERDAY = date(2026, 11, 22)


def say(db: Session, at: datetime, **columns: Any) -> None:
    make_turn(db, make_account(db, None, f"user-{at}-{columns}"), at=at, **columns)


def test_a_day_is_counted_by_the_model_that_read_it(database: Database, now: datetime) -> None:
    evening = datetime.combine(YESTERDAY, now.timetz()).replace(hour=23, minute=59)
    with database.session() as db:
        for n in range(1, 101):
            say(db, evening - timedelta(minutes=n), model="new", milliseconds=n, confidence=0.8)
        say(db, evening, model="old", outcome="asked_meaning", confidence=0.3, rating=-1)
        say(db, evening, model="new", pressed=True, milliseconds=9999)
        say(db, evening, model="", source="menu")
        say(db, evening + timedelta(minutes=1), model="new")  # today
        db.commit()
        count_days(db, now)
        new, old = quality_days(db, YESTERDAY, YESTERDAY)
    assert (new.model, new.turns, new.answered, new.p50, new.p99) == ("new", 100, 100, 50, 99)
    assert new.confidence == pytest.approx(0.8)
    assert (old.model, old.turns, old.misunderstood, old.unhelpful) == ("old", 1, 1, 1)


def test_a_night_that_was_missed_and_a_late_rating_are_caught_up(database: Database, now: datetime) -> None:
    with database.session() as db:
        long_ago = make_turn(db, make_account(db, None), at=now - timedelta(days=BACK - 1))
        late = make_turn(db, make_account(db, None, "late"), at=now - timedelta(days=2))
        db.commit()
        assert len(count_days(db, now)) == BACK
        assert [row.turns for row in quality_days(db, date(2026, 1, 1), YESTERDAY)] == [1, 1]
        late.rating = 1
        db.commit()
        assert len(count_days(db, now)) == AGAIN
        row = db.get_one(QualityDay, (date(2026, 11, 21), late.model))
        assert row.helpful == 1
        later = now + timedelta(days=20)
        assert count_days(db, later)[0] <= date(2026, 11, 21)
        db.delete(long_ago)
        db.commit()
        count_days(db, later)
        assert len(quality_days(db, date(2026, 1, 1), YESTERDAY)) == 2  # what was counted stays when turns go
