"""One more proof of identity before what is precious: birth date and a code from the chat."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.clock import SetClock
from models.members import Member
from tests.web.visitor import Visitor
from web.door import Guard, own_path
from web.portal import TOPICS

BORN = "20100505"


def ask(visitor: Visitor, member: Member) -> str:
    """Have a code sent and return it."""
    visitor.post("/me/check/code", form_on="/me/check")
    return visitor.code(member)


def answer(visitor: Visitor, code: str, born: str = BORN, after: str = "/me") -> int:
    data = {"birth_date": born, "code": code, "after": after}
    return visitor.post("/me/check", data, form_on="/me/check").status_code


def test_the_code_arrives_in_the_chat_and_opens_what_was_asked_for(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    code = ask(visitor, member)
    (card,) = visitor.told(member)
    assert card.title == f"인증번호 {code[:3]} {code[3:]}"
    assert answer(visitor, f"{code[:3]} {code[3:]}", after="/me/hours") == 303
    assert visitor.page is not None
    assert visitor.page.location == "/me/hours"


@pytest.mark.parametrize("born", ["20100505", "2010-05-05", "2010.5.5", "2010/05/05", " 2010. 05. 05 "])
def test_a_birth_date_may_be_written_as_people_write_it(visitor: Visitor, member: Member, born: str) -> None:
    visitor.log_in(member)
    assert answer(visitor, ask(visitor, member), born) == 303


@pytest.mark.parametrize(("born", "right"), [("20100506", True), (BORN, False)])
def test_which_of_the_two_was_wrong_is_not_told(
    visitor: Visitor, member: Member, born: str, *, right: bool
) -> None:
    visitor.log_in(member)
    code = ask(visitor, member)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert answer(visitor, code if right else wrong, born) == 422
    assert "적은 내용이 맞지 않아요. 4번 더 해 볼 수 있어요." in visitor.read()


@pytest.mark.parametrize(
    ("born", "code"), [("", ""), ("내 생일", "123456"), (BORN, ""), (BORN, "12345"), ("20101350", "123456")]
)
def test_what_cannot_be_an_answer_is_told_and_does_not_count(
    visitor: Visitor, member: Member, born: str, code: str
) -> None:
    visitor.log_in(member)
    right = ask(visitor, member)
    for _ in range(6):
        assert answer(visitor, code, born) == 422
    assert "생년월일은 20110305처럼, 인증번호는 숫자 6자리로 적어 주세요." in visitor.read()
    assert answer(visitor, right) == 303


def test_five_wrong_answers_lock_even_for_the_right_one_and_say_until_when(
    visitor: Visitor, member: Member, clock: SetClock
) -> None:
    visitor.log_in(member)
    code = ask(visitor, member)
    for _ in range(5):
        assert answer(visitor, "000000" if code != "000000" else "111111") == 422
    assert "10시 30분부터 다시 할 수 있어요" in visitor.read()
    assert answer(visitor, code) == 422
    clock.advance(timedelta(minutes=29))
    assert visitor.get("/me").status_code == 200
    assert visitor.post("/me/check/code", form_on="/me/check").status_code == 429
    clock.advance(timedelta(minutes=1))
    assert answer(visitor, ask(visitor, member)) == 303


def test_new_codes_give_no_new_attempts(visitor: Visitor, member: Member, clock: SetClock) -> None:
    visitor.log_in(member)
    for _ in range(5):
        code = ask(visitor, member)
        answer(visitor, "000000" if code != "000000" else "111111")
        clock.advance(timedelta(minutes=1))
    assert visitor.post("/me/check/code", form_on="/me/check").status_code == 429


def test_an_old_code_stops_working_when_a_new_one_is_sent(
    visitor: Visitor, member: Member, clock: SetClock
) -> None:
    visitor.log_in(member)
    old = ask(visitor, member)
    clock.advance(timedelta(minutes=1))
    new = ask(visitor, member)
    assert old == new or answer(visitor, old) == 422
    assert answer(visitor, new) == 303


def test_a_code_is_for_one_use_and_five_minutes(visitor: Visitor, member: Member, clock: SetClock) -> None:
    visitor.log_in(member)
    code = ask(visitor, member)
    clock.advance(timedelta(minutes=5))
    assert answer(visitor, code) == 422
    assert "시간이 지났어요" in visitor.read()
    again = ask(visitor, member)
    assert answer(visitor, again) == 303
    assert answer(visitor, again) == 422


def test_codes_are_not_sent_one_after_the_other(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    ask(visitor, member)
    assert visitor.post("/me/check/code", form_on="/me/check").status_code == 429
    assert "초 뒤에 다시 받을 수 있어요" in visitor.read()
    assert len(visitor.told(member)) == 1


def test_somebody_elses_code_proves_nothing(
    app: Flask, visitor: Visitor, db: Session, member: Member, stranger: Member
) -> None:
    theirs = Visitor(app)
    theirs.log_in(stranger)
    code = ask(theirs, stranger)
    visitor.log_in(member)
    mine = ask(visitor, member)
    assert code == mine or answer(visitor, code) == 422


def test_the_proof_wears_off(visitor: Visitor, member: Member, clock: SetClock) -> None:
    visitor.log_in(member)
    visitor.step_up(member)
    precious = next(r.path for topic in TOPICS for r in topic.ROUTES if r.guard is Guard.STEPPED_UP)
    assert visitor.get(precious).status_code == 200
    clock.advance(timedelta(minutes=15))
    assert visitor.get(precious).status_code == 303
    assert visitor.page is not None
    assert unquote(visitor.page.location).startswith("/me/check?after=/me/")


@pytest.mark.parametrize(
    "after",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/me//evil",
        "/l/abc",
        "javascript:alert(1)",
        "/me?x=//e",
        "/me\n/x",
        "",
    ],
)
def test_nobody_is_led_to_another_site(visitor: Visitor, member: Member, after: str) -> None:
    assert own_path(after) == "/me"
    visitor.log_in(member)
    assert answer(visitor, ask(visitor, member), after=after) == 303
    assert visitor.page is not None
    assert visitor.page.location == "/me"
