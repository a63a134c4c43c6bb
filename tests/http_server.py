"""A small real HTTP server for tests: answers what it is told to, remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Canned:
    """What the next requests get: a status, a body, a wait before it."""

    status: int = 200
    body: bytes = b"{}"
    seconds: float = 0.0


@dataclass
class TestServer:
    """The running server: ``answers`` by path, ``requests`` as (path, parsed body)."""

    __test__ = False
    url: str
    answers: dict[str, Canned] = field(default_factory=dict)
    requests: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, path: str, body: object, *, status: int = 200, seconds: float = 0.0) -> None:
        """Answer ``path`` with JSON, or with raw bytes when given bytes."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = Canned(status, raw, seconds)

    def asked(self, path: str) -> list[Any]:
        """Return the bodies of all requests for ``path``."""
        return [body for asked, body in self.requests if asked == path]


@contextmanager
def http_server() -> Iterator[TestServer]:
    """Run a server on a free port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            path = self.path.split("?")[0]
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.requests.append((path, json.loads(raw) if raw else None))
            canned = state.answers.get(path, Canned(404))
            time.sleep(canned.seconds)
            self.send_response(canned.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(canned.body)))
            self.end_headers()
            self.wfile.write(canned.body)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = TestServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
