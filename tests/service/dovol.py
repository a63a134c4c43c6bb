"""DOVOL's own system in tests: the simulator reports to our side over HTTP, as its page ``/dovol`` does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import requests

from bench.stack import Stack

HOST = {"name": "한강물결청소년센터", "phone": "02-000-1388"}


class Dovol:
    """Reports what happened; fails where the report is not taken or changes nothing."""

    def __init__(self, stack: Stack) -> None:
        self._url = f"{stack.simulator}/api/dovol/reports"

    def report(self, type_: str, **fields: Any) -> None:
        """Send one report."""
        sent = {"report": {"type": type_, **fields}}
        told = requests.post(self._url, json=sent, timeout=20).json()
        assert (told["status"], told["answer"]) == (200, {"changed": True}), told

    def decide(self, type_: str, member: str, number: str, **fields: Any) -> None:
        """Send a report about a member's application."""
        self.report(type_, member=member, session={"number": number}, **fields)

    def publish(self, title: str, *, days: int = 14, **programme: Any) -> str:
        """Publish a programme so many days from now and return its session's number."""
        today = datetime.now(ZoneInfo("Asia/Seoul")).date()
        number = f"PPG-{uuid4().hex}"
        session = {
            "number": number,
            "day": (today + timedelta(days=days)).isoformat(),
            "begins_at": "10:00",
            "ends_at": "12:00",
            "sido": "서울특별시",
            "sigungu": "마포구",
            "place": "망원한강공원",
            "seats": 10,
            "hours": 2,
            "notes": "집게를 가져오세요",
            "apply_from": today.isoformat(),
            "apply_until": (today + timedelta(days=days - 1)).isoformat(),
        }
        facts = {"title": title, "host": HOST, "field": "0800", **programme}
        self.report("programme.published", programme=facts, sessions=[session])
        return number
