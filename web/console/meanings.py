"""What a sentence can mean, as one choice: an intent, or a question of the FAQ that belongs to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from models.faq_topics import topic_names
from models.training_sentences import INTENTS, meanings
from web.console.words import intent_name


@dataclass(frozen=True, slots=True)
class Meanings:
    """All that sentences can mean, by what staff read. A value is an intent, or a topic, which begins with its intent."""

    topics: Mapping[str, str]
    counts: Mapping[tuple[str, str | None], int]

    @classmethod
    def of(cls, db: Session) -> Meanings:
        """Return those of the store: what the FAQ answers, and what sentences are taught as."""
        counts = meanings(db)
        taught = {topic: topic.partition("/")[2] for _, topic in counts if topic}
        return cls({**taught, **topic_names(db)}, counts)

    def name(self, intent: str, topic: str | None) -> str:
        """Return what staff read for a meaning."""
        return f"{intent_name(intent)} › {self.topics.get(topic, topic)}" if topic else intent_name(intent)

    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the choices by intent: its name, then (value, label) of itself and of its questions."""
        topics = defaultdict(list)
        for topic in sorted(self.topics, key=lambda each: self.topics[each]):
            topics[topic.partition("/")[0]].append((topic, self.topics[topic]))
        return [
            (intent_name(intent), [(intent, f"{intent_name(intent)}: 그 일을 해 달라는 말"), *topics[intent]])
            if topics[intent]
            else (intent_name(intent), [(intent, intent_name(intent))])
            for intent in INTENTS
        ]

    def knows(self, value: str) -> bool:
        """Tell whether a value is one of the choices."""
        return value in INTENTS or (value in self.topics and value.partition("/")[0] in INTENTS)


def read_meaning(value: str) -> tuple[str, str | None]:
    """Return intent and topic of a value."""
    return value.partition("/")[0], value if "/" in value else None


def value_of(intent: str, topic: str | None) -> str:
    """Return the value of a meaning."""
    return topic or intent
