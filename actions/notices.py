"""Cards the service wanted to show: KakaoTalk comes for them with a key, a person asks for the last one by word."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from actions.linking import ACTION, linking_card
from bot.context import Context
from bot.menu import chips
from bot.replies import SILENCE, Button, Card, Fact, Link, ListCard, ListItem, Press, Reply, Text
from bot.wording import ASK
from models.alert_settings import OPT_IN
from models.notices import CHAT_CARD, notice_for
from models.outbox import Alert, NoticeCard, mark_shown

MAP = "지도 보기"
MAP_SEARCH = "https://map.kakao.com/link/search/"
"""KakaoMap's page that searches for a place."""
MOST_BUTTONS = 3
MORE = "눌러서 자세히 보기"
"""Title of the list of further things."""
_NO_NEWS = Text("지금 보여 줄 새 소식이 없어요.")


def show_notice(ctx: Context) -> Reply:
    """Show the notice whose key came with the event, once; without a key the newest one, as often as asked for.

    The same event can come twice, when a worker died between sending it and noting so: the second one is answered
    with nothing.
    """
    key = ctx.text("key")
    notice = None if ctx.in_group else notice_for(ctx.db, ctx.account, key, ctx.now)
    first = notice is not None and mark_shown(ctx.db, notice, ctx.now)
    if key and not first:
        return SILENCE
    return Reply((_NO_NEWS,), chips()) if notice is None else _shown(ctx, notice)


def _shown(ctx: Context, notice: Alert) -> Reply:
    ctx.alert_kind = notice.kind
    if notice.card.page == ACTION:  # its number must be seen beside the link
        return Reply((linking_card(ctx),))
    return draw(notice.card, notice.kind, partial(ctx.link, alert_id=notice.id))


def draw(card: NoticeCard, kind: int, link: Callable[[str, str], str]) -> Reply:
    """Return a card as the chat shows it.

    Args:
        card: what it says.
        kind: number of the alert it is of, 0 for a card of the chat itself.
        link: makes the address of a page by its name and record.

    """
    facts = tuple(Fact(label, value) for label, value in card.facts)
    shown = Card(card.title, card.text, facts, buttons=_buttons(card, kind, link))
    if not card.more:
        return Reply((shown,))
    items = tuple(ListItem(title, text, Link(link(page, record))) for title, text, page, record in card.more)
    return Reply((shown, ListCard(MORE, items)))


def _buttons(card: NoticeCard, kind: int, link: Callable[[str, str], str]) -> tuple[Button, ...]:
    """Return at most three: to the page, one thing to do, and the way into the conversation."""
    page = (Button(card.button, Link(link(card.page, card.record))),) if card.page else ()
    on_map = (_map_button(card.map_query),) if card.map_query else ()
    presses = [Button(label, Press(action, json.loads(data))) for label, action, data in card.presses]
    asking = tuple(button for button in presses if button.label == ASK)
    if not asking and kind != CHAT_CARD:
        asking = (Button(ASK, Press("recommend_program" if kind in OPT_IN else "greeting")),)
    others = (*on_map, *(button for button in presses if button not in asking))
    return (*page, *others[: MOST_BUTTONS - len(page) - len(asking)], *asking)


def _map_button(place: str) -> Button:
    """Return the button that shows where a place is."""
    return Button(MAP, Link(MAP_SEARCH + quote(place, safe="")))
