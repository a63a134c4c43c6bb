"""The devices page: who is logged in where, and closing what one does not know."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from models.clock import SetClock
from models.members import Member
from models.rules import Rules
from models.web_sessions import WebSession, open_sessions_of
from tests.web.visitor import Visitor

COMPUTER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
TABLET = "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15"


def open_numbers(db: Session, member: Member, clock: SetClock) -> list[int]:
    db.expire_all()
    return [each.id for each in open_sessions_of(db, member, Rules(), clock.now())]


def test_the_page_names_every_device_and_marks_this_one(app: Flask, visitor: Visitor, member: Member) -> None:
    Visitor(app, COMPUTER).log_in(member)
    visitor.log_in(member, "my_devices")
    here, others = visitor.read().split("다른 기기", 1)
    assert "아이폰 · 카카오톡 이 기기" in here
    assert "윈도우 컴퓨터 · 크롬" in others
    assert "11월 23일(월) 오전 10시" in here
    assert "저절로 닫혀요" in others


def test_one_device_is_logged_out_and_the_chat_is_told_once(
    app: Flask, visitor: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    computer = Visitor(app, COMPUTER)
    computer.log_in(member)
    (number,) = open_numbers(db, member, clock)
    visitor.log_in(member)
    visitor.get(f"/me/devices/{number}/end")
    assert "이 기기에서 로그아웃할까요? 기기 윈도우 컴퓨터 · 크롬" in visitor.read()
    for _ in range(2):
        assert visitor.post(f"/me/devices/{number}/end").status_code == 303
    visitor.follow()
    assert "다른 기기에서는 로그인하지 않았어요" in visitor.read()
    assert computer.get("/me").status_code == 401
    (card,) = visitor.told(member)
    assert card.title == "기기를 로그아웃했어요"
    assert ("기기", "윈도우 컴퓨터 · 크롬") in card.facts


def test_all_others_are_logged_out_and_this_one_stays(app: Flask, visitor: Visitor, member: Member) -> None:
    others = [Visitor(app, COMPUTER), Visitor(app, TABLET)]
    for other in others:
        other.log_in(member)
    visitor.log_in(member)
    for _ in range(2):
        visitor.post("/me/devices/others/end")
    assert visitor.get("/me").status_code == 200
    assert [other.get("/me").status_code for other in others] == [401, 401]
    assert [card.title for card in visitor.told(member)] == ["다른 기기를 모두 로그아웃했어요"]


def test_two_sessions_of_one_browser_are_one_device_and_end_together(
    app: Flask, visitor: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    Visitor(app, COMPUTER).log_in(member)
    (first,) = open_sessions_of(db, member, Rules(), clock.now())
    same = ("member_id", "account_id", "browser_hash", "device", "opened_at", "seen_at", "ends_at")
    db.add(WebSession(token_hash="another", **{name: getattr(first, name) for name in same}))
    db.commit()
    numbers = open_numbers(db, member, clock)
    assert len(numbers) == 2
    visitor.log_in(member, "my_devices")
    assert visitor.read().split("최근 로그인")[0].count("윈도우 컴퓨터 · 크롬 로그인") == 1
    visitor.post(f"/me/devices/{numbers[0]}/end")
    assert not set(numbers) & set(open_numbers(db, member, clock))


def test_somebody_elses_device_is_out_of_reach(
    app: Flask, visitor: Visitor, db: Session, member: Member, stranger: Member, clock: SetClock
) -> None:
    theirs = Visitor(app, COMPUTER)
    theirs.log_in(stranger)
    (number,) = open_numbers(db, stranger, clock)
    visitor.log_in(member)
    token = visitor.csrf("/me/devices/others/end")
    for each in (number, 0, 2**70):
        assert visitor.get(f"/me/devices/{each}/end").status_code == 409
        assert visitor.post_raw(f"/me/devices/{each}/end", {"csrf_token": token}).status_code == 409
    visitor.post("/me/devices/others/end")
    assert theirs.get("/me").status_code == 200
    assert visitor.told(stranger) == []


def test_ended_and_forgotten_log_ins_are_listed_with_how_they_ended(
    app: Flask, visitor: Visitor, member: Member, clock: SetClock
) -> None:
    Visitor(app, TABLET).log_in(member)
    clock.advance(timedelta(minutes=31))
    computer = Visitor(app, COMPUTER)
    computer.log_in(member)
    computer.post("/me/sign-out", form_on="/me/not-me")
    visitor.log_in(member, "my_devices")
    recent = visitor.read().split("최근 로그인")[1]
    assert "시간이 지나 닫힘 11월 23일(월) 오전 10시, 아이패드 · 사파리" in recent
    assert "닫힘 11월 23일(월) 오전 10시 31분, 윈도우 컴퓨터 · 크롬" in recent
    assert "열려 있음 11월 23일(월) 오전 10시 31분, 아이폰 · 카카오톡" in recent


def test_only_the_last_ten_log_ins_are_listed(visitor: Visitor, member: Member, clock: SetClock) -> None:
    for _ in range(12):
        clock.advance(timedelta(minutes=1))
        visitor.log_in(member, "my_devices")
    assert visitor.read().split("최근 로그인")[1].count("아이폰") == 10


def test_a_browser_that_lies_about_itself_cannot_write_into_the_page(app: Flask, member: Member) -> None:
    liar = Visitor(app, "<script>alert(1)</script> Chrome")
    liar.log_in(member, "my_devices")
    assert "알 수 없는 기기 · 크롬" in liar.read()
    assert "<script>alert" not in liar.page.text  # type: ignore[union-attr]  # a page was just opened


def test_who_is_not_logged_in_sees_no_devices(visitor: Visitor, member: Member) -> None:
    assert visitor.get("/me/devices").status_code == 401
