"""The ways a message leaves us. Each channel is a thin client of one provider and knows no table.

A channel that fails answers one question: again, or never?
"""

from __future__ import annotations

from typing import Protocol


class ChannelRetryable(Exception):
    """Again: the channel does not work now (network, load, a wrong key or number of ours).

    ``maybe_sent`` is true when the provider may have taken the message all the same, because its answer got
    lost: whoever sends again then risks that it arrives twice.
    """

    def __init__(self, reason: str, *, maybe_sent: bool = False) -> None:
        super().__init__(reason)
        self.maybe_sent = maybe_sent


class ChannelPermanent(Exception):
    """Never: the provider understood and refuses this message or this person. Nothing was sent."""


class ShortMessages(Protocol):
    """Sends text messages to mobile phones."""

    def send(self, phone: str, text: str) -> str:
        """Hand ``text`` over for ``phone`` (Korean, with or without hyphens); return the provider's request id.

        Accepted is not delivered: the phone may be switched off.

        Raises:
            ValueError: ``text`` does not fit into one message; it names the limit.
            ChannelRetryable: try again later.
            ChannelPermanent: this will never go through.

        """
