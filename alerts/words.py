"""The words of cards and text messages, with the places that are filled in: as they come with the service.

A text belongs to a slot: an alert, the scene it is about (approved, moved; empty where there is only one) and where it is
read. Staff may write one anew in the console (``models/alert_texts.py``); whoever writes an alert asks ``Words``.
What the law wants in advertising, the title and the lines of facts are no slots: they cannot be written away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.wording import OFFER_NEXT, STATE_NEXT, applied
from models.alert_texts import Slot, TextChannel
from models.applications import ApplicationState

VARIABLE = re.compile(r"#\{([^{}]+)\}")
_SPACES = re.compile(r"[ \t]{2,}")


ENDED_WORDS: Mapping[ApplicationState, str] = {
    ApplicationState.REJECTED: "아쉽지만 이번에는 함께하지 못하게 됐어요.",
    ApplicationState.CANCELLED_BY_USER: "신청을 취소했어요. 마음이 바뀌면 다시 신청할 수 있어요.",
    ApplicationState.CANCELLED_BY_HOST: "기관이 신청을 취소했어요. 봉사시간은 들어가지 않아요.",
}
"""What is told of an application that has ended."""


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in a place: what it is, and the longest it gets. Some are often empty."""

    meaning: str
    longest: str


@dataclass(frozen=True, slots=True)
class Text:
    """A slot's words as they come with the service."""

    title: str
    """When they are sent, for the person who edits them."""
    words: str
    values: Mapping[str, Value]


_DATE = Value("활동하는 날", "12/31")
_SAID = Value("기관이 남긴 말(없으면 빠져요)", "기관이 남긴 말: " + "가" * 60)
_CANCEL = Value(
    "취소할 수 있는지와 언제까지인지(없으면 빠져요)",
    "승인되기 전이라면 12월 31일(목) 오후 11시 30분까지 취소할 수 있어요.",
)
_PROMOTED = Value("대기하던 자리가 났을 때의 말(아니면 빠져요)", "대기하던 자리가 났어요!")

