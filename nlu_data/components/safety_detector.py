"""Words that must never be missed, found by rule beside the classifier: distress, insults, attacks.

The lexicon is ``lookups/safety.yml``, which explains itself; the application's ``bot/safety.py`` reads the same file
for when this service is down. Every parse gets ``"safety": {"level", "kind", "why"}``:

- alarm (crisis, attack, abuse): the intent is ``crisis_support``, ``security_attack`` or ``abuse``, whatever was learned;
- check, crisis: a figure of speech, a low mood, or (``why`` is "learned") something the classifier thinks may well be
  distress, where the rules say nothing; the intent stays, the application asks gently beside its answer;
- check, abuse: an insult with a wish; the intent is the wish.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

FILE = "safety.yml"
SAFETY = "safety"
NORMALIZED = "normalized"
INTENT_OF = {"crisis": "crisis_support", "attack": "security_attack", "abuse": "abuse"}
NOTICEABLE = 0.15  # share of the probability: 2 of 1,026 ordinary sentences of the exam, 53 of its 54 cries
LEARNED = "learned"
LONGEST = 3000  # of a text; KakaoTalk sends no longer ones
LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODAS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
LOOSE = re.compile(f"([{LEADS}])([{VOWELS}])(?:([{CODAS}])(?![{VOWELS}]))?(?![{VOWELS}])")  # ㅈㅏ살
TAIL = re.compile(f"([가-힣])([{CODAS}])(?=[가-힣])")  # 주ㄱ고


@dataclass(frozen=True)
class Safety:
    """What the rules say of a message; all None when they have nothing to say."""

    level: str | None = None
    kind: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule of the lexicon: found, and every ``also``, and not ``never``."""

    verdict: Safety
    found: re.Pattern[str]
    also: tuple[re.Pattern[str], ...]
    never: re.Pattern[str] | None

    def fits(self, text: str) -> bool:
        """Tell whether the rule speaks of this text."""
        return (
            self.found.search(text) is not None
            and all(pattern.search(text) for pattern in self.also)
            and not (self.never and self.never.search(text))
        )


class Lexicon:
    """The rules of ``safety.yml``, compiled. The twin of ``bot.safety.Lexicon``; a test holds the two together."""

    def __init__(self, path: Path) -> None:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._words: Mapping[str, str] = raw["words"]
        self._folds = [(re.compile(written), read) for written, read in raw["folds"]]
        self._harmless = self._pattern(raw["harmless"])
        self._rules = [self._rule(rule) for rule in raw["rules"]]

    def judge(self, words: str) -> Safety:
        """Return what the first rule that fits says of the words."""
        words = words[:LONGEST]
        written = unicodedata.normalize("NFKC", _visible(words)).lower()
        folded = self._harmless.sub(" ", self.fold(words))
        for rule in self._rules:
            if rule.fits(written if rule.verdict.kind == "attack" else folded):
                return rule.verdict
        return Safety()

    def fold(self, words: str) -> str:
        """Return the words as the patterns expect them: tricks of spelling undone, no marks, single blanks."""
        text = "".join(c if "ㄱ" <= c <= "ㅣ" else unicodedata.normalize("NFKC", c) for c in _visible(words))
        text = TAIL.sub(_with_coda, LOOSE.sub(_syllable, text.lower()))
        for written, read in self._folds:
            text = written.sub(read, text)
        return text.strip()

    def _rule(self, raw: Mapping[str, Any]) -> Rule:
        verdict = Safety(raw["level"], raw["kind"], raw["name"])
        also = tuple(self._pattern(pattern) for pattern in raw.get("with", ()))
        never = self._pattern(raw["without"]) if "without" in raw else None
        return Rule(verdict, self._pattern(raw["any"]), also, never)

    def _pattern(self, lines: str) -> re.Pattern[str]:
        text = "|".join(line.strip() for line in lines.strip().splitlines())
        while group := re.search(r"\{([a-z]+)\}", text):
            text = text.replace(group[0], self._words[group[1]])
        return re.compile(text.replace("…", ".{0,20}?"))


def _visible(words: str) -> str:
    composed = unicodedata.normalize("NFC", words)
    return "".join(c for c in composed if unicodedata.category(c) not in {"Cf", "Mn", "Cc"} or c.isspace())


def _syllable(match: re.Match[str]) -> str:
    lead, vowel, coda = match.groups(default="")
    place = CODAS.index(coda) + 1 if coda else 0
    return chr(0xAC00 + (LEADS.index(lead) * 21 + VOWELS.index(vowel)) * 28 + place)


