"""Settings: read once from the environment, validated, generated where a local run may.

Local runs keep what they generate in ``instance/.env`` (mode 0600). Production refuses to start on a
missing or a generated secret.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
GENERATED_MARK = "local-"
"""Prefix of generated secrets, so that production can recognise and refuse them."""
SECRETS = ("SKILL_KEY", "NLU_TOKEN", "DATA_KEY", "SIGNING_KEY")
MAY_BE_EMPTY = ("NLU_URL_B",)
"""Settings for which empty means none, not the default."""
SHORTEST_EVENTS_KEY = 32
"""Characters; outside production a shorter one will do."""


class Settings(BaseSettings):
    """Everything the service can be told from outside; names are the environment variables'."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    app_env: Literal["development", "test", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    """Address under which phones and Kakao reach us; defaults to http://HOST:PORT."""
    instance_dir: Path = ROOT / "instance"
    database_url: str = ""
    redis_url: str = ""
    nlu_url: str = "http://127.0.0.1:5005"
    """Slot a of the language servers: one address, or several with commas between."""
    nlu_url_b: str = "http://127.0.0.1:5006"
    """Slot b, where a model is loaded before it answers; empty: there is one slot, which does not answer meanwhile."""
    simulator_port: int = 8900
    log_level: str = "INFO"
    web_threads: int = Field(default=8, ge=1)
    web_workers: int = Field(default=2, ge=1)

    skill_key: str
    nlu_token: str
    data_key: str
    """Keys for personal data at rest, newest first, commas between."""
    signing_key: str
    """Signs what leaves us and must come back unchanged (addresses of drawn pictures)."""
    events_key: str = ""
    """Key with which DOVOL's own system reports changes; empty: it cannot."""

    kakao_block_id: str = ""
    """Block that runs our skill; buttons call it. Empty: buttons send their words instead."""
    kakao_callback_hosts: str = "bot-api.kakao.com"
    kakao_api_url: str = "https://bot-api.kakao.com"
    kakao_rest_api_key: str = ""
    """REST API key of the Kakao Developers app; empty: the bot never speaks first."""
    kakao_bot_id: str = ""
    kakao_event_name: str = "boram_notice"
    """Event of the block that runs our skill when the bot speaks first."""
    kakao_channel_url: str = ""
    """Address of the chat (https://pf.kakao.com/_…/chat), for pages to lead back to."""
    kakao_login_url: str = "https://kauth.kakao.com"
    """Issuer of Kakao Login (OpenID Connect)."""
    kakao_login_client_id: str = ""
    """Empty: accounts are linked by DOVOL id only."""
    kakao_login_client_secret: str = ""
    sms_url: str = "https://api-sms.cloud.toast.com"
    """NHN Cloud's SMS service."""
    sms_app_key: str = ""
    """Empty: no text message is ever sent."""
    sms_secret_key: str = ""
    sms_sender: str = ""
    """Registered number that text messages come from."""
    sms_monthly_cap: int = Field(default=5000, ge=0)
    """Most text messages of a month; 0 is no limit."""
    sms_opt_out_number: str = ""
    """Free number that ends advertising (080-…); empty: no recommendation goes by text message."""
    alimtalk_url: str = "https://kakaotalk-bizmessage.api.nhncloudservice.com"
    """NHN Cloud's Alimtalk service."""
    alimtalk_app_key: str = ""
    alimtalk_secret_key: str = ""
    alimtalk_sender_key: str = ""
    solapi_url: str = "https://api.solapi.com"
    """The second provider of Alimtalk and text messages."""
    solapi_api_key: str = ""
    solapi_api_secret: str = ""
    solapi_pf_id: str = ""
    """Sender profile of Alimtalk; empty: text messages only."""
    receipt_token: str = ""
    """What proves a pushed receipt; empty: none is taken and providers are only asked."""
    alerts_mode: Literal["live", "dry_run", "allow_list"] = "live"
    """dry_run sends nothing, allow_list only to those in ALERTS_ALLOW."""
    alerts_allow: str = ""
    """DOVOL ids, numbers or user keys, commas between."""
    messages_per_second: int = Field(default=500, ge=1)
    """Most messages handed to one provider in a second."""
    worker_threads: int = Field(default=8, ge=2)
    alert_lease_seconds: int = Field(default=45, ge=15)
    """How long a worker that has died keeps what it had taken; longer than any call to a provider."""
    certificate_key_file: str = ""
    """PKCS#12 file with the key that signs certificates; local runs make their own."""
    certificate_key_password: str = ""
    certificate_issuer: str = "청소년 자원봉사 두볼(Dovol)"
    """Who issues certificates, as printed on them."""
    trusted_proxies: int = Field(default=0, ge=0)
    """Proxies in front of us whose word about the visitor's address is believed."""
    turn_seconds: float = Field(default=3.5, gt=0, lt=5)
    """Time for one answer; Kakao gives 5 s including the network."""
    turns_per_minute: int = Field(default=120, ge=1)
    nlu_threshold: float = Field(default=0.45, ge=0, le=1)
    """Confidence below which the two likeliest meanings are offered instead of an answer."""
    openapi_service_key: str = ""
    """Service key of data.go.kr, for importing live programmes."""
    openapi_dovol_url: str = "https://apis.data.go.kr/B552713/svc003"
    openapi_1365_url: str = "https://apis.data.go.kr/1741000/volunteerPartcptnService"

    @field_validator(
        "nlu_url",
        "nlu_url_b",
        "public_url",
        "openapi_dovol_url",
        "openapi_1365_url",
        "kakao_api_url",
        "kakao_login_url",
        "sms_url",
        "alimtalk_url",
        "solapi_url",
    )
    @classmethod
    def _without_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def _production_has_real_secrets(self) -> Settings:
        if self.app_env == "production":
            local = [n for n in SECRETS if getattr(self, n.lower()).startswith(GENERATED_MARK)]
            if local:
                raise ValueError(f"set {', '.join(local)}: a generated secret is for local runs only")
            if not self.public_url.startswith("https://"):
                raise ValueError("set PUBLIC_URL to an https address: browsers keep no session without it")
            if not self.certificate_key_file:
                raise ValueError("set CERTIFICATE_KEY_FILE: certificates are signed by a key of your own")
            if self.events_key and len(self.events_key) < SHORTEST_EVENTS_KEY:
                raise ValueError(
                    f"set EVENTS_KEY to {SHORTEST_EVENTS_KEY} characters or more, or to nothing: "
                    "who has it changes applications"
                )
        return self

    @property
    def alerts_allowed(self) -> frozenset[str]:
        """Who gets alerts in a trial run."""
        return frozenset(name.strip() for name in self.alerts_allow.split(",") if name.strip())

    @property
    def database(self) -> str:
        """SQLAlchemy address of the store."""
        return self.database_url or f"sqlite:///{self.instance_dir / 'boram.sqlite3'}"

    @property
    def redis(self) -> str:
        """Address of Redis or Valkey; the embedded one listens on a socket in the instance folder."""
        return self.redis_url or f"unix://{self.instance_dir / 'valkey.sock'}"

    @property
    def nlu_urls(self) -> tuple[str, ...]:
        """Addresses of slot a's NLU servers, in order of preference."""
        return _addresses(self.nlu_url)

    @property
    def nlu_slots(self) -> dict[str, tuple[str, ...]]:
        """Slot → addresses of its servers, in order of preference; a slot without any is left out."""
        slots = {"a": self.nlu_urls, "b": _addresses(self.nlu_url_b)}
        return {slot: urls for slot, urls in slots.items() if urls}

    @property
    def address(self) -> str:
        """Address under which the outside reaches the web process."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def chat_url(self) -> str:
        """Where pages lead back to: the bot's chat, or the simulator's in local runs."""
        if self.kakao_channel_url or self.app_env == "production":
            return self.kakao_channel_url
        return f"http://{self.host}:{self.simulator_port}"


def load_settings() -> Settings:
    """Return the settings of this process, generating what a local run lacks.

    Raises:
        pydantic.ValidationError: a value is missing or out of range; the message names it.

    """
    instance = Path(os.environ.get("INSTANCE_DIR") or ROOT / "instance")
    if os.environ.get("APP_ENV") != "production":
        _generate_missing(instance / ".env")
    told = {**dotenv_values(instance / ".env"), **os.environ}
    saved = {k: v for k, v in told.items() if k not in os.environ and v}
    none = {k: "" for k in MAY_BE_EMPTY if told.get(k) == ""}
    return Settings(**{k.lower(): v for k, v in (saved | none).items()})  # type: ignore[arg-type]  # pydantic converts


def _addresses(value: str) -> tuple[str, ...]:
    return tuple(url.strip().rstrip("/") for url in value.split(",") if url.strip())


def _generate_missing(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {**dotenv_values(path), **os.environ}
    missing = [name for name in SECRETS if not known.get(name)]
    if not missing:
        return
    path.touch(mode=0o600)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={GENERATED_MARK}{secrets.token_urlsafe(32)}\n" for name in missing)
