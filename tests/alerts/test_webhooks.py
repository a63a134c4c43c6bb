from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import make_server

from alerts.channels import Channel, Outgoing, Receipt, ReceiptState, Unsigned
from alerts.channels.nhn_alimtalk import NhnAlimtalk
from alerts.channels.nhn_sms import NhnSms
from alerts.channels.prices import NHN, SOLAPI
from alerts.channels.solapi import SolapiAlimtalk
from alerts.channels.webhooks import WEBHOOKS
from simulator.settings import Settings
from tests.alerts.attempts import card, text
from tests.simulator.conftest import free_port
from tests.simulator.providers import PHONE, faults, register
from tests.simulator.skill_server import KEY, SkillServer, wait_until

SECRET = "local-receipt-token"
SIGNED = {"X-Toast-Webhook-Signature": SECRET}
TOKEN = {"token": SECRET}
DELIVERED, FAILED, WAITING = ReceiptState.DELIVERED, ReceiptState.FAILED, ReceiptState.WAITING


def hook(**changes: Any) -> dict[str, Any]:
    """A report of NHN's SMS, as in its documents."""
    return {
        "hookId": "20240429205809GcSUXthVA00",
        "senderType": "NORMAL_SMS",
        "requestId": "20240429205802y0Tl7Gbz0e0",
        "recipientSeq": 1,
        "receiveDate": "2024-04-29T20:58:04",
        "recipientNo": PHONE,
        "messageStatus": "COMPLETED",
        "recipientGroupingKey": "a-1",
        "resultCode": "1000",
    } | changes


def nhn(*hooks: Any, event: str = "MESSAGE_RESULT_UPDATE") -> bytes:
    return json.dumps({"hooksId": "x", "event": event, "hooks": list(hooks), "new": {"field": 1}}).encode()


def report(**changes: Any) -> dict[str, Any]:
    """A report of Solapi."""
    data = {
        "messageId": "M4V1",
        "type": "SMS",
        "to": PHONE,
        "statusCode": "4000",
        "customFields": {"key": "a-1"},
    }
    return {"eventDataId": "e-1", "retryCount": 0, "data": data | changes}


def solapi(*reports: Any) -> bytes:
    return json.dumps(list(reports)).encode()


def read(provider: str, body: bytes, secret: str = SECRET) -> list[Receipt]:
    return WEBHOOKS[provider](SIGNED, TOKEN, body, secret)


def test_a_text_that_arrived_is_told_by_key_and_by_reference() -> None:
    (receipt,) = read("nhn_sms", nhn(hook()))
    assert (receipt.key, receipt.state, receipt.to) == ("a-1", DELIVERED, PHONE)
    assert receipt.reference == "sms:20240429205802y0Tl7Gbz0e0:1"
    assert (receipt.code, receipt.cost) == ("1000", NHN["SMS"])
    assert str(receipt.at) == "2024-04-29 20:58:04+09:00"


@pytest.mark.parametrize(
    ("kind", "lane", "price"),
    [("AUTH_SMS", "auth/sms", "SMS"), ("NORMAL_MMS", "mms", "LMS"), ("NEW", "sms", "SMS")],
)
def test_the_kind_of_text_is_told_by_its_lane_and_its_price(kind: str, lane: str, price: str) -> None:
    (receipt,) = read("nhn_sms", nhn(hook(senderType=kind)))
    assert (receipt.reference.partition(":")[0], receipt.cost) == (lane, NHN[price])


def test_our_key_is_read_where_nhns_own_sample_misspells_it() -> None:
    misspelt = hook(recipientGropuingKey="a-7")
    del misspelt["recipientGroupingKey"]
    assert read("nhn_sms", nhn(misspelt))[0].key == "a-7"


@pytest.mark.parametrize(
    ("code", "state"),
    [("1000", DELIVERED), ("3005", WAITING), ("3018", FAILED), ("3020", FAILED), (1000, DELIVERED)],
)
def test_what_became_of_an_alimtalk_is_told_by_its_code(code: Any, state: ReceiptState) -> None:
    (receipt,) = read(
        "nhn_alimtalk", nhn(hook(resultCode=code, messageStatus=None, receiveDate="2023-06-01"))
    )
    assert (receipt.state, receipt.reference) == (state, "20240429205802y0Tl7Gbz0e0:1")


@pytest.mark.parametrize(
    ("code", "state", "cost"),
    [("4000", DELIVERED, SOLAPI["SMS"]), ("3000", WAITING, SOLAPI["SMS"]), ("3032", FAILED, 0)],
)
def test_solapi_tells_several_messages_at_once(code: str, state: ReceiptState, cost: int) -> None:
    told = read(
        "solapi", solapi(report(statusCode=code), report(messageId="M4V2", customFields={"key": "a-2"}))
    )
    assert [(receipt.key, receipt.reference) for receipt in told] == [("a-1", "M4V1"), ("a-2", "M4V2")]
    assert (told[0].state, told[0].cost) == (state, cost)


def test_a_report_that_comes_twice_is_read_twice_alike() -> None:
    assert read("nhn_sms", nhn(hook(), hook())) == read("nhn_sms", nhn(hook())) * 2
    assert read("solapi", solapi(report(), report())) == read("solapi", solapi(report())) * 2


