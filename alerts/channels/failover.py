"""Several providers of one channel: who works and has room takes the messages."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from alerts.channels import (
    Channel,
    ChannelPermanent,
    ChannelRetryable,
    Outgoing,
    Receipt,
    ReceiptState,
    Sent,
)
from alerts.channels.limits import Bucket
from alerts.channels.parts import not_taken, waiting
from bot.breaker import Breaker, BreakerOpen

log = logging.getLogger(__name__)

LONGEST_WAIT = 1.0
"""Seconds that are waited for a provider's bucket; for more, the next provider is tried."""
FAILURES, PAUSE = 3, 10.0
"""So many failed calls in a row, and a provider is left alone for so many seconds."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of messages that went to one provider.

    Without an ``error`` there is a receipt for each message. With one there is none, and it says, as from
    ``Channel.send``, what happened to all of them: a ``ChannelRetryable`` with ``maybe_sent`` is settled by
    ``Failover.ask(provider, …)`` first. ``provider`` is empty when none of them took these.
    """

    provider: str
    messages: tuple[Outgoing, ...]
    receipts: tuple[Receipt, ...] = ()
    error: ChannelRetryable | ChannelPermanent | None = None


@dataclass(slots=True)
class _Provider:
    channel: Channel
    bucket: Bucket | None
    sending: Breaker = field(default_factory=lambda: Breaker(FAILURES, PAUSE))
    asking: Breaker = field(default_factory=lambda: Breaker(FAILURES, PAUSE))


class Failover:
    """The providers of one channel word, in the order in which they are tried. Safe to use from several threads."""

    def __init__(
        self, channels: Sequence[Channel], buckets: Mapping[str, Bucket] = MappingProxyType({})
    ) -> None:
        self._providers = {each.name: _Provider(each, buckets.get(each.name)) for each in channels}

    @property
    def names(self) -> tuple[str, ...]:
        """The providers' words, in their order."""
        return tuple(self._providers)

    @property
    def batch(self) -> int:
        """Most messages that every provider takes in one call."""
        return min((each.channel.batch for each in self._providers.values()), default=1)

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Handed]:
        """Hand over messages, however many, in slices as large as providers take them; yield what became of each.

        A provider that fails without having taken anything, failed lately, or has no room within a second is
        passed over for the next one, with what is left of a slice. No error of a channel is raised: it stands in
        ``Handed``, as the slices before it have gone.
        """
        for start in range(0, len(messages), self.batch):
            yield from self._hand(tuple(messages[start : start + self.batch]))

    def ask(self, provider: str, sent: Sequence[Sent]) -> list[Receipt]:
        """Return how attempts with one provider stand, in their order. See ``Channel.ask``.

        ``provider`` empty: it is not known who took them, so all are asked, until one knows of an attempt.

        Raises:
            ChannelRetryable: the provider does not answer now, or is none of these.
        """
        if not provider:
            return self._ask_all(sent)
        if provider not in self._providers:
            raise ChannelRetryable(f"{provider} is not set up")
        one = self._providers[provider]
        try:
            return one.asking.call(lambda: one.channel.ask(sent))
        except BreakerOpen:
            raise ChannelRetryable(f"{provider} failed lately") from None

    def _hand(self, left: tuple[Outgoing, ...]) -> Iterator[Handed]:
        failure = ChannelRetryable("no provider is set up")
        for provider in self._providers.values():
            handed = _try(provider, left)
            if isinstance(handed, ChannelRetryable):
                failure = handed
                continue
            yield handed
            gone = {message.key for message in handed.messages}
            left = tuple(message for message in left if message.key not in gone)
            if not left:
                return
        yield Handed("", left, error=failure)

    def _ask_all(self, sent: Sequence[Sent]) -> list[Receipt]:
        found: dict[int, Receipt] = {}
        failure: ChannelRetryable | None = None
        for name in self._providers:
            places = [place for place in range(len(sent)) if place not in found]
            try:
                receipts = self.ask(name, [sent[place] for place in places])
            except ChannelRetryable as error:
                failure = error
                continue
            told = zip(places, receipts, strict=True)
            found |= {place: replace(said, provider=name) for place, said in told if not _absent(said)}
        if failure and not found:
            raise failure
        return [found.get(place) or _unfound(attempt, failure) for place, attempt in enumerate(sent)]


def _try(provider: _Provider, messages: tuple[Outgoing, ...]) -> Handed | ChannelRetryable:
    """Return what became of those messages that a provider took or may have taken, or why it took none."""
    name = provider.channel.name
    try:
        receipts = provider.sending.call(partial(_send, provider, messages))
    except BreakerOpen:
        return ChannelRetryable(f"{name} failed lately")
    except ChannelRetryable as error:
        log.warning("%s failed with %s messages: %s", name, len(messages), error)
        return Handed(name, messages, error=error) if error.maybe_sent else error
    if isinstance(receipts, ChannelPermanent):
        return Handed(name, messages, error=receipts)
    taken = [pair for pair in zip(messages, receipts, strict=True) if not _absent(pair[1])]
    if not taken:
        return ChannelRetryable(receipts[0].reason)
    return Handed(name, tuple(each for each, _ in taken), tuple(receipt for _, receipt in taken))


def _send(provider: _Provider, messages: Sequence[Outgoing]) -> list[Receipt] | ChannelPermanent:
    """Return what the provider says. A refusal is no failure of the provider, so the breaker does not see it.

    Raises:
        ChannelRetryable: as ``Channel.send``.
    """
    if not _has_room(provider.bucket, len(messages)):
        return [not_taken(each, "", f"{provider.channel.name} has no room") for each in messages]
    try:
        return provider.channel.send(messages)
    except ChannelPermanent as refusal:
        return refusal


def _has_room(bucket: Bucket | None, n: int) -> bool:
    until = time.monotonic() + LONGEST_WAIT
    while bucket is not None and (wait := bucket.take(n)) > 0:
        if time.monotonic() + wait > until:
            return False
        time.sleep(wait)
    return True


def _absent(receipt: Receipt) -> bool:
    return receipt.state is ReceiptState.ABSENT


def _unfound(attempt: Sent, failure: ChannelRetryable | None) -> Receipt:
    """Return the receipt of an attempt that nobody knows: absent only if all were asked."""
    if failure:
        return waiting(attempt, str(failure))
    return Receipt(attempt.key, ReceiptState.ABSENT, reason="no provider knows it", to=attempt.to)
