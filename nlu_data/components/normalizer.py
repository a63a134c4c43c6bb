"""The first component of the pipeline: what was typed becomes what was meant, and remembers where it was typed.

Sets ``normalized`` on every message, a ``Normalized``: a string with ``text`` and ``origin``. The message's own text
is never changed; offsets of tokens and entities always count in it.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from components.morphemes import Analyser, analyser, read_words
from components.normalization import PLACES, Abbreviation, Lexicon, Normalized, normalise
from components.side_by_side import spread
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

NORMALIZED = "normalized"
WORDS, ABBREVIATIONS, SPELLINGS, ENGLISH = "words.txt", "abbreviations.txt", "spellings.txt", "english.txt"
LOOKUPS = (WORDS, ABBREVIATIONS, SPELLINGS, ENGLISH)
FREQUENT = "frequent.txt"  # learned: words the training sentences use often
OFTEN = 8  # sentences
AS_WRITTEN = ("abuse", "crisis_support", "security_attack")  # nothing is corrected towards words of these
WORD = re.compile("[가-힣]{2,8}")


def rows(path: Path) -> Iterator[list[str]]:
    """Rows of a lookup table: columns between tabs; empty lines and those that begin with # are passed over."""
    for line in path.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split("\t")


def words_of(lookups: Path) -> tuple[tuple[str, str], ...]:
    """Words Kiwi must know: those of ``words.txt``, and abbreviations that stand among other words."""
    words = dict(read_words(lookups / WORDS))
    nouns = (row[0] for row in rows(lookups / ABBREVIATIONS) if row[2] == "noun")
    return tuple(words.items()) + tuple((noun, "NNG") for noun in nouns if noun not in words)


def lexicon_of(lookups: Path, frequent: Iterable[str] = ()) -> Lexicon:
    """Read the tables of a directory into a lexicon; an unknown place is an error that names the line."""
    abbreviations = tuple(_abbreviation(row) for row in rows(lookups / ABBREVIATIONS))
    return Lexicon(
        analyse=analyser(words_of(lookups)),
        abbreviations=abbreviations,
        spellings={row[0]: row[1] for row in rows(lookups / SPELLINGS) if row[2:] != ["end"]},
        endings={row[0]: row[1] for row in rows(lookups / SPELLINGS) if row[2:] == ["end"]},
        english=frozenset(row[0] for row in rows(lookups / ENGLISH)),
        words=_vocabulary(lookups, frequent) - {a.written for a in abbreviations},
    )


def _vocabulary(lookups: Path, frequent: Iterable[str]) -> frozenset[str]:
    return frozenset(row[0] for row in rows(lookups / WORDS) if WORD.fullmatch(row[0])) | frozenset(frequent)


def _abbreviation(row: list[str]) -> Abbreviation:
    if len(row) != 3 or row[2] not in PLACES:
        raise ValueError(f"{ABBREVIATIONS}: write 'abbreviation, tab, meaning, tab, one of {PLACES}': {row}")
    return Abbreviation(*row)


def frequent_words(sentences: Sequence[str], analyse: Analyser) -> list[str]:
    """Words and compound nouns that many sentences have and Kiwi knows, most frequent first."""
    counts: Counter[str] = Counter()
    for words in spread(lambda part: [set(_words_in(sentence, analyse)) for sentence in part], sentences):
        counts.update(words)
    return [word for word, count in counts.most_common() if count >= OFTEN]


def _words_in(sentence: str, analyse: Analyser) -> Iterator[str]:
    for match in WORD.finditer(sentence):
        inside = [m for m in analyse(sentence) if m.start >= match.start() and m.end <= match.end()]
        if inside and not any(m.unknown or m.tag[0] == "Z" for m in inside):
            yield match[0]
            yield from _nouns_in(sentence, inside)


def _nouns_in(sentence: str, morphemes: list[Any]) -> Iterator[str]:
    start = end = -1
    for morpheme in morphemes:
        if morpheme.tag.startswith("NN") and morpheme.start == end:
            end = morpheme.end
            yield sentence[start:end]
        elif morpheme.tag.startswith("NN"):
            start, end = morpheme.start, morpheme.end
            if end - start > 1:
                yield sentence[start:end]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class Normalizer(GraphComponent):
    """Puts ``normalized`` on every message; in a parse it is the normalised text.

    Registered as a featurizer because Rasa allows one tokenizer only and passes training data through these two.
    """

    def __init__(self, storage: ModelStorage, resource: Resource, lookups: Path, lexicon: Lexicon) -> None:
        self._storage = storage
        self._resource = resource
        self._lookups = lookups
        self._lexicon = lexicon

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``lookups``: directory of the tables, seen from where training runs."""
        return {"lookups": "lookups"}

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
    ) -> Normalizer:
        """Make the normaliser for training, with the words of the project."""
        lookups = Path(config["lookups"])
        return cls(model_storage, resource, lookups, lexicon_of(lookups))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],  # noqa: ARG003 - Rasa passes it by name
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - the same
        **kwargs: Any,  # noqa: ARG003 - the same
    ) -> Normalizer:
        """Make the normaliser for use, with the tables and the frequent words saved in the model."""
        with model_storage.read_from(resource) as directory:
            frequent = [row[0] for row in rows(directory / FREQUENT)]
            return cls(model_storage, resource, directory, lexicon_of(directory, frequent))

    def train(self, training_data: TrainingData) -> Resource:
        """Save the tables in the model, with the words these sentences use often."""
        examples = (e for e in training_data.nlu_examples if e.get(INTENT) not in AS_WRITTEN)
        sentences = [example.get(TEXT) for example in examples]
        frequent = frequent_words(sentences, analyser(words_of(self._lookups)))
        with self._storage.write_to(self._resource) as directory:
            for name in LOOKUPS:
                shutil.copyfile(self._lookups / name, directory / name)
            (directory / FREQUENT).write_text("\n".join(frequent), "utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise every training sentence."""
        examples = [e for e in training_data.training_examples if isinstance(e.get(TEXT), str)]
        texts = [example.get(TEXT) for example in examples]
        read = spread(lambda part: [self.normalise(text) for text in part], texts)
        for example, normalized in zip(examples, read, strict=True):
            example.set(NORMALIZED, normalized, add_to_output=True)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Normalise messages."""
        for message in messages:
            if isinstance(message.get(TEXT), str):
                message.set(NORMALIZED, self.normalise(message.get(TEXT)), add_to_output=True)
        return messages

    def normalise(self, text: str) -> Normalized:
        """Normalise one text."""
        return normalise(text, self._lexicon)
