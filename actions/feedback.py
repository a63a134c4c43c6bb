"""Was that any help? A thumb up or down under an answer of the FAQ, kept with the turn that answered."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from bot.context import Context
from bot.menu import INTENT_TITLES
from bot.replies import Press, QuickReply, Reply, Say, Text
from models.members import ConversationTurn

ACTION = "feedback"
HELPED, DID_NOT = "👍 도움됐어요", "👎 아니에요"
_AGAIN = QuickReply("다시 물어보기", Press(ACTION, {"again": True}))
_HUMAN = QuickReply(INTENT_TITLES["human_agent"], Press("human_agent"))
_EXAMPLES = ("확인서는 어디서 받아요?", "봉사시간이 안 보여요", "신청은 언제까지 취소돼요?")


def with_thumbs(reply: Reply, topic: str) -> Reply:
    """Return the answer to a topic with the thumbs under it, after its other chips."""
    thumbs = (
        QuickReply(HELPED, Press(ACTION, {"topic": topic, "rating": 1})),
        QuickReply(DID_NOT, Press(ACTION, {"topic": topic, "rating": -1})),
    )
    return replace(reply, quick_replies=(*reply.quick_replies, *thumbs))


def feedback(ctx: Context) -> Reply:
    """Keep what the person thought of an answer; who was not helped gets a way on."""
    rating = {"1": 1, "-1": -1}.get(ctx.text("rating"))
    if rating is None:
        text = "어떤 게 궁금한지 다른 말로 짧게 적어 줄래요? 이렇게 물어봐도 돼요."
        return Reply((Text(text),), (*(QuickReply(each, Say(each)) for each in _EXAMPLES), _HUMAN))
    _rate(ctx, ctx.text("topic"), rating)
    if rating == 1:
        return Reply((Text("다행이에요! 알려 줘서 고마워요."),))
    text = "도움이 안 됐군요, 미안해요. 더 잘 답할 수 있게 적어 둘게요. 다른 말로 다시 물어보거나 상담원에게 물어봐도 돼요."
    return Reply((Text(text),), (_AGAIN, _HUMAN))


def _rate(ctx: Context, topic: str, rating: int) -> None:
    """Set the rating of the person's last turn that answered the topic: pressing twice is pressing once."""
    query = select(ConversationTurn).where(
        ConversationTurn.account_id == ctx.account.id, ConversationTurn.topic == topic
    )
    turn = ctx.db.scalars(
        query.order_by(ConversationTurn.at.desc(), ConversationTurn.id.desc()).limit(1)
    ).first()
    if turn is not None:
        turn.rating = rating
