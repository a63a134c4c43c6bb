"""A batch that takes several calls of a provider, told as one.

The call for the first part may succeed and the next one fail, so from then on a failure is told by receipts: an
exception would forget what was taken.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

from alerts.channels import ChannelPermanent, ChannelRetryable, Outgoing, Receipt, ReceiptState, Sent

LOST = "lost"
"""Code of a ``WAITING`` receipt without a reference: the provider's answer got lost, so it has to be asked."""

KNOWN_AFTER = timedelta(minutes=1)
"""What a provider does not know at this age it never took: calls end earlier, and lists are up to date."""

Name = TypeVar("Name", bound=Hashable)
Part: TypeAlias = Sequence[Outgoing]


def refused(message: Outgoing, code: str, reason: str) -> Receipt:
    """Return the receipt of a message that this channel will not carry."""
    return Receipt(message.key, ReceiptState.FAILED, code=code, reason=reason, to=message.to)


def not_taken(message: Outgoing, code: str, reason: str) -> Receipt:
    """Return the receipt of a message that the provider did not take, through no fault of the message."""
    return Receipt(message.key, ReceiptState.ABSENT, code=code, reason=reason, to=message.to)


def send_in_parts(
    messages: Part, parts: Iterable[Sequence[int]], hand: Callable[[Part], Sequence[Receipt]]
) -> list[Receipt]:
    """Call ``hand`` for each part (places in ``messages``); return a receipt for each message, in their order.

    ``hand`` raises like ``Channel.send``. Once a part is settled, a part that follows fails by receipts:
    ``FAILED`` when refused, ``ABSENT`` when not taken or not tried, ``WAITING`` without a reference (code
    ``lost``) when it may have been taken. ``ABSENT`` messages may be sent again at once.

    Raises:
        ChannelRetryable, ChannelPermanent: nothing but this happened to all messages.
    """
    left = [list(part) for part in parts]
    alone = len(left) == 1
    found: dict[int, Receipt] = {}
    while left:
        part = left.pop(0)
        batch = [messages[place] for place in part]
        try:
            receipts = hand(batch)
        except ChannelPermanent as error:
            if alone:
                raise
            receipts = [refused(message, "", str(error)) for message in batch]
        except ChannelRetryable as error:
            if alone or not (found or error.maybe_sent):
                raise
            receipts = [_after(error, message) for message in batch]
            untried = [place for rest in left for place in rest]
            found |= {place: not_taken(messages[place], "", str(error)) for place in untried}
            left = []
        found |= dict(zip(part, receipts, strict=True))
    return [found[place] for place in range(len(messages))]


def _after(error: ChannelRetryable, message: Outgoing) -> Receipt:
    if not error.maybe_sent:
        return not_taken(message, "", str(error))
    return Receipt(message.key, ReceiptState.WAITING, code=LOST, reason=str(error), to=message.to)


def some_taken(receipts: list[Receipt]) -> list[Receipt]:
    """Return ``receipts`` of one call.

    Raises:
        ChannelRetryable: the provider took none, through no fault of the messages.
    """
    if receipts and all(receipt.state is ReceiptState.ABSENT for receipt in receipts):
        raise ChannelRetryable(receipts[0].reason)
    return receipts


def ask_in_groups(
    sent: Sequence[Sent], group: Callable[[Sent], Name], ask: Callable[[Name, list[Sent]], Sequence[Receipt]]
) -> list[Receipt]:
    """Call ``ask`` once for each group; return a receipt for each attempt, in their order.

    A group that cannot be asked now waits, as long as another one was told of.

    Raises:
        ChannelRetryable: no group could be asked.
    """
    groups: dict[Name, list[int]] = {}
    for place, attempt in enumerate(sent):
        groups.setdefault(group(attempt), []).append(place)
    found: dict[int, Receipt] = {}
    failures: list[ChannelRetryable] = []
    for name, places in groups.items():
        attempts = [sent[place] for place in places]
        try:
            receipts = ask(name, attempts)
        except ChannelRetryable as error:
            failures.append(error)
            receipts = [waiting(attempt, str(error)) for attempt in attempts]
        found |= dict(zip(places, receipts, strict=True))
    if failures and len(failures) == len(groups):
        raise failures[-1]
    return [found[place] for place in range(len(sent))]


def call_of(attempt: Sent) -> tuple[str, str]:
    """Return the group of an attempt at a provider that numbers messages within a call.

    That is the call, or, where its answer got lost, the minute in which it was made.
    """
    call = attempt.reference.rpartition(":")[0]
    return call, "" if call else f"{attempt.at:%Y-%m-%d %H:%M}"


def waiting(attempt: Sent, reason: str = "", code: str = "", cost: int = 0) -> Receipt:
    """Return the receipt of an attempt of which nothing final is known."""
    return Receipt(
        attempt.key, ReceiptState.WAITING, attempt.reference, code, reason, cost=cost, to=attempt.to
    )


def unheard_of(attempt: Sent, now: datetime) -> Receipt:
    """Return the receipt of an attempt that the provider does not know: absent, unless it is too young to say."""
    reason = "the provider does not know it"
    if now - attempt.at < KNOWN_AFTER:
        return waiting(attempt, f"{reason} yet")
    return Receipt(attempt.key, ReceiptState.ABSENT, reason=reason, to=attempt.to)
