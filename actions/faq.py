"""Answers to what many people ask: from the file ``faq.yml`` first, then as staff have made them in the console."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import yaml

from actions.feedback import with_thumbs
from bot.context import Action, Context
from bot.replies import Button, ListCard, QuickReply, Reply
from bot.topics import Topic, faults

FAQ_FILE = Path(__file__).with_name("faq.yml")
SOURCES: Mapping[str, str] = yaml.safe_load(
    Path(__file__).with_name("faq_sources.yml").read_text(encoding="utf-8")
)
"""Key of a source in the file → how staff read it."""
OWN_STATE = frozenset({"application_status/is_it_approved", "hours_missing/not_shown"})
"""Topics whose best answer is the person's own state: the action answers a member, the FAQ everyone else."""


class FaqFileBroken(ValueError):
    """The file of answers cannot be used; the message names topic and field of every fault."""


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
    rows = [_spelt_out(row) for row in rows]
    wrong = [fault for row in rows for fault in _faults(row)]
    topics = [] if wrong else [Topic.model_validate(row) for row in rows]
    if wrong := wrong + _faults_together(topics):
        raise FaqFileBroken(f"correct {path.name}:\n" + "\n".join(wrong))
    return {topic.topic: topic for topic in topics}


def _spelt_out(row: Any) -> Any:
    """Return an entry with its sources in words."""
    if not isinstance(row, dict) or not isinstance(row.get("source"), list):
        return row
    return {**row, "source": [SOURCES.get(str(key), str(key)) for key in row["source"]]}


def _faults(row: Any) -> list[str]:
    name = row.get("topic", "entry without topic") if isinstance(row, dict) else repr(row)
    return [f"{name}: {where}: {words}" for where, words in faults(row).items()]


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
"""The topics of the file, by name: what the store begins with. A broken file stops the start."""


def faq(ctx: Context) -> Reply:
    """Answer the topic that was asked about; without one, offer the intent's topics to pick from."""
    return answer_topic(ctx) or _topics_to_pick(ctx)


def answer_topic(ctx: Context) -> Reply | None:
    """Return the answer to the topic that a button named or the words were about, None without one."""
    return _answer(ctx, ctx.text("topic") or ctx.parsed.topic or "")


def topic_first(action: Action) -> Action:
    """Answer from the FAQ when a topic was asked about, otherwise run ``action``."""

    @wraps(action)
    def run(ctx: Context) -> Reply:
        if ctx.member is not None and not ctx.data and ctx.parsed.topic in OWN_STATE:
            return action(ctx)
        return answer_topic(ctx) or action(ctx)

    return run


def topic_chips(ctx: Context, *names: str) -> tuple[QuickReply, ...]:
    """Return chips that ask for topics; of those that are switched off there is none."""
    return ctx.book.chips(names)


def topic_list(ctx: Context, intent: str, title: str, buttons: tuple[Button, ...] = ()) -> ListCard:
    """Return an intent's topics to pick from."""
    return ctx.book.listed(intent, title, buttons)


def _topics_to_pick(ctx: Context) -> Reply:
    """Offer the topics of an intent; the only one is answered at once."""
    intent, topics = ctx.parsed.intent, ctx.book.of(ctx.parsed.intent)
    only = _answer(ctx, topics[0].topic) if len(topics) == 1 else None
    return only or ctx.book.to_pick(intent)


def _answer(ctx: Context, name: str) -> Reply | None:
    reply = ctx.book.answer(name, ctx.rules, ctx.link)
    if reply is None or name not in ctx.book.shown:
        return reply
    ctx.topic = name
    return with_thumbs(reply, name)
