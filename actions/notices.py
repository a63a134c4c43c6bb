"""Cards the service wanted to show: KakaoTalk comes for them with a key, a person asks for the last one by word."""

from __future__ import annotations

from actions.linking import ACTION, linking_card
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Card, Fact, Link, Reply, Text
from models.notices import notice_for
from models.outbox import NoticeCard


def show_notice(ctx: Context) -> Reply:
    """Show the notice whose key came with the event; the newest one when there is no key."""
    notice = None if ctx.in_group else notice_for(ctx.db, ctx.account, ctx.text("key"), ctx.now)
    if notice is None:
        return Reply((Text("지금 보여 줄 새 소식이 없어요."),), chips())
    notice.shown_at = notice.shown_at or ctx.now
    return _drawn(ctx, notice.card)


def _drawn(ctx: Context, card: NoticeCard) -> Reply:
    if card.page == ACTION:  # its number must be seen beside the link
        return Reply((linking_card(ctx),))
    buttons = (Button("화면에서 보기", Link(ctx.link(card.page, card.record))),) if card.page else ()
    facts = tuple(Fact(label, value) for label, value in card.facts)
    return Reply((Card(card.title, card.text, facts, buttons=buttons),))
