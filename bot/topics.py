"""Answers to what many people ask: what a topic may say, which ones are in force, and how one is answered.

They come from the store, read anew every other second where something changed. A store that is away, or has none yet,
changes nothing: then they are those read last, or those of the file.
"""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from string import Formatter
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.links import PAGES
from bot.menu import INTENT_TITLES, MENU_WORDS
from bot.replies import Button, Call, Card, Link, ListCard, ListItem, Press, QuickReply, Reply, Target
from bot.wording import clock, time_of_day
from models import faq_topics
from models.clock import Clock
from models.database import Database
from models.rules import Rules, load_rules

log = logging.getLogger(__name__)

FRESH = timedelta(seconds=2)
"""How long what was read is taken for what is in force."""
LONGEST_QUESTION, LONGEST_SHORT, LONGEST_ANSWER = 36, 14, 400
LONGEST_CARD = 400
"""Question and answer together, with the figures filled in: what KakaoTalk shows on one card."""
LONGEST_SOURCE, MOST_SOURCES = 200, 8
MOST_BUTTONS = MOST_RELATED = 3
WITHOUT_TOPICS = frozenset({"recommend_program", "human_agent", "crisis_support"})
"""Intents that can be offered and answer no questions: they do one thing."""
TOPIC_INTENTS: Mapping[str, str] = {k: v for k, v in INTENT_TITLES.items() if k not in WITHOUT_TOPICS}
"""Intents that a topic can belong to, with their titles."""
_RELATED_SHOWN = 5
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINERS = "\u200d\ufe0f"
_PHONE = re.compile(r"\d{3,4}|1\d{3}-\d{4}|0\d{1,2}-\d{3,4}-\d{4}")
_HUMAN = Press("human_agent")


# --- figures from the rules


@dataclass(frozen=True, slots=True)
class Figure:
    """What an answer may hold in braces: what it means, and how it reads under the rules in force."""

    meaning: str
    say: Callable[[Rules], str]


def _cancel_deadline(rules: Rules) -> str:
    days = {0: "당일", 1: "하루 전", 2: "이틀 전"}
    day = days.get(rules.cancel_deadline_days, f"{rules.cancel_deadline_days}일 전")
    return f"{day} {clock(rules.cancel_deadline_time)}"


FIGURES: Mapping[str, Figure] = {
    "max_hours_per_day": Figure("하루에 인정되는 가장 긴 시간", lambda rules: str(rules.max_hours_per_day)),
    "age_min": Figure("가입할 수 있는 가장 어린 나이", lambda rules: str(rules.age_min)),
    "age_max": Figure("가입할 수 있는 가장 많은 나이", lambda rules: str(rules.age_max)),
    "guardian_consent_under": Figure(
        "이 나이가 안 되면 보호자 동의가 필요해요", lambda rules: str(rules.guardian_consent_under)
    ),
    "objection_days": Figure("이의를 낼 수 있는 날수", lambda rules: str(rules.objection_days)),
    "cancel_deadline": Figure("신청을 취소할 수 있는 마지막 때", _cancel_deadline),
    "quiet_from": Figure("조용한 시간이 시작되는 때", lambda rules: time_of_day(rules.quiet_from)),
    "quiet_until": Figure("조용한 시간이 끝나는 때", lambda rules: time_of_day(rules.quiet_until)),
}
"""Name in braces → figure."""


