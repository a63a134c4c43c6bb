"""Hello, thanks, "that?" and everything that is not volunteering: short words and a way on."""

from __future__ import annotations

from actions.linking import OFFER
from bot.context import Context
from bot.menu import INTENT_TITLES, chips
from bot.replies import ListCard, ListItem, QuickReply, Reply, Say, Text

_MENU: dict[str, str] = {
    "find_program": "지역, 날짜, 분야로 찾아요",
    "check_hours": "지금까지 채운 시간을 봐요",
    "application_status": "승인됐는지, 언제인지 봐요",
    "certificate_issue": "받은 확인서를 봐요",
    "consent_1365": "1365와 이어졌는지 봐요",
}
_MORE = (
    "recommend_program",
    "cancel_application",
    "hours_missing",
    "notification_settings",
    "faq_signup",
    "human_agent",
)
EXAMPLES = ("이번 주말 봉사 찾아줘", "내 봉사시간 알려줘", "신청한 봉사 승인됐어?")
"""Sentences to try, each one a person could have typed."""


def greeting(ctx: Context) -> Reply:
    """Say who I am and what I can do."""
    text = "안녕하세요! 두볼 봉사 비서 보람이에요. 봉사 찾기부터 확인서까지 도와줄게요."
    if ctx.member is None:
        text += " 두볼 계정을 연결하면 내 봉사시간과 신청도 보여 줄 수 있어요."
    offer = (OFFER,) if ctx.member is None and not ctx.in_group else ()
    return Reply((Text(text), menu_card("무엇을 도와줄까요?")), (*offer, *chips(*_MORE)))


def menu_card(title: str) -> ListCard:
    """Return the menu as a list, each line with what it does."""
    items = (
        ListItem(INTENT_TITLES[intent], told, Say(INTENT_TITLES[intent])) for intent, told in _MENU.items()
    )
    return ListCard(title, tuple(items))


def thanks_bye(ctx: Context) -> Reply:  # noqa: ARG001 - an action takes its context
    """Answer thanks or a good-bye."""
    return Reply(
        (Text("네, 언제든 또 불러 주세요. 좋은 하루 보내요! 👋"),), chips("find_program", "check_hours")
    )


def clarify_needed(ctx: Context) -> Reply:  # noqa: ARG001 - an action takes its context
    """Ask back with the menu."""
    return Reply((menu_card("어떤 걸 말하는 거예요?"),), chips(*_MORE))


def out_of_scope(ctx: Context) -> Reply:  # noqa: ARG001 - an action takes its context
    """Say what I can do, with sentences to try."""
    text = (
        "그건 제가 잘 몰라요. 저는 봉사를 찾고, 신청하고, 봉사시간을 챙기는 일을 도와요. 이렇게 말해 볼래요?"
    )
    return Reply((Text(text),), tuple(QuickReply(example, Say(example)) for example in EXAMPLES))
