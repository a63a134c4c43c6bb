"""One tap, already logged in: what a login link opens, and everything it must not."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.links import PAGES
from models.clock import SetClock
from models.linking import unlink_account
from models.login_links import LoginLink
from models.members import Member
from models.notices import CHAT_CARD
from models.outbox import Alert, AlertState, NoticeCard, written
from models.web_sessions import WebSession
from tests.outbox_rows import make_alert
from tests.web.visitor import BASE, Visitor, account_of
from tests.world import make_account, make_member

SCRAPER = "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984"
SESSION = "__Host-boram="


def spent(db: Session) -> int:
    db.expire_all()
    return db.scalar(select(func.count()).where(LoginLink.spent_at.is_not(None))) or 0


def sessions(db: Session) -> int:
    db.expire_all()
    return db.scalar(select(func.count()).where(WebSession.ended_at.is_(None))) or 0


def test_a_link_opens_its_page_logged_in(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member, "my_hours")
    assert visitor.page is not None
    assert visitor.page.request.path == "/me/hours"
    assert visitor.get("/me").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": SCRAPER},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"Sec-Fetch-Dest": "empty"},
    ],
)
def test_looking_at_a_link_spends_nothing_and_tells_nothing(
    visitor: Visitor, db: Session, member: Member, headers: dict[str, str]
) -> None:
    path = visitor.link(member, "my_certificate", "77")
    for _ in range(3):
        page = visitor.get(path, **headers)
        assert page.status_code == 200
    assert spent(db) == 0
    for secret in (member.name, "certificate", "확인서", "77"):
        assert secret not in visitor.read()
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert visitor.post(path).status_code == 303


def test_a_head_request_spends_nothing(app: Flask, visitor: Visitor, db: Session, member: Member) -> None:
    path = visitor.link(member)
    assert app.test_client().head(path, base_url=BASE).status_code == 200
    assert spent(db) == 0


def test_a_spent_link_opens_nothing_in_another_browser(app: Flask, visitor: Visitor, member: Member) -> None:
    path = visitor.link(member)
    thief = Visitor(app)
    token = thief.csrf(path)
    visitor.post(path)
    stolen = thief.post_raw(path, {"csrf_token": token})
    assert stolen.status_code == 410
    assert SESSION not in str(stolen.headers)
    assert "이미 한 번 쓴 링크" in thief.read()
    assert thief.get("/me").status_code == 401


def test_the_card_pressed_again_in_the_same_browser_leads_on(visitor: Visitor, member: Member) -> None:
    path = visitor.link(member, "my_hours")
    visitor.post(path)
    assert visitor.get(path).location == "/me/hours"


def test_of_two_taps_at_once_in_one_browser_both_end_up_inside(
    app: Flask, visitor: Visitor, db: Session, member: Member
) -> None:
    """The first answer is lost when the thumb taps again: its cookie never came."""
    path = visitor.link(member)
    token = visitor.csrf(path)
    again = Visitor(app)
    for name in ("__Host-boram-browser", "__Host-boram-form"):
        again.hold(visitor.cookie(name), name)
    assert visitor.post_raw(path, {"csrf_token": token}).status_code == 303
    assert again.post_raw(path, {"csrf_token": token}).status_code == 303
    assert visitor.get("/me").status_code == 200
    assert again.get("/me").status_code == 200


def test_of_many_browsers_at_once_exactly_one_gets_in(app: Flask, visitor: Visitor, member: Member) -> None:
    path = visitor.link(member)
    browsers = [Visitor(app) for _ in range(8)]
    tokens = [browser.csrf(path) for browser in browsers]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda b, t: b.post_raw(path, {"csrf_token": t}).status_code, browsers, tokens))
    assert sorted(done) == [303] + [410] * 7


def test_an_expired_link_says_so_and_sends_a_fresh_one(
    visitor: Visitor, member: Member, clock: SetClock
) -> None:
    path = visitor.link(member, "my_hours")
    token = visitor.csrf(path)
    clock.advance(timedelta(minutes=10))
    assert visitor.post_raw(path, {"csrf_token": token}).status_code == 410
    assert "링크의 시간이 지났어요" in visitor.read()
    visitor.post(f"{path}/fresh", form_on=path)
    assert "챗봇으로 새 링크를 보냈어요" in visitor.read()
    (card,) = visitor.told(member)
    assert (card.title, card.page) == ("내 봉사시간", "my_hours")


def test_whoever_holds_an_old_link_cannot_flood_the_chat(
    visitor: Visitor, member: Member, clock: SetClock
) -> None:
    path = visitor.link(member)
    clock.advance(timedelta(minutes=11))
    for _ in range(5):
        visitor.post(f"{path}/fresh", form_on=path)
    assert len(visitor.told(member)) == 1


@pytest.mark.parametrize(
    "token", ["abc", "A" * 32, "가" * 32, "A" * 10_000, "../../etc/passwd", "%00", "a b"]
)
def test_a_guessed_or_broken_token_opens_nothing(visitor: Visitor, token: str) -> None:
    page = visitor.get(f"/l/{token}")
    assert page.status_code == 404
    assert SESSION not in str(page.headers)


def test_a_truncated_token_opens_nothing(visitor: Visitor, member: Member) -> None:
    assert visitor.get(visitor.link(member)[:-1]).status_code == 404


def test_a_link_dies_with_the_account_link(
    visitor: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    path = visitor.link(member)
    token = visitor.csrf(path)
    unlink_account(db, account_of(db, member), clock.now())
    db.commit()
    assert visitor.post_raw(path, {"csrf_token": token}).status_code == 410


def test_a_link_of_a_deleted_member_opens_nothing(visitor: Visitor, db: Session, member: Member) -> None:
    path = visitor.link(member)
    account = account_of(db, member)
    account.member, account.member_id = None, None
    db.flush()
    db.delete(db.merge(member))
    db.commit()
    assert visitor.get(path).status_code in (404, 410)


def test_a_post_without_a_csrf_token_spends_nothing(visitor: Visitor, db: Session, member: Member) -> None:
    path = visitor.link(member)
    visitor.get(path)
    assert visitor.post_raw(path, {}).status_code == 400
    assert visitor.post_raw(path, {"csrf_token": "forged"}).status_code == 400
    assert spent(db) == 0


def test_a_csrf_token_of_another_browser_is_worth_nothing(
    app: Flask, visitor: Visitor, db: Session, member: Member
) -> None:
    """Nobody can be logged in as somebody else by a form on another site."""
    path = visitor.link(member)
    attackers = Visitor(app).csrf(path)
    visitor.get(path)
    assert visitor.post_raw(path, {"csrf_token": attackers}).status_code == 400
    assert spent(db) == 0


def test_a_browser_that_keeps_no_cookies_is_told_and_the_link_stays(
    app: Flask, visitor: Visitor, db: Session, member: Member
) -> None:
    path = visitor.link(member)
    client = app.test_client(use_cookies=False)
    assert client.post(path, data={}, base_url=BASE).status_code == 400
    assert spent(db) == 0


def test_a_planted_session_is_never_taken_over(visitor: Visitor, db: Session, member: Member) -> None:
    planted = "P" * 32
    visitor.hold(planted)
    visitor.log_in(member)
    assert visitor.cookie() not in ("", planted)
    again = Visitor(visitor.app)
    again.hold(planted)
    assert again.get("/me").status_code == 401


def test_logging_in_again_ends_the_session_before(visitor: Visitor, db: Session, member: Member) -> None:
    visitor.log_in(member)
    before = visitor.cookie()
    visitor.log_in(member)
    assert sessions(db) == 1
    thief = Visitor(visitor.app)
    thief.hold(before)
    assert thief.get("/me").status_code == 401


def test_cookies_are_out_of_reach_for_scripts_other_sites_and_plain_http(
    visitor: Visitor, member: Member
) -> None:
    path = visitor.link(member)
    shown = visitor.get(path)
    spent_by = visitor.post(path)
    for cookie in (*shown.headers.getlist("Set-Cookie"), *spent_by.headers.getlist("Set-Cookie")):
        assert cookie.startswith("__Host-")
        for mark in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert mark in cookie
        assert "Domain" not in cookie


def test_nobody_may_frame_a_page(visitor: Visitor, member: Member) -> None:
    page = visitor.get(visitor.link(member))
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_a_token_is_in_no_log_and_no_figure(
    visitor: Visitor, member: Member, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = visitor.link(member)
    token = path.removeprefix("/l/")
    visitor.post(path)
    visitor.get(path)
    visitor.get("/metrics")
    assert token not in visitor.page.text  # type: ignore[union-attr]
    assert token not in caplog.text


def test_a_clock_two_minutes_behind_does_not_lock_anybody_out(
    visitor: Visitor, member: Member, clock: SetClock
) -> None:
    path = visitor.link(member)
    clock.advance(timedelta(minutes=-2))
    assert visitor.post(path).status_code == 303
    clock.advance(timedelta(minutes=4))
    assert visitor.get("/me").status_code == 200


def test_a_session_ends_when_it_is_idle_and_at_the_latest_after_twelve_hours(
    visitor: Visitor, member: Member, clock: SetClock
) -> None:
    visitor.log_in(member)
    clock.advance(timedelta(minutes=29))
    assert visitor.get("/me").status_code == 200
    clock.advance(timedelta(minutes=31))
    assert visitor.get("/me").status_code == 401
    visitor.log_in(member)
    for _ in range(25):
        clock.advance(timedelta(minutes=29))
        last = visitor.get("/me").status_code
    assert last == 401


def test_that_is_not_me_ends_every_session_and_link_and_warns_the_owner(
    app: Flask, visitor: Visitor, db: Session, member: Member
) -> None:
    other = Visitor(app)
    other.log_in(member)
    unspent = visitor.link(member)
    visitor.log_in(member)
    visitor.post("/me/not-me")
    assert "모두 닫았어요" in visitor.read()
    assert other.get("/me").status_code == 401
    assert visitor.get("/me").status_code == 401
    assert Visitor(app).get(unspent).status_code == 410
    assert [card.title for card in visitor.told(member)] == ["모든 기기에서 로그아웃했어요"]


def test_signing_out_ends_the_session_for_good(visitor: Visitor, db: Session, member: Member) -> None:
    visitor.log_in(member)
    kept = visitor.cookie()
    visitor.post("/me/sign-out", form_on="/me")
    visitor.hold(kept)
    assert visitor.get("/me").status_code == 401


def test_the_scraper_sees_a_preview_that_says_nothing_about_anybody(visitor: Visitor, member: Member) -> None:
    page = visitor.get(visitor.link(member, "my_profile"), **{"User-Agent": SCRAPER}).text
    assert '<meta property="og:title" content="보람">' in page
    assert member.name not in page


def test_nobody_becomes_somebody_else_without_being_asked(
    visitor: Visitor, member: Member, stranger: Member
) -> None:
    """A link sent by a stranger must not put anybody into the stranger's account unnoticed."""
    visitor.log_in(member)
    assert "data-autosubmit" in visitor.get(visitor.link(member)).text
    shown = visitor.get(visitor.link(stranger)).text
    assert "data-autosubmit" not in shown
    assert "interstitial" not in shown
    assert "다른 사람의 링크예요" in visitor.read()


