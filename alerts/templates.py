"""The approved texts of Alimtalk: loaded once, filled in by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class MissingVariable(KeyError):
    """A template wants a value that was not given; the message names it, never a value."""


@dataclass(frozen=True, slots=True)
class Template:
    """One approved text. ``variables`` in the order they come."""

    code: str
    text: str
    variables: tuple[str, ...]


TEMPLATES: dict[str, Template] = {}
"""Code → template."""


def fill(code: str, variables: Mapping[str, str]) -> str:
    """Return the text of a template with its variables filled in, at most 1,000 characters.

    Raises:
        KeyError: there is no such template.
        MissingVariable: a value is missing.
    """
    raise KeyError(code)


def as_registered() -> list[dict[str, Any]]:
    """Return what a provider is given to approve: code, text, buttons (name, type) of each template."""
    return []
