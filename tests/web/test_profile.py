"""My profile on the page: seen and changed only after one more proof of identity, told to the chat without values."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.clock import SetClock
from models.events import EventKind
from models.members import Member
from models.profiles import LONGEST_SCHOOL, ProfileChange, changes_of
from tests.web.visitor import Visitor

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def checked(visitor: Visitor, member: Member) -> Visitor:
    """Return a browser in which the member proved who they are."""
    visitor.log_in(member)
    visitor.step_up(member)
    return visitor


def test_the_profile_is_shown_only_after_one_more_proof(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    for path in ("/me/profile", "/me/profile/contact"):
        assert visitor.get(path).status_code == 303
        assert visitor.get(path).location == f"/me/check?after={path}"
    token = visitor.csrf("/me/not-me")
    sent = visitor.post_raw(
        "/me/profile/goal", {"csrf_token": token, "hours_goal": "9", "back": "/me/profile/goal"}
    )
    assert (sent.status_code, sent.location) == (303, "/me/check?after=/me/profile/goal")


def test_the_page_shows_everything_and_the_phone_only_in_part(checked: Visitor, member: Member) -> None:
    checked.get("/me/profile")
    read = checked.read()
    for words in ("홍길동", "2010년 5월 5일", "고등학교 1학년", "충청남도 천안시", "010-****-1234"):
        assert words in read
    assert "010-0000-1234" not in read
    assert "여기서는 바꿀 수 없어요" in read
    assert "아직 바뀐 것이 없어요" in read
    assert "보호자 동의" not in read


def test_a_change_is_kept_and_the_chat_hears_which_fields_but_no_values(
    checked: Visitor, db: Session, member: Member
) -> None:
    assert 'value="010-0000-1234"' in checked.get("/me/profile/contact").text
    assert checked.post("/me/profile/contact", {"phone": "01000009999"}).status_code == 303
    checked.follow()
    assert "바꿨어요" in checked.read()
    assert "010-****-9999" in checked.read()
    assert "전화번호 11월 23일(월) 오전 10시" in checked.read()
    db.refresh(member)
    assert member.phone == "010-0000-9999"
    (change,) = changes_of(db, member)
    (event,) = checked.happened(member)
    assert (event.kind, event.object) == (EventKind.PROFILE_CHANGED, f"profile_change:{change.id}")
    assert event.data == {"fields": ["phone"]}
    assert change.session_id is not None


def test_sending_the_same_twice_changes_and_tells_once(checked: Visitor, db: Session, member: Member) -> None:
    for _ in range(2):
        checked.post("/me/profile/goal", {"hours_goal": "40"})
        checked.follow()
    assert "바뀐 것이 없어요" in checked.read()
    assert len(checked.happened(member)) == 1
    assert db.scalar(select(func.count()).select_from(ProfileChange)) == 1


def test_a_school_name_that_is_too_long_is_refused_not_cut(
    checked: Visitor, db: Session, member: Member
) -> None:
    page = checked.get("/me/profile/school").text
    assert f'maxlength="{2 * LONGEST_SCHOOL}"' in page
    typed = {"school": "가" * (LONGEST_SCHOOL + 1), "level": "2", "grade": "1"}
    assert checked.post("/me/profile/school", typed).status_code == 422
    assert f"{LONGEST_SCHOOL}글자까지 적을 수 있어요" in checked.read()
    db.refresh(member)
    assert member.school is None


def test_what_is_wrong_comes_back_with_what_was_typed(checked: Visitor, db: Session, member: Member) -> None:
    typed = {"school": HOSTILE, "level": "2", "grade": "5"}
    answer = checked.post("/me/profile/school", typed)
    assert answer.status_code == 422
    assert "중학교는 1학년부터 3학년까지예요" in checked.read()
    assert 'href="#grade"' in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert '<option value="5" selected>' in answer.text
    db.refresh(member)
    assert (member.school, member.grade) == (None, 1)


def test_hostile_names_and_schools_are_shown_as_text(checked: Visitor, db: Session, member: Member) -> None:
    member.name = member.school = member.guardian_name = HOSTILE
    member.careers = [HOSTILE]
    db.commit()
    for path in ("/me/profile", "/me/profile/school", "/me/profile/interests"):
        shown = checked.get(path)
        assert shown.status_code == 200
        assert "<script>alert" not in shown.text


def test_a_region_is_chosen_in_two_steps_without_scripts(
    checked: Visitor, db: Session, member: Member
) -> None:
    assert "충청남도의 시·군·구" in checked.get("/me/profile/region").text
    checked.get("/me/profile/region?sido_code=6110000")
    assert "서울특별시의 시·군·구" in checked.read()
    assert "마포구" in checked.read()
    checked.post("/me/profile/region", {"sido_code": "6110000", "sigungu_code": "3130000"})
    checked.follow()
    assert "서울특별시 마포구" in checked.read()
    wrong = checked.post("/me/profile/region", {"sido_code": "6110000", "sigungu_code": "4490000"})
    assert wrong.status_code == 422
    assert "서울특별시에 있는 시·군·구를 목록에서 골라 주세요" in checked.read()
    checked.get("/me/profile/region?sido_code=")
    assert "사는 곳 없이 저장하기" in checked.read()
    checked.post("/me/profile/region", {"sido_code": "", "sigungu_code": ""})
    db.refresh(member)
    assert (member.sido_code, member.sigungu_code) == (None, None)


def test_interests_and_careers_are_chosen_from_lists(checked: Visitor, db: Session, member: Member) -> None:
    member.careers = ["간호사"]
    db.commit()
    assert 'value="간호·의료" checked' in checked.get("/me/profile/interests").text
    checked.post("/me/profile/interests", {"interests": ["0800", "0400"], "careers": ["간호·의료"]})
    db.refresh(member)
    assert (member.interests, member.careers) == (["0800", "0400"], ["간호·의료"])
    for sent in (
        {"careers": ["해적"]},
        {"interests": ["9999"]},
        {"interests": [f"0{n}00" for n in range(1, 8)]},
    ):
        assert checked.post("/me/profile/interests", sent).status_code == 422
    checked.post("/me/profile/interests", {})
    db.refresh(member)
    assert (member.interests, member.careers) == ([], [])


def test_other_fields_sent_along_change_nothing(checked: Visitor, db: Session, member: Member) -> None:
    sent = {"hours_goal": "30", "phone": "01000000000", "name": "김바꿈", "guardian_phone": "0"}
    checked.post("/me/profile/goal", sent)
    db.refresh(member)
    assert (member.hours_goal, member.phone, member.name, member.guardian_phone) == (
        30,
        "010-0000-1234",
        "홍길동",
        None,
    )


def test_a_guardian_is_shown_masked_and_changed_elsewhere(
    checked: Visitor, db: Session, member: Member
) -> None:
    member.guardian_name, member.guardian_phone = "김나무", "010-0000-1013"
    db.commit()
    checked.get("/me/profile")
    assert "김*무" in checked.read()
    assert "010-****-1013" in checked.read()
    assert 'href="/me/guardian"' in checked.page.text  # type: ignore[union-attr]  # a page was just opened


def test_a_part_that_does_not_exist_is_not_found(checked: Visitor) -> None:
    for path in ("/me/profile/name", "/me/profile/frame", "/me/profile/show"):
        assert checked.get(path).status_code == 404


def test_after_a_while_the_proof_is_asked_for_again(checked: Visitor, clock: SetClock) -> None:
    clock.advance(timedelta(minutes=16))
    assert checked.get("/me/profile").status_code == 303


def test_free_days_are_chosen_shown_and_given_up(checked: Visitor, db: Session, member: Member) -> None:
    assert "checked" not in checked.get("/me/profile/days").text
    checked.post("/me/profile/days", {"free_days": ["5", "0"]})
    checked.follow()
    assert "월요일, 토요일" in checked.read()
    db.refresh(member)
    assert member.free_days == 1 + 32
    page = checked.get("/me/profile/days").text
    assert 'value="0" checked' in page
    assert 'value="1" checked' not in page
    checked.post("/me/profile/days", {})
    db.refresh(member)
    assert member.free_days is None
    (given_up, _) = changes_of(db, member)
    assert given_up.fields == ["free_days"]


@pytest.mark.parametrize("sent", ["7", "-1", "월", HOSTILE, "05"])
def test_what_is_no_day_is_refused(checked: Visitor, db: Session, member: Member, sent: str) -> None:
    assert checked.post("/me/profile/days", {"free_days": [sent]}).status_code == 422
    assert "요일을 목록에서 골라 주세요" in checked.read()
    db.refresh(member)
    assert member.free_days is None
