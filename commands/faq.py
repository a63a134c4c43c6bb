"""``flask faq``: the answers of the store and those of the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import yaml
from flask.cli import AppGroup

from actions.faq import FAQ_FILE, SOURCES, load_topics
from bot.topics import Topic, topic_of
from commands import parts
from models.faq_topics import topics

_ENTRY = re.compile(r"^- topic: (\S+)\n(?:(?:  .*)?\n)*?(?=\n*(?:^\S|\Z))", re.MULTILINE)
"""An entry of the file, without the empty lines after it."""
_FROM_CONSOLE = "\n# --- From the console ---\n"

faq = AppGroup("faq", help="자주 묻는 질문의 답을 파일과 맞춰요.")


@faq.command("follow")
def follow() -> None:
    """파일의 글을 저장소로 가져와요. 직원이 고친 글은 그대로 둬요."""
    click.echo(follow_file())


@faq.command("export")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path), default=FAQ_FILE)
def export(path: Path) -> None:
    """직원이 고치고 만든 글을 파일에 써요. 적지 않으면 actions/faq.yml이에요."""
    with parts.database().session() as db:
        stored = [topic for row in topics(db) if (topic := topic_of(row.name, row.number, row.content))]
    text, written = exported(FAQ_FILE.read_text(encoding="utf-8"), stored)
    path.write_text(text, encoding="utf-8")
    click.echo(f"{path}에 글 {written}개를 썼어요.")


def follow_file() -> str:
    """Bring the store to what the file says; return in words what that changed."""
    with parts.database().session() as db:
        done = parts.topics().follow_file(db)
        db.commit()
    kept = f", 직원이 고쳐서 그대로 둔 글: {', '.join(done.kept)}" if done.kept else ""
    return f"FAQ: 새 글 {len(done.new)}, 바뀐 글 {len(done.changed)}, 빠진 글 {len(done.gone)}{kept}"


def exported(text: str, stored: list[Topic]) -> tuple[str, int]:
    """Return the file's text with what the store says otherwise, and how many entries that are.

    Entries that say the same stay as they are, byte for byte; new ones come at the end.
    """
    known = load_topics(FAQ_FILE)
    other = {topic.topic: _entry(topic) for topic in stored if known.get(topic.topic) != topic}
    places = {found[1]: found.span() for found in _ENTRY.finditer(text)}
    for name in sorted(other.keys() & places.keys(), key=lambda each: places[each], reverse=True):
        start, end = places[name]
        text = text[:start] + other[name] + text[end:]
    new = [entry for name, entry in other.items() if name not in places]
    if new:
        heading = "" if _FROM_CONSOLE in text else _FROM_CONSOLE
        text = text.rstrip("\n") + "\n" + heading + "".join(f"\n{entry}" for entry in new)
    return text, len(other)


def _entry(topic: Topic) -> str:
    keys = {words: key for key, words in SOURCES.items()}
    content = topic.content
    lines = [
        f"- topic: {topic.topic}",
        f"  number: {topic.number}",
        f"  question: {_scalar(topic.question)}",
        f"  short: {_scalar(topic.short)}",
        "  answer: |",
        *(f"    {line}" if line else "" for line in topic.answer.split("\n")),
        f"  verified: {str(topic.verified).lower()}",
        f"  source: {_scalar([keys.get(each, each) for each in topic.source])}",
        f"  checked: {topic.checked.isoformat()}",
        *_buttons(content["buttons"]),
        f"  see_also: {_scalar(list(topic.see_also))}",
    ]
    return "\n".join(lines) + "\n"


def _buttons(buttons: list[Mapping[str, str]]) -> list[str]:
    if not buttons:
        return ["  buttons: []"]
    return ["  buttons:", *(f"    - {_scalar(dict(button))}" for button in buttons)]


def _scalar(value: Any) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000, sort_keys=False)
    return text.removesuffix("...\n").strip()
