"""Finding what can be applied for, by any mix of wishes."""

from __future__ import annotations

from actions import results
from actions.wishes import wish_of
from bot.context import Context
from bot.replies import Reply


def find_program(ctx: Context) -> Reply:
    """Show what can be applied for; one in detail when a button or a number names it."""
    session_id = ctx.number("session") or ctx.referred_number("session")
    if session_id is not None:
        return results.detail(ctx, session_id)
    return results.search(ctx, wish_of(ctx))


def to_apply(ctx: Context) -> Reply:
    """Show what the words look for, to pick one and apply."""
    return results.search(ctx, wish_of(ctx), asking="신청할 활동을 골라 주세요.")
