"""Actions that need to know the member: what a person hears whose account is not linked yet."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from actions.linking import invitation
from bot.context import Action, Context
from bot.replies import Reply
from models.members import Member


def for_members(action: Callable[[Context, Member], Reply]) -> Action:
    """Give the action the member; without one, invite to link the account."""

    @wraps(action)
    def run(ctx: Context) -> Reply:
        return invitation(ctx) if ctx.member is None else action(ctx, ctx.member)

    return run
