"""A real OpenID Connect provider over HTTP that can be told to answer wrongly."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "our-client", "our-secret"


@dataclass
class Provider:
    """Listens on a free loopback port. ``claims`` overrides what its ID tokens say; ``seconds`` makes it slow."""

    claims: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    status: int = 200
    foreign_key: bool = False
    """Sign with a key that is not published."""
    plain: bool = False
    """Leave the ID token out."""

    def __post_init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        self._codes: dict[str, dict[str, str]] = {}
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self._discovery)
        app.add_url_rule("/jwks", view_func=self._keys)
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def agree(self, address: str, user_id: str) -> str:
        """Sign in as somebody at the address that our side leads to; return where that leads back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.url}/authorize?")
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "sub": user_id}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def _discovery(self) -> ResponseReturnValue:
        return jsonify(
            issuer=self.url,
            authorization_endpoint=f"{self.url}/authorize",
            token_endpoint=f"{self.url}/token",
            jwks_uri=f"{self.url}/jwks",
            id_token_signing_alg_values_supported=["RS256"],
        )

    def _keys(self) -> ResponseReturnValue:
        return jsonify(keys=[self._key.as_dict(private=False)])

    def _token(self) -> ResponseReturnValue:
        time.sleep(self.seconds)
        asked = self._codes.pop(request.form["code"], None)
        if self.status != 200 or asked is None:
            return jsonify(error="invalid_grant"), self.status if self.status != 200 else 400
        assert (request.form["client_id"], request.form["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        answer = {"token_type": "bearer", "access_token": "access"}
        return jsonify(answer if self.plain else answer | {"id_token": self._id_token(asked)})

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": asked["client_id"],
            "sub": asked["sub"],
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 60,
        }
        key = RSAKey.generate_key(2048) if self.foreign_key else self._key
        return jwt.encode({"alg": "RS256", "kid": self._key.kid}, claims | self.claims, key)