def _with_coda(match: re.Match[str]) -> str:
    syllable, coda = match.groups()
    is_open = (ord(syllable) - 0xAC00) % 28 == 0
    return chr(ord(syllable) + CODAS.index(coda) + 1) if is_open and coda not in "ㅋㅎㅇ" else match[0]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SafetyDetector(IntentClassifier, GraphComponent):
    """Says of every message what the rules say, and lets an alarm win over what was learned.

    Stands after all that choose the intent and before the topic is chosen. It has nothing to learn: training only
    copies the lexicon into the model, so that a model keeps its words.
    """

    def __init__(self, storage: ModelStorage, resource: Resource, lexicon: Path, noticeable: float) -> None:
        self._noticeable = noticeable
        self._storage = storage
        self._resource = resource
        self._path = lexicon
        self._lexicon = Lexicon(lexicon)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``lookups``: directory of ``safety.yml``, seen from where training runs; ``noticeable``: see ``judge``."""
        return {"lookups": "lookups", "noticeable": NOTICEABLE}

    @staticmethod
    def required_packages() -> list[str]:
        """Nothing beside Rasa's own: it looks packages up by the name of their distribution, which yaml is not."""
        return []

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
    ) -> SafetyDetector:
        """Make the detector for training, with the lexicon of the project."""
        return cls(model_storage, resource, Path(config["lookups"]) / FILE, config["noticeable"])

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
        **kwargs: Any,  # noqa: ARG003 - the same
    ) -> SafetyDetector:
        """Make the detector for serving, with the lexicon saved in the model."""
        with model_storage.read_from(resource) as directory:
            return cls(model_storage, resource, directory / FILE, config["noticeable"])

    def train(self, training_data: TrainingData) -> Resource:  # noqa: ARG002 - Rasa passes it
        """Save the lexicon in the model; there is nothing to learn."""
        with self._storage.write_to(self._resource) as directory:
            shutil.copyfile(self._path, directory / FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Put ``safety`` into each message's output, and the intent where the rules decide it."""
        for message in messages:
            verdict = self.judge(message)
            message.set(SAFETY, asdict(verdict), add_to_output=True)
            if verdict.level == "alarm":
                _let_win(message, INTENT_OF[verdict.kind])
            elif verdict.kind == "abuse":
                _let_lose(message, INTENT_OF["abuse"])
        return messages

    def judge(self, message: Message) -> Safety:
        """Return the verdict on the words as written, or else as the normalizer reads them (a slipped keyboard).

        Where neither says anything and distress has at least ``noticeable`` of the probability, first or not, it is
        worth a gentle question: that costs little, and what is said round a corner is what rules miss.
        """
        written = message.get(TEXT)
        read = message.get(NORMALIZED) or written
        verdict = self._lexicon.judge(written)
        if verdict.level is None and read != written:
            verdict = self._lexicon.judge(read)
        if verdict.level is None and _share(message, INTENT_OF["crisis"]) >= self._noticeable:
            return Safety("check", "crisis", LEARNED)
        return verdict


def _share(message: Message, intent: str) -> float:
    """Return the confidence an intent has been given, first or not."""
    ranking = message.get(INTENT_RANKING_KEY) or []
    return sum(r[PREDICTED_CONFIDENCE_KEY] for r in ranking if r[INTENT_NAME_KEY] == intent)


def _let_win(message: Message, intent: str) -> None:
    """Make an intent certain; the others keep their order behind it."""
    others = [r for r in message.get(INTENT_RANKING_KEY) or [] if r[INTENT_NAME_KEY] != intent]
    first = {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: 1.0}
    ranking = [first, *({**r, PREDICTED_CONFIDENCE_KEY: 0.0} for r in others)]
    message.set(INTENT, first, add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)


def _let_lose(message: Message, intent: str) -> None:
    """Take an intent out; what is left shares its confidence."""
    ranking = message.get(INTENT_RANKING_KEY) or []
    lost = sum(r[PREDICTED_CONFIDENCE_KEY] for r in ranking if r[INTENT_NAME_KEY] == intent)
    others = [r for r in ranking if r[INTENT_NAME_KEY] != intent]
    if not others or message.get(INTENT)[INTENT_NAME_KEY] != intent:
        return
    rest = max(1.0 - lost, 1e-6)
    shared = [{**r, PREDICTED_CONFIDENCE_KEY: min(1.0, r[PREDICTED_CONFIDENCE_KEY] / rest)} for r in others]
    message.set(INTENT, shared[0], add_to_output=True)
    message.set(INTENT_RANKING_KEY, shared, add_to_output=True)
