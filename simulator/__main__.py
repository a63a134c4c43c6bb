"""``python -m simulator``: the chat window on SIMULATOR_PORT until it is interrupted."""

from __future__ import annotations

import contextlib
import logging
import os

from werkzeug.serving import make_server

from simulator.app import create_app
from simulator.settings import HOST, from_environment


def main() -> None:
    """Serve with threads: a waiting callback holds one."""
    logging.basicConfig(level=logging.INFO, format="simulator | %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    settings = from_environment(os.environ)
    server = make_server(HOST, settings.port, create_app(settings), threaded=True)
    logging.getLogger("simulator").info("%s talks to %s", settings.address, settings.skill_url)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
