"""A person with a browser in front of the pages: opens login links, fills forms, reads what stands there."""

from __future__ import annotations

import html
import re
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from bot.links import Links
from models.clock import Clock
from models.database import Database
from models.events import Event
from models.members import ChannelAccount, Member
from models.one_time_codes import OneTimeCode, Purpose
from models.outbox import Alert, NoticeCard
from models.rules import load_rules

DOMAIN = "boram.example"
BASE = f"https://{DOMAIN}"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 KAKAOTALK 25.9.1"


class Visitor:
    """One browser. ``page`` is what it shows last."""

    def __init__(self, app: Flask, user_agent: str = PHONE) -> None:
        self.app = app
        self._client = app.test_client()
        self._headers = {"User-Agent": user_agent}
        self.page: TestResponse | None = None

    @property
    def database(self) -> Database:
        return self.app.extensions["database"]  # type: ignore[no-any-return]

    @property
    def clock(self) -> Clock:
        return self.app.extensions["clock"]  # type: ignore[no-any-return]

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open a path, following nothing."""
        self.page = self._client.get(path, base_url=BASE, headers=self._headers | headers)
        return self.page

    def post(self, path: str, data: dict[str, Any] | None = None, *, form_on: str = "") -> TestResponse:
        """Send a form as the page ``form_on`` (the same path, when not named) shows it, with its CSRF token."""
        token = self.csrf(form_on or path)
        return self.post_raw(path, {"csrf_token": token, **(data or {})})

    def post_raw(self, path: str, data: dict[str, Any], **headers: str) -> TestResponse:
        """Send a form with exactly these fields."""
        self.page = self._client.post(path, data=data, base_url=BASE, headers=self._headers | headers)
        return self.page

    def post_encoded(self, path: str, body: str) -> TestResponse:
        """Send a form that is encoded already, byte for byte."""
        kind = "application/x-www-form-urlencoded"
        self.page = self._client.post(
            path, data=body, content_type=kind, base_url=BASE, headers=self._headers
        )
        return self.page

    def post_file(self, path: str, name: str, content: bytes) -> TestResponse:
        """Send a form with a file in its field ``file``, as the page shows it, with its CSRF token."""
        fields = {"csrf_token": self.csrf(path), "file": FileStorage(BytesIO(content), name)}
        boundary, body = encode_multipart(fields)
        kind = f"multipart/form-data; boundary={boundary}"
        self.page = self._client.post(
            path, data=body, content_type=kind, base_url=BASE, headers=self._headers
        )
        return self.page

    def csrf(self, path: str) -> str:
        """Return the CSRF token of the forms on a page."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).text)
        assert found, f"{path} shows no form: {self.read()}"
        return found[1]

    def cookie(self, name: str = "__Host-boram") -> str:
        """Return the value of a cookie this browser holds, empty when it has none."""
        found = self._client.get_cookie(name, domain=DOMAIN)
        return found.value if found else ""

    def hold(self, value: str, name: str = "__Host-boram") -> None:
        """Put a cookie into this browser, as a thief or an attacker would."""
        self._client.set_cookie(name, value, domain=DOMAIN, secure=True)

    def follow(self) -> TestResponse:
        """Go where the last answer leads."""
        assert self.page is not None
        assert self.page.status_code in (302, 303), self.read()
        return self.get(self.page.location)

    def read(self) -> str:
        """Return the words of the page, without its markup."""
        assert self.page is not None, "nothing was opened yet"
        main = self.page.text.split("<main", 1)[-1].split("</main>", 1)[0]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())

    # --- as a member

    def link(self, member: Member | None, page: str = "home", record: str = "") -> str:
        """Return the path of a fresh login link for the member's chat, as a card of the chat would carry it."""
        links = Links("")
        with self.database.session() as db:
            account = account_of(db, member)
            now = self.clock.now()
            path = links.login(db, account, page, record, rules=load_rules(db), now=now)
            db.commit()
        return path

    def log_in(self, member: Member, page: str = "home", record: str = "") -> TestResponse:
        """Open a login link and stand on its page."""
        path = self.link(member, page, record)
        assert self.post(path).status_code == 303, self.read()
        return self.follow()

    def step_up(self, member: Member) -> None:
        """Prove once more who one is, with the code from the chat."""
        self.post("/me/check/code", form_on="/me/check")
        data = {"birth_date": member.birth_date.isoformat(), "code": self.code(member)}
        assert self.post("/me/check", data).status_code == 303, self.read()

    def code(self, member: Member, purpose: Purpose = Purpose.STEP_UP) -> str:
        """Return the last code that was sent."""
        with self.database.session() as db:
            query = select(OneTimeCode).where(
                OneTimeCode.member_id == member.id, OneTimeCode.purpose == purpose
            )
            return db.scalars(query.order_by(OneTimeCode.id.desc())).first().code  # type: ignore[union-attr]

    def told(self, member: Member) -> list[NoticeCard]:
        """Return the cards that went to the member's chats, the first one first."""
        with self.database.session() as db:
            query = select(Alert).join(ChannelAccount).where(ChannelAccount.member_id == member.id)
            return [notice.card for notice in db.scalars(query.order_by(Alert.id))]

    def happened(self, member: Member) -> list[Event]:
        """Return what was written down of the member for the alerts to tell, the first thing first."""
        with self.database.session() as db:
            query = select(Event).where(Event.member_id == member.id)
            return list(db.scalars(query.order_by(Event.id)))


def account_of(db: Session, member: Member | None) -> ChannelAccount:
    """Return the member's chat account, for None the one that is not linked yet."""
    member_id = member.id if member else None
    return db.scalars(select(ChannelAccount).where(ChannelAccount.member_id == member_id)).one()
