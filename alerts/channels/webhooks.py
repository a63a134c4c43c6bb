"""Where providers push receipts: the last part of the address → what reads the push."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from alerts.channels import Receipt, nhn_alimtalk, nhn_sms, solapi


class ReadReceipts(Protocol):
    """Reads one push of a provider."""

    def __call__(
        self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, secret: str
    ) -> list[Receipt]:
        """Return the receipts in ``body``: those of messages that are not ours as well, and any of them again.

        Raises:
            Unsigned: the push does not carry ``secret``.
            ValueError: the body is no JSON of the provider's form.
        """


WEBHOOKS: Mapping[str, ReadReceipts] = MappingProxyType(
    {
        "nhn_alimtalk": nhn_alimtalk.read_receipts,
        "nhn_sms": nhn_sms.read_receipts,
        "solapi": solapi.read_receipts,
    }
)
