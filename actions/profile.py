"""Changing my profile: done on its own page after a check, never in the chat."""

from __future__ import annotations

from actions.faq import topic_chips
from actions.members import for_members
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Card, Fact, Link, Press, QuickReply, Reply, Say
from models.masking import mask_name
from models.members import Member


@for_members
def change_profile(ctx: Context, member: Member) -> Reply:
    """Say what can be changed and open the page; values stay there, only the masked name is shown."""
    card = Card(
        "내 정보 바꾸기",
        "아래 버튼으로 내 정보 화면을 열어 바꿔 주세요. 나인지 한 번 더 확인하고, 이름과 생년월일은 상담원이 도와줘요. 새 번호나 주소를 여기 채팅에 적지 않아도 돼요.",
        (
            Fact("회원", mask_name(member.name)),
            Fact("바꿀 것", "학교·학년, 사는 곳, 전화번호, 관심 분야, 목표"),
        ),
        buttons=(
            Button("내 정보 열기", Link(ctx.link("my_profile"))),
            Button("로그인한 기기 보기", Link(ctx.link("my_devices"))),
            Button("상담원 연결", Press("human_agent")),
        ),
    )
    mine = QuickReply("내 정보 보호", Say("내 정보 보호"))
    return Reply((card,), (mine, *topic_chips(ctx, "faq_signup/privacy"), *chips("notification_settings")))
