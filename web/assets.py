"""The built files that pages load: their lasting addresses, and the part of the web process that serves them."""

from __future__ import annotations

import json
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

DIST = Path(__file__).parent / "static" / "dist"
PREFIX = "/static/"


class Assets:
    """Addresses of the files in a folder that ``web/static/build.mjs`` has written.

    Raises:
        RuntimeError: if nothing has been built there yet.

    """

    def __init__(self, folder: Path = DIST) -> None:
        try:
            self._names: dict[str, str] = json.loads((folder / "manifest.json").read_text("utf-8"))
        except FileNotFoundError:
            raise RuntimeError(f"No built pages in {folder}. Build them: make setup") from None
        self.folder = folder

    def url(self, name: str) -> str:
        """Return the path of ``name`` ("portal.css"), which changes whenever its content does.

        Raises:
            LookupError: if no such file has been built.

        """
        try:
            return PREFIX + self._names[name]
        except KeyError:
            raise LookupError(f"{name} is not among the built files. Build them anew: make setup") from None


def install(app: Flask, folder: Path = DIST) -> None:
    """Serve the built files under ``/static/``, before Flask is asked, and give templates ``asset(name)``."""
    assets = Assets(folder)
    app.jinja_env.globals["asset"] = assets.url
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # how Flask wants to be wrapped
        app.wsgi_app,
        root=assets.folder,
        prefix=PREFIX,
        immutable_file_test=lambda _path, url: not url.endswith("manifest.json"),
        allow_all_origins=False,
        add_headers_function=_no_sniffing,
    )


def _no_sniffing(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
