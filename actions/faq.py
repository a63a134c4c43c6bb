"""Answers to what many people ask: 68 topics from ``faq.yml``, with figures from the rules in force."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from pathlib import Path
from string import Formatter
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot.context import Action, Context
from bot.links import PAGES
from bot.menu import INTENT_TITLES
from bot.replies import Button, Call, Card, Link, ListCard, ListItem, Press, QuickReply, Reply, Target
from bot.wording import clock, time_of_day
from models.rules import Rules

FAQ_FILE = Path(__file__).with_name("faq.yml")
OWN_STATE = frozenset({"application_status/is_it_approved", "hours_missing/not_shown"})
"""Topics whose best answer is the person's own state: the action answers a member, the FAQ everyone else."""


class FaqFileBroken(ValueError):
    """The file of answers cannot be used; the message names topic and field of every fault."""


def _cancel_deadline(rules: Rules) -> str:
    days = {0: "당일", 1: "하루 전", 2: "이틀 전"}
    day = days.get(rules.cancel_deadline_days, f"{rules.cancel_deadline_days}일 전")
    return f"{day} {clock(rules.cancel_deadline_time)}"


PLACEHOLDERS: Mapping[str, Callable[[Rules], str]] = {
    "max_hours_per_day": lambda rules: str(rules.max_hours_per_day),
    "age_min": lambda rules: str(rules.age_min),
    "age_max": lambda rules: str(rules.age_max),
    "guardian_consent_under": lambda rules: str(rules.guardian_consent_under),
    "objection_days": lambda rules: str(rules.objection_days),
    "cancel_deadline": _cancel_deadline,
    "quiet_from": lambda rules: time_of_day(rules.quiet_from),
    "quiet_until": lambda rules: time_of_day(rules.quiet_until),
}
"""What an answer may hold in braces → how it reads under the rules in force."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TopicButton(_Strict):
    """A button of an answer: runs an action, opens a page or dials a number."""

    label: str = Field(min_length=1, max_length=14)
    action: str | None = None
    page: str | None = None
    phone: str | None = Field(default=None, pattern=r"^\d[\d-]{1,12}\d$")

    @model_validator(mode="after")
    def _leads_somewhere(self) -> TopicButton:
        if sum(value is not None for value in (self.action, self.page, self.phone)) != 1:
            raise ValueError("name exactly one of action, page and phone")
        if self.action is not None and self.action not in INTENT_TITLES:
            raise ValueError(f"there is no action {self.action}")
        if self.page is not None and self.page not in PAGES:
            raise ValueError(f"there is no page {self.page}")
        return self


class Topic(_Strict):
    """One question with its answer, as ``faq.yml`` explains."""

    topic: str = Field(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$")
    number: int = Field(ge=1)
    question: str = Field(min_length=5, max_length=36)
    short: str = Field(min_length=1, max_length=14)
    answer: str = Field(min_length=1, max_length=400)
    verified: bool
    source: tuple[str, ...]
    buttons: tuple[TopicButton, ...] = Field(max_length=3)
    see_also: tuple[str, ...] = Field(max_length=3)

    @property
    def intent(self) -> str:
        """The action this topic belongs to."""
        return self.topic.partition("/")[0]

    @property
    def press(self) -> Press:
        """What asks for this topic."""
        return Press(self.intent, {"topic": self.topic})

    @field_validator("topic")
    @classmethod
    def _of_a_known_intent(cls, value: str) -> str:
        if value.partition("/")[0] not in INTENT_TITLES:
            raise ValueError("the part before the slash is no intent that can be offered")
        return value

    @field_validator("answer")
    @classmethod
    def _with_known_placeholders(cls, value: str) -> str:
        names = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
        if unknown := names - set(PLACEHOLDERS):
            raise ValueError(f"unknown placeholder {', '.join(sorted(unknown))}")
        return value.strip()


def load_topics(path: Path) -> dict[str, Topic]:
    """Return the topics of a file by name, in the file's order.

    Raises:
        FaqFileBroken: the file is missing, is no list of entries, or an entry is wrong.
    """
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FaqFileBroken(f"{path.name} cannot be read: {error}") from None
    if not isinstance(rows, list):
        raise FaqFileBroken(f"{path.name} holds no list of topics")
    faults = [fault for row in rows for fault in _faults(row)]
    topics = [] if faults else [Topic.model_validate(row) for row in rows]
    if faults := faults + _faults_together(topics):
        raise FaqFileBroken(f"correct {path.name}:\n" + "\n".join(faults))
    return {topic.topic: topic for topic in topics}


def _faults(row: Any) -> list[str]:
    name = row.get("topic", "entry without topic") if isinstance(row, dict) else repr(row)
    try:
        Topic.model_validate(row)
    except ValidationError as error:
        return [f"{name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    return []


def _faults_together(topics: Collection[Topic]) -> list[str]:
    names = [topic.topic for topic in topics]
    twice = [f"{name}: topic: is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    lost = [
        f"{topic.topic}: see_also: there is no topic {other}"
        for topic in topics
        for other in topic.see_also
        if other not in names
    ]
    return twice + lost


TOPICS: Mapping[str, Topic] = load_topics(FAQ_FILE)
"""All topics, by name. A broken file stops the start."""


def faq(ctx: Context) -> Reply:
    """Answer the topic that was asked about; without one, offer the intent's topics to pick from."""
    return answer_topic(ctx) or _topics_to_pick(ctx)


def answer_topic(ctx: Context) -> Reply | None:
    """Return the answer to the topic that a button named or the words were about, None without one."""
    topic = TOPICS.get(ctx.text("topic") or ctx.parsed.topic or "")
    return _answer(ctx, topic) if topic else None


def topic_first(action: Action) -> Action:
    """Answer from the FAQ when a topic was asked about, otherwise run ``action``."""

    @wraps(action)
    def run(ctx: Context) -> Reply:
        if ctx.member is not None and not ctx.data and ctx.parsed.topic in OWN_STATE:
            return action(ctx)
        return answer_topic(ctx) or action(ctx)

    return run


def topic_chips(*names: str) -> tuple[QuickReply, ...]:
    """Return chips that ask for topics.

    Raises:
        KeyError: there is no topic of that name.
    """
    return tuple(QuickReply(TOPICS[name].short, TOPICS[name].press) for name in names)


def topic_list(intent: str, title: str, buttons: tuple[Button, ...] = ()) -> ListCard:
    """Return an intent's topics to pick from."""
    items = tuple(
        ListItem(topic.question, target=topic.press) for topic in TOPICS.values() if topic.intent == intent
    )
    return ListCard(title, items, buttons)


def _topics_to_pick(ctx: Context) -> Reply:
    intent = ctx.parsed.intent
    listed = topic_list(intent, INTENT_TITLES[intent])
    if len(listed.items) == 1:
        return _answer(ctx, next(topic for topic in TOPICS.values() if topic.intent == intent))
    return Reply((listed,), (QuickReply("상담원 연결", Press("human_agent")),))


def _answer(ctx: Context, topic: Topic) -> Reply:
    text = topic.answer.format(**{name: say(ctx.rules) for name, say in PLACEHOLDERS.items()})
    buttons = tuple(Button(button.label, _target(ctx, button)) for button in topic.buttons)
    return Reply((Card(topic.question, text, buttons=buttons),), topic_chips(*topic.see_also))


def _target(ctx: Context, button: TopicButton) -> Target:
    if button.page is not None:
        return Link(ctx.link(button.page))
    return Call(button.phone) if button.phone is not None else Press(button.action or "")
