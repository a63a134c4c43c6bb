"""An understanding that knows the sentences of its script and nothing else."""

from __future__ import annotations

from bot.turn import Deadline
from bot.understanding import Entity, Meaning, NLUUnavailable, ParsedMessage


class ScriptedUnderstanding:
    """Understands what it was told; everything else it finds unlikely. ``available`` may be set to False."""

    def __init__(self) -> None:
        self.available = True
        self._script: dict[str, ParsedMessage] = {}

    def learn(
        self,
        sentence: str,
        intent: str,
        *,
        topic: str | None = None,
        confidence: float = 0.95,
        entities: dict[str, str | tuple[str, ...]] | None = None,
        second: tuple[str, float] | None = None,
    ) -> None:
        """Teach a sentence; entities are named by the words that carry them, ``second`` is the next best meaning."""
        named = {k: (v,) if isinstance(v, str) else v for k, v in (entities or {}).items()}
        found = [(sentence.index(words), name, words) for name, each in named.items() for words in each]
        self._script[sentence] = ParsedMessage(
            intent,
            confidence,
            "nlu",
            topic,
            tuple(Entity(name, words, at, at + len(words)) for at, name, words in sorted(found)),
            tuple(Meaning(*each) for each in ((intent, confidence), second) if each),
            text=sentence,
        )

    def parse(self, text: str, deadline: Deadline) -> ParsedMessage:  # noqa: ARG002 - the Protocol's
        if not self.available:
            raise NLUUnavailable
        return self._script.get(text.strip(), ParsedMessage("out_of_scope", 0.2, "nlu"))

    def ready(self) -> bool:
        return self.available
