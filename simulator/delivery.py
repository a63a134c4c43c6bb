"""From "taken" to "arrived": counts a message, keeps it, shows it on the phone and pushes its receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from simulator.faults import Trouble
from simulator.feed import Feed
from simulator.ledger import Ledger
from simulator.messages import Message, Messages
from simulator.previews import ADDRESS, Previews
from simulator.receipts import Envelope, Later, Receipts

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What all providers of messages share."""

    ledger: Ledger
    trouble: Trouble
    feed: Feed
    previews: Previews
    receipts: Receipts
    later: Later

    def result(self, provider: str, good: str, *names: str) -> str:
        """Return the code that a message known by ``names`` ends with: ``good``, unless a fault says otherwise."""
        return self.trouble.outcome(provider, *names) or good

    def due(self, provider: str, at: datetime) -> datetime:
        """Return when the result of a message taken ``at`` is known."""
        return at + timedelta(seconds=self.trouble.of(provider).settle)

    def take(
        self,
        envelope: Envelope,
        messages: Sequence[Message],
        kept: Messages,
        good: str,
        receipt: Callable[[Message], Json],
    ) -> None:
        """Take ``messages`` of one request; those that end with the code ``good`` reach their phones."""
        self.ledger.took(envelope.provider, [message.key for message in messages])
        kept.add(messages)
        faults = self.trouble.of(envelope.provider)

        def settle() -> None:
            for message in messages:
                if message.result == good and faults.mode == "play":
                    self._show(envelope.provider, message)
            self.receipts.push(envelope, [receipt(message) for message in messages])

        if faults.settle:
            self.later.do(faults.settle, settle)
        else:
            settle()

    def _show(self, provider: str, message: Message) -> None:
        shown = message.shown or message.text
        news = {
            "provider": provider,
            "form": message.form,
            "title": message.title,
            "text": shown,
            "buttons": list(message.buttons),
            "sender": message.sender,
            "cut": shown != message.text,
            "auth": message.urgent,
        }
        kind = "alimtalk" if message.form == "alimtalk" else "sms"
        self.feed.publish(kind, message.to, news)
        if message.form == "alimtalk":
            links = [button["linkMo"] for button in message.buttons if button.get("linkMo")]
            self.previews.look([*ADDRESS.findall(shown), *links])
