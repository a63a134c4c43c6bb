"""What is stored about me and where I am logged in: told in a card that opens the pages for it."""

from __future__ import annotations

from actions.members import for_members
from bot.context import Context
from bot.replies import Button, Card, Fact, Link, QuickReply, Reply, Say
from models.members import Member
from models.web_sessions import open_sessions_of


@for_members
def my_data(ctx: Context, member: Member) -> Reply:
    """Say in how many browsers the person is logged in, and open the pages about their data."""
    opened = {each.browser_hash for each in open_sessions_of(ctx.db, member, ctx.rules, ctx.now)}
    card = Card(
        "내 정보 보호",
        "보람에 저장된 내 정보를 모두 보고, 파일로 내려받을 수 있어요. 모르는 기기가 로그인돼 있으면 바로 닫아 주세요.",
        (Fact("로그인", f"지금 {len(opened)}개 기기" if opened else "지금은 열린 화면이 없어요"),),
        buttons=(
            Button("내 정보 보호 열기", Link(ctx.link("my_privacy"))),
            Button("로그인한 기기 보기", Link(ctx.link("my_devices"))),
            Button("내 정보 열기", Link(ctx.link("my_profile"))),
        ),
    )
    return Reply((card,), tuple(QuickReply(words, Say(words)) for words in ("연결 끊기", "상담원 연결")))
