"""What travels through a person's phone may be changed there: no press reaches another member's things."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions import ACTIONS, WITHOUT_INTENT
from bot.replies import Press, Scalar
from bot.turn import Deadline, Turn
from models.applications import Application, ApplicationState
from models.certificates import Certificate
from models.hours import ServiceRecord
from models.members import Member
from models.rules import Rules
from models.talents import TalentOffer, file_offer
from models.tickets import Ticket
from tests.chat import Chat
from tests.world import NOW, make_application, make_certificate, make_record, make_session

IDS = ("about", "application", "certificate", "offer", "record")
"""Names by which presses carry the numbers of people's own things."""
STEPS: tuple[dict[str, Scalar], ...] = (
    {},
    {
        "confirm": True,
        "withdraw": True,
        "object": True,
        "issue": True,
        "type": "199010",
        "reason": "늦잠을 잤어요",
    },
    {"ask": True, "issue": True, "type": "199008", "message": "도와주세요"},
)
"""What the last press of a way carries besides."""
ROWS = (Application, Certificate, ServiceRecord, TalentOffer, Ticket)
SECRET = "낯선활동"  # a title that nobody but its owner may read


@pytest.fixture
def theirs(db: Session, stranger: Member) -> Member:
    """Return another member with two of everything, so that their numbers are 1 and 2 in every table."""
    for state in (ApplicationState.APPLIED, ApplicationState.ABSENT):
        session = make_session(db, title=SECRET, apply_until=date(2026, 11, 20))  # nobody finds it any more
        application = make_application(db, stranger, session, state)
        record = make_record(db, stranger, title=SECRET, application=application)
        make_certificate(db, stranger, record=record)
        file_offer(
            db, stranger, talent=f"{SECRET} {state}", when="토요일", where="천안", rules=Rules(), now=NOW
        )
    db.commit()
    return stranger


def rows(db: Session) -> list[Any]:
    """Return everything that belongs to people, as it is stored."""
    db.expire_all()
    found = (row for kind in ROWS for row in db.scalars(select(kind).order_by(kind.id)))
    return [{column.key: getattr(row, column.key) for column in row.__table__.columns} for row in found]


@pytest.mark.parametrize("action", sorted({**ACTIONS, **WITHOUT_INTENT}))
def test_a_press_with_somebody_elses_number_shows_and_changes_nothing_of_theirs(
    chat: Chat, db: Session, theirs: Member, member: Member, action: str
) -> None:
    before = rows(db)
    for step in STEPS:
        for number in (1, 2):
            read = chat.say("", Press(action, step | dict.fromkeys(IDS, number)))
            assert SECRET not in read
    assert [row for row in rows(db) if row in before] == before


def test_a_question_asked_alone_is_not_repeated_where_others_read_along(
    chat: Chat, db: Session, member: Member
) -> None:
    for title in ("나만의활동", "나만의다른활동"):
        make_application(db, member, make_session(db, title=title))
    db.commit()
    assert "나만의활동" in chat.say("신청 취소", Press("cancel_application"))
    for words in ("음", "1", "네"):
        turn = Turn(chat.person, words, chat.clock.now(), Deadline.after(10), context={"group": "room"})
        chat.answer = chat.assistant.answer(turn)
        assert "나만의" not in f"{chat.read()} {chat.labels()}"
    assert "정말 취소할까요" in chat.say("1")


@pytest.mark.parametrize("action", sorted({**ACTIONS, **WITHOUT_INTENT}))
def test_where_others_read_along_no_press_shows_a_name_or_opens_a_page(
    chat: Chat, db: Session, member: Member, action: str
) -> None:
    application = make_application(db, member, make_session(db, title="나만의활동", seats=1))
    record = make_record(db, member, title="나만의활동", application=application)
    make_certificate(db, member, record=record)
    db.commit()
    before = rows(db)
    for step in STEPS:
        press = Press(action, step | dict.fromkeys(IDS, 1))
        turn = Turn(chat.person, "", chat.clock.now(), Deadline.after(10), press)
        chat.answer = chat.assistant.answer(replace(turn, context={"group": "room"}))
        read = chat.read()
        assert "길동" not in read
        assert "홍*" not in read
        assert "나만의활동" not in read
        assert not [
            url for url in chat.links().values() if "/l/" in url or "/h/" in url or "/guardian/" in url
        ]
    assert [row for row in rows(db) if row in before] == before
