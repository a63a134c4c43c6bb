"""My alerts so far: what I was told, how it came, and why something did not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from alerts.channels.trial import DRY_RUN
from alerts.decisions import CAPPED, SWITCHED_OFF, TOO_LATE
from alerts.kinds import KINDS
from models.members import Member
from models.outbox import AlertState, NoticeCard, written
from models.redrives import redrive
from tests.outbox_rows import make_alert
from tests.web.visitor import Visitor
from tests.web.window import assert_fit, enter, looking
from web.portal.alert_history import PAGE

PATH = "/me/alerts/history"
CARD = NoticeCard(
    KINDS[4].title,
    "확정됐어요! 시간에 맞춰 가기만 하면 돼요.",
    (("활동", "하천 쓰레기 줍기"),),
    page="my_application",
    record="12",
)


def test_an_alert_says_when_what_and_how_it_came_and_leads_to_its_page(
    visitor: Visitor, db: Session, member: Member, now: datetime
) -> None:
    make_alert(db, member, content=written(CARD), channel="alimtalk", handed_at=now - timedelta(minutes=4))
    db.commit()
    visitor.log_in(member)
    page = visitor.get(PATH).text
    said = visitor.read()
    for words in (
        CARD.title,
        CARD.text,
        "하천 쓰레기 줍기",
        "알림톡으로 왔어요",
        "11월 23일(월) 오전 9시 56분",
    ):
        assert words in said
    assert 'href="/me/applications/12"' in page


@pytest.mark.parametrize(
    ("state", "columns", "words"),
    [
        (AlertState.DELIVERED, {"channel": "kakao"}, "카카오톡으로 왔어요"),
        (AlertState.SENT, {"channel": "sms"}, "문자로 보냈어요"),
        (AlertState.CREATED, {}, "곧 보내요"),
        (AlertState.SUPPRESSED, {"reason": SWITCHED_OFF}, "알림을 꺼 둬서 보내지 않았어요"),
        (AlertState.SUPPRESSED, {"reason": TOO_LATE}, "보낼 때가 지나서 보내지 않았어요"),
        (AlertState.SUPPRESSED, {"reason": DRY_RUN}, "시험 운영 중이라"),
        (AlertState.PERMANENT_FAILURE, {"reason": CAPPED}, "이번 달에 보낼 수 있는 문자를 다 써서"),
        (AlertState.SUPPRESSED, {"reason": "overtaken"}, "그 사이에 내용이 바뀌어서 보내지 않았어요"),
        (AlertState.PERMANENT_FAILURE, {"reason": "3019"}, "카카오톡으로도 문자로도 닿지 않았어요"),
        (AlertState.TEMPORARY_FAILURE, {"reason": "HTTP 500"}, "여러 번 보냈는데 닿지 않았어요"),
        (AlertState.TECHNICAL_FAILURE, {"reason": "KeyError"}, "우리 쪽에 문제가 있어서"),
        (AlertState.CANCELLED, {"reason": "cancelled by staff"}, "보내기 전에 취소된"),
    ],
)
def test_how_it_stands_is_said_in_plain_words_and_never_in_codes(
    visitor: Visitor, db: Session, member: Member, state: AlertState, columns: dict[str, str], words: str
) -> None:
    make_alert(db, member, state, channel=columns.get("channel"), reason=columns.get("reason"))
    db.commit()
    visitor.log_in(member)
    visitor.get(PATH)
    assert words in visitor.read()
    assert "봉사 신청 결과 알림" in visitor.read()
    assert columns.get("reason", "-no-") not in visitor.read()


def test_on_its_way_it_says_so(visitor: Visitor, db: Session, member: Member, now: datetime) -> None:
    make_alert(db, member, AlertState.SENDING, channel="kakao", handed_at=now)
    db.commit()
    visitor.log_in(member)
    visitor.get(PATH)
    assert "카카오톡으로 보내는 중" in visitor.read()


def test_without_alerts_the_page_says_so_and_leads_on(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    assert 'href="/programmes"' in visitor.get(PATH).text
    assert "아직 알림이 없어요" in visitor.read()
    assert f'href="{PATH}"' in visitor.get("/me/alerts").text


def test_it_shows_nothing_of_others_of_chats_or_of_long_ago_and_the_last_round_alone(
    visitor: Visitor, db: Session, member: Member, stranger: Member, now: datetime
) -> None:
    make_alert(db, stranger, content=written(NoticeCard("낯선 알림", "")))
    make_alert(db, member, kind=0, recipient="account:1", content=written(NoticeCard("챗봇 카드", "")))
    make_alert(
        db, member, kind=1, recipient=f"guardian:{member.id}", content=written(NoticeCard("보호자께", ""))
    )
    make_alert(db, member, at=now - timedelta(days=91), content=written(NoticeCard("옛날 알림", "")))
    failed = make_alert(db, member, AlertState.PERMANENT_FAILURE)
    redrive(db, [failed.id], now)
    db.commit()
    visitor.log_in(member)
    visitor.get(PATH)
    for words in ("낯선 알림", "챗봇 카드", "보호자께", "옛날 알림", "닿지 않았어요"):
        assert words not in visitor.read()
    assert "곧 보내요" in visitor.read()


def test_long_lists_have_pages_newest_first(visitor: Visitor, db: Session, member: Member) -> None:
    for number in range(PAGE + 1):
        make_alert(db, member, content=written(NoticeCard(f"{number}번째 소식", "")))
    db.commit()
    visitor.log_in(member)
    first = visitor.get(PATH).text
    assert f"{PAGE}번째 소식" in visitor.read()
    assert " 0번째 소식" not in visitor.read()
    assert f'href="{PATH}?page=2"' in first
    for asked in ("2", "99", "9" * 40):
        visitor.get(f"{PATH}?page={asked}")
        assert " 0번째 소식" in visitor.read()
    for asked in ("0", "-1", "x"):
        visitor.get(f"{PATH}?page={asked}")
        assert f"{PAGE}번째 소식" in visitor.read()


def test_strangers_are_asked_to_come_by_the_chat(visitor: Visitor) -> None:
    assert visitor.get(PATH).status_code == 401


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_accessible_and_fits(
    browser: Browser, address: str, visitor: Visitor, db: Session, member: Member, width: int
) -> None:
    long = NoticeCard(
        "가나다라마바사" * 9, "가나다라마바사" * 20, (("활동", "가" * 60),), page="my_application"
    )
    make_alert(db, member, content=written(CARD), channel="kakao")
    make_alert(db, member, AlertState.PERMANENT_FAILURE)
    for _ in range(PAGE):
        make_alert(db, member, content=written(long), channel="sms")
    db.commit()
    with looking(browser, width) as page:
        enter(page, address + visitor.link(member, "alert_settings"))
        page.get_by_role("link", name="받은 알림 보기").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("받은 알림")
        assert_fit(page)
        page.get_by_role("link", name="다음").click()
        page.get_by_role("heading", level=2).get_by_role("link").first.wait_for()
        assert_fit(page)
