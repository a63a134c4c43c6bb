"""Conversations in the console: looked for, read masked, opened for a reason, taken along as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from bot.replies import Button, Card, Fact, Reply, Say, Text
from models.audit import Did
from models.clock import SetClock
from models.members import ConversationTurn, Member
from models.staff import StaffRole
from tests.skills.samples import payload
from tests.turns import make_turn
from tests.web.console.colleague import Colleague
from tests.web.visitor import account_of
from tests.world import NOW, make_account
from web.console.conversations import FILTERS, defused

PAGE = "/console/conversations"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def viewer(colleague: Callable[..., Colleague]) -> Colleague:
    return colleague(StaffRole.VIEWER)


@pytest.fixture
def talk(db: Session, member: Member) -> list[ConversationTurn]:
    """Return a dialog of three turns, one of them with personal data, and somebody else's turn."""
    account = account_of(db, member)
    card = Card(
        "홍길동 님의 시간",
        "모두 12시간이에요.",
        (Fact("전화", "010-0000-1234"),),
        buttons=(Button("더 보기", Say("더 보기")),),
    )
    found = [
        make_turn(
            db,
            account,
            "나 ○○○인데 몇 시간 했지",
            original="나 홍길동인데 몇 시간 했지",
            reply=Reply((card,)),
        ),
        make_turn(
            db,
            account,
            "그거 있잖아",
            at=NOW + MINUTE,
            outcome="not_understood",
            intent="find_program",
            confidence=0.31,
            reply=Reply((Text("혹시 이 중에 있나요?"),)),
            understood={
                "ranking": [["find_program", 0.31], ["check_hours", 0.2]],
                "entities": [["region", "천안"]],
                "novelty": 0.8,
                "normalized": "그거 있잖아요",
            },
        ),
        make_turn(db, account, "됐어", at=NOW + 2 * MINUTE, pressed=True, source="button", rating=-1),
    ]
    found[-1].reply = None
    make_turn(db, make_account(db, None, "user-9"), "남의 말", at=NOW + MINUTE)
    db.commit()
    return found


def rows(someone: Colleague, query: str = "") -> list[str]:
    """Return the words of the rows of the page."""
    text = someone.get(f"{PAGE}?{query}").text
    return [part.split(">")[2].split("<")[0] for part in text.split('<th scope="row"')[1:]]


def test_before_anybody_spoke_the_page_says_so(viewer: Colleague) -> None:
    assert viewer.get(PAGE).status_code == 200
    assert "아직 오간 말이 없어요" in viewer.read()


def test_turns_are_listed_the_newest_first_and_found_to_the_minute(
    viewer: Colleague, talk: list[ConversationTurn]
) -> None:
    assert rows(viewer) == ["됐어", "남의 말", "그거 있잖아", "나 ○○○인데 몇 시간 했지"]
    assert rows(viewer, "since=2026-11-23T10:01&until=2026-11-23T10:01") == ["남의 말", "그거 있잖아"]
    assert rows(viewer, "since=2026-11-24") == []
    assert "조건을 조금 넓혀서" in viewer.read()
    assert len(rows(viewer, "until=2026-11-23")) == 4
    assert rows(viewer, "outcome=misunderstood") == ["그거 있잖아"]
    assert rows(viewer, "most=50") == ["그거 있잖아"]
    assert rows(viewer, "least=50%25&how=typed") == ["남의 말", "나 ○○○인데 몇 시간 했지"]
    assert rows(viewer, "rating=down") == ["됐어"]
    assert rows(viewer, "text=있잖아") == ["그거 있잖아"]
    assert rows(viewer, f"account={talk[0].account_id}&intent=check_hours") == [
        "됐어",
        "나 ○○○인데 몇 시간 했지",
    ]


def test_what_cannot_be_read_is_explained_at_its_field(
    viewer: Colleague, talk: list[ConversationTurn]
) -> None:
    for query, told in (
        ("since=어제", "2026-11-23 10:30처럼"),
        ("since=2026-02-30", "2026-11-23 10:30처럼"),
        ("until=9999-12-31", "2026-11-23 10:30처럼"),
        ("since=2026-11-23&until=2026-11-22", "보다 뒤로"),
        ("least=101", "0부터 100까지"),
        ("most=절반", "0부터 100까지"),
        (f"text={'가' * 101}", "100자까지"),
        ("text=%00", "100자까지"),
    ):
        assert viewer.get(f"{PAGE}?{query}").status_code == 200
        assert "다시 확인해 주세요" in viewer.read()
        assert told in viewer.read()
        assert rows(viewer, query) == []


