"""Finding what can be applied for, by any mix of wishes."""

from __future__ import annotations

from actions import results
from actions.names import title_words
from actions.wishes import wish_of
from bot.context import Context
from bot.replies import Reply
from models.search import ProgramQuery, find_sessions

_WORDS_OF_A_NAME = 2
"""One word may be anything; two that stand in one title name it."""


def find_program(ctx: Context) -> Reply:
    """Show what can be applied for; one in detail when a button or a number names it."""
    session_id = ctx.number("session") or ctx.referred_number("session")
    if session_id is not None:
        return results.detail(ctx, session_id)
    return results.search(ctx, wish_of(ctx))


def to_apply(ctx: Context) -> Reply:
    """Show what the words name or look for, to pick one and apply."""
    asking = "신청할 활동을 골라 주세요."
    wish = wish_of(ctx)
    words = title_words(ctx.turn.words)
    if len(words) >= _WORDS_OF_A_NAME and not ctx.data:
        query = ProgramQuery(words=words, level=wish.query.level, age=wish.query.age)
        page = find_sessions(ctx.db, query, ctx.now, limit=results.PAGE)
        if page.sessions:
            return results.shown(ctx, query, page, asking)
    return results.search(ctx, wish, asking=asking)
