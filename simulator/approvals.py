"""Approved Alimtalk templates: registered over HTTP (``PUT /api/templates``), filled in by the providers.

A template is ``{code, text, buttons: [{name, type, linkMo?}]}``; ``text`` and ``linkMo`` hold ``#{variables}``. A web
button without ``linkMo`` opens the first address among the variables' values.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

Json: TypeAlias = dict[str, Any]

VARIABLE = re.compile(r"#\{([^{}]+)\}")
ADDRESS = re.compile(r"https?://\S+")
LONGEST_CODE = 20
LONGEST_LABEL = 14
LONGEST_TEXT = 1000
MOST_BUTTONS = 5
MOST_VARIABLES = 40
BUTTON_TYPES = ("WL", "AL", "DS", "BK", "MD", "BC", "BT", "AC")


class NotApproved(Exception):
    """Kakao would not approve this; the text says why."""


class Missing(Exception):
    """A variable of the template has no value; ``args`` are the names."""


@dataclass(frozen=True, slots=True)
class Template:
    """One approved template."""

    code: str
    text: str
    buttons: tuple[Json, ...] = ()

    @classmethod
    def parse(cls, sent: Any) -> Template:
        """Return the template in a JSON object.

        Raises:
            NotApproved: a field is missing, too long or of the wrong kind.

        """
        fields = sent if isinstance(sent, dict) else {}
        code, text, buttons = fields.get("code"), fields.get("text"), fields.get("buttons") or []
        if not isinstance(code, str) or not 1 <= len(code) <= LONGEST_CODE:
            raise NotApproved(f"code must be 1 to {LONGEST_CODE} characters")
        if not isinstance(text, str) or not 1 <= len(text) <= LONGEST_TEXT:
            raise NotApproved(f"{code}: text must be 1 to {LONGEST_TEXT} characters")
        if not isinstance(buttons, list) or len(buttons) > MOST_BUTTONS:
            raise NotApproved(f"{code}: buttons must be a list of at most {MOST_BUTTONS}")
        template = cls(code, text, tuple(_button(code, button) for button in buttons))
        if len(template.variables()) > MOST_VARIABLES:
            raise NotApproved(f"{code}: more than {MOST_VARIABLES} variables")
        return template

    def variables(self) -> set[str]:
        """Return the names that want a value."""
        links = "".join(button.get("linkMo", "") for button in self.buttons)
        return set(VARIABLE.findall(self.text + links))

    def fill(self, values: Mapping[str, str]) -> tuple[str, tuple[Json, ...]]:
        """Return the text and the buttons with ``values`` in the variables' places.

        Raises:
            Missing: a value is missing.

        """
        missing = self.variables() - values.keys()
        if missing:
            raise Missing(*sorted(missing))
        address = next((value for value in values.values() if ADDRESS.fullmatch(value)), "")
        return _filled(self.text, values), tuple(_opened(b, values, address) for b in self.buttons)

    def as_json(self) -> Json:
        """Return the template as it was registered."""
        return {"code": self.code, "text": self.text, "buttons": list(self.buttons)}


def _button(code: str, sent: Any) -> Json:
    fields = sent if isinstance(sent, dict) else {}
    name, kind, link = fields.get("name"), fields.get("type"), fields.get("linkMo", "")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_LABEL or VARIABLE.search(name):
        raise NotApproved(f"{code}: a button's name must be 1 to {LONGEST_LABEL} characters, no variables")
    if kind not in BUTTON_TYPES:
        raise NotApproved(f"{code}: a button's type must be one of {', '.join(BUTTON_TYPES)}")
    if not isinstance(link, str) or (link and not link.startswith(("http://", "https://", "#{"))):
        raise NotApproved(f"{code}: a button's linkMo must be an address")
    return {"name": name, "type": kind} | ({"linkMo": link} if link else {})


def _filled(text: str, values: Mapping[str, str]) -> str:
    return VARIABLE.sub(lambda found: values[found[1]], text)


def _opened(button: Json, values: Mapping[str, str], address: str) -> Json:
    link = _filled(button["linkMo"], values) if "linkMo" in button else address
    return button | {"linkMo": link}


class Templates:
    """The approved templates of the one channel there is; safe to use from several threads."""

    def __init__(self) -> None:
        self._approved: dict[str, Template] = {}
        self._lock = threading.Lock()

    def put(self, sent: Any) -> int:
        """Approve exactly the templates in a JSON list; return how many.

        Raises:
            NotApproved: one of them is none; nothing changed.

        """
        if not isinstance(sent, list):
            raise NotApproved("the body must be a list of templates")
        approved = {template.code: template for template in map(Template.parse, sent)}
        with self._lock:
            self._approved = approved
        return len(approved)

    def find(self, code: str) -> Template | None:
        """Return the approved template of that code."""
        with self._lock:
            return self._approved.get(code)

    def as_json(self) -> list[Json]:
        """Return all templates as they were registered."""
        with self._lock:
            return [template.as_json() for template in self._approved.values()]


def create_blueprint(templates: Templates) -> Blueprint:
    """Return the routes by which templates are registered and read."""
    blueprint = Blueprint("templates", __name__)

    @blueprint.put("/api/templates")
    def put() -> ResponseReturnValue:
        try:
            return jsonify({"approved": templates.put(request.get_json(silent=True))})
        except NotApproved as problem:
            return jsonify({"error": str(problem)}), 400

    @blueprint.get("/api/templates")
    def listed() -> ResponseReturnValue:
        return jsonify(templates.as_json())

    return blueprint
