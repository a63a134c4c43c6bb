"""Following who runs a programme: on its page, and off again on the page of alerts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from models.alert_settings import OPT_IN_VERSION
from models.clock import SetClock
from models.follows import follow, follows_of
from models.hosts import HostClub
from models.members import Member
from models.programs import ProgramSession
from tests.web.visitor import Visitor
from tests.web.window import assert_fit, enter, looking
from tests.world import make_host, make_session


@pytest.fixture
def session(db: Session) -> ProgramSession:
    """Return a session of a club's programme."""
    made = make_session(db)
    made.program.club = HostClub(host=made.program.host, name="푸른지구동아리")
    db.commit()
    return made


@pytest.fixture
def path(session: ProgramSession) -> str:
    return f"/programmes/{session.id}"


def names(db: Session, member: Member) -> list[str]:
    db.expire_all()
    return [row.name for row in follows_of(db, member)]


def send(visitor: Visitor, path: str, who: str, on: str) -> str:
    """Send the form of the page and return where it leads."""
    visitor.post(f"{path}/follow", {"who": who, "on": on}, form_on=path)
    assert visitor.page is not None
    return visitor.page.location


def test_an_institution_and_its_club_are_followed_by_a_press_each_and_no_more_by_another(
    visitor: Visitor, db: Session, member: Member, path: str
) -> None:
    visitor.log_in(member)
    visitor.get(path)
    assert "이 기관 소식 받기" in visitor.read()
    assert "이 동아리 소식 받기" in visitor.read()
    for _ in range(2):
        assert send(visitor, path, "host", "1") == path
    visitor.follow()
    assert names(db, member) == ["천안청소년수련관"]
    assert "소식 받는 중" in visitor.read()
    send(visitor, path, "club", "1")
    for _ in range(2):
        send(visitor, path, "host", "0")
    assert names(db, member) == ["푸른지구동아리"]


def test_who_has_recommendations_off_is_told_and_led_to_turning_them_on(
    visitor: Visitor, db: Session, member: Member, path: str
) -> None:
    visitor.log_in(member)
    visitor.get(path)
    assert "추천이 꺼져 있어요" not in visitor.read()
    send(visitor, path, "host", "1")
    page = visitor.follow().text
    assert "새 봉사 추천이 꺼져 있어요" in visitor.read()
    assert 'href="/me/alerts/10-11/kakao"' in page
    assert visitor.get("/me/alerts/10-11/kakao").status_code == 200
    visitor.post("/me/alerts/10-11/kakao", {"on": "1", "agree": OPT_IN_VERSION})
    visitor.get(path)
    assert "추천이 꺼져 있어요" not in visitor.read()
    assert "소식 받는 중" in visitor.read()


def test_the_way_back_keeps_the_search(visitor: Visitor, member: Member, path: str) -> None:
    visitor.log_in(member)
    page = visitor.get(f"{path}?words=하천").text
    (action,) = set(re.findall(r'action="([^"]*/follow[^"]*)"', page))
    visitor.post(action, {"who": "host", "on": "1"}, form_on=path)
    assert visitor.page is not None
    assert visitor.page.location.startswith(f"{path}?words=")


def test_a_guest_finds_no_such_button_and_cannot_send_it(visitor: Visitor, path: str) -> None:
    visitor.get(path)
    assert "소식 받기" not in visitor.read()
    token = visitor.csrf("/verify")
    assert (
        visitor.post_raw(f"{path}/follow", {"csrf_token": token, "who": "host", "on": "1"}).status_code == 401
    )


@pytest.mark.parametrize(
    ("who", "on", "status"), [("leader", "1", 400), ("", "1", 400), ("host", "2", 400), ("host", "", 400)]
)
def test_what_the_form_does_not_offer_is_refused(
    visitor: Visitor, db: Session, member: Member, path: str, who: str, on: str, status: int
) -> None:
    visitor.log_in(member)
    visitor.post(f"{path}/follow", {"who": who, "on": on}, form_on=path)
    assert visitor.page is not None
    assert visitor.page.status_code == status
    assert names(db, member) == []


def test_there_is_no_club_to_follow_where_there_is_none(
    visitor: Visitor, db: Session, member: Member
) -> None:
    path = f"/programmes/{make_session(db).id}"
    db.commit()
    visitor.log_in(member)
    visitor.get(path)
    assert "이 동아리" not in visitor.read()
    visitor.post(f"{path}/follow", {"who": "club", "on": "1"}, form_on=path)
    assert visitor.page is not None
    assert visitor.page.status_code == 400


def test_the_page_of_alerts_lists_them_and_takes_them_off(
    visitor: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    visitor.log_in(member, "alert_settings")
    assert "이 기관 소식 받기" in visitor.read()
    for name in ("천안청소년수련관", "<script>alert(1)</script>"):
        follow(db, member, make_host(db, name), clock.now())
    db.commit()
    shown = visitor.get("/me/alerts")
    assert "<script>alert" not in shown.text
    assert "추천이 꺼져 있어서 소식을 보낼 수 없어요" in visitor.read()
    first = follows_of(db, member)[0]
    for _ in range(2):
        visitor.post(f"/me/alerts/follows/{first.id}", form_on="/me/alerts")
    assert visitor.page is not None
    assert visitor.page.location.endswith("#alerts-follows")
    visitor.follow()
    assert "목록에서 뺐어요" in visitor.read()
    assert names(db, member) == ["천안청소년수련관"]


def test_nobody_takes_off_what_somebody_else_follows(
    visitor: Visitor, db: Session, member: Member, stranger: Member, clock: SetClock
) -> None:
    follow(db, stranger, make_host(db), clock.now())
    db.commit()
    (row,) = follows_of(db, stranger)
    visitor.log_in(member)
    visitor.post(f"/me/alerts/follows/{row.id}", form_on="/me/alerts")
    assert names(db, stranger) == ["천안청소년수련관"]


@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_are_accessible_and_fit(
    browser: Browser,
    address: str,
    visitor: Visitor,
    db: Session,
    member: Member,
    session: ProgramSession,
    clock: SetClock,
    width: int,
) -> None:
    assert session.program.host is not None
    follow(db, member, session.program.host, clock.now())
    db.commit()
    with looking(browser, width) as page:
        enter(page, address + visitor.link(member, "programme_detail", str(session.id)))
        assert_fit(page)
        page.goto(f"{address}/me/alerts")
        assert_fit(page)
