"""When logging in does not work."""

from __future__ import annotations

from actions.faq import topic_list
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Link, Reply, Text

ACTION = "login_problem"


def login_problem(ctx: Context) -> Reply:
    """Offer what usually goes wrong, and the way to the log-in page."""
    listed = topic_list(
        ctx, ACTION, "어떤 게 안 돼요?", (Button("로그인 화면 열기", Link(ctx.link("link_account"))),)
    )
    text = "로그인이 안 되면 답답하죠. 같이 풀어 봐요! 비밀번호나 인증번호는 여기 채팅에 적지 마세요."
    return Reply((Text(text), listed), chips("human_agent", "faq_signup"))
