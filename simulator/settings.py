"""What the simulator is told from outside. It reads no files: the launcher exports what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
"""Loopback only: whoever reaches the simulator can talk as any of the demo's people."""
FONT = Path(__file__).resolve().parent.parent / "node_modules/pretendard/dist/web/variable/woff2"


@dataclass(frozen=True, slots=True)
class Settings:
    """One simulator: where the skill server is, and how patient KakaoTalk is with it (seconds)."""

    skill_url: str
    skill_key: str
    block_id: str = ""
    """The block that runs our skill; only its name in the payload depends on it."""
    port: int = 8900
    skill_seconds: float = 5.0
    callback_seconds: float = 60.0
    kakao_rest_api_key: str = "local-kakao-rest-api-key"
    """What our side must send to the Event API."""
    sms_secret_key: str = "local-sms-secret-key"  # noqa: S105 - known to everyone, see SECRETS
    """The same for short messages."""
    alimtalk_secret_key: str = "local-alimtalk-secret-key"  # noqa: S105 - the same
    solapi_api_key: str = "local-solapi-api-key"
    solapi_api_secret: str = "local-solapi-api-secret"  # noqa: S105 - the same
    receipts_url: str = ""
    """Where providers push receipts: /nhn_alimtalk, /nhn_sms and /solapi under it. Empty: nowhere."""
    receipt_token: str = "local-receipt-token"  # noqa: S105 - the same
    """What proves a receipt: NHN's X-Toast-Webhook-Signature, and Solapi's ?token=."""
    receipt_retry_seconds: float = 1.0
    """Between two calls with the same receipt."""
    events_url: str = ""
    """Where DOVOL's own system reports what happened there."""
    events_key: str = "local-events-key-for-the-system-beside-us"
    """What proves that system to our side."""
    kakao_login_client_id: str = "local-kakao-login"
    kakao_login_client_secret: str = "local-kakao-login-secret"  # noqa: S105 - the same
    login_redirects: tuple[str, ...] = ("http://127.0.0.1:8000",)
    """Sites that Kakao Login may send a browser back to: beginnings of addresses."""
    previews: bool = True
    """Fetch links before anybody presses them, as KakaoTalk does."""
    font_folder: Path = FONT

    @property
    def address(self) -> str:
        """Where the browser and the skill server find this simulator."""
        return f"http://{HOST}:{self.port}"


SECRETS = (
    "kakao_rest_api_key",
    "sms_secret_key",
    "alimtalk_secret_key",
    "solapi_api_key",
    "solapi_api_secret",
    "receipt_token",
    "events_key",
    "kakao_login_client_id",
    "kakao_login_client_secret",
)
"""Settings that default to words known to everyone: they guard nothing, they prove our side sends them."""


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Return the settings found in ``environ``; without ``SKILL_KEY`` every message is answered 401."""
    port = environ.get("PORT") or 8000
    web = f"http://127.0.0.1:{port}"
    public = environ.get("PUBLIC_URL")
    told: dict[str, Any] = {name: environ[name.upper()] for name in SECRETS if environ.get(name.upper())}
    return Settings(
        skill_url=environ.get("SKILL_URL") or f"{web}/skills/kakao",
        skill_key=environ.get("SKILL_KEY", ""),
        block_id=environ.get("KAKAO_BLOCK_ID", ""),
        port=int(environ.get("SIMULATOR_PORT") or 8900),
        receipts_url=environ.get("RECEIPTS_URL") or f"{web}/receipts",
        events_url=environ.get("EVENTS_URL") or f"{web}/api/v1/events",
        login_redirects=(web, f"http://localhost:{port}", *([public] if public else [])),
        **told,
    )
