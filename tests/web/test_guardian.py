"""A child asks, a guardian answers, over a real SMS provider's API on the other side; and everybody who should not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.channels.short_text import SMS_BYTES, readable, size
from app import close_app, create_app
from bot.settings import Settings
from models.clock import SetClock
from models.guardians import TEXT_VERSION, GuardianRequest, RequestState, state_of
from models.members import GuardianConsent, Member
from models.one_time_codes import OneTimeCode
from models.rules import Rules, RuleSetting
from tests.conftest import MONDAY
from tests.http_server import TestServer, http_server
from tests.web.visitor import BASE, Visitor
from tests.world import make_account, make_application, make_consent, make_member, make_session
from web.guardian.texts import TEXTS_PER_NUMBER, code_text, invitation, receipt

LANE, URGENT = "/sms/v3.0/appKeys/app/sender/sms", "/sms/v3.0/appKeys/app/sender/auth/sms"
NUMBER = "01023451013"
GUARDIAN = {"name": "김나무", "phone": "010-2345-1013"}
PREVIEW = "facebookexternalhit/1.1; kakaotalk-scrap/1.0"


class Nhn:
    """The provider: takes texts and remembers them."""

    def __init__(self, server: TestServer) -> None:
        self.server = server
        self.work()

    def work(self) -> None:
        told = {"isSuccessful": True, "resultCode": 0, "resultMessage": "SUCCESS"}
        results = [told | {"recipientSeq": 1}]
        answer = {"header": told, "body": {"data": {"requestId": "r", "sendResultList": results}}}
        self.answer(answer)

    def fail(self, code: int = -9999) -> None:
        self.answer({"header": {"isSuccessful": False, "resultCode": code, "resultMessage": "no"}})

    def answer(self, body: object, status: int = 200) -> None:
        for lane in (LANE, URGENT):
            self.server.answer(lane, body, status=status)

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Every text that was handed over: number, words."""
        return [(sent["recipientList"][0]["recipientNo"], sent["body"]) for _, sent in self.server.requests]

    def code(self) -> str:
        """Return the code of the last text that carried one."""
        return next(found[1] for _, text in reversed(self.texts) if (found := re.search(r"(\d{6})\.", text)))


@pytest.fixture
def nhn() -> Iterator[Nhn]:
    with http_server() as server:
        yield Nhn(server)


