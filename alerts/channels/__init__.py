"""The ways a message leaves us. Each channel is a thin client of one provider and knows no table.

A call that fails answers one question: again, or never? What became of one message is told by a receipt, whether the
provider pushed it or was asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ChannelRetryable(Exception):
    """Again: the channel does not work now (network, load, a wrong key or number of ours).

    ``maybe_sent`` is true when the provider may have taken the messages all the same, because its answer got
    lost: whoever sends again then risks that they arrive twice, so the provider is asked first.
    """

    def __init__(self, reason: str, *, maybe_sent: bool = False) -> None:
        super().__init__(reason)
        self.maybe_sent = maybe_sent


class ChannelPermanent(Exception):
    """Never: the provider understood and refuses this message or this person. Nothing was sent."""


class Unsigned(Exception):
    """A pushed receipt does not prove that it comes from the provider."""


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A button that opens a page. The names are part of an approved template, letter by letter."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one person, as every channel is given it; each takes what it needs.

    ``to`` is a botUserKey for KakaoTalk events and a Korean mobile number elsewhere. ``key`` is ours: it names the
    attempt to the provider, so that the same attempt is never taken twice and can be asked for.
    """

    key: str
    to: str
    params: Mapping[str, str] = field(default_factory=dict)
    """Words an event carries to our own skill."""
    text: str = ""
    """The whole text: of an approved template with its variables filled in, or of a text message."""
    title: str = ""
    """Subject of a long text message."""
    template: str = ""
    """Code of the approved template."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Name, as in ``#{name}`` of the template → what stands there."""
    buttons: tuple[LinkButton, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """An attempt that was made, to ask about. ``reference`` is the provider's id, empty where its answer got lost."""

    key: str
    to: str
    reference: str
    at: datetime


class ReceiptState(StrEnum):
    """What is known of a message."""

    WAITING = "waiting"
    """Accepted; nothing final yet."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """It will not arrive by this channel; another one may be tried."""
    ABSENT = "absent"
    """The provider has no such message: it may be sent again."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says of one attempt.

    Found by ``key``, or by ``reference`` (with ``to``, where one reference is shared) where the provider does not
    hand our key back.
    """

    key: str
    state: ReceiptState
    reference: str = ""
    code: str = ""
    """The provider's own code."""
    reason: str = ""
    at: datetime | None = None
    cost: int = 0
    """Won, where the provider tells."""
    to: str = ""
    provider: str = ""
    """Who says so, where the asker does not know it: of several that were asked, or of a push."""
    stranger: bool = False
    """The person has not added the channel, or is not known there: no use trying this channel again."""


class Channel(Protocol):
    """One provider. Safe to use from several threads."""

    name: str
    """Word for the provider in rows and figures: kakao_event, nhn_alimtalk, …"""
    batch: int
    """Most messages of one call."""

    def send(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        """Hand over up to ``batch`` messages; return one receipt each, in their order.

        ``WAITING`` means accepted (with the provider's reference), ``FAILED`` refused.

        Raises:
            ChannelRetryable: none was taken, or (``maybe_sent``) it is not known which were.
            ChannelPermanent: the whole call is refused, and would be again.
        """

    def ask(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Return how attempts stand, one receipt each, in their order.

        Raises:
            ChannelRetryable: the provider does not answer now.
        """
