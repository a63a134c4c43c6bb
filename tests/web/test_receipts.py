"""Providers push receipts: over the whole application, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from alerts.channels.trial import Trial
from alerts.channels.webhooks import WEBHOOKS
from alerts.decisions import Desk, Ended, Tries, decide
from alerts.routing import ALIMTALK, SMS, Ways, load_recipients
from app import close_app, create_app
from bot.settings import Settings
from models.applications import ApplicationState
from models.clock import SetClock
from models.database import Database
from models.members import Member
from models.outbox import Alert, AlertState, Attempt, AttemptState, attempts_of, claim, due_count
from models.rules import Rules
from tests.outbox_rows import make_alert, make_attempt
from tests.world import make_application, make_member, make_session

TOKEN = "what we agreed on with the provider"
REQUEST = "20261123100000y0Tl7Gbz0e0"


@pytest.fixture
def settings(tmp_path: Path, database_address: str, redis_url: str) -> Settings:
    return Settings(
        app_env="test",
        instance_dir=tmp_path,
        database_url=database_address,
        redis_url=redis_url,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="a key for tests only, of enough length",
        signing_key="a key for tests",
        receipt_token=TOKEN,
    )


@pytest.fixture
def app(settings: Settings, clock: SetClock) -> Iterator[Flask]:
    app = create_app(settings, clock)
    yield app
    close_app(app)


@pytest.fixture
def db(app: Flask) -> Iterator[Session]:
    database: Database = app.extensions["database"]
    with database.session() as session:
        yield session


@pytest.fixture
def member(db: Session) -> Member:
    member = make_member(db)
    db.commit()
    return member


@dataclass
class Providers:
    """Those who push."""

    app: Flask

    def push(self, provider: str, body: bytes, token: str | None = TOKEN) -> TestResponse:
        """Push a body, signed in the provider's own way unless ``token`` is None."""
        signed = token is not None
        headers = {"X-Toast-Webhook-Signature": token or ""} if signed and provider != "solapi" else {}
        query = {"token": token} if signed and provider == "solapi" else {}
        return self.app.test_client().post(
            f"/receipts/{provider}", data=body, headers=headers, query_string=query
        )

    def tell(self, attempt: Attempt, code: str, **changes: Any) -> None:
        """Push the receipt of an attempt that its provider gave this code, and have it taken."""
        answer = self.push(attempt.provider, told(attempt.provider, attempt.key, code, **changes))
        assert (answer.status_code, answer.get_json()) == (200, {"received": 1})


@pytest.fixture
def providers(app: Flask) -> Providers:
    return Providers(app)


def told(provider: str, key: str, code: str, **changes: Any) -> bytes:
    """Return the body of a push about one message."""
    if provider == "solapi":
        data = {"messageId": "M4V1", "type": "ATA", "to": "01000001234", "statusCode": code}
        data |= {"customFields": {"key": key}} | changes
        return json.dumps([{"eventDataId": "e-1", "retryCount": 0, "data": data}]).encode()
    hook = {
        "requestId": REQUEST,
        "recipientSeq": 1,
        "receiveDate": "2026-11-23T10:00:04",
        "recipientNo": "01000001234",
        "messageStatus": "COMPLETED",
        "recipientGroupingKey": key,
        "resultCode": code,
    }
    return json.dumps({"event": "MESSAGE_RESULT_UPDATE", "hooks": [hook | changes]}).encode()


GOOD = {"nhn_alimtalk": "1000", "nhn_sms": "1000", "solapi": "4000"}
BAD = {"nhn_alimtalk": "3018", "nhn_sms": "3018", "solapi": "3032"}


def on_its_way(db: Session, member: Member, provider: str = "nhn_alimtalk", **columns: Any) -> Attempt:
    """Write the alert of an approved application that has been handed over, and is asked for much later."""
    application = make_application(db, member, make_session(db), ApplicationState.APPROVED)
    alert = make_alert(
        db, member, AlertState.SENDING, object=f"application:{application.id}", channel=ALIMTALK
    )
    alert.due_at = alert.created_at + timedelta(hours=1)
    values: dict[str, Any] = {
        "provider": provider,
        "reference": f"{REQUEST}:1",
        "handed_at": alert.created_at,
    }
    values |= columns
    state = values.pop("state", AttemptState.HANDED)
    attempt = make_attempt(db, alert, ALIMTALK, state, at=alert.created_at, **values)
    db.commit()
    return attempt