@pytest.fixture
def settings(tmp_path: Path, sqlite_address: str, redis_url: str, nhn: Nhn) -> Settings:
    return Settings(
        app_env="test",
        instance_dir=tmp_path,
        database_url=sqlite_address,
        redis_url=redis_url,
        public_url=BASE,
        sms_url=nhn.server.url,
        sms_app_key="app",
        sms_secret_key="secret",
        sms_sender="0215880000",
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
def child(db: Session) -> Member:
    child = make_member(db, name="박새싹", phone="010-7777-8888", born=date(2013, 5, 5))
    make_account(db, child)
    db.commit()
    return child


@pytest.fixture
def guardian(app: Flask) -> Visitor:
    """Return another telephone."""
    return Visitor(app)


@pytest.fixture
def path(visitor: Visitor, child: Member, nhn: Nhn) -> str:
    """Let the child ask, and return the path of the link that was texted."""
    visitor.log_in(child, "guardian")
    assert visitor.post("/me/guardian", GUARDIAN).status_code == 303
    (_, text), *_ = nhn.texts
    return text.split(BASE, 1)[1]


def get_code(guardian: Visitor, path: str) -> None:
    assert guardian.post(f"{path}/code", form_on=path).status_code == 303, guardian.read()
    guardian.follow()


def prove(guardian: Visitor, path: str, nhn: Nhn, name: str = "김나무") -> None:
    """Get the code, type it, and stand before the decision."""
    get_code(guardian, path)
    sent = guardian.post(f"{path}/check", {"code": nhn.code(), "name": name}, form_on=path)
    assert sent.status_code == 303, guardian.read()
    guardian.follow()


def decide(guardian: Visitor, path: str, decision: str) -> None:
    assert guardian.post(f"{path}/{decision}", form_on=f"{path}/decide").status_code == 303
    guardian.follow()


def has_agreed(guardian: Visitor, path: str, nhn: Nhn) -> None:
    prove(guardian, path, nhn)
    decide(guardian, path, "agree")


def consents(db: Session) -> list[GuardianConsent]:
    db.expire_all()
    return list(db.scalars(select(GuardianConsent)))


def the_request(db: Session) -> GuardianRequest:
    db.expire_all()
    return db.scalars(select(GuardianRequest).order_by(GuardianRequest.id.desc())).first()  # type: ignore[return-value]  # the test has made one


# --- the whole way


def test_only_a_child_finds_the_guardian_on_the_first_page(
    visitor: Visitor, db: Session, child: Member
) -> None:
    visitor.log_in(child, "home")
    assert "보호자 동의" in visitor.read()
    child.birth_date = date(2010, 5, 5)
    db.commit()
    visitor.get("/me")
    assert "보호자 동의" not in visitor.read()


def test_two_ways_to_ask_are_told_apart(visitor: Visitor, db: Session, child: Member) -> None:
    child.guardian_name, child.guardian_phone = "박보호", "010-3333-4444"
    db.commit()
    visitor.log_in(child, "guardian")
    assert "등록된 보호자에게 문자 보내기" in visitor.read()
    assert "이 번호로 문자 보내기" in visitor.read()


def test_a_child_asks_and_the_guardian_agrees_on_an_own_telephone(
    visitor: Visitor, guardian: Visitor, db: Session, child: Member, path: str, nhn: Nhn
) -> None:
    assert nhn.texts[0][0] == NUMBER
    visitor.follow()
    assert "보호자에게 문자를 보냈어요" in visitor.read()
    assert f"{BASE}{path}" in visitor.page.text  # type: ignore[union-attr]
    guardian.get(path)
    assert "보람에서 보호자 동의를 부탁했어요" in guardian.read()
    assert "끝자리가 13인" in guardian.read()
    prove(guardian, path, nhn)
    assert "박*싹" in guardian.read()
    decide(guardian, path, "agree")
    assert "11월 23일(월)에 동의해 주셨어요" in guardian.read()
    (consent,) = consents(db)
    assert (consent.guardian_name, consent.guardian_phone) == ("김나무", "010-2345-1013")
    (card,) = visitor.told(child)
    assert (card.title, card.facts[0]) == ("보호자가 동의했어요", ("보호자", "김*무"))
    number, words = nhn.texts[-1]
    assert number == NUMBER
    assert "확인" in words
    assert words.endswith(f"{BASE}{path}")
    visitor.get("/me/guardian")
    assert "보호자가 동의했어요" in visitor.read()


def test_the_guardian_withdraws_by_the_same_link_and_the_child_is_told_what_follows(
    visitor: Visitor,
    guardian: Visitor,
    db: Session,
    child: Member,
    path: str,
    nhn: Nhn,
    clock: SetClock,
) -> None:
    application = make_application(db, child, make_session(db))
    make_consent(db, child, dovol=True, site_1365=True)
    db.commit()
    has_agreed(guardian, path, nhn)
    clock.advance(timedelta(days=60))
    get_code(guardian, path)
    assert guardian.post(f"{path}/check", {"code": nhn.code()}, form_on=path).status_code == 303
    guardian.follow()
    assert "이미 신청한 봉사와 봉사시간은 그대로 남아요" in guardian.read()
    decide(guardian, path, "withdraw")
    assert "동의를 취소했어요" in guardian.read()
    (consent,) = consents(db)
    assert consent.withdrawn_at == clock.now()
    db.refresh(application)
    assert application.state == "applied"
    card = visitor.told(child)[-1]
    assert card.title == "보호자가 동의를 취소했어요"
    assert "1365 연계 동의도 함께 취소했어요" in card.text


def test_a_guardian_may_say_no(
    visitor: Visitor, guardian: Visitor, db: Session, child: Member, path: str, nhn: Nhn
) -> None:
    prove(guardian, path, nhn)
    decide(guardian, path, "decline")
    assert "동의하지 않았다고 자녀에게 알렸어요" in guardian.read()
    assert consents(db) == []
    assert the_request(db).guardian_phone is None
    assert visitor.told(child)[-1].title == "보호자가 이번에는 동의하지 않았어요"


def test_the_guardian_dovol_knows_is_asked_by_one_button(
    visitor: Visitor, db: Session, child: Member, nhn: Nhn
) -> None:
    child.guardian_name, child.guardian_phone = "김나무", NUMBER
    db.commit()
    visitor.log_in(child, "guardian")
    assert "김*무" in visitor.read()
    assert "2345" not in visitor.page.text  # type: ignore[union-attr]
    visitor.post("/me/guardian", {"recorded": "1"})
    assert nhn.texts[0][0] == NUMBER


# --- what is shown to whom


def test_the_link_shows_nothing_of_the_child_before_the_code(
    guardian: Visitor, child: Member, path: str, nhn: Nhn
) -> None:
    guardian.get(path)
    get_code(guardian, path)
    assert guardian.page is not None
    for known in ("새싹", "박*", "7777", "8888", "2345", "나무", "2013", child.dovol_id):
        assert known not in guardian.page.text


def test_pages_with_a_token_are_not_kept_and_go_to_nobody(guardian: Visitor, path: str) -> None:
    for found in (guardian.get(path), guardian.get(f"{path}/decide"), guardian.get("/guardian/unknown")):
        assert found.headers["Cache-Control"] == "no-store"
        assert found.headers["Referrer-Policy"] == "no-referrer"


def test_scrapers_that_look_at_everything_change_nothing(
    app: Flask, db: Session, path: str, nhn: Nhn
) -> None:
    scraper = Visitor(app, PREVIEW)
    before = len(nhn.texts)
    for below in ("", "?sent=1", "/code", "/check", "/decide", "/agree", "/decline", "/withdraw", "/receipt"):
        assert scraper.get(path + below).status_code in (200, 303, 405)
    assert len(nhn.texts) == before
    assert db.scalars(select(OneTimeCode)).all() == []
    assert state_of(the_request(db), Rules(), MONDAY) is RequestState.OPEN


def test_the_child_cannot_answer_in_the_browser_it_is_logged_in_with(
    visitor: Visitor, db: Session, path: str, nhn: Nhn
) -> None:
    assert visitor.get(path).status_code == 409
    assert "보호자께 보내는 링크예요" in visitor.read()
    token = visitor.csrf("/me/guardian")
    before = len(nhn.texts)
    for below in ("code", "check", "agree"):
        visitor.post_raw(f"{path}/{below}", {"csrf_token": token, "code": "000000", "name": "김나무"})
    assert len(nhn.texts) == before
    assert consents(db) == []


def test_whoever_else_is_logged_in_is_not_named_on_the_guardians_page(
    app: Flask, path: str, stranger: Member
) -> None:
    """A leader or an older brother may be the one who opens it."""
    other = Visitor(app)
    other.log_in(stranger)
    assert "낯" not in other.get(path).text
    assert "보람에서 보호자 동의를 부탁했어요" in other.read()


def test_somebody_elses_request_is_on_nobodys_page(
    app: Flask, path: str, db: Session, stranger: Member
) -> None:
    stranger.birth_date = date(2013, 1, 1)
    db.commit()
    other = Visitor(app)
    other.log_in(stranger, "guardian")
    assert path not in other.page.text  # type: ignore[union-attr]
    assert "기다리고 있어요" not in other.read()
    other.post("/me/guardian/text", form_on="/me/guardian")
    other.follow()
    assert "기다리고 있어요" not in other.read()


# --- attacks


def test_guessed_and_cut_tokens_open_nothing(guardian: Visitor, path: str) -> None:
    for wrong in (path[:-1], path + "x", "/guardian/" + "0" * 32, "/guardian/%00", "/guardian/<script>"):
        assert guardian.get(wrong).status_code == 404
        assert "없는 링크예요" in guardian.read() or "찾지 못했어요" in guardian.read()
        assert "script>" not in guardian.read()


def test_a_forged_form_is_refused(guardian: Visitor, db: Session, path: str, nhn: Nhn) -> None:
    before = len(nhn.texts)
    for below in ("code", "check", "agree", "decline", "withdraw", "receipt"):
        assert guardian.post_raw(f"{path}/{below}", {"code": "000000"}).status_code == 400
    assert len(nhn.texts) == before
    assert consents(db) == []


def test_agreeing_without_the_code_is_not_possible(
    guardian: Visitor, db: Session, path: str, nhn: Nhn
) -> None:
    get_code(guardian, path)
    assert guardian.get(f"{path}/decide").status_code == 303
    guardian.post(f"{path}/agree", form_on=path)
    guardian.follow()
    assert "새 번호를 받아 주세요" in guardian.read()
    assert consents(db) == []


def test_a_right_code_in_one_browser_lets_no_other_decide(
    app: Flask, guardian: Visitor, db: Session, path: str, nhn: Nhn
) -> None:
    prove(guardian, path, nhn)
    other = Visitor(app)
    assert other.get(f"{path}/decide").status_code == 303
    other.post(f"{path}/agree", form_on=path)
    assert consents(db) == []


def test_guessing_the_code_is_locked_and_explained(
    guardian: Visitor, db: Session, path: str, nhn: Nhn, clock: SetClock
) -> None:
    get_code(guardian, path)
    token = guardian.csrf(path)
    for guess in range(5):
        data = {"csrf_token": token, "code": f"{guess:06}" if nhn.code() != f"{guess:06}" else "999999"}
        assert guardian.post_raw(f"{path}/check", data | {"name": "김나무"}).status_code == 422
    assert "잠시 잠갔어요. 10시 30분부터 다시" in guardian.read()
    right = guardian.post_raw(f"{path}/check", {"csrf_token": token, "code": nhn.code(), "name": "김나무"})
    assert right.status_code == 422
    clock.advance(timedelta(minutes=1))
    assert guardian.post(f"{path}/code", form_on=path).status_code == 429
    assert "잠시 잠갔어요" in guardian.read()


def test_a_guardians_number_is_not_flooded_from_one_link(
    guardian: Visitor, path: str, nhn: Nhn, clock: SetClock
) -> None:
    get_code(guardian, path)
    assert guardian.post(f"{path}/code", form_on=path).status_code == 429
    assert "초 뒤에 다시 받을 수 있어요" in guardian.read()
    assert "인증번호 6자리" in guardian.read()
    statuses = []
    for _ in range(12):
        clock.advance(timedelta(minutes=2))
        statuses.append(guardian.post(f"{path}/code", form_on=path).status_code)
    assert statuses == [303] * 9 + [429] * 3
    assert "하루에 10번까지만" in guardian.read()
    assert len(nhn.texts) == 11


def test_many_children_do_not_flood_one_number(app: Flask, db: Session, nhn: Nhn) -> None:
    for number in range(TEXTS_PER_NUMBER + 1):
        child = make_member(db, name="박새싹", phone="010-7777-8888", born=date(2013, 5, 5))
        make_account(db, child, f"child-{number}")
        db.commit()
        visitor = Visitor(app)
        visitor.log_in(child, "guardian")
        visitor.post("/me/guardian", GUARDIAN)
    visitor.follow()
    assert "이 번호로 문자를 너무 많이 보냈어요" in visitor.read()
    assert len(nhn.texts) == TEXTS_PER_NUMBER


def test_a_child_asks_three_guardians_a_day(visitor: Visitor, child: Member, nhn: Nhn) -> None:
    visitor.log_in(child, "guardian")
    for number in range(4):
        visitor.post("/me/guardian", {"name": "김나무", "phone": f"010-2345-000{number}"})
    assert visitor.page.status_code == 409  # type: ignore[union-attr]
    assert "하루에 3번까지만 부탁할 수 있어요" in visitor.read()
    assert len(nhn.texts) == 3


def test_asking_twice_texts_once(visitor: Visitor, child: Member, nhn: Nhn) -> None:
    visitor.log_in(child, "guardian")
    for _ in range(2):
        assert visitor.post("/me/guardian", GUARDIAN).status_code == 303
    assert len(nhn.texts) == 1


@pytest.mark.parametrize("phone", ["010-7777-8888", "01077778888", "+82 10 7777 8888"])
def test_the_childs_own_number_is_no_guardians(visitor: Visitor, child: Member, nhn: Nhn, phone: str) -> None:
    visitor.log_in(child, "guardian")
    assert visitor.post("/me/guardian", {"name": "김나무", "phone": phone}).status_code == 422
    assert "내 휴대폰 번호로는 동의를 받을 수 없어요" in visitor.read()
    assert nhn.texts == []


def test_a_name_of_markup_is_refused_and_one_that_is_kept_already_is_shown_as_text(
    visitor: Visitor, db: Session, child: Member, nhn: Nhn
) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    visitor.log_in(child, "guardian")
    assert visitor.post("/me/guardian", {"name": hostile, "phone": NUMBER}).status_code == 422
    assert hostile not in visitor.page.text  # type: ignore[union-attr]
    assert "글자만 쓸 수 있어요" in visitor.read()
    consent = GuardianConsent(text_version="1", channel="page", given_at=MONDAY, guardian_name="<b>")
    consent.member_id = child.id
    db.add(consent)
    db.commit()
    visitor.get("/me/guardian")
    assert "&lt;*&gt;" in visitor.page.text  # type: ignore[union-attr]


def test_a_guardians_name_of_markup_is_refused_before_the_code_is_spent(
    guardian: Visitor, db: Session, path: str, nhn: Nhn
) -> None:
    get_code(guardian, path)
    for name in ("", "<script>alert(1)</script>", "김나무 010-2345-1013"):
        wrong = guardian.post(f"{path}/check", {"code": nhn.code(), "name": name}, form_on=path)
        assert wrong.status_code == 422
        assert "<script>alert" not in wrong.text
    right = guardian.post(f"{path}/check", {"code": nhn.code(), "name": "김나무"}, form_on=path)
    assert right.status_code == 303


# --- twice, late, over


def test_agreeing_twice_is_one_consent_one_card_one_receipt(
    visitor: Visitor, guardian: Visitor, db: Session, child: Member, path: str, nhn: Nhn
) -> None:
    prove(guardian, path, nhn)
    token = guardian.csrf(f"{path}/decide")
    for _ in range(2):
        assert guardian.post_raw(f"{path}/agree", {"csrf_token": token}).status_code == 303
    guardian.follow()
    assert "동의해 주셨어요" in guardian.read()
    assert len(consents(db)) == 1
    assert len(visitor.told(child)) == 1
    assert len([text for _, text in nhn.texts if "확인" in text]) == 1


def test_after_withdrawing_the_link_agrees_to_nothing(
    guardian: Visitor, db: Session, path: str, nhn: Nhn, clock: SetClock
) -> None:
    has_agreed(guardian, path, nhn)
    clock.advance(timedelta(minutes=1))
    get_code(guardian, path)
    guardian.post(f"{path}/check", {"code": nhn.code()}, form_on=path)
    token = guardian.csrf(f"{path}/decide")
    for decision in ("withdraw", "withdraw", "agree"):
        guardian.post_raw(f"{path}/{decision}", {"csrf_token": token})
        guardian.follow()
        assert "동의를 취소했어요" in guardian.read()
    sent = len(nhn.texts)
    guardian.post_raw(f"{path}/code", {"csrf_token": token})
    assert len(nhn.texts) == sent
    (consent,) = consents(db)
    assert not consent.in_force


def test_a_request_that_is_too_old_says_so(guardian: Visitor, path: str, clock: SetClock) -> None:
    clock.advance(timedelta(days=5))
    assert guardian.get(path).status_code == 410
    assert "끝난 부탁이에요" in guardian.read()


def test_the_link_of_the_guardian_asked_before_is_closed(
    visitor: Visitor, guardian: Visitor, path: str
) -> None:
    visitor.post("/me/guardian", {"name": "이바다", "phone": "010-2345-2024"})
    assert guardian.get(path).status_code == 410


def test_a_child_that_turned_fourteen_needs_nobody_any_more(
    visitor: Visitor, guardian: Visitor, db: Session, child: Member, path: str
) -> None:
    child.birth_date = date(2012, 11, 23)
    db.commit()
    guardian.get(path)
    assert "이제 보호자 동의가 필요하지 않아요" in guardian.read()
    visitor.get("/me/guardian")
    assert "보호자 동의가 필요하지 않아요" in visitor.read()


def test_who_is_old_enough_is_told_so_and_cannot_ask(visitor: Visitor, member: Member, nhn: Nhn) -> None:
    visitor.log_in(member, "guardian")
    assert "보호자 동의가 필요하지 않아요" in visitor.read()
    token = visitor.csrf("/me/not-me")
    assert visitor.post_raw("/me/guardian", {"csrf_token": token} | GUARDIAN).status_code == 409
    assert nhn.texts == []


# --- when texts do not get through


def test_a_text_that_fails_loses_nothing_and_can_be_sent_again(
    visitor: Visitor, child: Member, nhn: Nhn
) -> None:
    nhn.fail()
    visitor.log_in(child, "guardian")
    visitor.post("/me/guardian", GUARDIAN)
    visitor.follow()
    assert "문자를 보내지 못했어요" in visitor.read()
    assert "카카오톡으로 전달해도 돼요" in visitor.read()
    nhn.work()
    visitor.post("/me/guardian/text", form_on="/me/guardian")
    visitor.follow()
    assert "보호자에게 문자를 보냈어요" in visitor.read()
    assert nhn.texts[0] == nhn.texts[1]


def test_a_text_that_never_gets_through_is_tried_three_times(
    visitor: Visitor, child: Member, nhn: Nhn
) -> None:
    nhn.answer(b"<html>")
    visitor.log_in(child, "guardian")
    visitor.post("/me/guardian", GUARDIAN)
    token = visitor.csrf("/me/not-me")
    for _ in range(5):
        visitor.post_raw("/me/guardian/text", {"csrf_token": token})
    visitor.get("/me/guardian")
    assert "잘 갔는지 확인하지 못했어요" in visitor.read()
    assert "문자 보내기" not in visitor.read().replace("이 번호로 문자 보내기", "")
    assert len(nhn.texts) == 3


def test_a_code_that_fails_can_be_had_again_at_once(guardian: Visitor, path: str, nhn: Nhn) -> None:
    nhn.fail()
    assert guardian.post(f"{path}/code", form_on=path).status_code == 502
    assert "문자를 보내지 못했어요" in guardian.read()
    nhn.work()
    assert guardian.post(f"{path}/code", form_on=path).status_code == 303


def test_a_code_that_may_have_arrived_can_be_typed(
    guardian: Visitor, db: Session, path: str, nhn: Nhn
) -> None:
    nhn.answer(b"<html>", status=503)
    assert guardian.post(f"{path}/code", form_on=path).status_code == 502
    assert "잘 갔는지 확인하지 못했어요" in guardian.read()
    nhn.work()
    sent = guardian.post(f"{path}/check", {"code": nhn.code(), "name": "김나무"}, form_on=path)
    assert sent.status_code == 303


def test_a_receipt_that_fails_keeps_the_consent_and_is_sent_again_once(
    guardian: Visitor, db: Session, path: str, nhn: Nhn
) -> None:
    prove(guardian, path, nhn)
    nhn.fail()
    decide(guardian, path, "agree")
    assert len(consents(db)) == 1
    assert "확인 문자가 아직 안 갔어요" in guardian.read()
    nhn.work()
    token = guardian.csrf(path)
    before = len(nhn.texts)
    for _ in range(2):
        guardian.post_raw(f"{path}/receipt", {"csrf_token": token})
    assert len(nhn.texts) == before + 1
    guardian.get(path)
    assert "확인 문자가 아직 안 갔어요" not in guardian.read()


def test_no_connection_to_the_store_is_held_while_a_text_is_sent(
    app: Flask, visitor: Visitor, guardian: Visitor, path: str, nhn: Nhn
) -> None:
    pool = visitor.database.engine.pool
    held: list[int] = []
    channel = nhn.server.requests

    class Watching(list):  # type: ignore[type-arg]  # it only looks on
        def append(self, item: object) -> None:
            held.append(pool.checkedout())  # type: ignore[attr-defined]  # QueuePool has it
            super().append(item)

    nhn.server.requests = Watching(channel)
    has_agreed(guardian, path, nhn)
    assert held == [0, 0]


def test_without_a_text_service_both_pages_say_so_and_what_to_do(
    settings: Settings, clock: SetClock, visitor: Visitor, db: Session, child: Member, path: str
) -> None:
    db.add(RuleSetting(name="operator_phone", value="02-000-1388", changed_at=MONDAY, changed_by="test"))
    db.commit()
    silent = create_app(settings.model_copy(update={"sms_app_key": ""}), clock)
    try:
        asking, answering = Visitor(silent), Visitor(silent)
        asking.log_in(child, "guardian")
        assert "지금은 문자를 보낼 수 없어요" in asking.read()
        assert "tel:02-000-1388" in asking.page.text  # type: ignore[union-attr]
        refused = asking.post("/me/guardian", GUARDIAN, form_on="/me/not-me")
        assert refused.status_code == 503
        answering.get(path)
        assert "지금은 문자를 보낼 수 없어서" in answering.read()
        assert "tel:02-000-1388" in answering.page.text  # type: ignore[union-attr]
    finally:
        close_app(silent)


# --- words


@pytest.mark.parametrize(
    "host", ["https://boram.kr", "https://boram.youth.go.kr", "https://volunteer-boram.youth.go.kr"]
)
def test_texts_fit_into_one_message_with_their_link_whole(host: str) -> None:
    link = f"{host}/guardian/{'x' * 32}"
    for text in (invitation(link), receipt(link), code_text("482913")):
        assert size(readable(text)) <= SMS_BYTES
        assert readable(text) == text
    assert invitation(link).endswith(link)
    assert receipt(link).endswith(link)
    assert "동의" in invitation(link)
    assert "인증" in code_text("482913")


def test_the_words_agreed_to_are_never_changed_within_a_version(app: Flask) -> None:
    """Consents name a version: other words need another file and another ``TEXT_VERSION``."""
    kept = {"1": "b9ab66f78f19ce29"}
    folder = Path(app.root_path) / "web/templates/guardian/terms"
    found = {file.stem: hashlib.sha256(file.read_bytes()).hexdigest()[:16] for file in folder.glob("*.html")}
    assert found == kept
    assert TEXT_VERSION in found


def test_neither_names_nor_numbers_nor_tokens_get_into_logs(
    guardian: Visitor, path: str, nhn: Nhn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    has_agreed(guardian, path, nhn)
    assert "agreed, consent" in caplog.text
    for secret in ("나무", "새싹", "1013", path.removeprefix("/guardian/"), nhn.code()):
        assert secret not in caplog.text