def units(text: str) -> int:
    """Return the length of a text as KakaoTalk may count it: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


# --- what a topic may say


def _words(least: int, most: int, *, one_line: bool = True) -> Callable[[str], str]:
    def check(value: str) -> str:
        value = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if one_line and "\n" in value:
            raise ValueError("한 줄로 적어 주세요.")
        if any(unicodedata.category(c) in _UNSEEN and c not in "\n" + _JOINERS for c in value):
            raise ValueError("눈에 보이지 않는 글자가 있어요. 지우고 다시 적어 주세요.")
        if units(value) < least:
            raise ValueError(f"{least}자부터 적어 주세요." if least > 1 else "적어 주세요.")
        if units(value) > most:
            raise ValueError(f"{most}자까지 쓸 수 있어요. {units(value) - most}자를 줄여 주세요.")
        return value

    return check


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TopicButton(_Strict):
    """A button of an answer: runs an action, opens a page or dials a number."""

    label: Annotated[str, AfterValidator(_words(1, LONGEST_SHORT))]
    action: str | None = None
    page: str | None = None
    phone: str | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> TopicButton:
        if sum(value is not None for value in (self.action, self.page, self.phone)) != 1:
            raise ValueError("버튼마다 누르면 갈 곳을 하나만 골라 주세요.")
        if self.action is not None and self.action not in INTENT_TITLES:
            raise ValueError(f"'{self.action}' 기능은 없어요. 다른 것을 골라 주세요.")
        if self.page is not None and self.page not in PAGES:
            raise ValueError(f"'{self.page}' 화면은 없어요. 다른 것을 골라 주세요.")
        if self.phone is not None and not _PHONE.fullmatch(self.phone):
            raise ValueError("전화번호를 1388이나 02-330-2800처럼 적어 주세요.")
        return self


class Topic(_Strict):
    """One question with its answer, as ``actions/faq.yml`` explains."""

    topic: str = Field(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$")
    number: int = Field(ge=1)
    question: Annotated[str, AfterValidator(_words(5, LONGEST_QUESTION))]
    short: Annotated[str, AfterValidator(_words(1, LONGEST_SHORT))]
    answer: Annotated[str, AfterValidator(_words(1, LONGEST_ANSWER, one_line=False))]
    verified: bool
    source: tuple[Annotated[str, AfterValidator(_words(1, LONGEST_SOURCE))], ...] = Field(
        max_length=MOST_SOURCES
    )
    checked: date
    buttons: tuple[TopicButton, ...] = Field(max_length=MOST_BUTTONS)
    see_also: tuple[str, ...] = Field(max_length=MOST_RELATED)

    @property
    def intent(self) -> str:
        """The action this topic belongs to."""
        return self.topic.partition("/")[0]

    @property
    def press(self) -> Press:
        """What asks for this topic."""
        return Press(self.intent, {"topic": self.topic})

    @cached_property
    def content(self) -> dict[str, Any]:
        """What it says, as the store keeps it."""
        return self.model_dump(mode="json", exclude={"topic", "number"}, exclude_none=True)

    def said(self, rules: Rules) -> str:
        """Return the answer with the figures of the rules in force."""
        return self.answer.format(**{name: figure.say(rules) for name, figure in FIGURES.items()})

    @field_validator("topic")
    @classmethod
    def _of_an_intent_that_answers(cls, value: str) -> str:
        if value.partition("/")[0] not in TOPIC_INTENTS:
            raise ValueError("질문을 더할 수 있는 갈래가 아니에요. 다른 것을 골라 주세요.")
        return value

    @field_validator("answer")
    @classmethod
    def _with_known_figures(cls, value: str) -> str:
        try:
            parts = list(Formatter().parse(value))
        except ValueError:
            raise ValueError("중괄호 { }는 규칙의 숫자에만 써요. 짝이 맞는지 봐 주세요.") from None
        for _, name, spec, conversion in parts:
            if name is not None and (name not in FIGURES or spec or conversion):
                raise ValueError(f"'{{{name}}}'에 넣을 숫자가 없어요. 아래 표에 있는 이름만 쓸 수 있어요.")
        if "{{" in value or "}}" in value:
            raise ValueError("중괄호 { }는 규칙의 숫자에만 써요. 짝이 맞는지 봐 주세요.")
        return value

    @field_validator("question", "short")
    @classmethod
    def _without_figures(cls, value: str) -> str:
        if "{" in value or "}" in value:
            raise ValueError("중괄호 { }는 답에만 쓸 수 있어요.")
        return value

    @field_validator("short")
    @classmethod
    def _no_menu_word(cls, value: str) -> str:
        if "".join(value.split()) in MENU_WORDS:
            raise ValueError("이 말은 메뉴가 먼저 알아들어요. 다른 말로 적어 주세요.")
        return value

    @field_validator("buttons")
    @classmethod
    def _called_differently(cls, value: tuple[TopicButton, ...]) -> tuple[TopicButton, ...]:
        if len({button.label for button in value}) < len(value):
            raise ValueError("버튼 이름이 서로 달라야 해요.")
        return value

    @field_validator("source")
    @classmethod
    def _known_from(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.data.get("verified") and not value:
            raise ValueError("확인한 답에는 출처가 있어야 해요. 출처를 적거나 '아직 확인 중'을 골라 주세요.")
        return value

    @field_validator("see_also")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("비슷한 질문을 서로 다른 것으로 골라 주세요.")
        return value


def faults(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong in the values of a topic: where, as ``buttons.0.label``, and what to do."""
    try:
        Topic.model_validate(values)
    except ValidationError as error:
        found = [(".".join(map(str, each["loc"])) or "topic", _fault(each)) for each in error.errors()]
        return dict(reversed(found))  # of two in one place the first is told
    return {}


