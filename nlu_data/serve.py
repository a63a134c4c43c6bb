"""Start the unmodified Rasa server with its token taken from the environment, so that ``ps`` does not show it."""

from __future__ import annotations

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


if __name__ == "__main__":
    sys.argv = server_arguments(sys.argv[1], sys.argv[2], os.environ.pop("NLU_TOKEN"))
    main()
