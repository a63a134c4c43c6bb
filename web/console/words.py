"""What things are called in the console: intents, outcomes of a turn, who understood it, kinds of alerts."""

from __future__ import annotations

from alerts.kinds import KINDS
from bot.menu import INTENT_TITLES
from models.conversations import OUTCOME_GROUPS, OUTCOMES
from models.notices import CHAT_CARD

INTENTS: dict[str, str] = {
    **INTENT_TITLES,
    "greeting": "인사",
    "thanks_bye": "고마움과 작별",
    "clarify_needed": "무엇을 말하는지 모를 말",
    "out_of_scope": "봉사와 상관없는 말",
    "abuse": "거친 말",
    "security_attack": "공격하려는 말",
}
"""Every intent a sentence can have, by what staff read."""
ACTIONS: dict[str, str] = {
    "notice": "알림 카드 보기",
    "pages": "화면 보기",
    "my_data": "내 정보 보호",
    "guardian": "보호자 동의",
    "hours_goal": "목표 시간 정하기",
    "feedback": "답에 대한 의견",
    "link_account": "계정 연결",
    "linking_code": "연결 번호 적기",
    "code_for_page": "인증번호 적기",
    "unlink_account": "계정 연결 끊기",
}
"""What no sentence is classified as: reached by a button, exact words or an event."""
SOURCES: dict[str, str] = {
    "nlu": "모델",
    "cache": "모델 (같은 말을 전에도 읽음)",
    "button": "누른 버튼",
    "choice": "보여 준 것에서 고름",
    "menu": "정해진 말",
    "question": "보람의 물음에 대한 답",
    "fragment": "장소나 날짜만 있는 말",
    "clarified": "물어봐서 고른 뜻",
    "safety": "안전 규칙",
    "blank": "빈 말",
    "none": "아무도 (모델이 답하지 않음)",
}
"""Who understood a turn."""

ENTITIES: dict[str, str] = {
    "date": "날짜",
    "time": "시간대",
    "region": "지역",
    "field": "분야",
    "host": "기관",
    "program": "활동",
    "grade": "학년",
    "age": "나이",
    "career": "진로",
    "alert_kind": "알림 종류",
    "channel": "알림 받는 곳",
    "on_off": "켜고 끄기",
    "ordinal": "몇 번째",
    "hours": "시간 수",
    "certificate_type": "확인서 종류",
    "problem": "문제",
    "person": "누구",
}
"""What words of a sentence can name, by what staff read."""


def intent_name(intent: str) -> str:
    """Return what staff read for an intent or action; its own name where there is no other."""
    return INTENTS.get(intent) or ACTIONS.get(intent, intent)


def outcome_name(outcome: str) -> str:
    """Return how a turn ended, in words."""
    if outcome.startswith("refused:"):
        return "규칙에 따라 안 된다고 했어요"
    return OUTCOME_GROUPS[outcome][0] if outcome in OUTCOME_GROUPS else OUTCOMES.get(outcome, outcome)


def alert_name(kind: int) -> str:
    """Return the title of a kind of alert."""
    return "채팅 안의 카드" if kind == CHAT_CARD else KINDS[kind].title if kind in KINDS else f"{kind}번 알림"
