"""A tiny real skill server: answers an utterance with the fixture of that name, or as a test told it."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from PIL import Image
from werkzeug.serving import make_server

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures/kakao"
KEY = "the-key-of-the-test"


def fixture(name: str, kind: str = "responses") -> Any:
    """Return the Kakao sample ``name`` as parsed JSON, fresh on every call."""
    return json.loads((FIXTURES / kind / f"{name}.json").read_text(encoding="utf-8"))


def text(words: str) -> dict[str, Any]:
    """Return the reply that says ``words``."""
    return {"version": "2.0", "template": {"outputs": [{"simpleText": {"text": words}}]}}


class SkillServer:
    """Listens on a free loopback port; ``requests`` holds every payload, ``answers`` what to say to what.

    An answer is a reply, or a function that makes a Flask response.
    """

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self._stop = threading.Event()
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self.address}/skills/kakao"

    def close(self) -> None:
        """Stop listening, and release whoever is being kept waiting."""
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def stall(self) -> Response:
        """Answer far too late."""
        self._stop.wait(30)
        return self._json(text("too late"))

    def _app(self) -> Flask:
        app = Flask("skill")
        app.add_url_rule("/skills/kakao", view_func=self._answer, methods=["POST"])
        app.add_url_rule("/image/<int:width>x<int:height>.png", view_func=_picture)
        return app

    def _answer(self) -> Response:
        if request.headers.get("X-Skill-Key") != KEY:
            return Response('{"error":"wrong key"}', 401, mimetype="application/json")
        payload = request.get_json()
        self.requests.append(payload)
        words = payload["userRequest"]["utterance"]
        if words not in self.answers and not (FIXTURES / f"responses/{words}.json").exists():
            return self._json(text(f"{words[:80]} 들었어요."))
        answer = self.answers.get(words) or fixture(words)
        return answer() if callable(answer) else self._json(answer)

    def _json(self, reply: Any) -> Response:
        body = json.dumps(reply, ensure_ascii=False)
        for name in ("branch_800x400.jpg", "ticket_800x400.png", "coupon_800x800.jpg", "logo_180.png"):
            size = "800x800" if "coupon" in name else "180x180" if "logo" in name else "800x400"
            body = body.replace(f"https://cdn.example.com/{name}", f"{self.address}/image/{size}.png")
        return Response(body, mimetype="application/json")


def _picture(width: int, height: int) -> Response:
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    tinted = Image.blend(image, Image.new("RGB", (width, height), "#2a8a6f"), 0.7)
    file = io.BytesIO()
    tinted.save(file, "PNG")
    return Response(file.getvalue(), mimetype="image/png")


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Return once ``condition`` holds.

    Raises:
        AssertionError: it did not within ``seconds``.

    """
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "what was waited for did not happen"
        time.sleep(0.02)
