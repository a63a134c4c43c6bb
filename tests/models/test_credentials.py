"""DOVOL ids and passwords of the local directory. On both stores."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models.credentials import LONGEST_PASSWORD, Credential, WrongPasswords, set_password, sign_in
from models.database import Database
from models.members import ChannelAccount, Member
from models.refusals import Reason, Refused
from models.rules import Rules
from models.seed import seed_demo
from models.seed.people import DEMO_PASSWORD, NEWCOMER
from tests.world import make_member

RULES = Rules()
WAIT = timedelta(minutes=RULES.code_lock_min)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as db:
        yield db


@pytest.fixture
def member(db: Session) -> Member:
    member = make_member(db)
    set_password(db, member, "gildong", "right-password")
    db.commit()
    return member


def reason(found: Member | Refused) -> Reason:
    assert isinstance(found, Refused)
    return found.reason


def test_the_right_password_finds_the_member(db: Session, member: Member, now: datetime) -> None:
    assert sign_in(db, " gildong ", "right-password", RULES, now) is member


@pytest.mark.parametrize(
    ("login_id", "password"),
    [
        ("gildong", "wrong"),
        ("gildong", ""),
        ("gildong", "right-password" + "x" * LONGEST_PASSWORD),
        ("nobody", "right-password"),
        ("", ""),
        ("gil\x00dong", "right-password"),
        ("' OR 1=1 --", "x"),
    ],
)
def test_everything_else_is_refused_in_the_same_words(
    db: Session, member: Member, now: datetime, login_id: str, password: str
) -> None:
    assert reason(sign_in(db, login_id, password, RULES, now)) is Reason.SIGN_IN_WRONG


def test_passwords_are_not_kept_as_they_are(db: Session, member: Member) -> None:
    credential = db.query(Credential).one()
    assert credential.password_hash.startswith("$argon2id$")
    with pytest.raises(ValueError, match="at most"):
        set_password(db, member, "gildong", "x" * (LONGEST_PASSWORD + 1))


@pytest.mark.parametrize("login_id", ["gildong", "nobody"])
def test_five_wrong_passwords_lock_an_id_whether_somebody_has_it_or_not(
    db: Session, member: Member, now: datetime, login_id: str
) -> None:
    reasons = [reason(sign_in(db, login_id, "wrong", RULES, now)) for _ in range(7)]
    assert reasons == [*[Reason.SIGN_IN_WRONG] * 4, *[Reason.CODES_LOCKED] * 3]


def test_a_locked_id_opens_for_nobody_and_after_the_time_it_said(
    db: Session, member: Member, now: datetime
) -> None:
    for _ in range(5):
        sign_in(db, "gildong", "wrong", RULES, now)
    for minutes in (0, 10, 29):  # trying again does not make it longer
        locked = sign_in(db, "gildong", "right-password", RULES, now + timedelta(minutes=minutes))
        assert isinstance(locked, Refused)
        assert "10시 30분부터" in locked.words
        db.commit()
    assert sign_in(db, "gildong", "right-password", RULES, now + WAIT) is member


def test_the_right_password_forgives_the_wrong_ones(db: Session, member: Member, now: datetime) -> None:
    for _ in range(4):
        sign_in(db, "gildong", "wrong", RULES, now)
    assert sign_in(db, "gildong", "right-password", RULES, now) is member
    assert reason(sign_in(db, "gildong", "wrong", RULES, now)) is Reason.SIGN_IN_WRONG


def test_guesses_at_the_same_moment_all_count(database: Database, member: Member, now: datetime) -> None:
    def guess() -> None:
        with database.session() as db:
            sign_in(db, "gildong", "wrong", RULES, now)
            db.commit()

    threads = [threading.Thread(target=guess) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as db:
        assert reason(sign_in(db, "gildong", "right-password", RULES, now)) is Reason.CODES_LOCKED


@pytest.mark.parametrize("login_id", ["newcomer", "persona-42h", "persona-leader"])
def test_demo_people_sign_in_with_the_demo_password(
    sqlite_address: str, now: datetime, login_id: str
) -> None:
    database = Database(sqlite_address)
    seed_demo(database, now)
    with database.session() as db:
        found = sign_in(db, login_id, DEMO_PASSWORD, RULES, now)
        assert isinstance(found, Member)
        chats = db.query(ChannelAccount).filter_by(member_id=found.id).count()
        assert (found.dovol_id, chats) == (login_id, int(login_id != NEWCOMER))
    database.close()


def test_counts_are_kept_without_the_id_and_not_for_ever(db: Session, member: Member, now: datetime) -> None:
    sign_in(db, "my secret password", "", RULES, now)
    db.commit()
    assert "secret" not in db.query(WrongPasswords).one().login_hash
    sign_in(db, "other", "", RULES, now + WAIT)
    db.commit()
    assert db.query(WrongPasswords).count() == 1
