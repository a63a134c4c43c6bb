"""Changing a profile by rule: what is taken, what is refused with which words, what is kept about it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from models.members import Level, Member
from models.profiles import InvalidProfile, Typed, changes_of, mask_phone, update_profile
from tests.world import CHEONAN, make_member


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("010-0000-4321", "010-0000-4321"),
        ("01000004321", "010-0000-4321"),
        ("010 0000 4321", "010-0000-4321"),
        ("010.0000.4321", "010-0000-4321"),
        ("+82 10-0000-4321", "010-0000-4321"),
        ("０１０-００００-４３２１", "010-0000-4321"),
        ("011-000-4321", "011-000-4321"),
        ("", None),
    ],
)
def test_a_phone_number_is_taken_however_it_is_written(
    database: Database, now: datetime, typed: str, kept: str | None
) -> None:
    with database.session() as db:
        member = make_member(db)
        assert update_profile(db, member, {"phone": typed}, now) == {"phone"}
        db.commit()
        db.refresh(member)
        assert member.phone == kept


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"phone": "02-000-0000"}, "phone", "010-0000-0000처럼"),
        ({"phone": "010-000-4321"}, "phone", "숫자 11자리"),
        ({"phone": "010-0000-4321 엄마"}, "phone", "010-0000-0000처럼"),
        ({"phone": "0" * 5000}, "phone", "010-0000-0000처럼"),
        ({"school": "보" * 41}, "school", "40글자까지"),
        ({"school": "보람\0중학교"}, "school", "예: 보람중학교"),
        ({"level": "3", "grade": "1"}, "level", "골라 주세요"),
        ({"level": "x", "grade": "1"}, "level", "골라 주세요"),
        ({"level": "2", "grade": "4"}, "grade", "중학교는 1학년부터 3학년까지"),
        ({"level": "1", "grade": "0"}, "grade", "초등학교는 1학년부터 6학년까지"),
        ({"level": "4", "grade": ""}, "grade", "고등학교는"),
        ({"sido_code": "1", "sigungu_code": ""}, "sido_code", "목록에서"),
        ({"sido_code": "6110000", "sigungu_code": CHEONAN[1]}, "sigungu_code", "서울특별시에 있는"),
        ({"interests": ["0800", "9999"]}, "interests", "목록에서"),
        ({"interests": ["0100", "0200", "0300", "0400", "0500", "0600"]}, "interests", "1개를 빼 주세요"),
        ({"careers": ["보" * 21]}, "careers", "목록에서"),
        ({"careers": ["\0"]}, "careers", "목록에서"),
        ({"hours_goal": "0"}, "hours_goal", "1부터 999까지"),
        ({"hours_goal": "1000"}, "hours_goal", "예: 40"),
        ({"hours_goal": "많이"}, "hours_goal", "예: 40"),
        ({"hours_goal": "-5"}, "hours_goal", "예: 40"),
    ],
)
def test_what_cannot_be_taken_says_what_to_type_and_changes_nothing(
    database: Database, now: datetime, typed: Typed, field: str, words: str
) -> None:
    with database.session() as db:
        member = make_member(db)
        with pytest.raises(InvalidProfile) as invalid:
            update_profile(db, member, {"school": "보람고등학교"} | dict(typed), now)
        assert words in invalid.value.errors[field]
        assert member.school is None
        assert changes_of(db, member) == []


def test_every_wrong_field_is_told_at_once(database: Database, now: datetime) -> None:
    with database.session() as db, pytest.raises(InvalidProfile) as invalid:
        update_profile(db, make_member(db), {"phone": "1", "hours_goal": "x", "level": "9"}, now)
    assert set(invalid.value.errors) == {"phone", "hours_goal", "level"}


def test_only_what_is_different_counts_as_changed(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        same = {"level": str(int(Level.HIGH)), "grade": "1", "phone": "01000001234"}
        assert update_profile(db, member, same, now) == frozenset()
        assert changes_of(db, member) == []
        assert update_profile(db, member, same | {"grade": "2"}, now) == {"grade"}
        assert update_profile(db, member, same | {"grade": "2"}, now) == frozenset()


def test_a_change_leaves_which_fields_and_never_the_values(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        changes = {"hours_goal": "40시간", "sido_code": "6110000", "sigungu_code": "", "phone": ""}
        assert update_profile(db, member, changes, now) == {"hours_goal", "region", "phone"}
        db.commit()
        (change,) = changes_of(db, member)
        assert change.fields == ["region", "phone", "hours_goal"]
        assert (change.at, change.via, change.session_id) == (now, "web", None)
        assert (member.hours_goal, member.sido_code, member.sigungu_code) == (40, "6110000", None)


def test_name_and_birth_date_stay_whatever_is_sent(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        sent = {"name": "김바꿈", "birth_date": "2000-01-01", "role": "leader", "guardian_phone": "0"}
        assert update_profile(db, member, sent, now) == frozenset()
        assert member.name == "홍길동"


def test_who_leaves_school_has_no_grade(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        assert update_profile(db, member, {"level": "", "grade": "3"}, now) == {"level", "grade"}
        assert (member.level, member.grade) == (None, None)


def test_a_former_code_of_a_region_becomes_the_one_in_force(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        update_profile(db, member, {"sido_code": "6420000", "sigungu_code": ""}, now)
        assert member.sido_code == "6530000"


def test_what_was_liked_first_stays_first(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        member.interests = ["0800", "0400"]
        db.flush()
        assert update_profile(db, member, {"interests": ["0400", "0800"]}, now) == frozenset()
        assert update_profile(db, member, {"interests": ["0100", "0400", "0800"]}, now) == {"interests"}
        assert member.interests == ["0800", "0400", "0100"]


def test_two_changes_at_once_both_last(database: Database, now: datetime) -> None:
    with database.session() as db:
        member_id = make_member(db).id
        db.commit()
    with database.session() as stale, database.session() as other:
        seen = _member(stale, member_id)
        stale.commit()
        update_profile(other, _member(other, member_id), {"hours_goal": "40"}, now)
        other.commit()
        assert update_profile(stale, seen, {"school": "보람고등학교"}, now) == {"school"}
        stale.commit()
        assert (seen.hours_goal, seen.school) == (40, "보람고등학교")


def test_a_phone_number_is_shown_without_its_middle() -> None:
    assert mask_phone("010-0000-1234") == "010-****-1234"
    assert mask_phone("1234") == "****"


def _member(db: Session, member_id: int) -> Member:
    member = db.get(Member, member_id)
    assert member is not None
    return member
