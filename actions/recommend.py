"""Recommending: by career, interest and neighbourhood, with the reason shown."""

from __future__ import annotations

from dataclasses import replace

from actions import results
from actions.wishes import Wish, wish_of
from bot.careers import CAREERS, Career, find_careers
from bot.context import Context
from bot.replies import Press, Question, QuickReply, Reply, Text
from bot.searches import for_member, from_data, in_regions, own_region, to_data
from models.codes import FIELDS, region_by_codes
from models.search import ProgramQuery, find_sessions


def recommend_program(ctx: Context) -> Reply:
    """Recommend by what the person said or keeps in the profile, and say why."""
    if ctx.data:
        return results.search(ctx, Wish(from_data(ctx.data)))
    wish = wish_of(ctx)
    if wish.unclear is not None:
        return results.which_region(wish.query, wish.unclear)
    query, reason = _suited(ctx, wish.query)
    if not reason:
        return _ask_interest(ctx, query)
    page = find_sessions(ctx.db, query, ctx.now, limit=results.PAGE)
    if not page.sessions:
        return results.wider(ctx, query)
    return results.shown(ctx, query, page, reason)


def _suited(ctx: Context, query: ProgramQuery) -> tuple[ProgramQuery, str]:
    """Return the search that suits the person, and the reason for it in words; no reason when nothing is known."""
    member = ctx.member
    named = [found.value for found in find_careers(ctx.turn.words)]
    if named:
        return _for_career(query, named[0])
    if query.field_codes:
        return query, f"{FIELDS[query.field_codes[0]]} 쪽 활동을 골라 봤어요!"
    if member is None:
        return query, ""
    if not query.sido_codes:
        query = in_regions(query, [region_by_codes(r.sido_code) or r for r in own_region(member)])
    known = [CAREERS[name] for name in member.careers if name in CAREERS]
    liked = tuple(code for code in member.interests if code in FIELDS)
    if known:
        return _for_career(query, known[0])
    if liked:
        return replace(
            query, field_codes=liked
        ), f"{FIELDS[liked[0]]}에 관심 있다고 했으니까, 이런 활동은 어때요?"
    return query, ""


def _for_career(query: ProgramQuery, career: Career) -> tuple[ProgramQuery, str]:
    return replace(query, field_codes=career.field_codes), f"{career.interest}, 이런 활동은 어때요?"


def _ask_interest(ctx: Context, query: ProgramQuery) -> Reply:
    """Ask what the person likes when nothing is known."""
    query = for_member(query, ctx.member, ctx.now.date())
    fields = ("0800", "0400", "0700", "0300", "0500", "1900")
    choices = tuple(
        QuickReply(
            FIELDS[code][:14], Press("recommend_program", to_data(replace(query, field_codes=(code,))))
        )
        for code in fields
    )
    return Reply(
        (Text("어떤 게 좋아요? 하나 골라 주면 딱 맞는 활동을 찾아볼게요!"),),
        choices,
        Question("recommend_program"),
    )
