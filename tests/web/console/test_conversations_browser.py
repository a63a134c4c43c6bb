"""From a figure on the first page to what was really written, in a real browser at both widths."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from bot.replies import Button, Card, Fact, ListCard, ListItem, Press, QuickReply, Reply, Say, Text
from models.members import Member
from models.staff import StaffRole
from tests.turns import make_turn
from tests.web.console.colleague import COOKIE, Colleague
from tests.web.visitor import account_of
from tests.web.window import assert_fit, looking
from tests.world import NOW

MINUTE = timedelta(minutes=1)
CARD = Card(
    "홍길동 님의 봉사시간",
    "올해 목표까지 8시간 남았어요.",
    (Fact("올해", "12시간"), Fact("모두", "40시간")),
    buttons=(Button("화면에서 보기", Say("화면에서 보기")),),
)
CHOICE = ListCard(
    "혹시 이 중에 있나요?", (ListItem("봉사 찾기", "지역과 날짜로 찾아요", Press("find_program")),)
)


@pytest.fixture
def talk(db: Session, member: Member) -> None:
    """A dialog in which one thing was not understood, and a week before it in which everything was."""
    account = account_of(db, member)
    make_turn(
        db,
        account,
        "나 ○○○인데 몇 시간 했지",
        at=NOW - 9 * MINUTE,
        original="나 홍길동인데 몇 시간 했지",
        reply=Reply((CARD,)),
    )
    make_turn(
        db,
        account,
        "그거 아까 그 거기서 하던 거 있잖아 " * 4,
        at=NOW - 8 * MINUTE,
        intent="find_program",
        outcome="not_understood",
        confidence=0.31,
        reply=Reply((CHOICE,), (QuickReply("다른 거예요", Say("다른 거예요")),)),
        understood={
            "ranking": [["find_program", 0.31], ["check_hours", 0.22], ["no_show", 0.1]],
            "novelty": 0.8,
        },
    )
    make_turn(
        db, account, "됐어", at=NOW - 7 * MINUTE, rating=-1, reply=Reply((Text("네, 또 불러 주세요."),))
    )
    for number in range(30):
        make_turn(db, account, at=NOW - timedelta(days=8, hours=number))
        outcome = "not_understood" if number < 9 else "answered"
        make_turn(db, account, at=NOW - timedelta(days=2, hours=number), outcome=outcome)
    db.commit()


@pytest.mark.parametrize("width", [390, 1280])
def test_from_a_figure_to_what_was_written(
    browser: Browser, address: str, colleague: Callable[..., Colleague], talk: None, width: int
) -> None:
    token = colleague(StaffRole.OPERATOR).cookie(COOKIE)
    with looking(browser, width) as page:
        page.set_default_timeout(15_000)
        secure = address.replace("http:", "https:")
        page.context.add_cookies([{"name": COOKIE, "value": token, "url": secure, "secure": True}])
        page.goto(f"{address}/console/")
        expect(page.get_by_role("heading", level=1)).to_have_text("오늘 할 일")
        assert_fit(page)
        page.get_by_role("link", name="오늘 못 알아들은 말").click()
        row = page.get_by_role("row").filter(has_text="그거 아까")
        expect(row).to_contain_text("못 알아들었어요")
        assert_fit(page)
        row.get_by_role("link").click()
        expect(page.locator("[aria-current=true].dialog-turn")).to_contain_text("그거 아까")
        expect(page.get_by_role("main")).not_to_contain_text("홍길동")
        assert_fit(page)
        page.get_by_role("link", name="이유를 적고 가리기 전 보기").click()
        page.get_by_label("회원이 전화나 채팅으로 물어봤어요").check()
        page.get_by_role("button", name="적고 보기").click()
        expect(page.get_by_role("main")).to_contain_text("나 홍길동인데 몇 시간 했지")
        assert_fit(page)
