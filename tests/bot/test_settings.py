"""Settings: generated where a local run may, refused where production must not start."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import SECRETS, load_settings


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*SECRETS, "APP_ENV", "DATABASE_URL", "REDIS_URL", "PORT", "NLU_URL", "NLU_URL_B"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    return tmp_path


def test_missing_secrets_are_generated_once_and_kept_private(instance: Path) -> None:
    first, second = load_settings(), load_settings()
    assert first.skill_key == second.skill_key
    assert len(first.skill_key) > 30
    assert stat.S_IMODE((instance / ".env").stat().st_mode) == 0o600


def test_the_environment_wins_over_the_file(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_settings()
    monkeypatch.setenv("SKILL_KEY", "from the environment")
    assert load_settings().skill_key == "from the environment"


def test_production_refuses_to_start_without_secrets(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(ValidationError, match="skill_key"):
        load_settings()
    assert not (instance / ".env").exists()


def test_production_refuses_generated_secrets(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_settings()
    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(ValidationError, match="SKILL_KEY"):
        load_settings()


@pytest.mark.parametrize(("name", "value"), [("PORT", "http"), ("TURN_SECONDS", "6"), ("WEB_THREADS", "0")])
def test_a_wrong_value_is_named(
    instance: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        load_settings()


def test_production_refuses_a_short_key_for_reports(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict.fromkeys(SECRETS, "a real secret of enough length")
    given |= {"PUBLIC_URL": "https://boram.example", "CERTIFICATE_KEY_FILE": "/run/secrets/key.p12"}
    for name, value in (given | {"APP_ENV": "production", "EVENTS_KEY": "k" * 31}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match="EVENTS_KEY"):
        load_settings()
    monkeypatch.setenv("EVENTS_KEY", "k" * 32)
    assert load_settings().events_key == "k" * 32


def test_defaults_are_a_whole_local_service(instance: Path) -> None:
    settings = load_settings()
    assert settings.database == f"sqlite:///{instance / 'boram.sqlite3'}"
    assert settings.redis == f"unix://{instance / 'valkey.sock'}"
    assert settings.nlu_urls == ("http://127.0.0.1:5005",)
    assert settings.address == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("missing", "told"), [("PUBLIC_URL", "https address"), ("CERTIFICATE_KEY_FILE", "CERTIFICATE_KEY_FILE")]
)
def test_production_names_what_it_needs_to_keep_people_safe(
    instance: Path, monkeypatch: pytest.MonkeyPatch, missing: str, told: str
) -> None:
    given = dict.fromkeys(SECRETS, "a real secret of enough length")
    given |= {"PUBLIC_URL": "https://boram.example", "CERTIFICATE_KEY_FILE": "/run/secrets/key.p12"}
    for name, value in (given | {"APP_ENV": "production", missing: ""}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=told):
        load_settings()


def test_there_are_two_slots_of_language_servers_unless_the_second_is_said_to_be_none(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {"a": ("http://127.0.0.1:5005",), "b": ("http://127.0.0.1:5006",)}
    assert load_settings().nlu_slots == both
    monkeypatch.setenv("NLU_URL_B", "")
    assert set(load_settings().nlu_slots) == {"a"}
    monkeypatch.setenv("NLU_URL_B", "http://one:1/, http://two:2")
    assert load_settings().nlu_slots["b"] == ("http://one:1", "http://two:2")


def test_the_file_may_say_too_that_there_is_no_second_slot(instance: Path) -> None:
    (instance / ".env").write_text("NLU_URL_B=\n")
    assert set(load_settings().nlu_slots) == {"a"}
