"""The first page's figures: right, drawn, and each leading to the rows it was counted from."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.events import Event, EventKind
from models.members import ChannelAccount, Member
from models.staff import StaffRole
from tests.outbox_rows import make_alert
from tests.turns import make_turn
from tests.web.console.colleague import Colleague
from tests.web.visitor import account_of
from tests.world import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATELY = NOW - timedelta(minutes=1)


@pytest.fixture
def viewer(colleague: Callable[..., Colleague]) -> Colleague:
    return colleague(StaffRole.VIEWER)


@pytest.fixture
def account(db: Session, member: Member) -> ChannelAccount:
    return account_of(db, member)


def figures(viewer: Colleague) -> dict[str, tuple[str, str]]:
    """Return label → value and address of the figures on the first page."""
    text = viewer.get("/console/").text
    found = re.findall(r'<a href="([^"]+)"><span>([^<]+)</span><strong>([^<]+)</strong>', text)
    return {label: (value, html.unescape(url)) for url, label, value in found}


def rows(viewer: Colleague, url: str) -> int:
    assert viewer.get(url).status_code == 200
    assert viewer.page is not None
    return viewer.page.text.count('<th scope="row"')


def test_before_anybody_spoke_every_figure_says_so(viewer: Colleague) -> None:
    found = figures(viewer)
    assert found["오늘 나눈 말"][0] == "0번"
    assert found["오늘 알아들은 비율"][0] == "-"
    assert found["알림 10초 안에 넘김"][0] == "-"
    assert found["언어 모델"][0] == "답하지 않아요"
    assert found["오늘 걸린 시간"][0] == "-"
    assert "이번 주에는 아직 적은 말이 없어요" in viewer.read()
    assert "우연보다 크게 나빠진 것은 없어요" in viewer.read()
    assert "아직 나눈 말이 없어요" in viewer.read()


def test_todays_figures_lead_to_the_rows_they_were_counted_from(
    viewer: Colleague, db: Session, account: ChannelAccount
) -> None:
    today: tuple[dict[str, Any], ...] = (
        {},
        {"rating": -1, "pressed": True, "source": "button"},
        {"outcome": "not_understood", "confidence": 0.2},
        {"outcome": "nlu_down", "source": "none"},
        {"intent": "notice", "pressed": True, "source": "button", "alert_kind": 3},
    )
    for hours, columns in enumerate(today):
        make_turn(db, account, at=LATELY - hours * HOUR, **columns)
    make_turn(db, account, "어제", at=LATELY - DAY)
    db.commit()
    found = figures(viewer)
    assert {label: value for label, (value, _) in found.items()} == {
        "오늘 나눈 말": "4번",
        "오늘 알아들은 비율": "33%",
        "오늘 못 알아들은 말": "1번",
        "오늘 도움이 안 된 답": "1번",
        "알림 10초 안에 넘김": "-",
        "언어 모델": "답하지 않아요",
        "오늘 평균 확신": "57%",
        "오늘 걸린 시간": "0.04초",
    }
    for label, count in (
        ("오늘 나눈 말", 4),
        ("오늘 알아들은 비율", 3),
        ("오늘 못 알아들은 말", 1),
        ("오늘 도움이 안 된 답", 1),
        ("언어 모델", 1),
        ("오늘 평균 확신", 1),
    ):
        assert rows(viewer, found[label][1]) == count, label
    assert viewer.get(found["알림 10초 안에 넘김"][1]).status_code == 200


def test_the_days_columns_and_the_weeks_intents_are_drawn_with_their_rows(
    viewer: Colleague, db: Session, account: ChannelAccount
) -> None:
    for number in range(3):
        make_turn(db, account, at=LATELY - number * HOUR)
    make_turn(db, account, at=NOW - 3 * DAY, intent="find_program")
    db.commit()
    text = viewer.get("/console/").text
    read = viewer.read()
    assert "6시부터 3시간: 2 번" in read
    assert "9시부터 3시간: 1 번" in read
    assert read.index("내 봉사시간 3번") < read.index("봉사 찾기 1번")
    urls = [html.unescape(url) for url in re.findall(r'<a href="([^"]+)">\s*<span class="sr-only">', text)]
    assert sorted(rows(viewer, url) for url in urls) == [1, 2]


def test_what_got_worse_since_last_week_is_named_with_its_rows(
    viewer: Colleague, db: Session, account: ChannelAccount
) -> None:
    for number in range(40):
        make_turn(db, account, at=NOW - 10 * DAY - number * HOUR / 4)
        missed = number < 12
        make_turn(
            db, account, at=NOW - DAY - number * HOUR / 4, outcome="asked_meaning" if missed else "answered"
        )
    db.commit()
    viewer.get("/console/")
    assert "'내 봉사시간': 못 알아듣는 말이 늘었어요 0% → 30% (이번 주 12번)" in viewer.read()
    assert "지난주에는 100%였어요" in viewer.read()
    assert viewer.page is not None
    url = viewer.page.text.split("&#39;내 봉사시간&#39;")[0].rsplit('href="', 1)[1].split('"')[0]
    assert rows(viewer, html.unescape(url)) == 12


def test_alerts_that_were_handed_over_in_time_are_told_as_a_share(
    viewer: Colleague, db: Session, member: Member
) -> None:
    for seconds in (2, 3, 4, 60):
        at = NOW - timedelta(minutes=20)
        event = Event(
            kind=EventKind.PROFILE_CHANGED,
            object=f"member:{seconds}",
            version=1,
            member_id=member.id,
            at=at,
            data={},
        )
        db.add(event)
        db.flush()
        make_alert(
            db, member, at=at, event_id=event.id, at_once=True, handed_at=at + timedelta(seconds=seconds)
        )
    db.commit()
    assert figures(viewer)["알림 10초 안에 넘김"][0] == "75%"
