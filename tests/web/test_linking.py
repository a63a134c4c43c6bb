"""Linking a chat on the pages: by a card with its number, by a code for the chat, and what attackers try."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import close_app, create_app
from models.clock import SetClock
from models.credentials import set_password
from models.linking import LIFETIME, Linking, check_code, link_account, start_from_chat
from models.members import ChannelAccount, Member
from models.one_time_codes import OneTimeCode, Purpose
from models.outbox import Alert, NoticeCard
from models.rules import Rules
from models.web_sessions import WebSession, find_session, open_session
from tests.web.visitor import BASE, Visitor
from tests.web.window import assert_fit, looking
from tests.world import make_account, make_member

RULES = Rules()
PASSWORD = "right-password"
SIGN_IN = {"login_id": "gildong", "password": PASSWORD}
SESSION_COOKIE, FORM_COOKIE, BROWSER_COOKIE = (
    "__Host-boram",
    "__Host-boram-form",
    "__Host-boram-browser",
)


@pytest.fixture
def account(db: Session) -> ChannelAccount:
    """Return a chat that is not linked yet."""
    account = make_account(db, None, "chat-1")
    db.commit()
    return account


@pytest.fixture
def person(db: Session) -> Member:
    """Return a member without a chat who can sign in."""
    person = make_member(db)
    set_password(db, person, SIGN_IN["login_id"], PASSWORD)
    db.commit()
    return person


def card(db: Session, account: ChannelAccount, now: datetime) -> tuple[str, str]:
    """Return the path and the number that a linking card of the chat shows."""
    db.refresh(account)
    token, number = start_from_chat(db, account, RULES, now)
    db.commit()
    return f"/l/{token}", number


def arrive(visitor: Visitor, path: str) -> None:
    assert visitor.post(path).status_code == 303, visitor.read()
    visitor.follow()


def sign_in(visitor: Visitor, **changes: str) -> Any:
    return visitor.post("/link/sign-in", SIGN_IN | changes)


def walk_to_yes(visitor: Visitor, path: str, number: str, **who: str) -> None:
    """Stand before the last yes."""
    arrive(visitor, path)
    sign_in(visitor, **who)
    visitor.post("/link/number", {"number": number}, form_on="/link")
    visitor.follow()


def say_yes(visitor: Visitor, *agreed: str) -> Any:
    return visitor.post("/link/confirm", {"agreed": list(agreed)}, form_on="/link")


def linked(db: Session, account: ChannelAccount) -> int | None:
    db.expire_all()
    return db.get_one(ChannelAccount, account.id).member_id


def told(db: Session, account: ChannelAccount) -> list[NoticeCard]:
    db.expire_all()
    query = select(Alert).where(Alert.account_id == account.id).order_by(Alert.id)
    return [notice.card for notice in db.scalars(query)]


def other_number(number: str) -> str:
    return "10" if number != "10" else "11"


# --- by a card


def test_a_card_a_sign_in_a_number_and_a_yes_link_the_chat(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    path, number = card(db, account, now)
    arrive(visitor, path)
    assert "딱 한 번만 로그인하면" in visitor.read()
    assert "이 링크를 다른 사람에게 받았다면 연결하지 마세요" in visitor.read()
    sign_in(visitor)
    visitor.follow()
    assert "연결 번호를 적어 주세요" in visitor.read()
    visitor.post("/link/number", {"number": number}, form_on="/link")
    visitor.follow()
    assert "홍*동 님 계정을 이 카카오톡과 연결할까요?" in visitor.read()
    assert linked(db, account) is None
    done = say_yes(visitor)
    assert done.location == "/me"
    assert linked(db, account) == person.id
    visitor.follow()
    assert visitor.page is not None
    assert visitor.page.status_code == 200
    assert "연결됐어요" in visitor.read()
    assert [each.title for each in told(db, account)] == ["두볼 계정과 연결됐어요"]


def test_the_pages_never_show_the_number_or_the_whole_name(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    path, _ = card(db, account, now)
    db.query(Linking).one().number = "97"
    db.commit()
    arrive(visitor, path)
    shown = visitor.page.text  # type: ignore[union-attr]  # a page was opened
    sign_in(visitor)
    shown += visitor.follow().text
    visitor.post("/link/number", {"number": "97"}, form_on="/link")
    shown += visitor.follow().text
    words = re.sub(r"<svg.*?</svg>|<[^>]*>", " ", shown, flags=re.DOTALL)
    assert "97" not in words
    assert person.name not in words


def test_the_card_pressed_again_to_look_at_its_number_leads_on(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    path, number = card(db, account, now)
    arrive(visitor, path)
    sign_in(visitor)
    assert visitor.get(path).location == "/link"
    visitor.follow()
    assert "연결 번호를 적어 주세요" in visitor.read()
    visitor.post("/link/number", {"number": number}, form_on="/link")
    say_yes(visitor)
    assert visitor.get(path).location == "/link"
    assert visitor.follow().location == "/me"


def test_a_wrong_password_is_told_and_the_id_is_kept(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    path, _ = card(db, account, now)
    arrive(visitor, path)
    assert sign_in(visitor, password="wrong").status_code == 422
    assert "아이디나 비밀번호가 맞지 않아요" in visitor.read()
    assert 'value="gildong"' in visitor.page.text  # type: ignore[union-attr]  # a page was opened
    assert "wrong" not in visitor.page.text  # type: ignore[union-attr]  # the same


@pytest.mark.parametrize("missing", ["login_id", "password"])
def test_an_id_or_password_left_out_is_told(visitor: Visitor, person: Member, missing: str) -> None:
    assert sign_in(visitor, **{missing: ""}).status_code == 422
    assert "두볼 아이디와 비밀번호를 모두 적어 주세요" in visitor.read()


def test_what_cannot_be_the_number_burns_no_link(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    path, number = card(db, account, now)
    arrive(visitor, path)
    sign_in(visitor)
    for slip in ("", "7", "칠칠", "123"):
        assert visitor.post("/link/number", {"number": slip}, form_on="/link").status_code == 422
        assert "카드에 있는 숫자 두 자리를 적어 주세요" in visitor.read()
    visitor.post("/link/number", {"number": number}, form_on="/link")
    visitor.follow()
    assert "연결할까요" in visitor.read()


def test_saying_yes_twice_links_once_and_leads_home(
    visitor: Visitor, app: Flask, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    walk_to_yes(visitor, *card(db, account, now))
    token = visitor.csrf("/link")
    again = Visitor(app)
    for name in (BROWSER_COOKIE, FORM_COOKIE):
        again.hold(visitor.cookie(name), name)
    assert visitor.post_raw("/link/confirm", {"csrf_token": token}).location == "/me"
    assert again.post_raw("/link/confirm", {"csrf_token": token}).location == "/me"
    assert len(told(db, account)) == 1
    assert again.get("/me").status_code == 401  # its session went with the first answer


def test_a_chat_of_somebody_else_is_replaced_only_after_a_yes_to_that(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    before = make_member(db, name="이전에")
    link_account(db, account, before, now)
    old = open_session(db, account, browser="b" * 32, device="", rules=RULES, now=now)
    db.commit()
    walk_to_yes(visitor, *card(db, account, now))
    assert "지금 이*에 님 계정과 연결돼 있어요. 그 연결은 끊기고 새 계정으로 바뀌어요" in visitor.read()
    say_yes(visitor)
    assert linked(db, account) == before.id  # the yes named nothing
    say_yes(visitor, "replaces")
    assert linked(db, account) == person.id
    assert find_session(db, old, RULES, now) is None
    visitor.get("/me")
    assert "홍*동" in visitor.page.text  # type: ignore[union-attr]  # a page was opened


def test_an_account_moves_from_its_old_chat_which_is_told(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    old_chat = make_account(db, person, "old-chat")
    db.commit()
    walk_to_yes(visitor, *card(db, account, now))
    assert "그 연결은 끊기고 이 카카오톡으로 옮겨져요" in visitor.read()
    say_yes(visitor, "leaves")
    assert (linked(db, account), linked(db, old_chat)) == (person.id, None)
    [moved] = told(db, old_chat)
    assert moved.title == "연결이 다른 카카오톡으로 옮겨졌어요"
    assert "내가 아니에요" in moved.text


def test_what_moves_since_the_page_was_shown_is_asked_again(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    walk_to_yes(visitor, *card(db, account, now))
    token = visitor.csrf("/link")
    make_account(db, person, "meanwhile")
    db.commit()
    visitor.post_raw("/link/confirm", {"csrf_token": token})
    assert linked(db, account) is None
    visitor.follow()
    assert "다른 카카오톡과 연결돼 있어요" in visitor.read()


def test_somebody_else_can_sign_in_before_the_yes_and_proves_the_number_again(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    sister = make_member(db, name="홍길순")
    set_password(db, sister, "gilsun", PASSWORD)
    db.commit()
    path, number = card(db, account, now)
    walk_to_yes(visitor, path, number)
    visitor.get("/link/sign-in")
    assert "두볼 아이디" in visitor.read()
    sign_in(visitor, login_id="gilsun")
    visitor.follow()
    assert "연결 번호를 적어 주세요" in visitor.read()
    visitor.post("/link/number", {"number": number}, form_on="/link")
    say_yes(visitor)
    assert linked(db, account) == sister.id


@pytest.mark.parametrize("born_years_ago", [10, 40])
def test_children_and_leaders_may_link(
    visitor: Visitor, db: Session, account: ChannelAccount, now: datetime, born_years_ago: int
) -> None:
    someone = make_member(db, born=now.date().replace(year=now.year - born_years_ago))
    set_password(db, someone, "someone", PASSWORD)
    db.commit()
    walk_to_yes(visitor, *card(db, account, now), login_id="someone")
    say_yes(visitor)
    assert linked(db, account) == someone.id


def test_who_is_linked_and_logged_in_is_told_so(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member, "link_account")
    assert "이미 연결돼 있어요" in visitor.read()
    assert "홍*동" in visitor.read()


# --- by a code


def test_without_a_card_a_code_is_shown_that_links_in_the_chat(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    visitor.get("/link")
    assert "이 링크를 다른 사람에게" not in visitor.read()
    sign_in(visitor)
    visitor.follow()
    found = re.search(r"(\d{4}) (\d{4})", visitor.read())
    assert found
    assert "오전 10시 5분까지" in visitor.read()
    assert visitor.get("/me").status_code == 401  # nothing is opened by it
    code = check_code(db, account, found[0], now, spend=True)
    assert isinstance(code, OneTimeCode)
    assert code.member_id == person.id
    db.commit()
    visitor.get("/link")
    assert "카카오톡 보람 채팅방에서 이어서" in visitor.read()
    assert found[0] not in visitor.read()


def test_a_code_out_of_time_makes_room_for_a_new_one_but_not_at_once(
    visitor: Visitor, db: Session, person: Member, clock: SetClock
) -> None:
    sign_in(visitor)
    first = visitor.code(person, Purpose.LINK)
    assert visitor.post("/link/code", form_on="/link").status_code == 429
    assert "초 뒤에 다시" in visitor.read()
    clock.advance(timedelta(minutes=5))
    visitor.get("/link")
    assert "번호를 쓸 수 있는 시간이 지났어요" in visitor.read()
    visitor.post("/link/code", form_on="/link")
    visitor.follow()
    second = visitor.code(person, Purpose.LINK)
    assert first != second
    assert f"{second[:4]} {second[4:]}" in visitor.read()


def test_signing_in_again_shows_the_code_that_still_works(visitor: Visitor, person: Member) -> None:
    sign_in(visitor)
    first = visitor.code(person, Purpose.LINK)
    assert sign_in(visitor).status_code == 303
    assert visitor.code(person, Purpose.LINK) == first


def test_a_link_of_an_answer_without_a_number_goes_the_way_by_code(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member
) -> None:
    arrive(visitor, visitor.link(None, "link_account"))
    sign_in(visitor)
    visitor.follow()
    assert "챗봇에 번호를 적어 주세요" in visitor.read()


# --- what attackers try


def test_a_forwarded_link_links_nothing_without_the_number(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    path, number = card(db, account, now)
    arrive(visitor, path)
    sign_in(visitor)
    say_yes(visitor)
    assert linked(db, account) is None
    visitor.post("/link/number", {"number": other_number(number)}, form_on="/link")
    assert "한 번 더 틀리면" in visitor.read()
    visitor.post("/link/number", {"number": other_number(number)}, form_on="/link")
    assert visitor.follow().status_code == 410
    assert "연결 링크를 닫았어요" in visitor.read()
    assert linked(db, account) is None
    assert [each.title for each in told(db, account)] == ["연결 링크를 닫았어요"]


def test_a_burnt_link_stays_burnt_whatever_cookies_are_kept(
    visitor: Visitor, app: Flask, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    path, number = card(db, account, now)
    arrive(visitor, path)
    sign_in(visitor)
    token = visitor.csrf("/link")
    kept = {name: visitor.cookie(name) for name in (BROWSER_COOKIE, FORM_COOKIE)}
    for _ in range(2):
        visitor.post_raw("/link/number", {"csrf_token": token, "number": other_number(number)})
    again = Visitor(app)
    for name, value in kept.items():
        again.hold(value, name)
    again.post_raw("/link/number", {"csrf_token": token, "number": number})
    again.post_raw("/link/confirm", {"csrf_token": token})
    assert linked(db, account) is None


def test_a_spent_link_starts_no_second_way(
    visitor: Visitor, app: Flask, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    path, _ = card(db, account, now)
    thief = Visitor(app)
    token = thief.csrf(path)
    arrive(visitor, path)
    assert thief.post_raw(path, {"csrf_token": token}).status_code == 410


def test_a_stolen_form_cookie_is_worthless_in_another_browser(
    visitor: Visitor, app: Flask, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    walk_to_yes(visitor, *card(db, account, now))
    token = visitor.csrf("/link")
    thief = Visitor(app)
    thief.hold(visitor.cookie(FORM_COOKIE), FORM_COOKIE)
    thief.post_raw("/link/confirm", {"csrf_token": token})
    assert linked(db, account) is None


def test_cookies_from_before_the_sign_in_carry_nobody_on(
    visitor: Visitor, app: Flask, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    """An attacker starts on a shared computer, keeps its cookies and waits for somebody to sign in there."""
    path, number = card(db, account, now)
    arrive(visitor, path)
    token = visitor.csrf("/link")
    attacker = Visitor(app)
    for name in (BROWSER_COOKIE, FORM_COOKIE):
        attacker.hold(visitor.cookie(name), name)
    sign_in(visitor)
    attacker.get("/link")
    assert "두볼 아이디" in attacker.read()
    attacker.post_raw("/link/number", {"csrf_token": token, "number": number})
    attacker.post_raw("/link/confirm", {"csrf_token": token})
    assert linked(db, account) is None


def test_a_form_from_before_the_sign_in_is_worthless_after_it(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    path, number = card(db, account, now)
    arrive(visitor, path)
    before = visitor.csrf("/link")
    sign_in(visitor)
    assert visitor.post_raw("/link/number", {"csrf_token": before, "number": number}).status_code == 400


def test_a_code_page_kept_open_shows_nothing_of_who_signs_in_next(
    visitor: Visitor, app: Flask, db: Session, person: Member
) -> None:
    mine = make_member(db)
    set_password(db, mine, "attacker", PASSWORD)
    db.commit()
    sign_in(visitor, login_id="attacker")
    attacker = Visitor(app)
    attacker.hold(visitor.cookie(FORM_COOKIE), FORM_COOKIE)
    sign_in(visitor)
    theirs = visitor.code(person, Purpose.LINK)
    attacker.get("/link")
    assert f"{theirs[:4]} {theirs[4:]}" not in attacker.read()


def test_linking_opens_a_new_session_and_ends_those_of_this_browser(
    visitor: Visitor, app: Flask, db: Session, account: ChannelAccount, person: Member, stranger: Member,
    now: datetime,
) -> None:  # fmt: skip
    visitor.log_in(stranger)
    planted = visitor.cookie(SESSION_COOKIE)
    walk_to_yes(visitor, *card(db, account, now))
    say_yes(visitor)
    assert visitor.cookie(SESSION_COOKIE) != planted
    attacker = Visitor(app)
    attacker.hold(planted, SESSION_COOKIE)
    assert attacker.get("/me").status_code == 401
    still_open = db.scalars(select(WebSession).where(WebSession.ended_at.is_(None))).all()
    assert [session.member_id for session in still_open] == [person.id]


def test_a_link_of_one_chat_never_links_another(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    other = make_account(db, None, "chat-2")
    other.bot_id = "another-bot"
    db.commit()
    _, other_card_number = card(db, other, now)
    path, number = card(db, account, now)
    db.query(Linking).filter_by(number=other_card_number).update({"number": other_number(number)})
    db.commit()
    arrive(visitor, path)
    sign_in(visitor)
    assert visitor.post("/link/number", {"number": other_number(number)}, form_on="/link").status_code == 422
    visitor.post("/link/number", {"number": number}, form_on="/link")
    say_yes(visitor)
    assert (linked(db, account), linked(db, other)) == (person.id, None)


def test_guessing_a_password_locks_the_id_also_for_the_right_one(visitor: Visitor, person: Member) -> None:
    for _ in range(5):
        sign_in(visitor, password="guess")
    assert "10시 30분부터" in visitor.read()
    assert sign_in(visitor).status_code == 422
    assert "여러 번 틀려서" in visitor.read()


def test_an_address_that_tries_many_ids_is_stopped(
    visitor: Visitor, person: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.auth.linking.ATTEMPTS", 3)
    for number in range(3):
        assert sign_in(visitor, login_id=f"guess-{number}").status_code == 422
    assert sign_in(visitor).status_code == 429


@pytest.mark.parametrize("path", ["/link/sign-in", "/link/number", "/link/confirm", "/link/code"])
def test_a_forged_form_does_nothing(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime, path: str
) -> None:
    walk_to_yes(visitor, *card(db, account, now))
    assert visitor.post_raw(path, SIGN_IN).status_code == 400
    assert linked(db, account) is None


def test_it_leads_nowhere_else_whatever_is_asked(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    path, number = card(db, account, now)
    arrive(visitor, path)
    evil = "https://evil.example/"
    query = f"?next={evil}&after={evil}&back={evil}&redirect_uri={evil}"
    fields = dict.fromkeys(("next", "after", "back"), evil)
    token = visitor.csrf("/link")
    sent = visitor.post_raw(f"/link/sign-in{query}", {**SIGN_IN, **fields, "csrf_token": token})
    assert sent.location == "/link"
    visitor.post("/link/number", {"number": number, **fields}, form_on="/link")
    assert say_yes(visitor).location == "/me"


def test_a_chat_that_was_linked_meanwhile_is_not_taken_over(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, stranger: Member, now: datetime
) -> None:
    walk_to_yes(visitor, *card(db, account, now))
    token = visitor.csrf("/link")
    db.refresh(account)
    link_account(db, account, stranger, now)
    db.commit()
    visitor.post_raw("/link/confirm", {"csrf_token": token, "agreed": ["replaces", "leaves"]})
    assert linked(db, account) == stranger.id
    assert visitor.follow().status_code == 410
    assert "이 카카오톡의 연결이 바뀌었어요" in visitor.read()


def test_a_member_who_was_deleted_meanwhile_is_linked_by_nobody(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, now: datetime
) -> None:
    walk_to_yes(visitor, *card(db, account, now))
    token = visitor.csrf("/link")
    db.delete(person)
    db.commit()
    visitor.post_raw("/link/confirm", {"csrf_token": token})
    assert linked(db, account) is None
    assert visitor.follow().status_code == 200


def test_a_way_that_took_too_long_ends_and_a_new_one_can_begin(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, clock: SetClock
) -> None:
    walk_to_yes(visitor, *card(db, account, clock.now()))
    clock.advance(LIFETIME)
    say = visitor.post("/link/confirm", {"agreed": []}, form_on="/link/sign-in")
    assert say.location == "/link"
    assert visitor.follow().status_code == 410
    assert "시간이 지났어요" in visitor.read()
    assert linked(db, account) is None
    assert visitor.get("/link").status_code == 200


@pytest.mark.parametrize("typed", ["", "<script>alert(1)</script>", "가" * 5000, "a\x00b"])
def test_whatever_is_typed_as_an_id_is_answered_and_shown_harmless(visitor: Visitor, typed: str) -> None:
    assert sign_in(visitor, login_id=typed).status_code == 422
    assert "<script>alert" not in visitor.page.text  # type: ignore[union-attr]  # a page was opened


# --- demo


def test_demo_people_are_named_for_development_only(visitor: Visitor, app: Flask) -> None:
    visitor.get("/link")
    assert "체험용 계정" in visitor.read()
    settings = app.extensions["settings"].model_copy(
        update={"app_env": "production", "certificate_key_file": str(_key_file(app))}
    )
    production = create_app(settings, app.extensions["clock"])
    shown = production.test_client().get("/link", base_url=BASE).text
    close_app(production)
    assert "체험용" not in shown
    assert "boram-demo" not in shown


def _key_file(app: Flask) -> Any:
    app.extensions["documents"]()  # makes the key of a local run
    return app.extensions["settings"].instance_dir / "certificates.p12"


# --- in a real browser


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_every_page_of_the_way_fits_and_works_in_a_browser(
    browser: Browser, address: str, db: Session, account: ChannelAccount, person: Member, now: datetime,
    width: int, scripts: bool,
) -> None:  # fmt: skip
    make_account(db, person, "old-chat")
    path, number = card(db, account, now)
    with looking(browser, width, scripts=scripts) as page:
        page.goto(f"{address}{path}")
        if not scripts:
            page.get_by_role("button", name="화면 열기").click()
        page.get_by_label("두볼 아이디").fill("gildong")
        _fits(page, scripts=scripts)
        page.get_by_label("비밀번호").fill(PASSWORD)
        page.get_by_role("button", name="로그인").click()
        expect(page.get_by_role("heading", name="연결 번호를 적어 주세요")).to_be_visible()
        _fits(page, scripts=scripts)
        page.get_by_label("연결 번호 두 자리").fill(number)
        page.get_by_role("button", name="확인").click()
        _fits(page, scripts=scripts)
        page.get_by_role("button", name="바꿔서 연결할게요").click()
        expect(page.get_by_text("연결됐어요!")).to_be_visible()
    assert linked(db, account) == person.id


@pytest.mark.parametrize("width", [390, 1280])
def test_the_code_page_fits(browser: Browser, address: str, person: Member, width: int) -> None:
    with looking(browser, width) as page:
        page.goto(f"{address}/link")
        page.get_by_label("두볼 아이디").fill("gildong")
        page.get_by_label("비밀번호").fill(PASSWORD)
        page.get_by_role("button", name="로그인").click()
        expect(page.get_by_text(re.compile(r"\d{4} \d{4}"))).to_be_visible()
        assert_fit(page)


def _fits(page: Page, *, scripts: bool) -> None:
    if scripts:  # axe is a script
        assert_fit(page)