_SCENES: Mapping[
    tuple[int, str], tuple[str, tuple[str, Mapping[str, Value]] | None, tuple[str, Mapping[str, Value]]]
]
_SCENES = {
    (1, ""): (
        "회원에게",
        (
            (
                "내가 바꾼 거라면 그대로 두면 돼요. 본인이 아니면 모르는 기기부터 로그아웃하고 상담원에게 알려 주세요. "
                "바뀐 내용은 안전을 위해 여기 적지 않아요."
            ),
            {},
        ),
        ("개인정보가 바뀌었어요. 본인이 맞나요?", {}),
    ),
    (1, "guardian"): (
        "보호자에게(문자로만)",
        None,
        (
            "#{이름} 님의 두볼 정보(#{바뀐것})가 #{바뀐때}에 바뀌었어요. 본인이 한 일이 아니면 함께 확인해 주세요.",
            {
                "이름": Value("가린 이름", "홍*동"),
                "바뀐것": Value("바뀐 정보", "이름, 생년월일, 전화번호 외 3개"),
                "바뀐때": Value("바뀐 때", "12월 31일(목) 오후 11시 30분"),
            },
        ),
    ),
    (2, ""): (
        "재능나눔을 신청했을 때",
        (
            "멋진 재능이에요! #{다음}",
            {"다음": Value("다음에 있을 일", max(OFFER_NEXT.values(), key=len))},
        ),
        ("재능나눔 신청을 받았어요", {}),
    ),
    (3, ""): (
        "신청한 청소년에게",
        ("재능을 나눌 곳이 정해졌어요! 궁금한 건 기관에 편하게 물어봐요.", {}),
        ("재능나눔이 승인됐어요!", {}),
    ),
    (3, "leader"): (
        "함께할 지도자에게",
        ("재능나눔 청소년이 함께하기로 했어요. 만날 준비를 부탁드려요.", {}),
        ("재능나눔 청소년이 승인됐어요", {}),
    ),
    (4, "applied"): (
        "신청했을 때",
        (f"{applied()} #{{기관말}} #{{취소}}", {"기관말": _SAID, "취소": _CANCEL}),
        ("#{날짜} 봉사 신청했어요", {"날짜": _DATE}),
    ),
    (4, "promoted"): (
        "대기하다가 자리가 났을 때",
        (
            "대기하던 자리가 났어요! 기관이 확인하면 승인돼요. #{기관말} #{취소}",
            {"기관말": _SAID, "취소": _CANCEL},
        ),
        ("#{날짜} 봉사 신청했어요", {"날짜": _DATE}),
    ),
    (4, "approved"): (
        "승인됐을 때",
        (
            f"#{{대기}} {STATE_NEXT[ApplicationState.APPROVED]} #{{기관말}} #{{취소}}",
            {"대기": _PROMOTED, "기관말": _SAID, "취소": _CANCEL},
        ),
        ("#{날짜} 봉사 신청이 승인됐어요", {"날짜": _DATE}),
    ),
    (4, "rejected"): (
        "반려됐을 때",
        (f"{ENDED_WORDS[ApplicationState.REJECTED]} #{{기관말}}", {"기관말": _SAID}),
        ("#{날짜} 봉사 신청이 반려됐어요", {"날짜": _DATE}),
    ),
    (4, "waitlisted"): (
        "대기로 신청했을 때",
        (
            "#{순서}로 올렸어요. 자리가 나면 알려 줄게요! #{기관말} #{취소}",
            {"순서": Value("몇 번째로 기다리는지", "대기 99번째"), "기관말": _SAID, "취소": _CANCEL},
        ),
        ("#{날짜} 봉사에 대기 신청했어요", {"날짜": _DATE}),
    ),
    (4, "cancelled_by_user"): (
        "스스로 취소했을 때",
        (ENDED_WORDS[ApplicationState.CANCELLED_BY_USER], {}),
        ("#{날짜} 봉사 신청을 취소했어요", {"날짜": _DATE}),
    ),
    (4, "cancelled_by_host"): (
        "기관이 신청을 취소했을 때",
        (f"{ENDED_WORDS[ApplicationState.CANCELLED_BY_HOST]} #{{기관말}}", {"기관말": _SAID}),
        ("#{날짜} 봉사가 취소됐어요", {"날짜": _DATE}),
    ),
    (4, "called_off"): (
        "활동이 통째로 취소됐을 때",
        (f"{STATE_NEXT[ApplicationState.CANCELLED_BY_HOST]} #{{기관말}}", {"기관말": _SAID}),
        ("#{날짜} 봉사가 취소됐어요", {"날짜": _DATE}),
    ),
    (4, "moved"): (
        "날짜·시간·장소가 바뀌었을 때",
        ("활동 일정이 바뀌었어요. 갈 수 있는지 꼭 확인해 주세요. #{취소}", {"취소": _CANCEL}),
        ("#{날짜} 봉사 일정이 바뀌었어요", {"날짜": _DATE}),
    ),
    (5, ""): (
        "활동 전날 저녁",
        (
            "#{날} 만나요! 못 가게 되면 기관에 꼭 전화해 주세요. #{안내}",
            {
                "날": Value("오늘 또는 내일", "내일"),
                "안내": Value("기관이 적은 준비물과 안내(없으면 빠져요)", "📌 " + "가" * 70),
            },
        ),
        ("#{언제} 봉사, 잊지 마세요!", {"언제": Value("날과 시작 시각", "내일 10:00")}),
    ),
    (6, ""): (
        "확인서가 나왔을 때",
        ("확인서가 나왔어요! 버튼을 누르면 PDF로 내려받을 수 있어요.", {}),
        ("봉사 확인서가 나왔어요", {}),
    ),
    (7, ""): (
        "불참으로 적혔을 때",
        (
            (
                "기관이 이 활동을 불참으로 기록했어요. #{기관말} 실제로 다녀왔거나 사정이 있었다면 "
                "#{이의마감} 이의를 낼 수 있어요."
            ),
            {"기관말": _SAID, "이의마감": Value("이의를 낼 수 있는 마지막 날", "2027년 12월 31일(목)까지")},
        ),
        ("#{날짜} 봉사 기록을 확인해 주세요", {"날짜": _DATE}),
    ),
    (8, ""): (
        "두볼에서 동의했을 때",
        (
            "#{다음}",
            {
                "다음": Value(
                    "시간이 이어지려면 남은 일",
                    "두볼과 1365, 두 곳에서 모두 동의해야 봉사시간이 이어져요. 1365 쪽은 아직 확인되지 않았어요. "
                    "1365의 '나의 자원봉사 › 회원정보관리 › 부가정보 › 봉사실적 연계 동의'에서 볼 수 있어요.",
                )
            },
        ),
        ("1365 연계에 동의했어요", {}),
    ),
    (9, ""): (
        "동의를 취소했을 때",
        (
            (
                "이제 새 봉사시간은 1365로 넘어가지 않을 수 있어요. 이미 넘어간 기록이 어떻게 되는지는 아직 확인하지 못했어요. "
                "마음이 바뀌면 언제든 다시 동의할 수 있어요."
            ),
            {},
        ),
        ("1365 연계 동의가 바뀌었어요", {}),
    ),
    **{
        (kind, ""): (
            "새 봉사를 추천할 때",
            ("#{개수} 골라 봤어요.", {"개수": Value("새 봉사가 몇 개인지", "새 봉사 5개를")}),
            ("새 봉사 #{활동}", {"활동": Value("가장 잘 맞는 활동의 이름", "가" * 10)}),
        )
        for kind in (10, 11)
    },
}
"""Alert and scene → when it is sent, the card's words (None where there is no card) and those of the text message."""


def _texts() -> dict[Slot, Text]:
    found = {}
    for (kind, scene), (title, card, sms) in _SCENES.items():
        if card is not None:
            found[Slot(kind, scene, TextChannel.CARD)] = Text(title, *card)
        found[Slot(kind, scene, TextChannel.SMS)] = Text(title, *sms)
    return found


TEXTS: Mapping[Slot, Text] = _texts()
"""Slot → its words."""


class Words:
    """The words in force: those of the service, or what staff wrote in their place."""

    def __init__(self, written: Mapping[Slot, str] | None = None) -> None:
        self._written = written or {}

    def of(self, slot: Slot) -> str:
        """Return the words of a slot, with the places to be filled in."""
        return self._written.get(slot, TEXTS[slot].words)

    def card(self, kind: int, scene: str = "", **values: str) -> str:
        """Return what a card says."""
        return filled(self.of(Slot(kind, scene, TextChannel.CARD)), values)

    def sms(self, kind: int, scene: str = "", **values: str) -> str:
        """Return what a text message says."""
        return filled(self.of(Slot(kind, scene, TextChannel.SMS)), values)

    def but(self, slot: Slot, words: str) -> Words:
        """Return the same with other words in one slot."""
        return Words({**self._written, slot: words})


def filled(words: str, values: Mapping[str, str]) -> str:
    """Return words with the values in their places; where one is empty no gap is left."""
    lines = VARIABLE.sub(lambda found: values[found[1]], words).splitlines()
    return "\n".join(_SPACES.sub(" ", line).strip() for line in lines).strip()
