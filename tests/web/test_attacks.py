"""What a hostile visitor tries on every address: nothing breaks, nothing leaks, nothing moves.

The other pages' tests run on SQLite; these run on PostgreSQL, which refuses more of what is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app import close_app, create_app
from bot.links import Links
from bot.settings import Settings
from bot.wording import OFFER_LABELS
from models.applications import Application
from models.base import Base
from models.certificates import Certificate
from models.clock import SetClock
from models.credentials import set_password
from models.hours import ServiceRecord
from models.linking import link_account, unlink_account
from models.members import ChannelAccount, Member
from models.one_time_codes import OneTimeCode
from models.rules import Rules
from models.talents import TalentOffer, file_offer
from models.tickets import Ticket
from models.web_sessions import WebSession
from tests.web.visitor import BASE, Visitor, account_of
from tests.world import (
    make_account,
    make_application,
    make_certificate,
    make_record,
    make_session,
)

FIELDS = (
    *(
        "after",
        "agree",
        "agreed",
        "back",
        "birth_date",
        "careers",
        "code",
        "done",
        "from",
        "grade",
        "hours_goal",
    ),
    *(
        "interests",
        "kind",
        "level",
        "login_id",
        "name",
        "number",
        "on",
        "page",
        "password",
        "period",
        "phone",
    ),
    *("free_days", "recorded", "school", "sent", "sido_code", "sigungu_code", "type", "until", "view", "who"),
    *(
        "age",
        "begins_before",
        "begins_from",
        "field_codes",
        "first_day",
        "last_day",
        "sido_codes",
        "sigungu_codes",
    ),
    *("only_open", "weekdays", "with_seats", "words", *OFFER_LABELS),
)
"""Every name that a form or an address of ours carries."""
WILD: tuple[bytes, ...] = (
    b"a\0b",
    "\ud800".encode("utf-8", "surrogatepass"),
    b"\xff\xfe",
    b"9" * 400,
    b"\r\nSet-Cookie: a=b",
    "<script>alert(1)</script>\u202e".encode(),
    b"9999-12-31:99999999999",
    b"23:59:59+14:00",
    b"application-9999999999",
    b"1-2-3",
)
"""What nobody types and somebody sends."""
NUMBERS = (0, 2**31 - 1, 2**31, 2**63, 10**30)
EVIL = "evil.example"
MACHINES = ("/skills/", "/healthz", "/readyz", "/metrics", "/pictures/")


@pytest.fixture
def settings(tmp_path: Path, postgres_address: str, redis_url: str) -> Settings:
    return Settings(
        app_env="test",
        instance_dir=tmp_path,
        database_url=postgres_address,
        redis_url=redis_url,
        public_url=BASE,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="a key for tests only, of enough length",
        signing_key="a key for tests",
    )


@pytest.fixture
def app(settings: Settings, memory: object, clock: SetClock) -> Iterator[Flask]:
    app = create_app(settings, clock)
    yield app
    close_app(app)


@pytest.fixture
def world(db: Session, member: Member, stranger: Member, clock: SetClock) -> Member:
    """Return the member, with one of everything; the stranger has one of everything too."""
    for each in (member, stranger):
        make_application(db, each, make_session(db))
        make_record(db, each)
        make_certificate(db, each)
    db.commit()
    return member


def enter(visitor: Visitor, db: Session, member: Member, clock: SetClock) -> str:
    """Log in with every proof there is, whatever was done to the link before; return a token for forms."""
    db.expire_all()
    account = db.scalars(select(ChannelAccount).where(ChannelAccount.user_key == "user-1")).one()
    link_account(db, account, member, clock.now())
    db.commit()
    visitor.log_in(member)
    db.execute(update(WebSession).where(WebSession.member_id == member.id).values(stepped_up_at=clock.now()))
    db.commit()
    return visitor.csrf("/me/not-me")


def addresses(app: Flask, method: str, *, word: str, number: int) -> list[str]:
    """Return an address of every page that a person opens, with the same word and number in each."""

    def filled(rule: Rule) -> str:
        values = {name: str(number) if f"<int:{name}>" in rule.rule else word for name in rule.arguments}
        return re.sub(r"<(?:int:)?(\w+)>", lambda found: values[found[1]], rule.rule)

    rules = (rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()))
    return sorted(filled(rule) for rule in rules if not rule.rule.startswith(MACHINES))


# --- nothing is an accident


@pytest.mark.parametrize("wild", WILD, ids=ascii)
def test_nothing_that_is_sent_is_an_accident(
    app: Flask, visitor: Visitor, db: Session, world: Member, clock: SetClock, wild: bytes
) -> None:
    word = quote(wild[:60], safe="")
    sent = urlencode(dict.fromkeys(FIELDS, wild))
    token = enter(visitor, db, world, clock)
    pages = (f"{path}?{sent[:8000]}" for path in addresses(app, "GET", word=word, number=1))
    accidents = [path for path in pages if visitor.get(path).status_code >= 500]
    for path in addresses(app, "POST", word=word, number=1):
        answer = visitor.post_encoded(path, f"csrf_token={token}&{sent}")
        if answer.status_code >= 500:
            accidents.append(path)
        if answer.status_code == 400 or visitor.get("/me").status_code != 200:
            token = enter(visitor, db, world, clock)
    assert accidents == []


@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_is_an_accident(
    app: Flask, visitor: Visitor, db: Session, world: Member, clock: SetClock, number: int
) -> None:
    token = enter(visitor, db, world, clock)
    numbered = [
        path for path in addresses(app, "GET", word=str(number), number=number) if str(number) in path
    ]
    accidents = [path for path in numbered if visitor.get(path).status_code >= 500]
    numbered = [
        path for path in addresses(app, "POST", word=str(number), number=number) if str(number) in path
    ]
    forms = [path for path in numbered if visitor.post_raw(path, {"csrf_token": token}).status_code >= 500]
    pages = (f"/me/hours/application-{number}", f"/programmes?after=2026-11-23:{number}")
    assert [*accidents, *forms, *(page for page in pages if visitor.get(page).status_code >= 500)] == []


# --- tokens


def test_a_link_opens_its_own_page_and_no_other(visitor: Visitor, db: Session, world: Member) -> None:
    path = visitor.link(world, "my_application", "7")
    wanted = {"page": "my_profile", "record": "1", "after": "/me/profile", "next": "/me/profile"}
    token = visitor.csrf(path)
    assert visitor.post_raw(f"{path}/me/profile", {"csrf_token": token}).status_code == 404
    visitor.post_raw(f"{path}?{urlencode(wanted)}", {"csrf_token": token, **wanted})
    assert visitor.page is not None
    assert visitor.page.location == "/me/applications/7"


def test_a_link_is_no_second_proof(visitor: Visitor, world: Member) -> None:
    for page in ("my_certificate", "my_profile", "consent_1365"):
        assert visitor.log_in(world, page).status_code == 303
        assert visitor.page is not None
        assert visitor.page.location.startswith("/me/check?after=")


@pytest.mark.parametrize(
    "token", ["A" * 31, "A" * 32, "A" * 33, "A" * 10_000, "%00", "가" * 32, "-"], ids=len
)
def test_forms_of_tokens_that_are_none_change_nothing(
    app: Flask, visitor: Visitor, db: Session, world: Member, token: str
) -> None:
    csrf = visitor.csrf(visitor.link(world))  # where the browser gets its name
    with_token = [rule.rule for rule in app.url_map.iter_rules() if "<token>" in rule.rule]
    forms = [rule for rule in with_token if not rule.startswith("/pictures/")]
    answers = {
        form: visitor.post_raw(form.replace("<token>", token), {"csrf_token": csrf}).status_code
        for form in forms
    }
    assert len(answers) >= 10
    assert set(answers.values()) <= {303, 404, 405, 410}
    assert visitor.cookie() == ""
    assert visitor.told(world) == []


# --- numbers of others


def test_no_number_of_somebody_elses_opens_or_changes_anything(
    app: Flask, visitor: Visitor, db: Session, world: Member, stranger: Member, clock: SetClock
) -> None:
    theirs = {
        "applications": db.scalars(select(Application.id).where(Application.member_id == stranger.id)).one(),
        "certificates": db.scalars(select(Certificate.id).where(Certificate.member_id == stranger.id)).one(),
        "hours": db.scalars(select(ServiceRecord.id).where(ServiceRecord.member_id == stranger.id)).one(),
        "talents": file_offer(
            db, stranger, talent="기타", when="토요일", where="천안", rules=Rules(), now=clock.now()
        ).id,
    }
    db.commit()
    Visitor(app).log_in(stranger)
    theirs["devices"] = db.scalars(select(WebSession.id).where(WebSession.member_id == stranger.id)).one()
    token = enter(visitor, db, world, clock)
    before = [_row(row) for row in _rows_of(db, stranger)]
    paths = {
        path
        for method in ("GET", "POST")
        for topic, number in theirs.items()
        for path in addresses(app, method, word=str(number), number=number)
        if path.startswith(f"/me/{topic}/{number}")
    }
    kinds = (f"199010/{theirs['hours']}", f"199008/{theirs['applications']}", f"199011/{theirs['hours']}")
    paths |= {f"/me/certificates/new/{kind}" for kind in kinds}
    paths |= {f"/me/hours/application-{theirs['applications']}{rest}" for rest in ("", "/ask")}
    assert len(paths) >= 14
    for path in sorted(paths):
        assert visitor.get(path).status_code in (405, 409), path
        assert visitor.post_raw(path, {"csrf_token": token}).status_code in (405, 409), path
    assert [_row(row) for row in _rows_of(db, stranger)] == before


def _rows_of(db: Session, member: Member) -> Iterator[Base]:
    db.expire_all()
    for kind in (Application, Certificate, ServiceRecord, TalentOffer, WebSession, Ticket):
        yield from db.scalars(select(kind).where(kind.member_id == member.id).order_by(kind.id))


def _row(row: Base) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


# --- other sites


@pytest.mark.parametrize(
    "back", [f"https://{EVIL}", f"//{EVIL}", f"/\\{EVIL}", f"/me/../..//{EVIL}", "/me\r\nA: b"]
)
def test_a_form_that_wants_a_proof_first_leads_back_to_nobody_else(
    visitor: Visitor, world: Member, back: str
) -> None:
    visitor.log_in(world)
    visitor.post("/me/profile/goal", {"back": back, "hours_goal": "9"}, form_on="/me/not-me")
    assert visitor.page is not None
    assert visitor.page.location == "/me/check?after=/me"


def test_the_host_that_a_browser_names_is_believed_nowhere(
    visitor: Visitor, db: Session, world: Member, clock: SetClock
) -> None:
    number = db.scalars(select(Certificate.id).where(Certificate.member_id == world.id)).one()
    enter(visitor, db, world, clock)
    believed = (
        "X-Forwarded-Host",
        "X-Forwarded-Server",
        "X-Original-Host",
        "Forwarded",
        "X-Forwarded-Prefix",
    )
    forged = dict.fromkeys(believed, EVIL) | {"Host": EVIL, "Forwarded": f"host={EVIL}"}
    paths = (
        "/",
        "/me",
        "/link",
        "/verify",
        "/programmes",
        "/me/profile",
        f"/me/certificates/{number}",
        "/no-such",
    )
    for path in (*paths, "/me/check", visitor.link(world)):
        page = visitor.get(path, **forged)
        assert EVIL not in page.text + str(page.headers), path


# --- meanwhile


def test_a_session_ends_at_once_when_its_chat_is_unlinked_or_its_member_deleted(
    app: Flask, visitor: Visitor, db: Session, stranger: Member, member: Member, clock: SetClock
) -> None:
    gone = Visitor(app)
    gone.log_in(stranger)
    visitor.log_in(member)
    unlink_account(db, account_of(db, member), clock.now())
    account = account_of(db, stranger)
    account.member, account.member_id = None, None
    db.flush()
    db.delete(stranger)
    db.commit()
    for browser in (visitor, gone):
        assert browser.get("/me").status_code == 401
        assert browser.get("/me/privacy/data.json").status_code == 401


def test_linking_the_same_chat_again_revives_nothing_of_before(
    app: Flask, visitor: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    unspent = visitor.link(member)
    visitor.log_in(member)
    account = account_of(db, member)
    unlink_account(db, account, clock.now())
    link_account(db, account, member, clock.now())
    db.commit()
    assert visitor.get("/me").status_code == 401
    assert Visitor(app).get(unspent).status_code == 410


def test_a_spent_link_leads_its_own_browser_in_again_for_a_minute_only(
    visitor: Visitor, member: Member, clock: SetClock
) -> None:
    path = visitor.link(member)
    token = visitor.csrf(path)
    visitor.post_raw(path, {"csrf_token": token})
    clock.advance(timedelta(seconds=59))
    again = {"csrf_token": visitor.csrf("/me/not-me")}
    assert visitor.post_raw(path, again).status_code == 303
    clock.advance(timedelta(seconds=1))
    assert visitor.post_raw(path, again).status_code == 410


def test_that_is_not_me_closes_the_links_of_every_chat_of_the_member(
    app: Flask, visitor: Visitor, db: Session, member: Member
) -> None:
    visitor.log_in(member)
    links = Links("")
    other = make_account(db, member, "the same person by another bot")
    unspent = links.login(db, other, "home", rules=Rules(), now=app.extensions["clock"].now())
    db.commit()
    visitor.post("/me/not-me")
    assert Visitor(app).get(unspent).status_code == 410


# --- guessing


def test_wrong_answers_of_all_browsers_of_a_member_count_together_also_at_once(
    app: Flask, db: Session, member: Member
) -> None:
    browsers = [Visitor(app) for _ in range(8)]
    for browser in browsers:
        browser.log_in(member)
    browsers[0].post("/me/check/code", form_on="/me/check")
    code = browsers[0].code(member)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    forms = [
        {"csrf_token": each.csrf("/me/check"), "birth_date": "20100505", "code": wrong} for each in browsers
    ]
    with ThreadPoolExecutor(8) as at_once:
        list(
            at_once.map(
                lambda pair: pair[0].post_raw("/me/check", pair[1]), zip(browsers, forms, strict=True)
            )
        )
    assert db.scalars(select(OneTimeCode.attempts)).all() == [5]
    for browser, form in zip(browsers, forms, strict=True):
        assert browser.post_raw("/me/check", form | {"code": code}).status_code == 422
    assert db.scalars(select(WebSession).where(WebSession.stepped_up_at.is_not(None))).all() == []


def test_without_redis_guesses_are_counted_all_the_same(
    settings: Settings, db: Session, member: Member, clock: SetClock
) -> None:
    set_password(db, member, "gildong", "right-password")
    db.commit()
    app = create_app(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}), clock)
    visitor = Visitor(app)
    for password in ("wrong",) * 5 + ("right-password",):
        answer = visitor.post("/link/sign-in", {"login_id": "gildong", "password": password})
        assert answer.status_code == 422
    visitor.log_in(member)
    visitor.post("/me/check/code", form_on="/me/check")
    code = visitor.code(member)
    for typed in (f"{(int(code) + 1) % 10**6:06}",) * 5 + (code,):
        assert visitor.post("/me/check", {"birth_date": "20100505", "code": typed}).status_code == 422
    close_app(app)


# --- size


def test_a_form_that_is_too_large_is_refused_in_a_page_of_ours(visitor: Visitor, world: Member) -> None:
    visitor.log_in(world)
    for path in ("/verify", "/link/sign-in", "/me/talents/new", "/me/profile/school"):
        assert visitor.post_raw(path, {"csrf_token": "x", "school": "가" * 30_000}).status_code == 413
        assert visitor.page is not None
        assert "frame-ancestors 'none'" in visitor.page.headers["Content-Security-Policy"]