def _fault(error: Any) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "too_long":
        return f"{error['ctx']['max_length']}개까지 둘 수 있어요."
    if error["type"] == "string_pattern_mismatch":
        return "목록에서 골라 주세요."
    return str(error["msg"])


def clashes(topic: Topic, others: Iterable[Topic], rules: Rules) -> dict[str, str]:
    """Return what is wrong with a topic among the others and under the rules: field → what to do."""
    found, others = {}, [each for each in others if each.topic != topic.topic]
    if any(each.question == topic.question for each in others):
        found["question"] = "같은 질문이 이미 있어요. 그 질문을 고치거나 다르게 물어 주세요."
    if any(each.short == topic.short for each in others):
        found["short"] = "다른 질문이 이미 쓰는 짧은 말이에요. 다르게 적어 주세요."
    if topic.topic in topic.see_also:
        found["see_also"] = "비슷한 질문은 이 질문이 아닌 것으로 골라 주세요."
    elif lost := set(topic.see_also) - {each.topic for each in others}:
        found["see_also"] = f"비슷한 질문이 이제 없어요: {', '.join(sorted(lost))}. 다시 골라 주세요."
    over = units(topic.question) + units(topic.said(rules)) - LONGEST_CARD
    if over > 0:
        found["answer"] = f"질문과 답을 더해 {LONGEST_CARD}자까지 한 장에 들어가요. {over}자를 줄여 주세요."
    return found


# --- what reads badly, though nothing is wrong with it

ADMISSION_PROMISE = re.compile(r"유리|가산점|합격|스펙|도움이 돼요")
HONEST = re.compile(r"확인하지 못했|확인해|확인할|확인이|학교마다|기관마다|봉사마다|물어|여쭤")
OFFICIALESE = re.compile(
    r"니다|십시오|하시오|바랍|귀하|해당 |익일|상이[하한함]|기재|소정의|금번|제반|요망|누리집"
)
PROMISED_TIME = re.compile(
    r"(\d+|하루|이틀|사흘|며칠|일주일|한 ?달)\s*(일|주|주일|개월|달|시간|분)?\s*(이내|안에|내에|후에|뒤에|걸려|정도|쯤)"
)
WRITTEN_FIGURE = re.compile(r"(?<!\d)(8시간|14[세살]|9[세살]|24[세살]|18시|21시)")
_SPOKEN = re.compile(r"요[.!?~]*$")
_SECRET = re.compile(r"\d{6}-\d{7}|\b01\d-?\d{3,4}-?\d{4}\b")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]


