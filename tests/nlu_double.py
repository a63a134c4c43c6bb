"""A stand-in for a Rasa server that loads models in no time: real HTTP, and as blocked while it loads as Rasa is."""

from __future__ import annotations

import io
import json
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bot.model_folder import identity
from bot.nlu_server import LoadedModel


def write_model(folder: Path, name: str, number: str = "") -> LoadedModel:
    """Write the smallest file that is a model to everybody but Rasa, and return its names."""
    folder.mkdir(parents=True, exist_ok=True)
    told = json.dumps({"model_id": number or f"number of {name}"}).encode()
    with tarfile.open(folder / f"{name}.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(told)
        archive.addfile(member, io.BytesIO(told))
    return LoadedModel(name, number or f"number of {name}")


class NluDouble:
    """Understands every text as the intent named after its model, unless ``intents`` says otherwise."""

    def __init__(self) -> None:
        self.model: LoadedModel | None = None
        self.intents: dict[tuple[str, str], dict[str, Any]] = {}
        """(model, text) → what the parse says besides."""
        self.loads: list[str] = []
        self.parsed: list[str] = []
        self.kept_waiting = 0
        """Texts that came while it was loading."""
        self.load_seconds = 0.0
        self.refuses = False
        """Answers 400 to every model, as Rasa does to one it cannot load."""
        self.loads_instead: LoadedModel | None = None
        """What it has after it was told to load something, as after a restart."""
        self.busy = threading.Lock()
        """Held while it loads; who holds it lets nobody be answered."""
        self._is_loading = False
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        """Address, the same before and after it was off."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def is_off(self) -> bool:
        """Tell whether nobody is answered."""
        return self._server is None

    def start(self) -> None:
        """Listen."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def stop(self) -> None:
        """Be off."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and answer of a request; requests wait for a load that is under way."""
        self.kept_waiting += path == "/model/parse" and self._is_loading
        with self.busy:
            if path == "/model":
                return self._load(Path(body["model_file"]))
            if self.model is None:
                return 409, {}
            if path == "/status":
                return 200, {"model_file": f"{self.model.name}.tar.gz", "model_id": self.model.number}
            return 200, self._parse(self.model.name, body["text"])

    def _load(self, path: Path) -> tuple[int, dict[str, Any]]:
        self.loads.append(path.name.removesuffix(".tar.gz"))
        self._is_loading = True
        time.sleep(self.load_seconds)
        self._is_loading = False
        if self.refuses:
            return 400, {"reason": "BadRequest"}
        self.model = self.loads_instead or identity(path)
        return 200, {}

    def _parse(self, model: str, text: str) -> dict[str, Any]:
        self.parsed.append(text)
        answer = {"text": text, "intent": {"name": model, "confidence": 0.9}, "entities": []}
        return answer | self.intents.get((model, text), {})


def _handler(double: NluDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if double.is_off:  # a connection that was kept is not answered either
                self.close_connection = True
                return
            status, answer = double.answer(self.path.split("?")[0], json.loads(raw) if raw else {})
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler


@contextmanager
def nlu_doubles(count: int) -> Iterator[list[NluDouble]]:
    """Run so many."""
    doubles = [NluDouble() for _ in range(count)]
    yield doubles
    for double in doubles:
        double.stop()
