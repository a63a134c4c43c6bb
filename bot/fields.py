"""Which kind of volunteering is meant: a category of 1365, or a kind DOVOL itself names."""

from __future__ import annotations

from bot.data import Found, Words, table
from models.codes import FIELD_WORDS, FIELDS, IGNORED_FIELD_WORDS, OTHER_FIELD

_TABLE = table("fields")


def _field_words() -> dict[str, str | None]:
    ours: dict[str, str | None] = dict.fromkeys(IGNORED_FIELD_WORDS)
    ours.update({word: code for word, (code, _) in FIELD_WORDS.items()})
    ours.update(
        dict.fromkeys(_TABLE["ignored_words"])
    )  # what places a programme may say nothing in a message
    for code, words in _TABLE["fields"].items():
        ours.update(dict.fromkeys(words, code))
    names = {name: code for code, name in FIELDS.items() if code != OTHER_FIELD}
    return ours | names | {name.replace("·", " "): code for name, code in names.items()}


def _by_word(names: dict[str, list[str]]) -> dict[str, str]:
    return {word: name for name, words in names.items() for word in (name, *words)}


_FIELDS = Words(_field_words())
_TYPES = Words(_by_word(_TABLE["dovol_types"]))
_CONTENTS = Words(_by_word(_TABLE["dovol_contents"]))


def find_fields(text: str) -> list[Found[str]]:
    """Return the category codes (``models.codes.FIELDS``) that everyday words name, in order.

    The words found are worth searching for too: 유기견 and 플로깅 are both 0800. 환경 말고 is left out.
    """
    return _FIELDS.find(text)


def find_dovol_types(text: str) -> list[Found[str]]:
    """Return DOVOL's types (``models.codes.DOVOL_TYPES``) named in ``text``."""
    return _TYPES.find(text)


def find_dovol_contents(text: str) -> list[Found[str]]:
    """Return DOVOL's content kinds (``models.codes.DOVOL_CONTENTS``) named in ``text``."""
    return _CONTENTS.find(text)
