"""The audit log: nothing in it can be altered, left out or cut off without being found."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from models.audit import AuditHead, AuditRow, Did, Note, Wanted, append, purge, rows, verify
from models.audit_review import figures, sign
from models.clock import SEOUL
from models.database import Database
from models.retention import purge as purge_all
from models.rules import Rules
from models.staff import Staff, StaffRefused, StaffRole, create_staff

RULES = Rules()


def plant(database: Database, count: int, at: datetime, did: Did = Did.SEEN) -> None:
    with database.session() as db:
        for number in range(count):
            append(db, Note(did, about=f"member:{number}", reason="전화 문의", address="203.0.113.7"), at)
        db.commit()


def tamper(database: Database, statement: str) -> None:
    """Change the store behind the application's back, as somebody with the database's password would."""
    with database.engine.begin() as connection:
        on = "" if database.engine.dialect.name == "sqlite" else " ON audit"
        connection.execute(text(f"DROP TRIGGER audit_never_altered{on}"))
        connection.execute(text(statement))


def broken(database: Database) -> int | None:
    with database.session() as db:
        return verify(db).broken


def test_a_log_that_nobody_touched_holds(database: Database, now: datetime) -> None:
    assert broken(database) is None
    plant(database, 5, now)
    with database.session() as db:
        verdict = verify(db)
        assert (verdict.rows, verdict.broken) == (5, None)
        assert verdict.head == db.scalars(select(AuditHead)).one().hash


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE audit SET about = 'member:99' WHERE number = 3", 3),
        ("UPDATE audit SET reason = 'gone' WHERE number = 4", 4),
        ("UPDATE audit SET did = 'nothing' WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 3", 4),
        ("DELETE FROM audit WHERE number = 1", 2),
        ("DELETE FROM audit WHERE number = 5", 5),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET number = 9 WHERE number = 5", 9),
    ],
)
def test_whatever_is_changed_the_first_broken_row_is_named(
    database: Database, now: datetime, statement: str, first: int
) -> None:
    plant(database, 5, now)
    tamper(database, statement)
    assert broken(database) == first


def test_the_store_itself_refuses_to_alter_a_row(database: Database, now: datetime) -> None:
    plant(database, 1, now)
    with pytest.raises(DatabaseError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text("UPDATE audit SET about = ''"))


def test_the_words_of_a_row_are_not_readable_in_the_store(database: Database, now: datetime) -> None:
    plant(database, 1, now)
    with database.engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM audit")).one())
    assert "전화" not in kept
    assert "203.0.113" not in kept


def test_writers_at_the_same_moment_make_one_chain(database: Database, now: datetime) -> None:
    troubles: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(5):
                plant(database, 1, now)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test has to tell
            troubles.append(error)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert troubles == []
    with database.session() as db:
        assert (verify(db).rows, verify(db).broken) == (20, None)


def test_a_row_that_is_rolled_back_leaves_no_gap(database: Database, now: datetime) -> None:
    with database.session() as db:
        append(db, Note(Did.SEEN), now)
    plant(database, 1, now)
    assert broken(database) is None


def test_after_two_years_rows_go_and_the_chain_still_holds(database: Database, now: datetime) -> None:
    plant(database, 3, now - timedelta(days=731))
    plant(database, 2, now - timedelta(days=729))
    with database.session() as db:
        assert purge_all(db, RULES, now)["audit"] == 3
        assert purge(db, RULES, now) == 0
        db.commit()
        assert [(row.number, row.did) for row in rows(db, Wanted())] == [
            (6, Did.PURGED),
            (5, Did.SEEN),
            (4, Did.SEEN),
        ]
    assert broken(database) is None
    tamper(database, "DELETE FROM audit WHERE number = 4")
    assert broken(database) == 5


def test_when_everything_is_old_the_log_begins_with_the_row_that_says_so(
    database: Database, now: datetime
) -> None:
    plant(database, 3, now - timedelta(days=800))
    with database.session() as db:
        assert purge(db, RULES, now) == 3
        db.commit()
    assert broken(database) is None


def make_staff(db: Session, now: datetime, name: str = "김담당") -> Staff:
    return create_staff(db, f"{name}@kywa.example", name, StaffRole.ADMIN, now)


def test_rows_are_found_by_who_what_and_when(database: Database, now: datetime) -> None:
    plant(database, 2, now - timedelta(days=3))
    with database.session() as db:
        staff = make_staff(db, now)
        append(db, Note(Did.RULE_CHANGED, staff.id, "rule:age_min"), now)
        db.commit()
        wanted = {
            "who": Wanted(staff_id=staff.id),
            "what": Wanted(did=Did.RULE_CHANGED),
            "about": Wanted(about="rule:age_min"),
            "since": Wanted(since=now.date()),
        }
        assert {name: [row.number for row in rows(db, each)] for name, each in wanted.items()} == {
            key: [3] for key in wanted
        }
        until = Wanted(until=(now - timedelta(days=3)).date())
        assert [row.number for row in rows(db, until)] == [2, 1]
        assert [row.number for row in rows(db, Wanted(), below=3, limit=1)] == [2]


def test_the_review_puts_unusual_people_first_and_says_why(database: Database) -> None:
    night, day = datetime(2026, 10, 5, 23, 30, tzinfo=SEOUL), datetime(2026, 10, 6, 10, tzinfo=SEOUL)
    with database.session() as db:
        busy, owl, curious = (make_staff(db, day, name) for name in ("바쁜이", "올빼미", "궁금이"))
        for _ in range(50):
            append(db, Note(Did.RULE_CHANGED, busy.id), day)
        append(db, Note(Did.UNMASKED, owl.id, "member:1"), night)
        append(db, Note(Did.ROLE_CHANGED, owl.id, "staff:2"), night)
        for member in range(31):
            append(db, Note(Did.SEEN, curious.id, f"member:{member}"), day)
        append(db, Note(Did.SEEN, curious.id, "member:1"), day + timedelta(days=60))
        db.commit()
        found = figures(db, date(2026, 10, 1))
    assert [each.staff_id for each in found] == [owl.id, curious.id, busy.id]
    assert found[0].unusual == [
        "밤(22시~6시)에 개인정보를 1번 열었어요.",
        "밤(22시~6시)에 계정이나 규칙을 1번 바꿨어요.",
    ]
    assert found[1].unusual == ["하루에 31명의 개인정보를 봤어요."]
    assert (len(found[1].members), found[2].unusual) == (31, [])


def test_a_month_is_signed_once_and_only_when_it_is_over(database: Database, now: datetime) -> None:
    with database.session() as db:
        staff = make_staff(db, now)
        with pytest.raises(StaffRefused, match="refused") as early:
            sign(db, date(2026, 11, 1), staff, now)
        assert "끝나지 않은" in early.value.words
        sign(db, date(2026, 10, 1), staff, now)
        with pytest.raises(StaffRefused) as twice:
            sign(db, date(2026, 10, 1), staff, now)
        assert "이미" in twice.value.words
        assert db.scalar(select(AuditRow.number)) is None
