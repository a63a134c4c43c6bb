"""Korean tokens for Rasa: the morphemes Kiwi finds, each with the exact place it holds in the message.

Rasa's own WhitespaceTokenizer deletes Hangul, and Korean glues particles to nouns ("서울에서"), so entities and words
only become visible once morphemes are apart.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from components.morphemes import Morpheme, analyser
from components.normalization import Normalized
from components.normalizer import ABBREVIATIONS, NORMALIZED, WORDS, rows, words_of
from components.side_by_side import spread
from components.written import Place
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.spacy_tokenizer import POS_TAG_KEY
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

MEANINGS = "meanings.txt"  # what is written, tab, the words it is counted as
LONE_SURROGATES = re.compile("[\ud800-\udfff]")  # neither Kiwi nor the CRF can encode them
DRAWN_OUT = re.compile(r"(.)\1{2,}")  # what the normaliser leaves: 1111
STRAY_CODA = "Z_CODA"  # a coda that belongs to no morpheme


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class KiwiTokenizer(Tokenizer):
    """Splits a message into morphemes of its normalised text, each at the place it was written.

    ``text[token.start:token.end]`` is what was written, ``token.text`` what the normaliser made of it; the same where
    it changed nothing or did not run. Morphemes that share a syllable ("했" is 하+었) or were written as one (봉시) make
    one token: its lemma is the morphemes joined by "+". The part of speech is kept on the token for the entity
    extractor. A message in which Kiwi finds nothing becomes one token, because the featurizers behind need at least
    one.

    ``meanings.txt`` gives words another lemma: "1365" one of letters, because the featurizers replace every number by
    the same mark.
    """

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, lookups: Path
    ) -> None:
        super().__init__(config)
        self._storage = storage
        self._resource = resource
        self._lookups = lookups
        self._analyse = analyser(words_of(lookups))
        self._meanings = {row[0]: row[1] for row in rows(lookups / MEANINGS)}

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``lookups``: directory of the tables, seen from where training runs."""
        return {
            "lookups": "lookups",
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
        }

    @staticmethod
    def supported_languages() -> list[str]:
        """Name Korean."""
        return ["ko"]

    @staticmethod
    def required_packages() -> list[str]:
        """Name Kiwi, which brings its model along."""
        return ["kiwipiepy"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
    ) -> KiwiTokenizer:
        """Make the tokenizer for training, with the words of the project."""
        return cls(config, model_storage, resource, Path(config["lookups"]))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa passes it by name
        **kwargs: Any,  # noqa: ARG003 - the same
    ) -> KiwiTokenizer:
        """Make the tokenizer for serving, with the words saved in the model."""
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, directory)

    def train(self, training_data: TrainingData) -> Resource:  # noqa: ARG002 - Rasa passes it
        """Save the words in the model; there is nothing to learn."""
        with self._storage.write_to(self._resource) as directory:
            for name in (WORDS, ABBREVIATIONS, MEANINGS):
                shutil.copyfile(self._lookups / name, directory / name)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Cut every training sentence. Names of intents, which Rasa's own tokenizers cut too, nobody here reads."""
        examples = [e for e in training_data.training_examples if e.get(TEXT)]
        cut = spread(lambda part: [self.tokenize(example, TEXT) for example in part], examples)
        for example, tokens in zip(examples, cut, strict=True):
            example.set(TOKENS_NAMES[TEXT], tokens)
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Tokens of one attribute of the message, in the order written."""
        written = message.get(attribute)
        normalized = message.get(NORMALIZED) if attribute == TEXT else None
        if normalized is None:
            text = LONE_SURROGATES.sub("\ufffd", written)
            normalized = Normalized(text, ((i, i + 1) for i in range(len(text))))
        groups = _written_as_one(self._analyse(normalized.text), normalized.origin)
        return [self._token(normalized, group) for group in groups] or [Token(written, 0)]

    def _token(self, normalized: Normalized, group: list[Morpheme]) -> Token:
        first, last = group[0].start, max(m.end for m in group)
        text = normalized.text[first:last]
        lemma = self._meanings.get(text.lower()) or _lemma(group)
        return Token(
            text,
            normalized.origin[first][0],
            normalized.origin[last - 1][1],
            data={POS_TAG_KEY: group[0].tag},
            lemma=DRAWN_OUT.sub(r"\1\1", lemma),
        )


def _lemma(group: list[Morpheme]) -> str:
    """Morphemes of one syllable are joined by "+", words by a space, as the featurizers count them."""
    lemma, end = group[0].form, group[0].end
    for morpheme in group[1:]:
        lemma += ("+" if morpheme.start < end or morpheme.start == morpheme.end else " ") + morpheme.form
        end = max(end, morpheme.end)
    return lemma


def _written_as_one(morphemes: Iterable[Morpheme], origin: Sequence[Place]) -> list[list[Morpheme]]:
    """Group morphemes that share a character of the original: tokens must not overlap."""
    groups: list[list[Morpheme]] = []
    written = 0  # where in the original the last group ends
    for morpheme in morphemes:
        if morpheme.tag == STRAY_CODA:
            continue
        empty = morpheme.start == morpheme.end
        if groups and (empty or origin[morpheme.start][0] < written):
            groups[-1].append(morpheme)
        elif not empty:
            groups.append([morpheme])
        if not empty:
            written = max(written, origin[morpheme.end - 1][1])
    return groups