def advice(topic: Topic, rules: Rules) -> list[str]:
    """Return what to look at once more: nothing here forbids the answer."""
    text = topic.said(rules)
    return [
        words
        for holds, words in (
            (not 2 <= len(sentences(text)) <= 5, "두 문장에서 다섯 문장이 읽기 좋아요."),
            (not all(_SPOKEN.search(each) for each in sentences(text)), "모든 문장을 '-요'로 끝내 주세요."),
            (OFFICIALESE.search(topic.question + text), "딱딱한 말이 있어요. 친구에게 말하듯 써 주세요."),
            (ADMISSION_PROMISE.search(text), "입시에 도움이 된다는 약속처럼 읽힐 수 있어요."),
            (
                WRITTEN_FIGURE.search(topic.answer),
                "규칙의 숫자를 손으로 적었어요. 중괄호로 넣으면 함께 바뀌어요.",
            ),
            (_SECRET.search(text), "누군가의 전화번호나 주민등록번호처럼 보이는 숫자가 있어요."),
            (not topic.question.endswith("?"), "질문은 물음표로 끝내 주세요."),
            (
                not topic.verified and not HONEST.search(text),
                "아직 확인 중인 답이에요. 무엇을 모르고 누구에게 물어볼지 적어 주세요.",
            ),
            (
                not topic.verified and PROMISED_TIME.search(topic.answer),
                "확인하지 못한 답에서 걸리는 시간을 약속하지 말아 주세요.",
            ),
        )
        if holds
    ]


# --- which are in force


@dataclass(frozen=True)
class TopicBook:
    """The topics at one moment: those the chat answers with, and those it does not for now."""

    shown: Mapping[str, Topic]
    hidden: Mapping[str, Topic] = field(default_factory=dict)

    def of(self, intent: str) -> list[Topic]:
        """Return the topics of an intent, in order."""
        return [topic for topic in self.shown.values() if topic.intent == intent]

    def chips(self, names: Iterable[str]) -> tuple[QuickReply, ...]:
        """Return chips that ask for topics; those that are not shown are left out."""
        found = (self.shown[name] for name in names if name in self.shown)
        return tuple(QuickReply(topic.short, topic.press) for topic in found)

    def listed(self, intent: str, title: str, buttons: tuple[Button, ...] = ()) -> ListCard:
        """Return an intent's topics to pick from."""
        items = tuple(ListItem(topic.question, target=topic.press) for topic in self.of(intent))
        return ListCard(title, items, buttons)

    def answer(self, name: str, rules: Rules, link: Callable[[str], str]) -> Reply | None:
        """Return what is said to a question; None when nobody ever had an answer to it."""
        if topic := self.shown.get(name):
            return drawn(topic, self, rules, link)
        return self._in_the_works(self.hidden[name]) if name in self.hidden else None

    def to_pick(self, intent: str) -> Reply:
        """Offer an intent's topics, and a person; where there is none, the person only."""
        if not self.of(intent):
            text = "지금은 여기에서 답할 수 있는 질문이 없어요."
            return Reply((_asking_a_person(INTENT_TITLES[intent], text),))
        return Reply((self.listed(intent, INTENT_TITLES[intent]),), (QuickReply("상담원 연결", _HUMAN),))

    def _in_the_works(self, topic: Topic) -> Reply:
        """Say that an answer is looked over, and offer what is close to it, and a person."""
        near = [*topic.see_also, *(each.topic for each in self.of(topic.intent))]
        related = self.chips(dict.fromkeys(near))[:_RELATED_SHOWN]
        text = "이 답은 지금 다시 확인하고 있어요." + (
            " 아래 질문이 도움이 될 수도 있어요." if related else ""
        )
        return Reply((_asking_a_person(topic.question, text),), related)


def drawn(topic: Topic, book: TopicBook, rules: Rules, link: Callable[[str], str]) -> Reply:
    """Return a topic's answer as it is shown; ``link`` makes the address of a page."""
    buttons = tuple(Button(button.label, _target(button, link)) for button in topic.buttons)
    return Reply((Card(topic.question, topic.said(rules), buttons=buttons),), book.chips(topic.see_also))


