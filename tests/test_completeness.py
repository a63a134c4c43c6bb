"""Tables that must agree with each other: what one lists, the others know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from flask import Flask

from actions import ACTIONS, WITHOUT_INTENT
from actions.faq import TOPICS
from app import close_app, create_app
from bot.links import PAGES, Entrance
from bot.menu import INTENT_TITLES, MENU_WORDS
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = yaml.safe_load((ROOT / "nlu_data/domain.yml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPEN_TO_ALL = {
    "health": "tells nothing about people",
    "pictures": "the address itself is the secret: encrypted, authenticated, unguessable",
    "kakao": "checks the skill key in its view",
    "api": "checks the key of DOVOL's own system in its view",
    "receipts": "checks in its view what each provider signs with",
    "auth": "every route names its guard",
    "portal": "every route names its guard",
    "console": "every route names the role it wants",
    "guardian": "every route names its guard; a guardian proves to be one by a code",
    "verify": "anybody may check a certificate; it answers yes or no, a few times a minute",
}
"""Blueprints without a sign-in, each with its reason."""


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(
        Settings(
            app_env="test",
            instance_dir=tmp_path,
            skill_key="k" * 16,
            nlu_token="t" * 16,
            data_key="d" * 16,
            signing_key="s" * 16,
        )
    )


def test_every_intent_has_an_action_and_every_action_an_intent() -> None:
    intents = {name if isinstance(name, str) else next(iter(name)) for name in DOMAIN["intents"]}
    assert set(ACTIONS) == intents
    assert len(intents) == 30


def test_every_menu_word_leads_to_an_action() -> None:
    assert set(MENU_WORDS.values()) <= set(ACTIONS) | set(WITHOUT_INTENT)
    assert set(INTENT_TITLES) <= set(ACTIONS)


def test_every_title_fits_on_a_chip() -> None:
    assert [title for title in INTENT_TITLES.values() if len(title) > 14] == []


def test_every_topic_that_is_trained_has_an_answer_and_every_answer_is_trained() -> None:
    trained = set()
    for path in (ROOT / "nlu_data/data").glob("*.yml"):
        trained |= set(re.findall(r"topic:\s*([a-z0-9_]+/[a-z0-9_]+)", path.read_text(encoding="utf-8")))
        trained |= set(re.findall(r"intent:\s*([a-z0-9_]+/[a-z0-9_]+)", path.read_text(encoding="utf-8")))
    assert trained == set(TOPICS)
    assert len(trained) == 68


def test_every_setting_is_in_the_readme() -> None:
    missing = [name.upper() for name in Settings.model_fields if f"`{name.upper()}`" not in README]
    assert missing == []


def test_every_page_that_a_card_leads_to_is_there(app: Flask) -> None:
    paths = {rule.rule for rule in app.url_map.iter_rules()}
    ours = [page for page in PAGES.values() if page.entrance is not Entrance.ELSEWHERE]
    assert [page.path for page in ours if page.path not in paths] == []
    close_app(app)


def test_every_door_says_why_it_is_open(app: Flask) -> None:
    assert set(app.blueprints) == set(OPEN_TO_ALL)
    close_app(app)


def test_every_command_of_the_contract_is_there(app: Flask) -> None:
    groups = {name: set(getattr(command, "commands", {})) for name, command in app.cli.commands.items()}
    assert {"upgrade"} <= groups["db"]
    assert {"train", "evaluate", "promote", "rollback", "status"} <= groups["nlu"]
    assert {"import"} <= groups["programs"]
    assert {"status", "sweep", "redrive", "preview", "timeline", "send"} <= groups["alerts"]
    assert {"create", "list", "reset", "disable"} <= groups["staff"]
    assert {"verify"} <= groups["audit"]
    assert "seed" in groups
    close_app(app)
