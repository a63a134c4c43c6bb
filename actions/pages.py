"""The pages behind the chat: what was just talked about, and all the others."""

from __future__ import annotations

from actions.members import for_members
from bot.context import Context
from bot.links import PAGES
from bot.replies import Button, Link, ListCard, ListItem, Reply
from models.members import Member

_LISTED: dict[str, str] = {
    "my_application": "신청하고 취소하기",
    "my_hours": "모은 시간 그림으로 보기",
    "my_certificate": "확인서 받기",
    "programme_list": "조건으로 골라 보기",
    "alert_settings": "받고 싶은 알림 고르기",
}
"""Pages in the order people want them, each with what can be done there."""


@for_members
def pages(ctx: Context, member: Member) -> Reply:  # noqa: ARG001 - the member only has to be there
    """List the pages, each opened by one tap."""
    items = tuple(ListItem(PAGES[page].title, told, Link(ctx.link(page))) for page, told in _LISTED.items())
    everything = Button("내 두볼 전체", Link(ctx.link("home")))
    return Reply((ListCard("어떤 화면을 열까요?", items, (everything,)),))
