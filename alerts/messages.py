"""What a channel is handed: the same alert as an event, as an approved template, as a text message."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.channels import LinkButton, Outgoing
from alerts.channels.short_text import SMS_BYTES, readable, size
from alerts.kinds import KINDS, Written
from alerts.routing import ALIMTALK, KAKAO, Recipient
from alerts.templates import BUTTONS, CHAT, LINK, TEMPLATES, Templates, fill, fitted
from models.outbox import Alert

SENDER = "[두볼]"
SUBJECT = "두볼 봉사 알림"
NOTICE_PARAM = "notice"
"""Name of the word by which an event carries a message's key to our own skill."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """What messages lead to: our pages, the chat, and the free number that ends advertising."""

    pages: str
    chat: str
    opt_out_number: str = ""

    def of(self, alert: Alert) -> str:
        """Return the address in a text: it says which page was meant and gives no right to see it."""
        return f"{self.pages}/h/{alert.code}"


def compose(
    way: str,
    key: str,
    alert: Alert,
    written: Written | None,
    to: Recipient,
    addresses: Addresses,
    templates: Templates = TEMPLATES,
) -> Outgoing:
    """Return the message for one way; ``key`` names the attempt, ``templates`` are those in force.

    Raises:
        alerts.templates.MissingVariable: the writer left out what the template needs.
    """
    if way == KAKAO:
        return _event(key, alert, to)
    if written is None:
        raise TypeError("a card of the chat goes by no other way")
    if way == ALIMTALK:
        return _template(key, alert, written, to, addresses, templates)
    return Outgoing(key, to.phone, text=_shortest(alert, written, to, addresses, templates), title=SUBJECT)


def _event(key: str, alert: Alert, to: Recipient) -> Outgoing:
    user_key = to.chat.user_key if to.chat else ""
    return Outgoing(key, user_key, params={NOTICE_PARAM: alert.key})


def _template(
    key: str, alert: Alert, written: Written, to: Recipient, addresses: Addresses, templates: Templates
) -> Outgoing:
    code = KINDS[alert.kind].template
    links = {LINK: addresses.of(alert), CHAT: addresses.chat or addresses.pages}
    parts = {name: url.partition("://")[2] for name, url in links.items()}
    buttons = tuple(LinkButton(name, links[link]) for name, link in BUTTONS.items())
    text = fill(code, written.variables, templates)
    variables = fitted(code, written.variables, templates) | parts
    return Outgoing(
        key, to.phone, text=text, template=templates[code].code, variables=variables, buttons=buttons
    )


def _shortest(
    alert: Alert, written: Written, to: Recipient, addresses: Addresses, templates: Templates
) -> str:
    """Return one short message where it fits, else the whole in a long one."""
    link = "" if to.is_guardian else f" {addresses.of(alert)}"
    if KINDS[alert.kind].advertising:
        return f"{written.short}\n무료수신거부 {addresses.opt_out_number}\n{link.strip()}"
    short = f"{SENDER} {written.short}{link}"
    if to.is_guardian or size(readable(short)) <= SMS_BYTES:
        return short
    return f"{fill(KINDS[alert.kind].template, written.variables, templates)}\n{link.strip()}"
