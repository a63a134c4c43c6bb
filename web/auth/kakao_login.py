"""Kakao Login by OpenID Connect: authorization code with PKCE, state and nonce."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from authlib.integrations.base_client.errors import MismatchingStateError
from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask
from flask import session as form_session
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response

from bot.settings import Settings

log = logging.getLogger(__name__)

NAME = "kakao"
WAIT_SECONDS = 4.0
"""Longest wait for each answer of Kakao's."""


class KakaoFailure(StrEnum):
    """Why somebody comes back from Kakao without having signed in."""

    DENIED = "denied"
    """They pressed cancel."""
    STALE = "stale"
    """It did not begin in this browser, or too long ago: perhaps somebody else's address was opened."""
    UNREACHABLE = "unreachable"
    """Kakao does not answer."""
    UNTRUSTED = "untrusted"
    """What Kakao's side answered cannot be believed: wrong issuer, nonce, signature, audience or time."""


class KakaoLoginFailed(Exception):
    """Nobody signed in. ``failure`` says why."""

    def __init__(self, failure: KakaoFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


T = TypeVar("T")


def _asked(call: Callable[[], T]) -> T:
    """Return what Kakao's side says; everything that can go wrong has one of four names."""
    try:
        return call()
    except MismatchingStateError:
        raise KakaoLoginFailed(KakaoFailure.STALE) from None
    except OAuthError as error:
        denied = error.error == "access_denied"
        raise _logged(KakaoFailure.DENIED if denied else KakaoFailure.UNTRUSTED, error) from None
    except (JoseError, ValueError, KeyError, RuntimeError) as error:
        raise _logged(KakaoFailure.UNTRUSTED, error) from None
    except RequestException as error:
        raise _logged(KakaoFailure.UNREACHABLE, error) from None


def _logged(failure: KakaoFailure, error: Exception) -> KakaoLoginFailed:
    # Only the kind of error: its words may hold a code or a token.
    log.warning("Kakao Login: %s (%s)", failure.value, type(error).__name__)
    return KakaoLoginFailed(failure)


class KakaoLogin:
    """Sends people to Kakao and takes them back."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        issuer = settings.kakao_login_url
        self._claims = {
            "iss": {"essential": True, "values": [issuer]},
            "aud": {"essential": True, "values": [settings.kakao_login_client_id]},
        }
        self._back = f"{settings.address}/link/kakao/back"
        self._client = OAuth(app).register(
            NAME,
            client_id=settings.kakao_login_client_id,
            client_secret=settings.kakao_login_client_secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid",
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "client_secret_post",
                "default_timeout": WAIT_SECONDS,
            },
        )

    def begin(self) -> Response:
        """Return the way to Kakao. What was begun before in this browser ends.

        Raises:
            KakaoLoginFailed: Kakao cannot be reached.
        """
        for key in [key for key in form_session if key.startswith(f"_state_{NAME}_")]:
            del form_session[key]
        away: Response = _asked(lambda: self._client.authorize_redirect(self._back))
        return away

    def finish(self) -> str:
        """Return the Kakao user id of whoever comes back by the present request.

        Raises:
            KakaoLoginFailed: nobody signed in, or it cannot be believed.
        """
        token = _asked(lambda: self._client.authorize_access_token(claims_options=self._claims))
        user = token.get("userinfo")
        if not user or not user.get("sub"):
            raise KakaoLoginFailed(KakaoFailure.UNTRUSTED)
        return str(user["sub"])
