"""A guardian's consent in the chat: where it stands, and words to forward."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.replies import Press
from models.guardians import GuardianRequest, ask
from models.members import ChannelAccount, GuardianConsent, Member
from models.rules import Rules
from tests.chat import Chat
from tests.conftest import MONDAY
from tests.world import make_account, make_member, make_session


@pytest.fixture
def child(db: Session) -> Member:
    child = make_member(db, name="박새싹", phone="010-7777-8888", born=date(2013, 5, 5))
    child.guardian_name, child.guardian_phone = "김나무", "01023451013"
    make_account(db, child)
    db.commit()
    return child


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("보호자 동의")


@pytest.mark.parametrize("words", ["보호자 동의", "보호자동의", "보호자에게 부탁하기", "부모님 동의"])
def test_a_child_is_told_that_consent_is_missing_and_led_to_the_page(
    chat: Chat, child: Member, words: str
) -> None:
    read = chat.say(words)
    assert "보호자 동의가 필요해요" in read
    assert "14살이 안 됐으면" in read
    assert "/l/" in chat.links()["보호자에게 부탁하기"]


def test_a_link_to_forward_is_made_for_the_guardian_dovol_knows_once(
    chat: Chat, db: Session, child: Member
) -> None:
    chat.say("보호자 동의")
    first = chat.press("전달할 링크 받기")
    assert "https://boram.example/guardian/" in first
    assert "김*무" in first
    for secret in ("김나무", "1013", "새싹"):
        assert secret not in first
    assert "화면에서 보기" in chat.links()
    assert chat.say("보호자 동의") == first
    assert len(db.scalars(select(GuardianRequest)).all()) == 1


def test_pressing_for_a_link_twice_gives_the_same(chat: Chat, db: Session, child: Member) -> None:
    chat.say("보호자 동의")
    target = chat.target("전달할 링크 받기")
    first = chat.press("전달할 링크 받기")
    assert chat.say("전달할 링크 받기", target) == first  # type: ignore[arg-type]  # the button is a Press
    assert len(db.scalars(select(GuardianRequest)).all()) == 1


def test_without_a_known_guardian_only_the_page_can_ask(chat: Chat, db: Session, child: Member) -> None:
    child.guardian_phone = child.phone
    db.commit()
    chat.say("보호자 동의")
    assert "전달할 링크 받기" not in chat.labels()
    assert "보호자에게 부탁하기" in chat.links()


def test_too_many_requests_are_refused_in_the_chat_too(chat: Chat, db: Session, child: Member) -> None:
    for number in range(3):
        waiting = ask(
            db, child, "김나무", f"010-2345-000{number}", rules=Rules(), now=MONDAY - timedelta(hours=1)
        )
    waiting.expires_at = MONDAY
    db.commit()
    chat.say("보호자 동의")
    assert "하루에 3번까지만" in chat.press("전달할 링크 받기")


def test_a_consent_is_shown_with_its_day(chat: Chat, db: Session, child: Member) -> None:
    consent = GuardianConsent(text_version="1", channel="page", given_at=MONDAY, guardian_name="김나무")
    child.guardian_consents.append(consent)
    db.commit()
    read = chat.say("보호자 동의")
    assert "보호자가 동의했어요" in read
    assert "보호자: 김*무" in read
    assert "동의한 날: 11월 23일(월)" in read


def test_who_is_old_enough_needs_nobody(chat: Chat, member: Member) -> None:
    assert "보호자 동의가 필요하지 않아요" in chat.say("보호자 동의")


def test_being_refused_leads_to_asking_the_guardian(chat: Chat, db: Session, child: Member) -> None:
    session = make_session(db)
    db.commit()
    chat.say("신청하기", Press("apply_program", {"session": session.id}))
    assert chat.outcome == "refused:guardian_consent"
    assert "보호자 동의가 필요해요" in chat.press("보호자에게 부탁하기")
