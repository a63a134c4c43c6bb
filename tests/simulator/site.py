"""A small real web site for tests: remembers who looked at what."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask, Response, redirect, request
from werkzeug.serving import make_server


class Site:
    """Listens on a free loopback port. ``visits`` holds method, path and user agent of every request.

    ``/near`` leads to ``/far`` and that to another host, ``/round`` to itself, ``/spent`` answers 410.
    """

    def __init__(self) -> None:
        self.visits: list[tuple[str, str, str]] = []
        app = Flask("site")
        app.add_url_rule("/<path:path>", view_func=self._page)
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
        self._thread.join()

    def _page(self, path: str) -> Any:
        self.visits.append((request.method, path, request.headers["User-Agent"]))
        if path == "near":
            return redirect("/far")
        if path == "far":
            return redirect(self.url.replace("127.0.0.1", "localhost") + "/away")
        if path == "round":
            return redirect("/round")
        return Response("spent" if path == "spent" else "page", 410 if path == "spent" else 200)
