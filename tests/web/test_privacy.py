"""Privacy on the pages: told to everybody, counted for the person, handed over, and the link taken away."""

from __future__ import annotations

import json
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import SetClock
from models.members import ChannelAccount, Member
from models.outbox import Alert, NoticeCard
from models.rules import Rules, RuleSetting
from models.web_sessions import open_sessions_of
from tests.web.visitor import Visitor
from tests.world import NOW, make_account, make_application, make_session

HOSTILE = "<script>alert(1)</script>"


def notices_of_chat(db: Session) -> list[NoticeCard]:
    db.expire_all()
    return [notice.card for notice in db.scalars(select(Alert).order_by(Alert.id))]


def test_everybody_can_read_how_data_is_treated(visitor: Visitor) -> None:
    assert visitor.get("/privacy").status_code == 200
    read = visitor.read()
    for words in (
        "무엇을 왜 저장하나요?",
        "얼마나 오래 두나요?",
        "누가 보나요?",
        "14살이 안 됐다면",
        "상담원 연결",
    ):
        assert words in read
    assert "자세한 담당 연락처는 두볼 누리집에 있어요" in read
    assert "상담 전화" not in read


def test_the_figures_on_the_page_are_the_rules_in_force(visitor: Visitor, db: Session) -> None:
    for name, value in (("link_ttl_min", "7"), ("operator_phone", "02-000-0000")):
        db.add(RuleSetting(name=name, value=value, changed_at=NOW, changed_by="test"))
    db.commit()
    visitor.get("/privacy")
    assert "7분 안에만 열려요" in visitor.read()
    assert "상담 전화: 02-000-0000" in visitor.read()


def test_my_page_counts_what_is_stored_and_says_why(visitor: Visitor, db: Session, member: Member) -> None:
    make_application(db, member, make_session(db))
    db.commit()
    visitor.log_in(member, "my_privacy")
    read = visitor.read()
    assert "봉사 신청 1개. 어떤 활동에 신청했고 어떻게 됐는지예요" in read
    assert "재능나눔 0개." in read


def test_the_file_asks_for_one_more_proof_and_then_holds_everything(
    visitor: Visitor, db: Session, member: Member
) -> None:
    member.school = HOSTILE
    make_application(db, member, make_session(db))
    db.commit()
    visitor.log_in(member)
    for path in ("/me/privacy/data", "/me/privacy/data.json"):
        assert visitor.get(path).location == f"/me/check?after={path}"
    visitor.step_up(member)
    assert 'href="/me/privacy/data.json"' in visitor.get("/me/privacy/data").text
    file = visitor.get("/me/privacy/data.json")
    assert file.headers["Content-Disposition"] == 'attachment; filename="boram-2026-11-23.json"'
    assert file.headers["Content-Type"] == "application/json; charset=utf-8"
    assert file.headers["Cache-Control"] == "no-store"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    read = json.loads(file.data.decode("utf-8"))
    mine = {name: rows for topic in read["자료"] for name, rows in topic["기록"].items()}
    assert (mine["member"][0]["name"], mine["member"][0]["school"]) == ("홍길동", HOSTILE)
    assert mine["application"][0]["title"] == "하천 쓰레기 줍기"
    assert "홍길동" in file.text
    assert '\n  "자료"' in file.text


def test_the_file_holds_nothing_of_others(visitor: Visitor, member: Member, stranger: Member) -> None:
    visitor.log_in(member)
    visitor.step_up(member)
    assert "김낯선" not in visitor.get("/me/privacy/data.json").text


def test_taking_the_link_away_ends_the_sessions_and_tells_the_chat(
    app: Flask, visitor: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    other = Visitor(app)
    other.log_in(member)
    link = visitor.link(member, "my_hours")
    visitor.log_in(member)
    visitor.get("/me/unlink")
    assert "신청한 봉사는 취소되지 않아요" in visitor.read()
    assert visitor.post("/me/unlink").status_code == 200
    assert "다시 쓰고 싶으면 챗봇에서 '두볼 계정 연결'을 눌러 주세요" in visitor.read()
    assert "홍*동" not in visitor.page.text  # type: ignore[union-attr]  # a page was just opened
    assert [each.get("/me").status_code for each in (visitor, other)] == [401, 401]
    assert visitor.get(link).status_code == 410
    db.expire_all()
    assert open_sessions_of(db, member, Rules(), clock.now()) == []
    account = db.scalars(select(ChannelAccount)).one()
    assert (account.member_id, account.linked_at) == (None, None)


def test_the_chat_is_told_how_to_come_back(visitor: Visitor, db: Session, member: Member) -> None:
    visitor.log_in(member)
    visitor.post("/me/unlink")
    card = notices_of_chat(db)[-1]
    assert (card.title, card.page) == (
        "카카오톡 연결을 끊었어요",
        "",
    )  # a linking card would take its words' place
    assert "'두볼 계정 연결'이라고 말해" in card.text
    assert "내가 한 게 아니라면" in card.text
    assert len(card.title + card.text) <= 200


def test_taking_the_link_away_twice_tells_once(visitor: Visitor, db: Session, member: Member) -> None:
    visitor.log_in(member)
    token = visitor.csrf("/me/unlink")
    assert visitor.post_raw("/me/unlink", {"csrf_token": token}).status_code == 200
    assert visitor.post_raw("/me/unlink", {"csrf_token": token}).status_code in (400, 401)
    assert len(notices_of_chat(db)) == 1


def test_only_the_chat_one_came_from_is_unlinked(visitor: Visitor, db: Session, member: Member) -> None:
    path = visitor.link(member)
    elsewhere = make_account(db, member, "user-9")
    elsewhere.channel = "naver"
    db.commit()
    visitor.post(path)
    visitor.post("/me/unlink")
    db.expire_all()
    assert elsewhere.member_id == member.id


def test_who_is_not_logged_in_gets_nothing(visitor: Visitor, member: Member) -> None:
    for path in ("/me/privacy", "/me/privacy/data", "/me/privacy/data.json", "/me/unlink"):
        assert visitor.get(path).status_code == 401


def test_a_session_too_old_for_the_proof_keeps_the_file_closed(
    visitor: Visitor, member: Member, clock: SetClock
) -> None:
    visitor.log_in(member)
    visitor.step_up(member)
    clock.advance(timedelta(minutes=16))
    assert visitor.get("/me/privacy/data.json").status_code == 303
