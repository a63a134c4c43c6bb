"""What a hostile visitor tries on every address: nothing breaks, nothing leaks, nothing moves.

The other pages' tests run on SQLite; these run on PostgreSQL, which refuses more of what is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app import close_app, create_app
from bot.settings import Settings
from bot.wording import OFFER_LABELS
from models.clock import SetClock
from models.linking import link_account
from models.members import ChannelAccount, Member
from models.web_sessions import WebSession
from tests.web.visitor import BASE, Visitor
from tests.world import (
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
    *("recorded", "school", "sent", "sido_code", "sigungu_code", "type", "until", "view"),
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