def _asking_a_person(title: str, text: str) -> Card:
    return Card(title, f"{text} 급하면 상담원에게 물어봐 주세요.", buttons=(Button("상담원 연결", _HUMAN),))


def _target(button: TopicButton, link: Callable[[str], str]) -> Target:
    if button.page is not None:
        return Link(link(button.page))
    return Call(button.phone) if button.phone is not None else Press(button.action or "")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A topic with the span it is shown in."""

    topic: Topic
    active: bool = True
    begins: datetime | None = None
    ends: datetime | None = None

    def shows(self, now: datetime) -> bool:
        begun = self.begins is None or self.begins <= now
        return self.active and begun and (self.ends is None or now < self.ends)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read last."""

    at: datetime
    stamp: tuple[int, int, int]
    kept: tuple[_Kept, ...]
    rules: Rules


class Topics:
    """Knows the topics in force, for all threads of a process."""

    def __init__(self, database: Database, clock: Clock, file: Collection[Topic]) -> None:
        self._database, self._clock = database, clock
        self._file = {topic.topic: topic for topic in file}
        self._reading = threading.Lock()
        self._read = _Read(
            datetime.min.replace(tzinfo=clock.now().tzinfo), (0, 0, 0), self._of_file(), Rules()
        )

    @property
    def rules(self) -> Rules:
        """The rules as they were read last, for when the store is away."""
        return self._read.rules

    def book(self) -> TopicBook:
        """Return the topics at this moment."""
        now = self._clock.now()
        if not timedelta() <= now - self._read.at < FRESH and self._reading.acquire(blocking=False):
            try:
                self._look(now)
            finally:
                self._reading.release()
        kept = self._read.kept
        return TopicBook(
            {each.topic.topic: each.topic for each in kept if each.shows(now)},
            {each.topic.topic: each.topic for each in kept if not each.shows(now)},
        )

    def look_again(self) -> None:
        """Read anew at the next question: somebody just changed a topic here."""
        self._read = _Read(
            datetime.min.replace(tzinfo=self._read.at.tzinfo), (0, 0, 0), self._read.kept, self.rules
        )

    def follow_file(self, db: Session) -> faq_topics.Followed:
        """Bring a store to what the file says, where staff have not written something of their own.

        The caller commits, and has it looked at again.
        """
        entries = [faq_topics.Entry(each.topic, each.number, each.content) for each in self._file.values()]
        return faq_topics.follow_file(db, entries, self._clock.now())

    def _look(self, now: datetime) -> None:
        """Read what changed. A store that is away changes nothing, and is asked again a moment later."""
        before = self._read
        try:
            with self._database.session() as db:
                stamp, rules = faq_topics.stamp(db), load_rules(db)
                kept = before.kept if stamp == before.stamp else self._kept(faq_topics.topics(db))
        except SQLAlchemyError as error:
            log.warning("topics are those read last: %s", type(error).__name__)
            stamp, rules, kept = before.stamp, before.rules, before.kept
        self._read = _Read(now, stamp, kept, rules)

    def _kept(self, rows: Iterable[faq_topics.FaqTopic]) -> tuple[_Kept, ...]:
        """Return the rows of the store that can be answered with; the file stands in for one that is broken."""
        found = []
        for row in rows:
            topic = topic_of(row.name, row.number, row.content) or self._file.get(row.name)
            if topic is None:
                log.error("topic %s cannot be answered with", row.name)
                continue
            found.append(_Kept(topic, row.active, row.shows_from, row.shows_until))
        return tuple(found) or self._of_file()

    def _of_file(self) -> tuple[_Kept, ...]:
        return tuple(_Kept(topic) for topic in self._file.values())


def topic_of(name: str, number: int, content: Mapping[str, Any]) -> Topic | None:
    """Return what the store keeps as a topic, None where what it says is no longer possible."""
    try:
        return Topic.model_validate({**content, "topic": name, "number": number})
    except (ValidationError, TypeError):
        return None