def kept(db: Session, attempt: Attempt) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return all that is stored of an attempt and of its alert."""
    db.rollback()
    tables = ((Attempt, attempt.id), (Alert, attempt.alert_id))
    found = [
        dict(db.execute(select(kind.__table__).where(kind.__table__.c.id == row)).mappings().one())
        for kind, row in tables
    ]
    return found[0], found[1]


def test_every_provider_that_can_be_read_is_tried() -> None:
    assert set(WEBHOOKS) == set(GOOD) == set(BAD)


# --- signed, and applied


@pytest.mark.parametrize("provider", GOOD)
def test_a_receipt_that_it_arrived_ends_the_message(
    providers: Providers, db: Session, member: Member, now: datetime, provider: str
) -> None:
    attempt = on_its_way(db, member, provider)
    providers.tell(attempt, GOOD[provider])
    tried, alert = kept(db, attempt)
    assert (tried["state"], tried["ended_at"]) == (AttemptState.DELIVERED, now)
    assert tried["provider"].startswith(provider)
    assert tried["code"] == GOOD[provider]
    assert tried["cost"] > 0
    assert (alert["state"], alert["finished_at"], alert["reason"]) == (AlertState.DELIVERED, now, None)


def test_a_receipt_is_found_by_the_providers_name_where_ours_is_missing(
    providers: Providers, db: Session, member: Member
) -> None:
    attempt = on_its_way(db, member)
    providers.tell(attempt, "1000", recipientGroupingKey=None)
    assert kept(db, attempt)[1]["state"] == AlertState.DELIVERED


def test_a_receipt_may_come_before_the_worker_has_noted_that_it_handed_over(
    providers: Providers, db: Session, member: Member, now: datetime
) -> None:
    attempt = on_its_way(db, member, state=AttemptState.CLAIMED, reference="", handed_at=None)
    providers.tell(attempt, "1000")
    tried, alert = kept(db, attempt)
    assert (tried["state"], tried["reference"]) == (AttemptState.DELIVERED, f"{REQUEST}:1")
    assert (tried["handed_at"], alert["handed_at"], alert["state"]) == (now, now, AlertState.DELIVERED)


def test_many_receipts_come_in_one_push(providers: Providers, db: Session, member: Member) -> None:
    """A thousand are more than a page of the portal may send."""
    mine = [on_its_way(db, member) for _ in range(3)]
    keys = [attempt.key for attempt in mine] + [f"{number:032}" for number in range(1200)]
    hooks = [json.loads(told("nhn_alimtalk", key, "1000"))["hooks"][0] for key in keys]
    body = json.dumps({"event": "MESSAGE_RESULT_UPDATE", "hooks": hooks}).encode()
    assert len(body) > 200_000
    answer = providers.push("nhn_alimtalk", body)
    assert (answer.status_code, answer.get_json()) == (200, {"received": 1203})
    assert {kept(db, attempt)[1]["state"] for attempt in mine} == {AlertState.DELIVERED}


# --- what is not taken


@pytest.mark.parametrize("provider", GOOD)
@pytest.mark.parametrize("token", [None, "", "something else", TOKEN.upper()])
def test_an_unsigned_receipt_is_refused_and_changes_nothing(
    providers: Providers, db: Session, member: Member, provider: str, token: str | None
) -> None:
    attempt = on_its_way(db, member, provider)
    before = kept(db, attempt)
    answer = providers.push(provider, told(provider, attempt.key, GOOD[provider]), token)
    assert answer.status_code == 401
    assert kept(db, attempt) == before


def test_without_a_token_in_the_settings_there_is_no_such_door(settings: Settings, clock: SetClock) -> None:
    app = create_app(settings.model_copy(update={"receipt_token": ""}), clock)
    for provider in GOOD:
        for token in ("", TOKEN, None):
            assert Providers(app).push(provider, told(provider, "a-1", "1000"), token).status_code == 404
    close_app(app)


@pytest.mark.parametrize("provider", ["nobody", "kakao_event", "nhn", "NHN_SMS", "nhn_sms/x", ""])
def test_a_provider_that_nobody_knows_is_not_found(providers: Providers, provider: str) -> None:
    assert providers.push(provider, told("nhn_sms", "a-1", "1000")).status_code == 404


@pytest.mark.parametrize("provider", GOOD)
@pytest.mark.parametrize("body", [b"", b"{", b"hooks=1", b"\xff\xfe", b"null", b'"text"'])
def test_what_is_no_report_of_the_provider_is_told_so(
    providers: Providers, provider: str, body: bytes
) -> None:
    answer = providers.push(provider, body)
    assert answer.status_code == 400
    assert answer.get_json()["error"]


def test_a_door_for_receipts_only_takes_posts(app: Flask) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert app.test_client().open("/receipts/nhn_sms", method=method).status_code == 405


# --- twice, late, of nobody


@pytest.mark.parametrize("provider", GOOD)
@pytest.mark.parametrize("codes", [GOOD, BAD])
def test_a_receipt_that_comes_twice_changes_nothing(
    providers: Providers,
    db: Session,
    member: Member,
    clock: SetClock,
    provider: str,
    codes: dict[str, str],
) -> None:
    attempt = on_its_way(db, member, provider)
    providers.tell(attempt, codes[provider])
    once = kept(db, attempt)
    clock.advance(timedelta(minutes=3))
    providers.tell(attempt, codes[provider])
    assert kept(db, attempt) == once


@pytest.mark.parametrize(("first", "second"), [(GOOD, BAD), (BAD, GOOD)])
def test_the_first_final_word_holds(
    providers: Providers, db: Session, member: Member, first: dict[str, str], second: dict[str, str]
) -> None:
    attempt = on_its_way(db, member)
    providers.tell(attempt, first["nhn_alimtalk"])
    before = kept(db, attempt)
    providers.tell(attempt, second["nhn_alimtalk"])
    assert kept(db, attempt) == before


@pytest.mark.parametrize("codes", [GOOD, BAD])
@pytest.mark.parametrize("state", [AlertState.SENT, AlertState.CANCELLED, AlertState.TEMPORARY_FAILURE])
def test_a_receipt_that_comes_after_the_end_leaves_the_message_as_it_ended(
    providers: Providers,
    db: Session,
    member: Member,
    now: datetime,
    codes: dict[str, str],
    state: AlertState,
) -> None:
    attempt = on_its_way(db, member)
    attempt.alert.state, attempt.alert.finished_at = state, now - timedelta(minutes=1)
    db.commit()
    before = kept(db, attempt)[1]
    providers.tell(attempt, codes["nhn_alimtalk"])
    after = kept(db, attempt)[1]
    assert (after["state"], after["finished_at"], after["due_at"]) == (
        state,
        before["finished_at"],
        before["due_at"],
    )


@pytest.mark.parametrize("provider", GOOD)
def test_receipts_of_messages_that_are_not_ours_are_taken_and_change_nothing(
    providers: Providers, db: Session, member: Member, provider: str
) -> None:
    """Another service of the same contract may have sent them: a refusal would only have them come again."""
    attempt = on_its_way(db, member, provider, reference="another")
    before = kept(db, attempt)
    for code in (GOOD[provider], BAD[provider]):
        answer = providers.push(provider, told(provider, "of nobody", code))
        assert (answer.status_code, answer.get_json()) == (200, {"received": 1})
    assert kept(db, attempt) == before


@pytest.mark.parametrize("body", [b"[]", b'[{"data": null}]'])
def test_a_push_without_receipts_is_taken(providers: Providers, body: bytes) -> None:
    answer = providers.push("solapi", body)
    assert (answer.status_code, answer.get_json()) == (200, {"received": 0})


# --- failed: on to the next channel


def next_step(db: Session, attempt: Attempt, now: datetime) -> object:
    """Take the alert as a worker does; return what it decides."""
    db.rollback()
    (alert,) = claim(db, "worker", now, timedelta(minutes=1))
    assert alert.id == attempt.alert_id
    to = load_recipients(db, [alert], Rules())[alert.id]
    desk = Desk(db, Rules(), Ways([ALIMTALK, SMS]), Trial(), now)
    return decide(desk, alert, attempts_of(db, [alert.id])[alert.id], to)


@pytest.mark.parametrize("provider", ["nhn_alimtalk", "solapi"])
def test_a_receipt_that_it_failed_makes_the_message_due_for_the_next_channel(
    providers: Providers, db: Session, member: Member, now: datetime, provider: str
) -> None:
    attempt = on_its_way(db, member, provider)
    assert due_count(db, now) == 0
    providers.tell(attempt, BAD[provider])
    tried, alert = kept(db, attempt)
    assert (tried["state"], tried["code"], tried["ended_at"]) == (AttemptState.FAILED, BAD[provider], now)
    assert (alert["state"], alert["due_at"], alert["finished_at"]) == (AlertState.SENDING, now, None)
    step = next_step(db, attempt, now)
    assert isinstance(step, Tries)
    assert (step.way, step.again) == (SMS, None)


def test_a_receipt_that_the_last_channel_failed_too_ends_it_as_a_failure_with_its_reason(
    providers: Providers, db: Session, member: Member, now: datetime
) -> None:
    attempt = on_its_way(db, member)
    providers.tell(attempt, BAD["nhn_alimtalk"])
    text = make_attempt(
        db, attempt.alert, SMS, AttemptState.HANDED, at=now, provider="nhn_sms", handed_at=now
    )
    attempt.alert.due_at = now + timedelta(hours=1)
    db.commit()
    providers.tell(text, BAD["nhn_sms"], recipientSeq=2)
    step = next_step(db, attempt, now)
    assert isinstance(step, Ended)
    assert step.state is AlertState.PERMANENT_FAILURE
    assert step.reason


def test_no_number_of_a_receipt_gets_into_the_log(
    providers: Providers, db: Session, member: Member, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    providers.tell(on_its_way(db, member), "1000")
    providers.push("nhn_sms", b'{"recipientNo": "01000001234"')
    assert "01000001234" not in caplog.text
    assert TOKEN not in caplog.text
