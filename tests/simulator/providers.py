"""The message providers as our side calls them, for tests: plain requests, nothing of ours between."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any

import requests

TEXT = "[보람] #{name}님, #{title} 봉사가 승인됐어요."
TEMPLATES: list[dict[str, Any]] = [
    {"code": "approved", "text": TEXT, "buttons": [{"name": "자세히 보기", "type": "WL"}]},
    {
        "code": "linked",
        "text": "안내예요.",
        "buttons": [{"name": "열기", "type": "WL", "linkMo": "https://boram.example/h/#{code}"}],
    },
    {"code": "long", "text": "가" * 900 + "#{a}"},
]
VALUES = {"name": "하늘", "title": "도서관", "link": "http://127.0.0.1:8000/h/abc"}
PHONE = "01023456789"


def register(simulator: str, templates: Any = None) -> requests.Response:
    body = TEMPLATES if templates is None else templates
    return requests.put(f"{simulator}/api/templates", json=body, timeout=10)


def faults(simulator: str, **providers: Any) -> requests.Response:
    return requests.put(f"{simulator}/api/faults", json=providers, timeout=10)


def ledger(simulator: str, provider: str) -> dict[str, Any]:
    url = f"{simulator}/api/ledger"
    answer: dict[str, Any] = requests.get(url, params={"provider": provider}, timeout=30).json()
    return answer


def on_phone(simulator: str, kinds: str = "sms,alimtalk") -> list[dict[str, Any]]:
    url = f"{simulator}/api/news?now=1"
    items: list[dict[str, Any]] = requests.get(url, params={"kinds": kinds}, timeout=10).json()["items"]
    return items


def person(number: str = PHONE, key: str = "", **values: str) -> dict[str, Any]:
    told: dict[str, Any] = {"recipientNo": number, "templateParameter": VALUES | values}
    return told | ({"recipientGroupingKey": key} if key else {})


class NhnAlimtalk:
    """NHN's Alimtalk at ``simulator``."""

    def __init__(self, simulator: str, secret: str = "local-alimtalk-secret-key") -> None:  # noqa: S107
        self._url = f"{simulator}/alimtalk/v2.3/appkeys/any"
        self._headers = {"X-Secret-Key": secret}

    def send(
        self, *people: Any, template: str = "approved", key: str = "", **changes: Any
    ) -> requests.Response:
        body = {"senderKey": "s" * 40, "templateCode": template, "recipientList": list(people)} | changes
        headers = self._headers | ({"X-NC-API-IDEMPOTENCY-KEY": key} if key else {})
        return requests.post(f"{self._url}/messages", json=body, headers=headers, timeout=10)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(
            f"{self._url}/{path}", params=query, headers=self._headers, timeout=30
        ).json()
        return answer

    def state(self, sent: requests.Response, seq: int = 1) -> tuple[str, str | None]:
        """Return messageStatus and resultCode of one message of the answer ``sent``."""
        told = self.get(f"messages/{sent.json()['message']['requestId']}/{seq}")["message"]
        return told["messageStatus"], told["resultCode"]


class NhnSms:
    """NHN's texts at ``simulator``."""

    def __init__(self, simulator: str) -> None:
        self._url = f"{simulator}/sms/v3.0/appKeys/any"
        self._headers = {"X-Secret-Key": "local-sms-secret-key"}

    def send(
        self, lane: str = "sms", key: str = "", number: str = PHONE, **changes: Any
    ) -> requests.Response:
        body: dict[str, Any] = {"body": "봉사가 내일이에요.", "sendNo": "15880000"}
        body["recipientList"] = [{"recipientNo": number, "recipientGroupingKey": key or None}]
        url = f"{self._url}/sender/{lane}"
        return requests.post(url, json=body | changes, headers=self._headers, timeout=10)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(
            f"{self._url}/{path}", params=query, headers=self._headers, timeout=30
        ).json()
        return answer


class Solapi:
    """Solapi at ``simulator``; every call is signed anew unless a test says how."""

    def __init__(self, simulator: str) -> None:
        self._url = f"{simulator}/messages/v4"

    def send(self, *messages: Any, authorization: str = "", **changes: Any) -> requests.Response:
        headers = {"Authorization": authorization or signed()}
        body = {"messages": list(messages), "showMessageList": True} | changes
        return requests.post(f"{self._url}/send-many/detail", json=body, headers=headers, timeout=10)

    def list(self, **query: str) -> dict[str, Any]:
        headers = {"Authorization": signed()}
        answer: dict[str, Any] = requests.get(
            f"{self._url}/list", params=query, headers=headers, timeout=30
        ).json()
        return answer


def signed(
    key: str = "local-solapi-api-key",
    secret: str = "local-solapi-api-secret",  # noqa: S107 - known to everyone
    date: str = "",
    salt: str = "",
) -> str:
    date, salt = date or datetime.now(UTC).isoformat(), salt or secrets.token_hex(16)
    signature = hmac.new(secret.encode(), (date + salt).encode(), hashlib.sha256).hexdigest()
    return f"HMAC-SHA256 apiKey={key}, date={date}, salt={salt}, signature={signature}"


def card(number: str = PHONE, key: str = "", template: str = "approved", **values: str) -> dict[str, Any]:
    variables = {f"#{{{name}}}": value for name, value in (VALUES | values).items()}
    options = {"pfId": "KA01PF", "templateId": template, "variables": variables, "disableSms": True}
    return {"to": number, "kakaoOptions": options, "customFields": {"key": key} if key else {}}


def text(number: str = PHONE, words: str = "봉사가 내일이에요.", **changes: Any) -> dict[str, Any]:
    return {"to": number, "from": "15880000", "text": words, "type": "SMS"} | changes
