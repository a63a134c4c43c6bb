"""The public check: anybody may ask, the answer is yes or no, and nobody can guess their way in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_wtf.csrf import CSRFProtect
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from bot.memory import Memory
from models.certificates import CertificateType, issue
from models.clock import SetClock
from models.database import Database
from tests.world import make_member, make_record
from web import assets, verify
from web.forms import read_date
from web.verify import CHECKS_PER_MINUTE

GENUINE, NOT_FOUND = "진본이에요", "맞는 확인서를 찾지 못했어요"
TEMPLATES = Path(__file__).parents[2] / "web" / "templates"


@dataclass
class Site:
    app: Flask
    number: str

    @property
    def right(self) -> dict[str, str]:
        return {"type": "199010", "number": self.number, "name": "홍길동", "birth_date": "20100505"}

    def ask(self, **other: str) -> TestResponse:
        return self.app.test_client().post("/verify", data=self.right | other)


def site_with(database: Database, memory: Memory, clock: SetClock, *, csrf: bool = False) -> Flask:
    app = Flask("verify", static_folder=None, template_folder=str(TEMPLATES))
    app.config.update(SECRET_KEY="for tests only", WTF_CSRF_ENABLED=csrf)
    CSRFProtect(app)
    assets.install(app)
    app.register_blueprint(verify.create_blueprint(database, memory, clock))
    return app


@pytest.fixture
def number(database: Database, now: datetime) -> str:
    with database.session() as db:
        member = make_member(db, name="홍길동", born=date(2010, 5, 5))
        record = make_record(db, member)
        certificate = issue(db, member, CertificateType.SERVICE, record_id=record.id, now=now)
        db.commit()
        return certificate.print_number


@pytest.fixture
def site(database: Database, memory: Memory, clock: SetClock, number: str) -> Site:
    return Site(site_with(database, memory, clock), number)


def test_a_genuine_certificate_is_told_so_with_the_time_of_the_check(site: Site) -> None:
    response = site.ask()
    assert response.status_code == 200
    assert GENUINE in response.text
    assert "2026년 11월 23일 10:00" in response.text
    assert NOT_FOUND not in response.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "199015"},
        {"number": "20261123-AAAA-AAAA"},
        {"name": "홍길순"},
        {"birth_date": "20100506"},
        {"name": "홍길순", "birth_date": "20100506"},
    ],
)
def test_what_is_wrong_is_never_told(site: Site, wrong: dict[str, str]) -> None:
    response = site.ask(**wrong)
    assert response.status_code == 200
    assert NOT_FOUND in response.text
    assert GENUINE not in response.text
    assert "is-error" not in response.text
    blank = response.text
    for typed in ({**site.right, **wrong}).values():
        blank = blank.replace(typed, "")
    assert "홍길동" not in blank


def test_all_wrong_answers_look_the_same(site: Site) -> None:
    def answer(**wrong: str) -> str:
        text = site.ask(**wrong).text
        return text[text.index(NOT_FOUND) : text.index("<form")]

    answers = {answer(type="199015"), answer(name="홍길순"), answer(birth_date="20100506")}
    assert len(answers) == 1


def test_a_qr_code_fills_in_kind_and_number_and_asks_nothing_yet(site: Site) -> None:
    response = site.app.test_client().get(f"/verify?type=199015&number={site.number}")
    assert response.status_code == 200
    assert f'value="{site.number}"' in response.text
    assert '<option value="199015" selected>' in response.text
    assert GENUINE not in response.text
    assert NOT_FOUND not in response.text


def test_what_is_missing_is_named_with_what_to_do(site: Site) -> None:
    response = site.ask(number=" ", name="", birth_date="생일", type="x")
    assert response.status_code == 422
    for words in ("종류를 골라", "발급번호를 적어", "이름을 적어", "숫자 8자리"):
        assert words in response.text


def test_nothing_typed_becomes_markup_or_a_header(site: Site) -> None:
    evil = '"><script>alert(1)</script>\r\nSet-Cookie: a=b'
    asked = site.ask(number=evil, name=evil)
    shown = site.app.test_client().get("/verify", query_string={"number": evil, "type": evil})
    for response in (asked, shown):
        assert response.status_code == 200
        assert "<script>alert" not in response.text
        assert "a=b" not in str(response.headers)


@given(st.text(), st.text(), st.text(), st.text())
def test_no_input_whatsoever_is_an_accident(kind: str, number: str, name: str, born: str) -> None:
    form = {"type": kind, "number": number, "name": name, "birth_date": born}
    verify.read_question(form)


@pytest.mark.parametrize("typed", ["\x00", "'; DROP TABLE certificate; --", "가" * 5000, "\u202e", "%00"])
def test_hostile_words_are_only_not_found(site: Site, typed: str) -> None:
    response = site.ask(number=typed or "x", name=typed)
    assert response.status_code in {200, 422}
    assert GENUINE not in response.text


def test_nothing_is_kept_by_browsers_between(site: Site) -> None:
    assert site.ask().headers["Cache-Control"] == "no-store"
    assert site.app.test_client().get("/verify").headers["Cache-Control"] == "no-store"


def test_one_address_may_ask_ten_times_a_minute_and_others_go_on(site: Site) -> None:
    client = site.app.test_client()
    assert [site.ask().status_code for _ in range(CHECKS_PER_MINUTE)] == [200] * CHECKS_PER_MINUTE
    refused = site.ask()
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["Cache-Control"] == "no-store"
    assert "1분 뒤에 다시" in refused.text
    assert GENUINE not in refused.text
    assert client.get("/verify").status_code == 200
    elsewhere = client.post("/verify", data=site.right, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 200


def test_a_household_of_ipv6_addresses_is_one_asker(site: Site) -> None:
    client = site.app.test_client()
    codes = [
        client.post("/verify", data=site.right, environ_base={"REMOTE_ADDR": f"2001:db8::{n:x}"}).status_code
        for n in range(1, CHECKS_PER_MINUTE + 2)
    ]
    assert codes[-1] == 429
    mapped = {"REMOTE_ADDR": "::ffff:192.0.2.8"}
    assert client.post("/verify", data=site.right, environ_base=mapped).status_code == 200


def test_without_memory_the_check_still_answers(database: Database, clock: SetClock, number: str) -> None:
    memory = Memory("redis://127.0.0.1:1")
    site = Site(site_with(database, memory, clock), number)
    assert GENUINE in site.ask().text
    memory.close()


def test_a_form_without_its_token_is_refused(
    database: Database, memory: Memory, clock: SetClock, number: str
) -> None:
    site = Site(site_with(database, memory, clock, csrf=True), number)
    assert site.ask().status_code == 400


@pytest.mark.parametrize(
    "typed",
    [
        "20100505",
        "2010-05-05",
        "2010.5.5",
        "2010. 5. 5.",
        "2010년 5월 5일",
        "２０１００５０５",
        " 2010/05/05 ",
    ],
)
def test_a_birth_date_is_read_as_people_write_it(typed: str) -> None:
    assert read_date(typed) == date(2010, 5, 5)


@pytest.mark.parametrize("typed", ["", "100505", "20101305", "2010115", "어제", "2010-05-05-05", "00000000"])
def test_what_is_no_date_is_none(typed: str) -> None:
    assert read_date(typed) is None


@given(st.dates(date(1900, 1, 1)))
def test_every_date_is_read_back(day: date) -> None:
    assert read_date(f"{day:%Y%m%d}") == day
    assert read_date(f"{day.year}. {day.month}. {day.day}") == day


@contextmanager
def running(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_teacher_checks_a_paper_on_a_phone_without_script(
    browser: Browser, sqlite_address: str, memory: Memory, clock: SetClock
) -> None:
    database = Database(sqlite_address)
    with database.session() as db:
        member = make_member(db, name="홍길동", born=date(2010, 5, 5))
        record = make_record(db, member)
        number = issue(db, member, CertificateType.SERVICE, record_id=record.id, now=clock.now()).print_number
        db.commit()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    with running(site_with(database, memory, clock, csrf=True)) as address:
        page = context.new_page()
        page.goto(f"{address}/verify?type=199010&number={number}")
        page.get_by_label("이름").fill("홍길동")
        page.get_by_label("생년월일").fill("2010. 5. 5.")
        page.get_by_role("button", name="확인하기").click()
        assert page.get_by_text(GENUINE).is_visible()
        page.get_by_label("이름").fill("홍길순")
        page.get_by_role("button", name="확인하기").click()
        assert page.get_by_text(NOT_FOUND).is_visible()
    context.close()
    database.close()
