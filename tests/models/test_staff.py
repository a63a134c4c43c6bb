"""Accounts of the staff: what roles cover, links, passwords, the second proof."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import text

from models.database import Database
from models.retention import purge
from models.rules import Rules
from models.staff import (
    LINK_LIFE,
    ROLES,
    Staff,
    StaffRefused,
    StaffRole,
    change_role,
    choose_password,
    create_staff,
    find_link,
    find_staff,
    issue_link,
    spend_link,
    still_admin,
)
from models.staff_factors import (
    new_recovery_codes,
    prepare_app,
    recovery_codes_left,
    try_app_code,
    try_recovery_code,
)
from models.staff_sessions import open_half


def test_roles_cover_what_the_table_says() -> None:
    covered = {role: {wanted for wanted in StaffRole if role.covers(wanted)} for role in StaffRole}
    viewer, trainer, operator, admin = StaffRole
    assert covered == {
        viewer: {viewer},
        trainer: {viewer, trainer},
        operator: {viewer, operator},
        admin: set(StaffRole),
    }
    assert all(ROLES[role].may for role in StaffRole)


def test_name_and_address_are_not_readable_in_the_store_and_found_all_the_same(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        create_staff(db, "Dam.Dang@kywa.example", "김담당", StaffRole.ADMIN, now)
        db.commit()
        assert find_staff(db, " dam.dang@KYWA.example ") is not None
        kept = str(db.execute(text("SELECT * FROM staff")).one())
    assert "kywa" not in kept.lower()
    assert "담당" not in kept


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a b@c.kr", "a@b.kr\x00", f"{'a' * 65}@b.kr"])
def test_what_is_no_address_makes_no_account(database: Database, now: datetime, email: str) -> None:
    with database.session() as db, pytest.raises(StaffRefused):
        create_staff(db, email, "김담당", StaffRole.VIEWER, now)


def test_an_address_has_one_account(database: Database, now: datetime) -> None:
    with database.session() as db:
        create_staff(db, "dam@kywa.example", "김담당", StaffRole.ADMIN, now)
        with pytest.raises(StaffRefused):
            create_staff(db, "DAM@kywa.example", "다른 이름", StaffRole.VIEWER, now)


def test_a_link_is_used_once_lives_shortly_and_the_newest_one_counts(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        staff = create_staff(db, "dam@kywa.example", "김담당", StaffRole.ADMIN, now)
        old, new = issue_link(db, staff, now), issue_link(db, staff, now)
        db.commit()
        assert find_link(db, old, now) is None
        assert find_link(db, new, now + LINK_LIFE) is None
        link = find_link(db, new, now)
        assert link is not None
        assert [spend_link(db, link, now) for _ in range(2)] == [True, False]
        assert find_link(db, new, now) is None
        kept = str(db.execute(text("SELECT token_hash FROM staff_link")).all())
        assert new not in kept


@pytest.mark.parametrize(
    "password",
    ["short", "aaaaaaaaaaaa", "damdang-2026", "x" * 201],
    ids=["short", "plain", "address", "long"],
)
def test_a_password_that_is_easily_guessed_is_refused(now: datetime, password: str) -> None:
    staff = Staff(email="damdang@kywa.example", name="김담당", role=StaffRole.VIEWER, created_at=now)
    with pytest.raises(StaffRefused):
        choose_password(staff, password, password)
    assert staff.password_hash is None


def test_a_code_of_the_app_is_taken_once_and_for_a_moment(database: Database, now: datetime) -> None:
    with database.session() as db:
        staff = create_staff(db, "dam@kywa.example", "김담당", StaffRole.ADMIN, now)
        app = pyotp.TOTP(prepare_app(staff))
        db.commit()
        late = now + timedelta(seconds=95)
        assert [try_app_code(db, staff, app.at(now), at) for at in (late, now, now)] == [False, True, False]
        assert not try_app_code(db, staff, app.at(now - timedelta(seconds=30)), now), (
            "one before the last taken"
        )
        assert try_app_code(db, staff, app.at(now + timedelta(seconds=30)), now), "a telephone that is fast"


def test_a_recovery_code_is_taken_once_however_it_is_typed(database: Database, now: datetime) -> None:
    with database.session() as db:
        staff = create_staff(db, "dam@kywa.example", "김담당", StaffRole.ADMIN, now)
        old = new_recovery_codes(db, staff)
        codes = new_recovery_codes(db, staff)
        db.commit()
        assert (len(set(codes)), recovery_codes_left(db, staff)) == (10, 10)
        typed = codes[0].lower().replace("-", " ")
        assert [try_recovery_code(db, staff, each, now) for each in (old[0], typed, codes[0])] == [
            False,
            True,
            False,
        ]
        assert recovery_codes_left(db, staff) == 9


def test_links_and_sessions_go_when_they_are_too_old(database: Database, now: datetime) -> None:
    with database.session() as db:
        staff = create_staff(db, "dam@kywa.example", "김담당", StaffRole.ADMIN, now)
        for days in (0, 29, 31):
            at = now - timedelta(days=days)
            issue_link(db, staff, at)
            open_half(db, staff, "맥", "", at)
        db.commit()
        gone = purge(db, Rules(), now)
    assert (gone["staff_link"], gone["staff_session"]) == (1, 1)


def test_of_two_admins_who_take_each_others_role_at_one_moment_one_stays(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        one = create_staff(db, "one@kywa.example", "김하나", StaffRole.ADMIN, now).id
        two = create_staff(db, "two@kywa.example", "이두리", StaffRole.ADMIN, now).id
        db.commit()

    def take_back() -> None:
        with database.session() as db:
            by, whose = db.get_one(Staff, two), db.get_one(Staff, one)
            still_admin(db, by)
            change_role(whose, StaffRole.VIEWER, by)
            db.commit()

    with database.session() as db, ThreadPoolExecutor(1) as meanwhile:
        by, whose = db.get_one(Staff, one), db.get_one(Staff, two)
        still_admin(db, by)
        late = meanwhile.submit(take_back)
        change_role(whose, StaffRole.VIEWER, by)
        db.commit()
        with pytest.raises(StaffRefused):
            late.result()
    with database.session() as db:
        roles = [db.get_one(Staff, each).role for each in (one, two)]
    assert roles == [StaffRole.ADMIN, StaffRole.VIEWER]


def test_of_two_equal_accounts_made_at_one_moment_one_is_refused_in_words(
    database: Database, now: datetime
) -> None:
    def make_again() -> None:
        with database.session() as db:
            create_staff(db, "KIM@kywa.example", "김담당", StaffRole.VIEWER, now)
            db.commit()

    with database.session() as db, ThreadPoolExecutor(1) as meanwhile:
        create_staff(db, "kim@kywa.example", "김담당", StaffRole.VIEWER, now)
        late = meanwhile.submit(make_again)
        db.commit()
        with pytest.raises(StaffRefused) as refused:
            late.result()
    assert "이미 있어요" in refused.value.words