# --- hints: addresses in texts, which live long


def hint(db: Session, member: Member, page: str, record: str = "", **columns: Any) -> Alert:
    """Write an alert of a member about a page; its address in a text is ``at`` it."""
    alert = make_alert(
        db, member, content=written(NoticeCard("알림", "", page=page, record=record)), **columns
    )
    db.commit()
    return alert


def at(alert: Alert) -> str:
    return f"/h/{alert.code}"


def tapped_at(db: Session, alert: Alert) -> datetime | None:
    db.rollback()
    return db.scalar(select(Alert.tapped_at).where(Alert.id == alert.id))


def test_a_hint_leads_on_where_its_member_is_logged_in(
    visitor: Visitor, db: Session, member: Member, now: datetime
) -> None:
    alert = hint(db, member, "my_application", "7")
    visitor.log_in(member)
    assert visitor.get(at(alert)).location == "/me/applications/7"
    assert tapped_at(db, alert) == now


def test_only_the_first_tap_on_a_hint_counts_and_it_leads_on_every_time(
    visitor: Visitor, db: Session, member: Member, now: datetime, clock: SetClock
) -> None:
    alert = hint(db, member, "my_hours")
    visitor.log_in(member)
    for _ in range(3):
        assert visitor.get(at(alert)).location == "/me/hours"
        clock.advance(timedelta(minutes=5))
    assert tapped_at(db, alert) == now


