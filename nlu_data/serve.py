"""Start the unmodified Rasa server with its token taken from the environment, so that ``ps`` does not show it."""

from __future__ import annotations

import logging
import os
import sys
import warnings

import sanic.app  # noqa: F401 - turns deprecation warnings on when it is imported
import skops.io  # noqa: F401 - before TensorFlow: it searches every loaded module, which costs seconds afterwards

warnings.simplefilter("ignore", DeprecationWarning)

from rasa.__main__ import main  # noqa: E402 - after the two above


def server_arguments(model: str, port: str, token: str) -> list[str]:
    """Command line of ``rasa run``: parse only, loopback only."""
    place = ["--interface", "127.0.0.1", "--port", port]
    return ["rasa", "run", "--quiet", "--enable-api", "--model", model, *place, "--auth-token", token]


class NoModelNoServer(logging.Handler):
    """Ends the process when Rasa says that its model did not load: by itself it would serve on without one."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say why, the first cause last, and stop."""
        if record.getMessage().startswith("Could not load model"):
            print(f"The NLU server does not start: {_cause(record)}", file=sys.stderr, flush=True)  # noqa: T201
            os._exit(1)  # Rasa and the event loop catch everything gentler


def _cause(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    while error is not None and error.__cause__ is not None and type(error).__name__.startswith("Graph"):
        error = error.__cause__
    return f"{error or record.getMessage()}"


if __name__ == "__main__":
    logging.getLogger("rasa.core.agent").addHandler(NoModelNoServer(logging.ERROR))
    sys.argv = server_arguments(sys.argv[1], sys.argv[2], os.environ.pop("NLU_TOKEN"))
    main()
