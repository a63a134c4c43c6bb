"""Kakao Login as OpenID Connect: one chooses who to be instead of giving a password.

Strict where Kakao is: a registered redirect address, a code of one use, the secret in the form and not in a
header, PKCE by S256 only. The signing key is new at every start, so our side also meets a key it has not seen.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import RSAKey

from simulator.feed import Json
from simulator.personas import PERSONAS
from simulator.settings import Settings

Clock: TypeAlias = Callable[[], datetime]

CODE_LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(hours=6)
KEPT_CODES = 1000
ADDRESS = re.compile(r"https?://[!-~]+")
APP_USER_ID = re.compile(r"[0-9]{1,20}")


class NotOurs(Exception):
    """The request for a code is none that may be answered by a redirect: Kakao's error number and a hint."""

    def __init__(self, code: str, hint: str) -> None:
        super().__init__(hint)
        self.code = code


class Refused(Exception):
    """No tokens for this request: OAuth's error, Kakao's words and number, the HTTP status."""

    def __init__(self, error: str, description: str, code: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.code, self.status = error, code, status

    def as_json(self) -> Json:
        """Return the body that Kakao would send."""
        return {"error": self.error, "error_description": str(self), "error_code": self.code}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a code, with the parameters named as on the wire."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = ""
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""

    @classmethod
    def parse(cls, sent: Mapping[str, str], client_id: str, redirects: Sequence[str]) -> Asked:
        """Return the request in ``sent``.

        Raises:
            NotOurs: another client, an address nobody registered, or not the code flow with PKCE by S256.

        """
        asked = cls(**{name: sent.get(name, "") for name in cls.__slots__})
        if asked.client_id != client_id:
            raise NotOurs("KOE101", "client_id가 시뮬레이터의 KAKAO_LOGIN_CLIENT_ID와 달라요.")
        if not _registered(asked.redirect_uri, redirects):
            raise NotOurs(
                "KOE006", f"등록된 redirect_uri가 아니에요. 이렇게 시작해야 해요: {', '.join(redirects)}"
            )
        if asked.response_type != "code":
            raise NotOurs("KOE001", "response_type은 code만 돼요.")
        if asked.code_challenge and asked.code_challenge_method != "S256":
            raise NotOurs("KOE001", "code_challenge_method는 S256만 돼요.")
        return asked

    @property
    def missing(self) -> list[str]:
        """What a careful client sends and this one did not."""
        return [name for name in ("state", "nonce", "code_challenge") if not getattr(self, name)]

    @property
    def wants_id_token(self) -> bool:
        """Kakao leaves the ID token out when a scope is named and ``openid`` is not in it."""
        return not self.scope or "openid" in re.split(r"[\s,]+", self.scope)

    def answered(self, **values: str) -> str:
        """Return the address that takes the browser back with ``values``."""
        values |= {"state": self.state} if self.state else {}
        glue = "&" if urlsplit(self.redirect_uri).query else "?"
        return f"{self.redirect_uri}{glue}{urlencode(values)}"


def _registered(address: str, prefixes: Sequence[str]) -> bool:
    plain = bool(ADDRESS.fullmatch(address)) and "#" not in address and "\\" not in address
    return plain and any(address.startswith(f"{prefix.rstrip('/')}/") for prefix in prefixes)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    asked: Asked
    app_user_id: str
    at: datetime


@dataclass(slots=True)
class Login:
    """Gives codes and exchanges them; safe to use from several threads."""

    settings: Settings
    clock: Clock
    signer: Signer
    _codes: dict[str, Grant] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def parse(self, sent: Mapping[str, str]) -> Asked:
        """Return the request for a code in ``sent``; see ``Asked.parse``."""
        return Asked.parse(sent, self.settings.kakao_login_client_id, self.settings.login_redirects)

    def give_code(self, asked: Asked, app_user_id: str) -> str:
        """Return a fresh code for ``app_user_id``, good once and for ten minutes."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = Grant(asked, app_user_id, self.clock())
            while len(self._codes) > KEPT_CODES:
                del self._codes[next(iter(self._codes))]
        return code

    def exchange(self, form: Mapping[str, str]) -> Json:
        """Return the tokens for the code in ``form``.

        Raises:
            Refused: a wrong client, or a code that is unknown, spent, too old or another request's.

        """
        if form.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type", "unsupported grant type", "KOE001")
        self._check_client(form)
        with self._lock:
            grant = self._codes.pop(form.get("code", ""), None)
        if grant is None or self.clock() - grant.at > CODE_LIFE:
            raise Refused("invalid_grant", "authorization code not found", "KOE320")
        if form.get("redirect_uri") != grant.asked.redirect_uri:
            raise Refused("invalid_grant", "Redirect URI mismatch.", "KOE303")
        if not _verified(grant.asked.code_challenge, form.get("code_verifier", "")):
            raise Refused("invalid_grant", "code_verifier does not match", "KOE320")
        return self._tokens(grant)

    def _check_client(self, form: Mapping[str, str]) -> None:
        known = self.settings.kakao_login_client_id, self.settings.kakao_login_client_secret
        given = form.get("client_id", ""), form.get("client_secret", "")
        if not all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(known, given, strict=True)):
            raise Refused("invalid_client", "Bad client credentials", "KOE010", 401)

    def _tokens(self, grant: Grant) -> Json:
        tokens = {
            "token_type": "bearer",
            "access_token": secrets.token_urlsafe(32),
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "refresh_token": secrets.token_urlsafe(32),
            "refresh_token_expires_in": int(timedelta(days=60).total_seconds()),
            "scope": grant.asked.scope or "openid",
        }
        return tokens | ({"id_token": self._id_token(grant)} if grant.asked.wants_id_token else {})

    def _id_token(self, grant: Grant) -> str:
        now = int(self.clock().timestamp())
        claims: Json = {
            "iss": self.settings.address,
            "aud": grant.asked.client_id,
            "sub": grant.app_user_id,
            "iat": now,
            "exp": now + int(TOKEN_LIFE.total_seconds()),
            "auth_time": int(grant.at.timestamp()),
        }
        return self.signer.sign(claims | ({"nonce": grant.asked.nonce} if grant.asked.nonce else {}))


def _verified(challenge: str, verifier: str) -> bool:
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return not challenge or hmac.compare_digest(digest, challenge.encode())


class Signer:
    """Signs ID tokens by RS256; its key is made when it is first needed."""

    @cached_property
    def key(self) -> RSAKey:
        """The key of this process."""
        return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)

    def sign(self, claims: Json) -> str:
        """Return ``claims`` as a signed token."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def public_keys(self) -> Json:
        """Return the JWK set to check tokens with."""
        return {"keys": [dict(self.key.as_dict(private=False))]}


def discovery(issuer: str) -> Json:
    """Return OpenID Connect's description of this provider."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid"],
        "claims_supported": ["iss", "aud", "sub", "auth_time", "exp", "iat", "nonce"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def create_blueprint(login: Login) -> Blueprint:
    """Return the page where one chooses who to be, and the endpoints of the protocol."""
    blueprint = Blueprint("login", __name__)

    @blueprint.errorhandler(NotOurs)
    def not_ours(problem: NotOurs) -> ResponseReturnValue:
        return render_template("login_error.html", code=problem.code, hint=str(problem)), 400

    @blueprint.get("/oauth/authorize")
    def authorize() -> Response:
        return _page(login.parse(request.args))

    @blueprint.post("/oauth/authorize")
    def decide() -> ResponseReturnValue:
        asked = login.parse(request.form)
        if "deny" in request.form:
            back = asked.answered(error="access_denied", error_description="User denied access")
            return redirect(back, 303)
        app_user_id = request.form.get("app_user_id", "").strip()
        if not APP_USER_ID.fullmatch(app_user_id):
            return _page(asked, typed=app_user_id, status=400)
        return redirect(asked.answered(code=login.give_code(asked, app_user_id)), 303)

    @blueprint.post("/oauth/token")
    def token() -> ResponseReturnValue:
        try:
            answer, status = login.exchange(request.form), 200
        except Refused as refused:
            answer, status = refused.as_json(), refused.status
        return jsonify(answer), status, {"Cache-Control": "no-store"}

    @blueprint.get("/.well-known/openid-configuration")
    def configuration() -> Response:
        return jsonify(discovery(login.settings.address))

    @blueprint.get("/.well-known/jwks.json")
    def keys() -> Response:
        return jsonify(login.signer.public_keys())

    return blueprint


def _page(asked: Asked, *, typed: str = "", status: int = 200) -> Response:
    """Return the page; its forms may lead to this server and, by redirect, back to the asking site only."""
    people = [(person, _as(person.name)) for person in PERSONAS]
    html = render_template(
        "login.html",
        asked=asdict(asked),
        people=people,
        missing=asked.missing,
        typed=typed,
        wrong=status == 400,
    )
    response = make_response(html, status)
    parts = urlsplit(asked.redirect_uri)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; "
        f"form-action 'self' {parts.scheme}://{parts.netloc}; frame-ancestors 'none'"
    )
    return response


def _as(name: str) -> str:
    """Return ``name`` with the particle for "as": 으로 after a final consonant other than ㄹ."""
    final = (ord(name[-1]) - ord("가")) % 28
    return f"{name}{'로' if final in (0, 8) else '으로'}"