def test_a_hint_gives_no_right_and_offers_a_fresh_link(visitor: Visitor, db: Session, member: Member) -> None:
    alert = hint(db, member, "my_application", "7")
    shown = visitor.get(at(alert))
    assert (shown.status_code, SESSION in str(shown.headers)) == (200, False)
    for secret in (member.name, alert.key, "applications/7"):
        assert secret not in shown.text
    visitor.post(f"{at(alert)}/fresh", form_on=at(alert))
    assert "챗봇으로 새 링크를 보냈어요" in visitor.read()
    card = visitor.told(member)[-1]
    assert (card.title, card.page, card.record) == ("내 신청", "my_application", "7")
    assert tapped_at(db, alert) is None


def test_whoever_holds_a_hint_cannot_flood_the_chat(visitor: Visitor, db: Session, member: Member) -> None:
    alert = hint(db, member, "my_hours")
    for _ in range(5):
        visitor.post(f"{at(alert)}/fresh", form_on=at(alert))
    assert len(visitor.told(member)) == 1


def test_a_hint_of_a_member_without_a_chat_says_how_to_get_in_and_sends_nothing(
    visitor: Visitor, db: Session, member: Member
) -> None:
    alone = make_member(db, name="김혼자")
    alert = hint(db, alone, "my_hours")
    assert visitor.get(at(alert)).status_code == 200
    assert "'두볼 계정 연결'이라고 말해 주세요" in visitor.read()
    assert "김혼자" not in visitor.read()
    token = visitor.csrf(at(hint(db, member, "home")))
    assert visitor.post_raw(f"{at(alert)}/fresh", {"csrf_token": token}).status_code == 404
    assert db.scalar(select(func.count()).where(Alert.kind == CHAT_CARD)) == 0


