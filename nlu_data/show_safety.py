"""Print what the safety rules say: ``show_safety.py SENTENCE...``, or ``-`` for one sentence a line on standard input.

One JSON list a sentence, of ``[level, kind, name of the rule, what was read]``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from components.safety_detector import FILE, Lexicon

if __name__ == "__main__":
    lexicon = Lexicon(Path(__file__).parent / "lookups" / FILE)
    for sentence in sys.stdin.read().split("\n") if sys.argv[1:] == ["-"] else sys.argv[1:]:
        verdict = lexicon.judge(sentence)
        row = [verdict.level, verdict.kind, verdict.why, lexicon.fold(sentence)]
        print(json.dumps(row, ensure_ascii=False))  # noqa: T201 - its purpose
