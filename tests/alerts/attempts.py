"""What channels are given in tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from alerts.channels import Channel, Outgoing, Receipt, ReceiptState, Sent
from models.clock import SystemClock
from tests.simulator.providers import PHONE, VALUES
from tests.simulator.skill_server import wait_until

OTHER_PHONE = "01099998888"


def card(key: str, to: str = PHONE, template: str = "approved", **values: str) -> Outgoing:
    return Outgoing(key, to, template=template, variables=VALUES | values)


def text(
    key: str, words: str = "보람이에요. 내일 봉사 잊지 마세요.", to: str = PHONE, title: str = ""
) -> Outgoing:
    return Outgoing(key, to, text=words, title=title)


def event(key: str, to: str = "persona-busy", **params: str) -> Outgoing:
    return Outgoing(key, to, params=params)


def sent(message: Outgoing, receipt: Receipt | None = None, ago: float = 0) -> Sent:
    """Return the attempt that ``message`` was; without a receipt its answer got lost."""
    at = SystemClock().now() - timedelta(seconds=ago)
    return Sent(message.key, message.to, receipt.reference if receipt else "", at)


def settled(channel: Channel, messages: Sequence[Outgoing]) -> list[Receipt]:
    """Send, and return the receipts once nothing is waited for."""
    taken = channel.send(messages)
    attempts = [sent(message, receipt) for message, receipt in zip(messages, taken, strict=True)]
    wait_until(lambda: ReceiptState.WAITING not in states(channel.ask(attempts)))
    return channel.ask(attempts)


def states(receipts: Sequence[Receipt]) -> list[ReceiptState]:
    return [receipt.state for receipt in receipts]


class Played:
    """A channel that does what it is told: the real Protocol, without a provider."""

    def __init__(
        self,
        name: str,
        send: Callable[[Sequence[Outgoing]], list[Receipt]],
        ask: Callable[[Sequence[Sent]], list[Receipt]] | None = None,
        batch: int = 100,
    ) -> None:
        self.name, self.batch = name, batch
        self._send, self._ask = send, ask
        self.calls: list[list[str]] = []

    def send(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        self.calls.append([message.key for message in messages])
        return self._send(messages)

    def ask(self, sent: Sequence[Sent]) -> list[Receipt]:
        assert self._ask is not None
        return self._ask(sent)


def takes(messages: Sequence[Outgoing]) -> list[Receipt]:
    return [Receipt(each.key, ReceiptState.WAITING, f"ref-{each.key}") for each in messages]


def fails(error: Exception) -> Callable[[Sequence[Outgoing]], list[Receipt]]:
    def send(_messages: Sequence[Outgoing]) -> list[Receipt]:
        raise error

    return send