def test_a_hint_whose_member_is_gone_leads_nobody_on_and_wakes_no_chat(
    visitor: Visitor, db: Session, member: Member
) -> None:
    """Chats that nobody has linked must not be taken for those of nobody."""
    make_account(db, None, "user-of-nobody")
    alert = hint(db, make_member(db, name="김떠남"), "my_hours")
    db.execute(delete(Member).where(Member.id == alert.member_id))
    db.commit()
    assert visitor.get(at(alert)).status_code == 200
    token = visitor.csrf(at(hint(db, member, "home")))
    assert visitor.post_raw(f"{at(alert)}/fresh", {"csrf_token": token}).status_code == 404
    assert db.scalar(select(func.count()).where(Alert.kind == CHAT_CARD)) == 0


def test_a_hint_of_somebody_else_does_not_lead_on(
    visitor: Visitor, db: Session, member: Member, stranger: Member
) -> None:
    alert = hint(db, stranger, "my_hours")
    visitor.log_in(member)
    assert visitor.get(at(alert)).status_code == 200
    assert tapped_at(db, alert) is None
    visitor.post(f"{at(alert)}/fresh", form_on=at(alert))
    assert visitor.told(member) == []
    assert [card.page for card in visitor.told(stranger)][-1] == "my_hours"


def test_a_hint_to_a_public_page_needs_no_log_in(visitor: Visitor, db: Session, member: Member) -> None:
    alert = hint(db, member, "programme_detail", "5")
    assert visitor.get(at(alert)).location == "/programmes/5"


def test_a_hint_may_be_looked_at_by_machines_which_send_nothing(
    visitor: Visitor, db: Session, member: Member
) -> None:
    alert = hint(db, member, "my_hours")
    for _ in range(3):
        assert visitor.get(at(alert), **{"User-Agent": SCRAPER}).status_code == 200
    assert visitor.post_raw(f"{at(alert)}/fresh", {}).status_code == 400
    assert visitor.told(member) == []


def test_a_code_that_is_no_alerts_opens_nothing(visitor: Visitor, db: Session, member: Member) -> None:
    code = hint(db, member, "home").code
    swapped = code.swapcase()
    broken = (code[:-1], f"{code}x", swapped, "A" * 10, "가" * 10, "..%2f..%2fetc", "A" * 5000, "")
    for each in broken:
        assert visitor.get(f"/h/{each}").status_code == 404, each


def test_an_alert_that_was_never_written_or_is_about_no_page_has_no_address(
    visitor: Visitor, db: Session, member: Member
) -> None:
    unwritten = make_alert(db, member, AlertState.CREATED)
    db.commit()
    for alert in (unwritten, hint(db, member, ""), hint(db, member, "no_such_page")):
        assert visitor.get(at(alert)).status_code == 404


def test_a_hints_code_is_in_no_log_and_no_figure(
    visitor: Visitor, db: Session, member: Member, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    alert = hint(db, member, "my_hours")
    visitor.post(f"{at(alert)}/fresh", form_on=at(alert))
    assert alert.code not in visitor.get("/metrics").text
    assert alert.code not in caplog.text


# --- records in links come from our own cards, and are still never trusted


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=st.text(max_size=40))
def test_no_record_ever_leads_to_another_site(record: str) -> None:
    for page in ("my_application", "programme_detail"):
        path = PAGES[page].at(record)
        assert path.startswith(PAGES[page].path)
        assert "//" not in path
        assert "\n" not in path
