"""A small real server that takes receipts, for tests: remembers every call, answers the status it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from werkzeug.serving import make_server


@dataclass(frozen=True)
class Call:
    """One push as it came."""

    provider: str
    body: Any
    signature: str | None
    token: str | None


class Receiver:
    """Listens on a free loopback port; ``calls`` holds what came, ``status`` is what the next ones are answered."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.status = 200
        app = Flask("receiver")
        app.add_url_rule("/receipts/<provider>", view_func=self._take, methods=["POST"])
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/receipts"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def hooks(self, provider: str = "nhn_alimtalk") -> list[dict[str, Any]]:
        """Return the results that NHN told, in the order they came."""
        return [hook for call in self.calls if call.provider == provider for hook in call.body["hooks"]]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, provider: str) -> Any:
        proof = (request.headers.get("X-Toast-Webhook-Signature"), request.args.get("token"))
        self.calls.append(Call(provider, request.get_json(), *proof))
        return "", self.status