@pytest.mark.parametrize("provider", WEBHOOKS)
@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {}),
        ({"X-Toast-Webhook-Signature": ""}, {"token": ""}),
        ({"X-Toast-Webhook-Signature": SECRET + "x"}, {"token": SECRET[:-1]}),
        ({"X-Toast-Webhook-Signature": "비밀"}, {"token": "비밀"}),
    ],
)
def test_a_push_that_does_not_prove_where_it_comes_from_is_not_read(
    provider: str, headers: dict[str, str], query: dict[str, str]
) -> None:
    with pytest.raises(Unsigned):
        WEBHOOKS[provider](headers, query, b"[]", SECRET)


@pytest.mark.parametrize("provider", WEBHOOKS)
def test_without_a_secret_in_the_settings_nobody_can_sign(provider: str) -> None:
    with pytest.raises(Unsigned):
        WEBHOOKS[provider]({"X-Toast-Webhook-Signature": ""}, {"token": ""}, b"[]", "")


def test_the_signatures_header_may_be_written_in_any_case() -> None:
    assert WEBHOOKS["nhn_sms"]({"x-toast-webhook-signature": SECRET}, {}, nhn(hook()), SECRET)


@pytest.mark.parametrize("provider", WEBHOOKS)
@pytest.mark.parametrize("body", [b"", b"{", b"<xml/>", b"\xff\xfe", b"null", b"1"])
def test_what_is_no_json_of_the_provider_is_refused(provider: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(provider, body)


def test_the_other_providers_form_is_refused() -> None:
    with pytest.raises(ValueError, match="list"):
        read("solapi", nhn(hook()))
    with pytest.raises(ValueError, match="object"):
        read("nhn_sms", solapi(report()))


def test_reports_of_other_things_are_left_out() -> None:
    assert read("nhn_sms", nhn({"recipientNo": PHONE, "unsubscribeNo": "0801234"}, event="UNSUBSCRIBE")) == []
    assert read("nhn_sms", nhn("x", {}, {"requestId": "r"}, None)) == []
    assert read("solapi", solapi("x", {}, {"data": None}, {"data": {"groupId": "G"}})) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from(sorted(hook())), JSON), st.dictionaries(st.sampled_from(["data"]), JSON)
)
def test_fields_of_any_kind_are_read_or_left_out(changes: dict[str, Any], other: dict[str, Any]) -> None:
    for provider in ("nhn_sms", "nhn_alimtalk"):
        assert len(read(provider, nhn(hook(**changes)))) == 1
    assert len(read("solapi", solapi(report(**changes), other))) <= 2


@dataclass
class Pushes:
    """A real server that receipts are pushed to: what came, by the last part of the address."""

    url: str
    came: list[tuple[str, dict[str, str], dict[str, str], bytes]]

    def receipts(self, provider: str) -> list[Receipt]:
        """Return the receipts that came signed."""
        found = []
        for name, headers, query, body in self.came:
            if name == provider:
                try:
                    found += WEBHOOKS[name](headers, query, body, SECRET)
                except Unsigned:
                    continue
        return found


@pytest.fixture
def pushes() -> Iterator[Pushes]:
    app, came = Flask("pushes"), []

    @app.post("/receipts/<name>")
    def take(name: str) -> str:
        came.append((name, dict(request.headers), request.args.to_dict(), request.get_data()))
        return ""

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Pushes(f"http://127.0.0.1:{server.server_port}/receipts", came)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def settings(skill: SkillServer, pushes: Pushes) -> Settings:
    """The simulator's settings, so that it pushes to us."""
    return Settings(skill.url, KEY, port=free_port(), previews=False, receipts_url=pushes.url)


CHANNELS: dict[str, tuple[Any, Outgoing, tuple[str, ...]]] = {
    "nhn_alimtalk": (NhnAlimtalk, card("a-1"), ("app", "local-alimtalk-secret-key", "s" * 40)),
    "nhn_sms": (NhnSms, text("a-1", "가" * 60), ("app", "local-sms-secret-key", "0215880000")),
    "solapi": (SolapiAlimtalk, card("a-1"), ("local-solapi-api-key", "local-solapi-api-secret", "KA01PF")),
}


@pytest.mark.parametrize("provider", WEBHOOKS)
def test_what_a_provider_pushes_is_what_it_tells_when_asked(
    simulator: str, pushes: Pushes, provider: str
) -> None:
    register(simulator)
    make, message, more = CHANNELS[provider]
    channel: Channel = make(simulator, *more)
    (taken,) = channel.send([message])
    wait_until(lambda: bool(pushes.receipts(provider)))
    (pushed,) = pushes.receipts(provider)
    assert (pushed.key, pushed.reference) == ("a-1", taken.reference)
    assert (pushed.state, pushed.cost) == (DELIVERED, taken.cost)


@pytest.mark.parametrize("provider", WEBHOOKS)
def test_pushes_that_are_forged_are_not_believed(simulator: str, pushes: Pushes, provider: str) -> None:
    register(simulator)
    faults(simulator, **{provider: {"receipts": {"unsigned": 1.0}}})
    make, message, more = CHANNELS[provider]
    make(simulator, *more).send([message])
    wait_until(lambda: bool(pushes.came))
    assert pushes.receipts(provider) == []
