"""Actions that need to know the member: what a person hears whose account is not linked yet."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Card, Link, Reply
from models.members import Member

P = ParamSpec("P")


def for_members(
    action: Callable[Concatenate[Context, Member, P], Reply],
) -> Callable[Concatenate[Context, P], Reply]:
    """Give the action the member; without one, invite to link the account."""

    @wraps(action)
    def run(ctx: Context) -> Reply:
        return _invitation(ctx) if ctx.member is None else action(ctx, ctx.member)

    return run


def _invitation(ctx: Context) -> Reply:
    card = Card(
        "먼저 두볼 계정이 필요해요",
        "아직 내 두볼 계정과 연결되지 않아서 내 정보를 볼 수 없어요. 두볼에 로그인하면 볼 수 있고, 봉사 찾기는 지금도 바로 할 수 있어요!",
        buttons=(Button("두볼 로그인", Link(ctx.link("login"))),),
    )
    return Reply((card,), chips("find_program", "faq_signup", "login_problem", "human_agent"))
