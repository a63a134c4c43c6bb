"""Korean tokens for Rasa: the morphemes Kiwi finds, each with the exact place it holds in the message.

Rasa's own WhitespaceTokenizer deletes Hangul, and Korean glues particles to nouns ("서울에서"), so entities and words
only become visible once morphemes are apart.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kiwipiepy import Kiwi
from kiwipiepy import Token as Morpheme
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.spacy_tokenizer import POS_TAG_KEY
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

WORDS = "words.txt"  # Kiwi user dictionary: form, tab, tag
MEANINGS = "meanings.txt"  # what is written, tab, the words it stands for
LONE_SURROGATES = re.compile("[\ud800-\udfff]")  # neither Kiwi nor the CRF can encode them
DRAWN_OUT = re.compile(r"(.)\1{2,}")  # ㅋㅋㅋㅋㅋ, ㅠㅠㅠ
STRAY_CODA = "Z_CODA"  # the ㅇ of "했는뎅"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class KiwiTokenizer(Tokenizer):
    """Splits a message into morphemes; ``text[token.start:token.end] == token.text`` for every token.

    Morphemes that share a syllable ("했" is 하+었) make one token: its text is what was written, its lemma the
    morphemes joined by "+". The part of speech is kept on the token for the entity extractor. A message in which
    Kiwi finds nothing becomes one token, because the featurizers behind need at least one.

    ``meanings.txt`` gives abbreviations the lemma of the word they stand for, and "1365" a lemma of letters, because
    the featurizers replace every number by the same mark.
    """

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, lookups: Path
    ) -> None:
        super().__init__(config)
        self._storage = storage
        self._resource = resource
        self._lookups = lookups
        self._kiwi = Kiwi(num_workers=1)
        self._kiwi.load_user_dictionary(str(lookups / WORDS))
        self._meanings = dict(
            line.split("\t") for line in (lookups / MEANINGS).read_text("utf-8").splitlines()
        )

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``lookups``: directory of ``words.txt`` and ``meanings.txt``, seen from where training runs."""
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
            for name in (WORDS, MEANINGS):
                shutil.copyfile(self._lookups / name, directory / name)
        return self._resource

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Tokens of one attribute of the message, in the order written."""
        text = LONE_SURROGATES.sub("\ufffd", message.get(attribute))
        groups = _share_a_syllable(self._kiwi.tokenize(text))
        return [self._token(text, group) for group in groups] or [Token(text, 0)]

    def _token(self, text: str, group: list[Morpheme]) -> Token:
        start, end = group[0].start, max(m.end for m in group)
        written = text[start:end]
        lemma = self._meanings.get(written.lower()) or "+".join(m.form for m in group)
        return Token(
            written, start, end, data={POS_TAG_KEY: group[0].tag}, lemma=DRAWN_OUT.sub(r"\1\1", lemma)
        )


def _share_a_syllable(morphemes: Iterable[Morpheme]) -> list[list[Morpheme]]:
    groups: list[list[Morpheme]] = []
    for morpheme in morphemes:
        if morpheme.tag == STRAY_CODA:
            continue
        overlaps = groups and morpheme.start < max(m.end for m in groups[-1])
        if overlaps or (groups and not morpheme.len):
            groups[-1].append(morpheme)
        elif morpheme.len:
            groups.append([morpheme])
    return groups
