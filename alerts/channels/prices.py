"""What a message costs, in won without tax: what we reckon with until a contract says otherwise.

Each channel takes its own ``prices``; these stand in for kinds that are not given. A cost belongs to a message that was
taken: a receipt of a failed one says 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

Prices: TypeAlias = Mapping[str, int]
"""Kind of message (EVENT, ALIMTALK, SMS, LMS) → won."""

KAKAO: Prices = MappingProxyType({"EVENT": 15})
"""https://kakaobusiness.gitbook.io/main/tool/chatbot/main_notions/event-api"""
NHN: Prices = MappingProxyType({"ALIMTALK": 8, "SMS": 9, "LMS": 30})
"""Assumed: NHN Cloud's price list was not at hand."""
SOLAPI: Prices = MappingProxyType({"ALIMTALK": 19, "SMS": 20, "LMS": 50})
"""From the sample answer in https://solapi.com/developers/api/pricing-getMessagePriceDefault (2026-03)."""
