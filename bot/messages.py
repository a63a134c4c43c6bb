"""What the assistant says when no action speaks: not understood, something is down, too fast."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue import Session
from bot.menu import INTENT_TITLES, MAIN, chips
from bot.references import Referral
from bot.replies import ListCard, ListItem, Press, Question, QuickReply, Reply, Text
from bot.safety import GENTLE
from models.refusals import Reason, Refused

_ASK_HUMAN = 2
"""Misses in a row after which a person is offered."""
MEANT = "meant"
"""What a button presses that says which meaning unclear words have."""
_LONGEST_SAID, _MOST_THINGS = 200, 10

SLOW_DOWN = Reply((Text("조금만 천천히 말해 줘요! 잠깐 뒤에 다시 이야기해요 🙏"),))
LEFT = Reply((Text("알겠어요, 여기까지 할게요. 또 필요한 게 있으면 말해 줘요."),), chips())
NLU_DOWN = Reply(
    (Text("지금은 긴 말을 알아듣기 어려워요 😥 아래 버튼을 누르면 바로 도와줄 수 있어요."),),
    chips(
        "check_hours",
        "application_status",
        "find_program",
        "cancel_application",
        "certificate_issue",
        "human_agent",
    ),
)
STORE_DOWN = Reply(
    (Text("지금 봉사 정보를 불러올 수 없어요. 바뀐 건 하나도 없으니 걱정 말고 잠시 뒤에 다시 눌러 줘요."),),
    chips(),
)
BROKEN = Reply(
    (Text("앗, 문제가 생겼어요. 잠시 뒤에 다시 해 볼까요? 계속 안 되면 상담원에게 물어봐 줘요."),),
    chips("human_agent"),
)

ONLY_GENTLE = Reply((GENTLE,), chips())
_AFTER_REFUSAL: dict[Reason, tuple[str, ...]] = {
    Reason.ALREADY_APPLIED: ("application_status", "find_program"),
    Reason.OVERLAPPING: ("application_status", "find_program"),
    Reason.NOT_OPEN_YET: ("find_program", "notification_settings"),
    Reason.GUARDIAN_CONSENT: ("faq_signup", "find_program"),
    Reason.NOT_YOURS: ("application_status",),
    Reason.NOT_CANCELLABLE: ("application_status", "check_hours"),
    Reason.ASK_HOST: ("application_status", "human_agent"),
    Reason.DEADLINE_PASSED: ("application_status", "human_agent"),
    Reason.OBJECTION_TOO_LATE: ("human_agent",),
}


def refused(refusal: Refused) -> Reply:
    """Say what a rule refuses, and what can be done instead."""
    if refusal.reason is Reason.GUARDIAN_CONSENT:
        topic = Press("faq_signup", {"topic": "faq_signup/guardian_consent"})
        ways = (QuickReply("보호자에게 부탁하기", Press("guardian")), QuickReply("보호자 동의 방법", topic))
        return Reply((Text(refusal.words),), (*ways, *chips("find_program")))
    return Reply((Text(refusal.words),), chips(*_AFTER_REFUSAL.get(refusal.reason, ("find_program",))))


def did_you_mean(likely: Sequence[str], words: str, misses: int) -> Reply:
    """Offer the likeliest meanings of ``words``; after some misses in a row, a person."""
    if misses >= _ASK_HUMAN:
        return Reply(
            (Text("제가 자꾸 못 알아들어서 미안해요. 상담원에게 물어보는 건 어때요?"),),
            chips("human_agent", *likely),
        )
    if not likely:
        return Reply((Text("무슨 말인지 잘 모르겠어요. 이런 걸 도와줄 수 있어요!"),), chips())
    return Reply((Text("혹시 이 중에 있나요?"),), _meanings(likely, words))


def which_meaning(likely: Sequence[str], words: str) -> Reply:
    """Ask which of two close meanings ``words`` have."""
    return Reply((Text("어느 쪽이에요? 골라 주면 바로 도와줄게요."),), _meanings(likely, words))


def _meanings(likely: Sequence[str], words: str) -> tuple[QuickReply, ...]:
    """Return a chip for each meaning. It carries the words: "토요일" is still said when the meaning is chosen."""
    said = words[:_LONGEST_SAID]
    each = (QuickReply(INTENT_TITLES[i], Press(MEANT, {"intent": i, "words": said})) for i in likely)
    return (*each, QuickReply("다른 거예요", Press(MEANT, {"intent": ""})))


def which_thing(referral: Referral) -> Reply:
    """Ask which of the things that were shown is meant."""
    items = tuple(
        ListItem(thing.title, thing.about, Press(referral.action_on(thing), thing.data))
        for thing in referral.things[:_MOST_THINGS]
    )
    title = "어떤 걸 말하는 거예요?" if not referral.missed else "이 중에 있나요?"
    return Reply((ListCard(title, items),), question=Question(referral.action_on(referral.things[0])))


def declined(intent: str) -> Reply:
    """Leave everything as it is: the person said what not to do."""
    following = tuple(each for each in MAIN if each != intent)
    return Reply(
        (Text("알겠어요, 아무것도 바꾸지 않고 그대로 둘게요. 다른 게 필요하면 말해 줘요."),),
        chips(*following),
    )


def ask_again(session: Session) -> Reply:
    """Ask for an answer to the open question once more, with the same choices."""
    question = session.question
    shown = tuple(QuickReply(c.label, c.target, c.means) for c in session.choices)
    text = "번호나 이름으로 골라 줄래요?" if any(c.listed for c in session.choices) else "어떻게 할까요?"
    return Reply((Text(f"{text} 그만하려면 '됐어'라고 말해 줘요."),), shown, question)
