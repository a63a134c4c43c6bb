"""The form of an answer: read into what a topic may say, drawn as the chat would, its faults put beside their fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from bot.links import PAGES
from bot.menu import INTENT_TITLES
from bot.replies import Button, Call, Card, Link, Press, QuickReply, Reply, Target
from bot.topics import (
    FIGURES,
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    LONGEST_SHORT,
    MOST_BUTTONS,
    MOST_RELATED,
    Topic,
    TopicBook,
    advice,
    clashes,
    faults,
    units,
)
from models.rules import Rules

BUTTON_ROWS = range(1, MOST_BUTTONS + 1)
RELATED_ROWS = range(1, MOST_RELATED + 1)
LIMITS = {"question": LONGEST_QUESTION, "short": LONGEST_SHORT, "answer": LONGEST_ANSWER}
"""Field → how many characters it may have."""
FIELDS: Mapping[str, str] = {
    "intent": "갈래",
    "question": "질문",
    "short": "짧은 말",
    "answer": "답",
    "source": "출처",
    **{f"button{n}_{part}": f"버튼 {n} {name}" for n in BUTTON_ROWS for part, name in
       (("label", "이름"), ("to", "누르면"), ("phone", "전화번호"))},
    **{f"related{n}": f"비슷한 질문 {n}" for n in RELATED_ROWS},
    "sentences": "예문",
}  # fmt: skip
"""Name of a field → its label, for what was typed when a session ended."""
_BRACES = re.compile(r"\{(\w+)\}")
_ANY_WORDS = 4000
"""Characters of a field that are drawn at most, whatever is typed."""


@dataclass(frozen=True)
class Draft:
    """What the form says, whether it can be an answer or not."""

    values: Mapping[str, Any]
    rows: tuple[int, ...] = ()
    """Row of the form of every button."""
    topic: Topic | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    """Field of the form → what to do."""

    @property
    def whole(self) -> Topic:
        """The topic. Only a draft without faults has one."""
        if self.topic is None:
            raise RuntimeError("a draft with faults is no topic")
        return self.topic


def targets() -> list[tuple[str, str]]:
    """Return where a button can lead, as a form sends it and as it reads."""
    actions = [(f"action:{name}", f"보람이 하는 일: {title}") for name, title in INTENT_TITLES.items()]
    pages = [(f"page:{name}", f"화면 열기: {page.title}") for name, page in PAGES.items() if _plain(name)]
    return [("", "없음"), ("phone", "전화 걸기"), *actions, *pages]


def _plain(page: str) -> bool:
    return page != "programme_detail"  # which activity, no answer can know


def draft(form: MultiDict[str, str], name: str, number: int, checked: date, all_topics: list[Topic], rules: Rules) -> Draft:  # fmt: skip
    """Return what a form says of a topic, with everything that is wrong with it."""
    rows = tuple(
        n for n in BUTTON_ROWS if form.get(f"button{n}_label", "").strip() or form.get(f"button{n}_to")
    )
    values = {
        "topic": name,
        "number": number,
        "question": form.get("question", ""),
        "short": form.get("short", ""),
        "answer": form.get("answer", ""),
        "verified": form.get("verified") == "1",
        "source": [line for line in form.get("source", "").splitlines() if line.strip()],
        "checked": checked.isoformat(),
        "buttons": [_button(form, row) for row in rows],
        "see_also": [typed for n in RELATED_ROWS if (typed := form.get(f"related{n}", ""))],
    }
    wrong = {_field(place, form, rows): words for place, words in faults(values).items()}
    if wrong:
        return Draft(values, rows, None, wrong)
    topic = Topic.model_validate(values)
    wrong = {_field(place, form, rows): words for place, words in clashes(topic, all_topics, rules).items()}
    return Draft(values, rows, None if wrong else topic, wrong)


def typed_of(content: Mapping[str, Any]) -> MultiDict[str, str]:
    """Return the form of what a topic says, as somebody would have filled it in."""
    form = MultiDict[str, str]()
    form.update({key: str(content.get(key, "")) for key in LIMITS})
    form["verified"] = "1" if content.get("verified") else "0"
    form["source"] = "\n".join(content.get("source", ()))
    for n, button in enumerate(content.get("buttons", ()), 1):
        form[f"button{n}_label"] = button["label"]
        kind = next((key for key in ("action", "page", "phone") if button.get(key)), "")
        form[f"button{n}_to"] = f"{kind}:{button[kind]}" if kind in ("action", "page") else kind
        form[f"button{n}_phone"] = button.get("phone", "")
    for n, name in enumerate(content.get("see_also", ()), 1):
        form[f"related{n}"] = name
    return form


def used(form: Mapping[str, str]) -> dict[str, int]:
    """Return how many characters stand in the fields that have a limit."""
    return {name: units(form.get(name, "").replace("\r\n", "\n").strip()) for name in LIMITS}


def told(drafted: Draft, rules: Rules) -> list[str]:
    """Return advice on a draft that could be saved."""
    return advice(drafted.topic, rules) if drafted.topic else []


def sketch(drafted: Draft, book: TopicBook, rules: Rules, link: Callable[[str], str]) -> Reply:
    """Return a draft as the chat would show it, as far as it can be shown."""
    values = drafted.values
    text = _BRACES.sub(lambda found: _figure(found, rules), values["answer"][:_ANY_WORDS])
    buttons = tuple(_sketched(values["buttons"], link))
    related = [book.shown.get(name) or book.hidden.get(name) for name in values["see_also"]]
    chips = {topic.topic: QuickReply(topic.short, topic.press) for topic in related if topic}
    title = values["question"][:_ANY_WORDS].strip() or "질문을 적으면 여기에 보여요"
    return Reply((Card(title, text.strip(), buttons=buttons),), tuple(chips.values()))


def _figure(found: re.Match[str], rules: Rules) -> str:
    figure = FIGURES.get(found[1])
    return figure.say(rules) if figure else found[0]


def _sketched(buttons: list[dict[str, str]], link: Callable[[str], str]) -> Iterator[Button]:
    for button in buttons:
        if label := button["label"].strip()[:_ANY_WORDS]:
            yield Button(label, _target(button, link))


def _target(button: Mapping[str, str], link: Callable[[str], str]) -> Target:
    if button.get("page") in PAGES:
        return Link(link(button["page"]))
    return (
        Call(button["phone"])
        if re.fullmatch(r"[\d-]{3,14}", button.get("phone", ""))
        else Press("human_agent")
    )


def _button(form: Mapping[str, str], row: int) -> dict[str, str]:
    kind, _, name = form.get(f"button{row}_to", "").partition(":")
    label = {"label": form.get(f"button{row}_label", "")}
    if kind == "phone":
        return {**label, "phone": form.get(f"button{row}_phone", "").strip()}
    return {**label, kind: name} if kind in ("action", "page") else label


def _field(place: str, form: Mapping[str, str], rows: tuple[int, ...]) -> str:
    """Return the field of the form that a fault is shown beside."""
    part, _, rest = place.partition(".")
    if part == "topic":
        return "intent"
    if part == "see_also":
        return "related1"
    if part != "buttons":
        return part
    index, _, inner = rest.partition(".")
    row = rows[int(index)] if index.isdecimal() else 1
    if inner == "label" or not index:
        return f"button{row}_label"
    return f"button{row}_{'phone' if form.get(f'button{row}_to') == 'phone' else 'to'}"
