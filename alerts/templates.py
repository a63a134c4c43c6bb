"""The approved texts of Alimtalk: loaded once, filled in by name.

What is sent must equal what was approved letter by letter, but for the values of its ``#{variables}``. Kakao counts
1,000 characters with the values in their places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from alerts.kinds import KINDS
from bot.wording import ASK

LONGEST_TEXT = 1000
LONGEST_VALUE = 200
"""Most characters of one value: what staff may write in one message."""
MOST_VARIABLES = 40
LINK, CHAT = "링크", "챗봇"
"""Variables of the buttons' addresses: the page the alert is about, and the chat."""
BUTTONS: dict[str, str] = {"자세히 보기": LINK, ASK: CHAT}
"""Buttons of every template in order → the variable that holds its address, but for the scheme."""
UNKNOWN = "-"
"""Stands where there is no value: an approved line cannot be left out."""
_VARIABLE = re.compile(r"#\{([^{}]+)\}")
_FOLDER = Path(__file__).parent / "templates"
_SHORTEST = 10
"""A value is not cut further than that while others are longer."""


class MissingVariable(KeyError):
    """A template wants a value that was not given; the message names it, never a value."""


@dataclass(frozen=True, slots=True)
class Template:
    """One approved text. ``variables`` in the order they come."""

    code: str
    text: str
    variables: tuple[str, ...]


def template_of(code: str, text: str) -> Template:
    """Return a text as a template under the code a provider knows it by."""
    return Template(code, text, tuple(dict.fromkeys(_VARIABLE.findall(text))))


def _load(code: str) -> Template:
    return template_of(code, (_FOLDER / f"{code}.txt").read_text(encoding="utf-8").strip())


Templates: TypeAlias = Mapping[str, Template]
"""A kind's code (``Kind.template``) → its template, which a provider may know by another code."""
TEMPLATES: Templates = {code: _load(code) for code in (kind.template for kind in KINDS.values()) if code}
"""The templates that come with the service."""


def fill(code: str, variables: Mapping[str, str], templates: Templates = TEMPLATES) -> str:
    """Return the text of a template with its variables filled in, at most 1,000 characters.

    Raises:
        KeyError: there is no such template.
        MissingVariable: a value is missing.
    """
    values = fitted(code, variables, templates)
    return _VARIABLE.sub(lambda found: values[found[1]], templates[code].text)


def fitted(code: str, variables: Mapping[str, str], templates: Templates = TEMPLATES) -> dict[str, str]:
    """Return the values as ``fill`` puts them in, for a provider that fills in the template itself.

    Each is one line of at most ``LONGEST_VALUE`` characters; all together leave the text within its limit.

    Raises:
        KeyError: there is no such template.
        MissingVariable: a value is missing.
    """
    template = templates[code]
    missing = [name for name in template.variables if name not in variables]
    if missing:
        raise MissingVariable(f"{code}: {', '.join(missing)}")
    values = {name: _cut(_line(variables[name]), LONGEST_VALUE) for name in template.variables}
    while (excess := _length(template, values) - LONGEST_TEXT) > 0:
        longest = max(values, key=lambda name: _units(values[name]))
        length = _units(values[longest])
        values[longest] = _cut(values[longest], max(_SHORTEST, length - excess))
    return values


def as_registered(scheme: str = "https", templates: Iterable[Template] = ()) -> list[dict[str, Any]]:
    """Return what a provider is given to approve: code, text, buttons (name, type, address) of each template.

    ``templates`` are those that staff have written, beside those that come with the service.

    A provider approves no address that is a variable from its first letter on, so the ``scheme`` stands fixed.
    """
    buttons = [
        {"name": name, "type": "WL", "linkMo": f"{scheme}://#{{{link}}}"} for name, link in BUTTONS.items()
    ]
    known = {each.code: each for each in (*TEMPLATES.values(), *templates)}
    return [{"code": each.code, "text": each.text, "buttons": buttons} for each in known.values()]


def _line(value: str) -> str:
    """Return a value as one line that nobody takes for a variable."""
    visible = "".join(char if char.isprintable() else " " for char in value.replace("#{", "{"))
    return " ".join(visible.split()) or UNKNOWN


def _cut(value: str, most: int) -> str:
    """Return a value of at most ``most`` characters, as Kakao counts them, with … where something was left out."""
    if _units(value) <= most:
        return value
    kept = value
    while _units(kept) > most - 1:
        kept = kept[: -max(1, (_units(kept) - most + 1) // 2)]
    return f"{kept.rstrip()}…"


def _length(template: Template, values: Mapping[str, str]) -> int:
    return _units(_VARIABLE.sub(lambda found: values[found[1]], template.text))


def _units(text: str) -> int:
    """Return the length in UTF-16: a provider may count an emoji as two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
