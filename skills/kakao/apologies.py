"""What people read when the door has no answer for them. The menu works without understanding."""

from __future__ import annotations

from bot.replies import Card, Press, QuickReply, Reply

MENU = (
    QuickReply("내 봉사시간", Press("check_hours")),
    QuickReply("신청 내역", Press("application_status")),
    QuickReply("봉사 찾기", Press("find_program")),
    QuickReply("상담 연결", Press("human_agent")),
)
WAITING = "열심히 찾고 있어요. 조금만 기다려 주세요!"
TOO_SLOW = Reply(
    (
        Card(
            "생각이 길어지고 있어요",
            "생각하는 데 시간이 걸리고 있어요. 조금 뒤에 다시 말해 주세요.\n"
            "방금 신청하거나 취소했다면 '신청 내역'에서 먼저 확인해 보세요.",
        ),
    ),
    MENU,
)
BROKEN = Reply((Card("앗, 문제가 생겼어요", "지금은 답을 못 하겠어요. 조금 뒤에 다시 말해 주세요."),), MENU)
UNREADABLE = Reply(
    (Card("앗, 잘 못 들었어요", "메시지가 제대로 오지 않았어요. 한 번만 다시 보내 주세요."),), MENU
)
