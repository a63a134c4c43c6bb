"""The 1365 consent on the page: both sides, our side changed, the guardian's part."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from models.consents import agreed_on_dovol, consent_of
from models.events import EventKind
from models.members import Member
from tests.web.visitor import Visitor
from tests.world import make_account, make_consent, make_member

CONSENT_CHANGED = EventKind.CONSENT_CHANGED
PAGE, AGREE, WITHDRAW = "/me/consent-1365", "/me/consent-1365/agree", "/me/consent-1365/withdraw"


@pytest.fixture
def child(db: Session) -> Member:
    """Return a member of 12 whose guardian has not agreed."""
    child = make_member(db, name="이어린", born=date(2014, 1, 1))
    make_account(db, child, "user-child")
    db.commit()
    return child


def come(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    visitor.step_up(member)


def test_the_page_and_its_changes_want_one_more_proof(visitor: Visitor, db: Session, member: Member) -> None:
    visitor.log_in(member)
    for path in (PAGE, AGREE, WITHDRAW):
        assert visitor.get(path).location.startswith("/me/check")
    token = visitor.csrf("/me/not-me")
    sent = visitor.post_raw(AGREE, {"csrf_token": token, "back": PAGE})
    assert sent.location.startswith("/me/check")
    assert consent_of(db, member) is None


@pytest.mark.parametrize(
    ("dovol", "site_1365", "drawn", "next_step"),
    [
        (True, True, "두볼은 동의함, 1365는 동의함. 두볼에서 1365로 이어져 있고", "잘 이어져 있어요"),
        (True, False, "두볼은 동의함, 1365는 동의 안 함. 아직 이어지지", "봉사실적 연계 동의'에서 동의해"),
        (True, None, "두볼은 동의함, 1365는 확인 안 됨.", "아직 확인되지 않았어요"),
        (False, True, "두볼은 동의 안 함, 1365는 동의함.", "먼저 두볼에서 동의해 볼까요?"),
    ],
)
def test_both_sides_are_drawn_with_the_next_step(
    visitor: Visitor,
    db: Session,
    member: Member,
    dovol: bool,
    site_1365: bool | None,
    drawn: str,
    next_step: str,
) -> None:
    make_consent(db, member, dovol=dovol, site_1365=site_1365)
    db.commit()
    come(visitor, member)
    assert drawn in visitor.get(PAGE).text
    assert next_step in visitor.read()


def test_agreeing_and_withdrawing_ask_first_are_told_and_listed(
    visitor: Visitor, db: Session, member: Member
) -> None:
    come(visitor, member)
    assert "동의할까요?" in visitor.get(AGREE).text
    visitor.post(AGREE)
    visitor.follow()
    assert "두볼에서 동의했어요!" in visitor.read()
    assert "아직 확인하지 못했어요" in visitor.get(WITHDRAW).text
    visitor.post(WITHDRAW)
    visitor.follow()
    assert "11월 23일(월) 화면에서 동의했어요" in visitor.read()
    assert "11월 23일(월) 화면에서 동의를 취소했어요" in visitor.read()
    assert not agreed_on_dovol(consent_of(db, member))
    told = [(event.kind, event.data) for event in visitor.happened(member)]
    assert told == [(CONSENT_CHANGED, {"agreed": True}), (CONSENT_CHANGED, {"agreed": False})]


def test_pressing_twice_changes_and_tells_once(visitor: Visitor, db: Session, member: Member) -> None:
    come(visitor, member)
    token = visitor.csrf(AGREE)
    for _ in range(2):
        assert visitor.post_raw(AGREE, {"csrf_token": token}).status_code == 303
    consent = consent_of(db, member)
    assert consent is not None
    assert [(step.dovol_agreed, step.via) for step in consent.history] == [(True, "page")]
    assert [event.kind for event in visitor.happened(member)] == [CONSENT_CHANGED]


def test_what_is_so_already_is_said_and_not_asked(visitor: Visitor, member: Member) -> None:
    come(visitor, member)
    assert visitor.get(WITHDRAW).location == PAGE
    visitor.follow()
    assert "이미 동의하지 않은 상태예요" in visitor.read()
    visitor.post(AGREE)
    assert visitor.get(AGREE).location == PAGE


def test_a_child_is_led_to_a_guardian_and_cannot_agree(visitor: Visitor, db: Session, child: Member) -> None:
    come(visitor, child)
    page = visitor.get(PAGE).text
    assert "보호자 동의가 먼저 필요해요" in visitor.read()
    assert 'href="/me/guardian"' in page
    assert AGREE not in page
    asked = visitor.get(AGREE)
    assert asked.status_code == 409
    assert 'href="/me/guardian"' in asked.text
    token = visitor.csrf("/me/not-me")
    assert visitor.post_raw(AGREE, {"csrf_token": token}).status_code == 409
    assert consent_of(db, child) is None


def test_a_child_may_withdraw_what_was_agreed(visitor: Visitor, db: Session, child: Member) -> None:
    make_consent(db, child, dovol=True, site_1365=None)
    db.commit()
    come(visitor, child)
    visitor.post(WITHDRAW)
    assert not agreed_on_dovol(consent_of(db, child))


def test_different_names_lead_to_the_profile(visitor: Visitor, db: Session, member: Member) -> None:
    make_consent(db, member, dovol=True, site_1365=True, names_differ=True)
    db.commit()
    come(visitor, member)
    assert 'href="/me/profile"' in visitor.get(PAGE).text
    assert "이름이 서로 달라서" in visitor.read()


def test_the_consent_of_one_member_leaves_others_alone(
    visitor: Visitor, db: Session, member: Member, stranger: Member
) -> None:
    make_consent(db, stranger, dovol=True, site_1365=True)
    db.commit()
    come(visitor, member)
    assert "두볼은 동의 안 함" in visitor.get(PAGE).text
    visitor.get(WITHDRAW)
    assert agreed_on_dovol(consent_of(db, stranger))
