"""Sessions of which nothing lasts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from models.database import Database, Fleeting, queue_after_commit
from models.members import Member
from tests.world import make_member


def _members(database: Database) -> int:
    with database.session() as db:
        return db.scalar(select(func.count()).select_from(Member)) or 0


def test_what_a_fleeting_session_commits_it_sees_itself_and_nobody_else(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        member = make_member(db)
        db.commit()
    with Fleeting(database).session() as db:
        make_member(db)
        db.commit()
        found = db.get_one(Member, member.id)
        found.grade = 3
        db.commit()
        db.expire_all()
        assert db.get_one(Member, member.id).grade == 3
        assert db.scalar(select(func.count()).select_from(Member)) == 2
    assert _members(database) == 1
    with database.session() as db:
        assert db.get_one(Member, member.id).grade == 1


def test_a_fleeting_session_goes_on_after_what_is_rolled_back_and_after_what_fails(
    database: Database,
) -> None:
    with Fleeting(database).session() as db:
        first = make_member(db)
        db.commit()
        make_member(db)
        db.rollback()
        db.add(
            Member(
                dovol_id=first.dovol_id, name="x", birth_date=first.birth_date, created_at=first.created_at
            )
        )
        with pytest.raises(IntegrityError):
            db.commit()
        db.rollback()
        assert db.scalar(select(func.count()).select_from(Member)) == 1
    assert _members(database) == 0


def test_a_fleeting_session_that_breaks_off_leaves_nothing_and_the_store_free(database: Database) -> None:
    def break_off() -> None:
        with Fleeting(database).session() as db:
            make_member(db)
            db.commit()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    with database.session() as db:
        make_member(db)
        db.commit()
    assert _members(database) == 1


def test_nobody_is_told_of_what_a_fleeting_session_commits(database_address: str) -> None:
    told = list[Mapping[str, list[int]]]()
    database = Database(database_address, committed=told.append)
    for store in (database, Fleeting(database)):
        with store.session() as db:
            make_member(db)
            queue_after_commit(db, "alerts", [1])
            db.commit()
    database.close()
    assert told == [{"alerts": [1]}]
