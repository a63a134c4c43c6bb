"""Text messages to guardians: their words, cut to what fits, and a limit for each number."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence

from flask import current_app

from alerts.channels import Channel, ChannelPermanent, ChannelRetryable, Outgoing, ReceiptState
from alerts.channels.short_text import SMS_BYTES, readable, size
from bot.memory import Memory

log = logging.getLogger(__name__)

TEXTS_PER_NUMBER = 20
"""Texts one number gets from us in a day, however many children name it."""
_DAY = 24 * 3600
_INVITATIONS = ("[보람] 보호자 동의를 부탁해요\n", "[보람]보호자 동의 부탁\n", "보호자 동의\n", "")
_RECEIPTS = ("[보람] 동의를 확인했어요. 취소는\n", "[보람] 동의 확인. 취소는\n", "동의 확인, 취소\n", "")
"""Words before a link, the longest first: a short message has 45 letters, and a link takes most of them."""

NOT_SET_UP = "지금은 문자를 보낼 수 없어서 여기서 동의를 받을 수 없어요. 상담원에게 물어봐 주세요."
NOT_SENT = "문자를 보내지 못했어요. 번호를 확인하거나 잠시 뒤에 다시 눌러 주세요."
NOT_SURE = "문자가 잘 갔는지 확인하지 못했어요. 1분쯤 기다려 보고, 안 오면 다시 눌러 주세요."
TOO_MANY = "오늘은 이 번호로 문자를 너무 많이 보냈어요. 내일 다시 하거나 상담원에게 물어봐 주세요."


class NotTexted(Exception):
    """No text went out. ``words`` are for the person; ``maybe_sent`` when one may have gone out all the same."""

    def __init__(self, words: str, *, maybe_sent: bool = False) -> None:
        super().__init__(words)
        self.words, self.maybe_sent = words, maybe_sent


class Texts:
    """Sends texts. Call it with no transaction open: a provider may take seconds."""

    def __init__(self, channel: Channel | None) -> None:
        self._channel = channel

    @property
    def possible(self) -> bool:
        """Tell whether texts can be sent at all."""
        return self._channel is not None

    def send(self, memory: Memory, phone: str, text: str, key: str) -> None:
        """Send a text. ``key`` names the attempt to the provider.

        Raises:
            NotTexted: it did not go out, as far as we know.
        """
        if self._channel is None:
            raise NotTexted(NOT_SET_UP)
        if _texts_today(memory, phone) > TEXTS_PER_NUMBER:
            log.warning("a number has had its %s texts for today", TEXTS_PER_NUMBER)
            raise NotTexted(TOO_MANY)
        try:
            (receipt,) = self._channel.send([Outgoing(key=key, to=phone, text=text)])
        except ChannelRetryable as error:
            log.warning("a text to a guardian was not sent: %s", error)
            words = NOT_SURE if error.maybe_sent else NOT_SENT
            raise NotTexted(words, maybe_sent=error.maybe_sent) from error
        except ChannelPermanent as error:
            log.warning("a text to a guardian was refused: %s", error)
            raise NotTexted(NOT_SENT) from error
        if receipt.state in (ReceiptState.FAILED, ReceiptState.ABSENT):
            log.warning("a text to a guardian was refused: %s", receipt.reason)
            raise NotTexted(NOT_SENT)


def invitation(link: str) -> str:
    """Return the text that asks a guardian to open a link."""
    return _fitting(_INVITATIONS, link)


def receipt(link: str) -> str:
    """Return the text that says we saw the consent, with the link that withdraws it."""
    return _fitting(_RECEIPTS, link)


def code_text(code: str) -> str:
    """Return the text that carries a code."""
    return f"[보람] 보호자 인증번호 {code}. 화면에 직접 적어 주세요. 자녀에게도 알려 주지 마세요."


def _fitting(words: Sequence[str], link: str) -> str:
    texts = (each + link for each in words)
    return next((text for text in texts if size(readable(text)) <= SMS_BYTES), link)


def _texts_today(memory: Memory, phone: str) -> int:
    """Count one more text to a number; without Redis nothing is counted. The store learns no number."""
    name = hmac.new(current_app.config["SECRET_KEY"], phone.encode(), "sha256").hexdigest()
    counted, _ = memory.count_and_get(f"guardian-texts:{name}", _DAY, f"guardian-texts:{name}")
    return counted
