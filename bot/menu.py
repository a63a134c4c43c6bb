"""The menu: what the assistant can do, by the words people press or type exactly.

These words work without understanding, so they also work when the NLU server is down.
"""

from __future__ import annotations

import re

from bot.dialogue import squeeze
from bot.replies import Press, QuickReply, Say

INTENT_TITLES: dict[str, str] = {
    "check_hours": "내 봉사시간",
    "application_status": "내 신청",
    "find_program": "봉사 찾기",
    "recommend_program": "봉사 추천",
    "apply_program": "봉사 신청",
    "cancel_application": "신청 취소",
    "certificate_issue": "확인서",
    "consent_1365": "1365 연계",
    "neis_transfer": "나이스 전송",
    "hours_missing": "시간이 안 보여요",
    "talent_sharing": "재능나눔",
    "no_show": "불참 기록",
    "notification_settings": "알림 설정",
    "change_profile": "내 정보 바꾸기",
    "login_problem": "로그인이 안 돼요",
    "human_agent": "상담원 연결",
    "faq_signup": "가입 안내",
    "faq_hours_rule": "시간 인정 기준",
    "faq_club": "동아리 안내",
    "faq_online_overseas": "온라인·해외 봉사",
    "faq_insurance_safety": "보험·안전",
    "faq_college_admission": "입시와 봉사",
    "faq_leader_host": "지도자·기관 안내",
    "crisis_support": "도움이 필요해요",
}
"""Title of every intent that can be offered as a choice."""
RUNNABLE = frozenset(INTENT_TITLES)
_OTHER_WORDS: dict[str, str] = {
    "봉사시간": "check_hours",
    "내시간": "check_hours",
    "신청내역": "application_status",
    "신청현황": "application_status",
    "봉사찾아줘": "find_program",
    "추천": "recommend_program",
    "취소": "cancel_application",
    "확인서발급": "certificate_issue",
    "1365": "consent_1365",
    "나이스": "neis_transfer",
    "알림": "notification_settings",
    "상담원": "human_agent",
    "도움말": "greeting",
    "시작하기": "greeting",
    "시작": "greeting",
    "안녕": "greeting",
    "인증번호": "notice",
    "알림다시보기": "notice",
    "알림다시보여줘": "notice",
    "알림다시보여주세요": "notice",
    "알림한번더보여줘": "notice",
    "내정보보호": "my_data",
    "내데이터": "my_data",
    "내데이터내려받기": "my_data",
    "데이터내려받기": "my_data",
    "로그인한기기": "my_data",
    "로그인기기": "my_data",
    "로그아웃": "my_data",
    "보호자동의": "guardian",
    "보호자동의받기": "guardian",
    "보호자에게부탁하기": "guardian",
    "부모님동의": "guardian",
    "두볼계정연결": "link_account",
    "두볼계정연결하기": "link_account",
    "계정연결": "link_account",
    "계정연결하기": "link_account",
    "연결하기": "link_account",
    "연결끊기": "unlink_account",
    "연결해제": "unlink_account",
    "계정연결끊기": "unlink_account",
    "두볼계정연결끊기": "unlink_account",
}
_NUMBERS: dict[re.Pattern[str], str] = {
    re.compile(r"\d{4}[\s\-–—]*\d{4}"): "linking_code",
    re.compile(r"\d{3}[\s\-–—]*\d{3}"): "code_for_page",
}
"""Numbers that mean something by their length alone, when nothing was asked."""
_CHANGE = (
    r"(?:(?:바꾸|고치|정하|변경하|수정하|설정하)(?:기|자|고싶어|고싶은데)|(?:바꿀|고칠|정할|변경할|수정할|설정할)[래게]|"
    r"(?:바꿔|고쳐|정해|잡아|변경해?|수정해?|설정해?|해)(?:줘|줄래|주세요)|변경|수정|설정)요?"
)
_GOAL = r"(?:내|나의)?(?:이번학년|올해)?(?:봉사)?(?:시간)?목표(?:봉사)?(?:시간)?[을를은]?"
_HOURS = r"-?\d[\d.,]*(?:시간)?"
_WHICH = r"(?:순번|순서|순위|번호|[가는이]?몇(?:번째?|등))"
_TELL = r"(?:[이을를]|예|이에)?(?:야|뭐야|좀|인가|인지|알려줘|알려주세|보여줘|보여주세|확인|보기)*요?"
_SENTENCES: dict[re.Pattern[str], Press] = {
    re.compile(rf"{_GOAL}{_CHANGE}"): Press("hours_goal"),
    re.compile(rf"{_GOAL}{_HOURS}(?:(?:으?로)?{_CHANGE}|으?로)"): Press("hours_goal"),
    re.compile(rf"{_HOURS}(?:으?로|[을를])?{_GOAL}(?:로)?{_CHANGE}"): Press("hours_goal"),
    re.compile(rf"(?:조용한시간|방해금지(?:시간)?)[을를]?{_CHANGE}"): Press("notification_settings"),
    re.compile(rf"(?:내|나|제|저)?대기(?:자|중)?{_WHICH}{_TELL}"): Press(
        "application_status", {"waiting": True}
    ),
}
"""Sentences that mean one thing only, without spaces → what they press, when no words of one's own are awaited."""
MENU_WORDS: dict[str, str] = {
    **{"".join(title.split()): intent for intent, title in INTENT_TITLES.items()},
    **_OTHER_WORDS,
}
"""Exact words, without spaces → action."""
_PAGES = re.compile(
    r"(?:링크|화면)(?:(?:으?로|에서)?(?:모두|다)?(?:보기|보여줘|보여주세|볼래|볼게|바꾸기|고르기)요?)?"
)
"""What leads to the pages: 화면에서 보기, 링크로 볼래요."""


def by_words(words: str) -> str | None:
    """Return the action that exact words are for, None when they are for none."""
    squeezed = squeeze(words)
    return MENU_WORDS.get(squeezed) or ("pages" if _PAGES.fullmatch(squeezed) else None)


def by_number(words: str) -> str | None:
    """Return the action that a bare number is for, None when it is for none."""
    return next((action for shape, action in _NUMBERS.items() if shape.fullmatch(words.strip())), None)


def by_sentence(words: str) -> Press | None:
    """Return what a sentence presses that can be read without understanding, None for all others."""
    squeezed = squeeze(words)
    return next((press for shape, press in _SENTENCES.items() if shape.fullmatch(squeezed)), None)


MORE = "더 보기"
"""What a chip is called that shows the next of a kind."""
MAIN = ("check_hours", "application_status", "find_program", "recommend_program", "certificate_issue")
"""What is offered when nothing is closer at hand."""


def chips(*intents: str) -> tuple[QuickReply, ...]:
    """Return chips that say an intent's title; the main menu when none is named."""
    return tuple(QuickReply(INTENT_TITLES[intent], Say(INTENT_TITLES[intent])) for intent in intents or MAIN)
