"""Actions that need to know the member: what a person hears whose account is not linked yet."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from bot.context import Action, Context
from bot.menu import chips
from bot.replies import Button, Card, Link, Reply, Text
from models.members import Member


def for_members(action: Callable[[Context, Member], Reply]) -> Action:
    """Give the action the member; without one, invite to link the account."""

    @wraps(action)
    def run(ctx: Context) -> Reply:
        return _invitation(ctx) if ctx.member is None else action(ctx, ctx.member)

    return run


def _invitation(ctx: Context) -> Reply:
    if ctx.in_group:
        return Reply(
            (
                Text(
                    "여기는 다른 사람도 보는 방이라 내 정보는 보여 줄 수 없어요. 보람과 1:1 채팅에서 물어봐 줘요!"
                ),
            )
        )
    card = Card(
        "먼저 두볼 계정을 연결해요",
        "딱 한 번만 로그인하면 다음부터는 카드만 눌러도 내 화면이 열려요. 봉사 찾기는 지금도 바로 할 수 있어요!",
        buttons=(Button("두볼 계정 연결", Link(ctx.link("link_account"))),),
    )
    return Reply((card,), chips("find_program", "faq_signup", "login_problem", "human_agent"))
