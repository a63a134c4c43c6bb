"""Asking for something in the person's own words, with a way out."""

from __future__ import annotations

from collections.abc import Iterable

from bot.replies import Question, QuickReply, Reply, Say, Text

STOP = QuickReply("그만둘래요", Say("됐어"), "no")
"""Leaves whatever was asked."""


def ask(words: str, question: Question, examples: Iterable[QuickReply] = ()) -> Reply:
    """Return a reply that asks; ``examples`` are answers that can be pressed instead of typed."""
    return Reply((Text(words),), (*examples, STOP), question)