def test_nonsense_in_the_address_harms_nothing(viewer: Colleague, talk: list[ConversationTurn]) -> None:
    for name in (*FILTERS, "before", "_external", "_scheme", "endpoint"):
        for value in ("%00", "-1", "99999999999", "'; --", "https://evil.example"):
            assert viewer.get(f"{PAGE}?{name}={value}").status_code == 200, (name, value)


def test_pages_lead_on_and_back_and_keep_the_filter(
    viewer: Colleague, db: Session, talk: list[ConversationTurn]
) -> None:
    account = talk[0].account
    for number in range(60):
        make_turn(
            db, account, f"{number}번째 말", at=NOW + timedelta(hours=1, seconds=number), intent="greeting"
        )
    db.commit()
    assert len(rows(viewer, "intent=greeting")) == 50
    text = viewer.get(f"{PAGE}?intent=greeting").text
    older = text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "intent=greeting" in older
    assert rows(viewer, older.partition("?")[2]) == [f"{number}번째 말" for number in range(9, -1, -1)]
    assert f'href="{PAGE}?intent=greeting" rel="prev"' in viewer.get(older).text


def test_a_dialog_is_read_as_bubbles_with_what_was_understood_and_nothing_personal(
    viewer: Colleague, talk: list[ConversationTurn]
) -> None:
    assert viewer.get(f"{PAGE}/{talk[1].id}").status_code == 200
    read = viewer.read()
    for words in (
        "나 ○○○인데 몇 시간 했지",
        "모두 12시간이에요.",
        "더 보기",
        "그거 있잖아",
        "혹시 이 중에 있나요?",
        "됐어",
    ):
        assert words in read
    for beside in (
        "봉사 찾기 31%",
        "천안 (region)",
        "그거 있잖아요",
        "낯선 정도 80%",
        "못 알아들었어요",
        "도움이 안 됐어요 👎",
        "누른 버튼",
    ):
        assert beside in read
    assert "그때의 답은 남아 있지 않아요" in read
    assert "남의 말" not in read
    assert read.count("이 말로 해 보기") == 2  # what was pressed says nothing by itself
    assert "홍길동" not in viewer.page.text  # type: ignore[union-attr]  # a page was just opened
    assert "0000-1234" not in viewer.page.text  # type: ignore[union-attr]  # as above
    assert "가리기 전" not in read
    assert viewer.get(f"{PAGE}/999999").status_code == 404


def test_what_was_written_is_shown_for_a_reason_and_every_look_is_written_down(
    colleague: Callable[..., Colleague], talk: list[ConversationTurn], clock: SetClock
) -> None:
    operator = colleague(StaffRole.OPERATOR)
    operator.get(f"{PAGE}/{talk[0].id}")
    assert "이유를 적고 가리기 전 보기" in operator.read()
    plain = f"{PAGE}/{talk[0].account_id}/{talk[0].id}/as-written"
    operator.get(plain)
    assert "왜 봐야 하는지" in operator.read()
    assert "홍길동" not in operator.read()
    assert operator.post(plain, {"reason": "회원이 전화로 물어봤어요"}).status_code == 303
    operator.follow()
    assert "나 홍길동인데 몇 시간 했지" in operator.read()
    assert "010-0000-1234" in operator.read()
    done = [(row.did, row.about, row.reason) for row in operator.log() if row.about.startswith("account:")]
    about = f"account:{talk[0].account_id}"
    assert done == [
        (Did.UNMASKED, about, "회원이 전화로 물어봤어요"),
        (Did.SEEN, about, "회원이 전화로 물어봤어요"),
    ]
    clock.advance(timedelta(minutes=16))
    operator.get(plain)
    assert "왜 봐야 하는지" in operator.read()


