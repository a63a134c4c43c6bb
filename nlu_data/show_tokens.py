"""Print how sentences are read: ``show_tokens.py SENTENCE...``, ``-`` for one sentence a line on standard input.

One JSON object a sentence: ``normalized``, the text as the components after the normaliser read it, ``origin``, where
each of its characters was written, and ``tokens``, a list of ``[text, start, end, lemma, part of speech]`` with offsets
in the sentence. ``--json`` reads JSON strings, one a line, and answers each at once.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from components.kiwi_tokenizer import KiwiTokenizer
from components.morphemes import analyser
from components.normalization import Lexicon, normalise
from components.normalizer import NORMALIZED, frequent_words, lexicon_of, words_of
from rasa.nlu.tokenizers.spacy_tokenizer import POS_TAG_KEY
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

HERE = Path(__file__).parent
LOOKUPS = HERE / "lookups"
SENTENCE = re.compile(r"^ +- (.+)$", re.MULTILINE)
MARKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def lexicon() -> Lexicon:
    """Return what training would make of the present sentences and tables."""
    texts = (path.read_text("utf-8") for path in sorted((HERE / "data").glob("*.yml")))
    sentences = [MARKED.sub(r"\1", sentence) for text in texts for sentence in SENTENCE.findall(text)]
    return lexicon_of(LOOKUPS, frequent_words(sentences, analyser(words_of(LOOKUPS))))


def reading(sentence: str, words: Lexicon, tokenizer: KiwiTokenizer) -> dict[str, Any]:
    """Normalise and cut one sentence."""
    normalized = normalise(sentence, words)
    tokens = tokenizer.tokenize(Message({TEXT: sentence, NORMALIZED: normalized}), TEXT)
    return {
        "normalized": normalized.text,
        "origin": normalized.origin,
        "tokens": [[t.text, t.start, t.end, t.lemma, t.get(POS_TAG_KEY)] for t in tokens],
    }


def sentences(arguments: list[str]) -> Iterable[str]:
    """Sentences of the command line, or of standard input as they come."""
    if arguments == ["-"]:
        return (line.rstrip("\n") for line in sys.stdin)
    if arguments == ["--json"]:
        return (json.loads(line) for line in sys.stdin)
    return arguments


if __name__ == "__main__":
    cut = KiwiTokenizer(KiwiTokenizer.get_default_config(), None, None, LOOKUPS)
    known = lexicon()
    for written in sentences(sys.argv[1:]):
        ascii_only = sys.argv[1:] == ["--json"]  # half a surrogate pair has no UTF-8
        print(json.dumps(reading(written, known, cut), ensure_ascii=ascii_only), flush=True)  # noqa: T201 - its purpose
