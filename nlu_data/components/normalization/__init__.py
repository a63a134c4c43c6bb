"""What a teenager typed, as it would be typed with care: ``normalise("봉사시갼 알려줭ㅋㅋㅋㅋ", lexicon)``.

Pure: no Rasa, no files, no clock. Small steps, each of them a table or a rule, run over the text until nothing changes;
so normalising twice is normalising once. Addresses and ids are never touched, swear words are left as they are.

The steps in their order, a file each:

1. ``characters``: plain characters, letters typed apart
2. ``repetition``: laughing, crying, what is held or hit again and again
3. ``keyboard_layout``: Hangul typed in Latin letters and the other way round
4. ``abbreviations``: what they mean
5. ``spelling``: what is always wrong; playful endings
6. ``abbreviations`` that are nouns, ``spacing`` (syllables typed apart), ``typos``, ``spacing`` (words typed together)

What can be done by characters and tables comes first, because it is quick and makes the text fit to be analysed. The steps of
6 and the playful endings ask Kiwi; as soon as one of them changes something all begins anew, since the next one must read
the new text. ``lexicon`` holds the words, ``nearness`` the words one key apart, ``shelter`` what no step may touch.
"""

from __future__ import annotations

from components.hangul import HANGUL
from components.normalization.abbreviations import spell_out, spell_out_nouns
from components.normalization.characters import compose, make_plain
from components.normalization.keyboard_layout import switch_layout
from components.normalization.lexicon import PLACES, Abbreviation, Lexicon
from components.normalization.normalized import Normalized
from components.normalization.repetition import let_go, shorten_marks, shorten_runs
from components.normalization.spacing import join_syllables, put_spaces
from components.normalization.spelling import drop_playful_codas, respell
from components.normalization.typos import correct
from components.written import Written

__all__ = ["PLACES", "Abbreviation", "Lexicon", "Normalized", "normalise"]

LONGEST = 1000  # characters; the application asks about 500, and nobody says what they want after that
LONGEST_ANALYSED = 400  # characters; what is longer is no message, and gets the steps that need no morphemes
ROUNDS = 8  # a message settles after two or three
BY_CHARACTER = (make_plain, compose, shorten_runs, let_go, shorten_marks)
BY_TABLE = (switch_layout, spell_out, respell)
BY_MORPHEME = (drop_playful_codas, spell_out_nouns, join_syllables, correct, put_spaces)


def normalise(text: str, lexicon: Lexicon) -> Normalized:
    """Return the text as it would be typed with care, with the place of every character in what was typed.

    Only the first ``LONGEST`` characters are read; what follows them is left out.
    """
    written = make_plain(Written.as_is(text[:LONGEST]))
    for _ in range(ROUNDS):
        after = _round(written, lexicon)
        if after.text == written.text:
            break
        written = after
    return Normalized(written.text, written.origin)


def _round(written: Written, lexicon: Lexicon) -> Written:
    for by_character in BY_CHARACTER:
        written = by_character(written)
    for by_table in BY_TABLE:
        written = by_table(written, lexicon)
    if len(written.text) > LONGEST_ANALYSED or not HANGUL.search(written.text):
        return written
    for by_morpheme in BY_MORPHEME:
        after = by_morpheme(written, lexicon)
        if after.text != written.text:
            return after
    return written