def test_a_reason_for_one_chat_opens_no_other(
    colleague: Callable[..., Colleague], db: Session, talk: list[ConversationTurn]
) -> None:
    operator = colleague(StaffRole.OPERATOR)
    theirs = make_turn(db, make_account(db, None, "user-8"), "비밀", original="진짜 비밀")
    db.commit()
    mine = f"{PAGE}/{talk[0].account_id}"
    operator.post(f"{mine}/{talk[0].id}/as-written", {"reason": "회원이 전화로 물어봤어요"})
    assert operator.get(f"{mine}/{theirs.id}/as-written").status_code == 404


def test_what_is_said_in_kakaotalk_is_read_here_a_moment_later(
    app: Flask, viewer: Colleague, member: Member, db: Session
) -> None:
    said = payload()
    said["userRequest"] |= {"utterance": "메뉴", "user": {**said["userRequest"]["user"], "id": "user-1"}}
    said["bot"] |= {"id": account_of(db, member).bot_id}
    answer = app.test_client().post("/skills/kakao", json=said, headers={"X-Skill-Key": "k" * 16})
    assert "무엇을 도와줄까요?" in answer.text
    assert rows(viewer) == ["메뉴"]
    assert viewer.page is not None
    number = viewer.page.text.split(f'href="{PAGE}/')[1].split("#")[0]
    viewer.get(f"{PAGE}/{number}")
    for words in ("메뉴", "무엇을 도와줄까요?", "지역, 날짜, 분야로 찾아요", "인사 100%", "정해진 말"):
        assert words in viewer.read()


@pytest.mark.parametrize("role", [StaffRole.VIEWER, StaffRole.TRAINER])
def test_who_teaches_or_looks_never_sees_what_is_hidden(
    colleague: Callable[..., Colleague], talk: list[ConversationTurn], role: StaffRole
) -> None:
    someone = colleague(role)
    assert someone.get(f"{PAGE}/{talk[0].account_id}/{talk[0].id}/as-written").status_code == 403


def test_markup_in_what_somebody_wrote_is_shown_as_text(
    viewer: Colleague, db: Session, member: Member
) -> None:
    said = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    turn = make_turn(
        db,
        account_of(db, member),
        said,
        model=said,
        understood={"normalized": f"{said}!", "entities": [["region", said]]},
        reply=Reply((Text(said), Card(said[:30], said, buttons=(Button("<b>굵게</b>", Say("x")),)))),
    )
    db.commit()
    for path in (PAGE, f"{PAGE}/{turn.id}", f"{PAGE}?text=<script>"):
        text = viewer.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<b>굵게" not in text
        assert "&lt;script&gt;" in text


def test_a_table_is_taken_along_by_trainers_defused_and_written_down(
    colleague: Callable[..., Colleague], db: Session, talk: list[ConversationTurn]
) -> None:
    make_turn(db, talk[0].account, '=HYPERLINK("http://evil.example")', at=NOW + 3 * MINUTE, model="@model")
    make_turn(db, talk[0].account, '말에, "따옴표"와\n줄', at=NOW + 4 * MINUTE)
    db.commit()
    trainer = colleague(StaffRole.TRAINER)
    taken = trainer.get(f"{PAGE}/export?since=2026-11-23T10:02")
    assert taken.mimetype == "text/csv"
    assert "attachment" in taken.headers["Content-Disposition"]
    assert taken.text.startswith("\ufeff")
    head, *found = list(csv.reader(io.StringIO(taken.text.removeprefix("\ufeff"))))
    assert [row[2] for row in found] == [
        '말에, "따옴표"와\n줄',
        '\'=HYPERLINK("http://evil.example")',
        "됐어",
    ]
    assert found[1][head.index("모델")] == "'@model"
    assert [row.detail for row in trainer.log() if row.did is Did.EXPORTED] == ["3줄"]
    assert trainer.get(f"{PAGE}/export?since=nonsense").status_code == 400
    viewer = colleague(StaffRole.VIEWER)
    assert viewer.get(f"{PAGE}/export").status_code == 403
    viewer.get(PAGE)
    assert "표로 내려받기" not in viewer.read()


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠SUM(A1)", "\t=1", "\r=1", "\n=1"]
)
def test_what_a_spreadsheet_would_run_is_plain_text(cell: str) -> None:
    assert defused(cell) == f"'{cell}"
    assert defused(f" {cell}".replace(" ", "a")) == f"a{cell}"
    assert defused(-5) == -5
