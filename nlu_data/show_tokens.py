"""Print how sentences are cut: ``show_tokens.py SENTENCE...``, or ``-`` for one sentence a line on standard input.

One JSON list a sentence, of ``[written, start, end, lemma, part of speech]``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from components.kiwi_tokenizer import KiwiTokenizer
from rasa.nlu.tokenizers.spacy_tokenizer import POS_TAG_KEY
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

LOOKUPS = Path(__file__).parent / "lookups"

if __name__ == "__main__":
    tokenizer = KiwiTokenizer(KiwiTokenizer.get_default_config(), None, None, LOOKUPS)
    sentences = sys.stdin.read().splitlines() if sys.argv[1:] == ["-"] else sys.argv[1:]
    for sentence in sentences:
        tokens = tokenizer.tokenize(Message({TEXT: sentence}), TEXT)
        rows = [[t.text, t.start, t.end, t.lemma, t.get(POS_TAG_KEY)] for t in tokens]
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201 - its purpose
