"""Cards the service wanted to show: KakaoTalk comes for them with a key, a person asks for the last one by word."""

from __future__ import annotations

import json
from urllib.parse import quote

from actions.linking import ACTION, linking_card
from bot.context import Context
from bot.menu import chips
from bot.replies import SILENCE, Button, Card, Fact, Link, ListCard, ListItem, Press, Reply, Text
from models.notices import CHAT_CARD, notice_for
from models.outbox import Alert, NoticeCard, mark_shown

ASK = "챗봇에 묻기"
"""Label of the button every alert has: the person goes on talking about it."""
MAP = "지도 보기"
MAP_SEARCH = "https://map.kakao.com/link/search/"
"""KakaoMap's page that searches for a place."""
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
    return Reply((_NO_NEWS,), chips()) if notice is None else _drawn(ctx, notice)


def _drawn(ctx: Context, notice: Alert) -> Reply:
    card = notice.card
    if card.page == ACTION:  # its number must be seen beside the link
        return Reply((linking_card(ctx),))
    facts = tuple(Fact(label, value) for label, value in card.facts)
    shown = Card(card.title, card.text, facts, buttons=_buttons(ctx, notice, card))
    return Reply((shown, ListCard(MORE, _more(ctx, notice, card))) if card.more else (shown,))


def _buttons(ctx: Context, notice: Alert, card: NoticeCard) -> tuple[Button, ...]:
    """Return at most three: to the page, one thing to do, and the way into the conversation."""
    page = [_page_button(ctx, notice, card)] if card.page else []
    on_map = [map_button(card.map_query)] if card.map_query else []
    presses = [Button(label, Press(action, json.loads(data))) for label, action, data in card.presses]
    asking = [button for button in presses if button.label == ASK]
    if not asking and notice.kind != CHAT_CARD:
        asking = [Button(ASK, Press("greeting"))]
    others = [*on_map, *(button for button in presses if button not in asking)]
    room = 3 - len(page) - len(asking)
    return (*page, *others[:room], *asking)


def _page_button(ctx: Context, notice: Alert, card: NoticeCard) -> Button:
    return Button(card.button, Link(ctx.link(card.page, card.record, alert_id=notice.id)))


def map_button(place: str) -> Button:
    """Return the button that shows where a place is."""
    return Button(MAP, Link(MAP_SEARCH + quote(place, safe="")))


def _more(ctx: Context, notice: Alert, card: NoticeCard) -> tuple[ListItem, ...]:
    return tuple(
        ListItem(title, text, Link(ctx.link(page, record, alert_id=notice.id)))
        for title, text, page, record in card.more
    )
