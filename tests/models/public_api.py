"""A stand-in for the public APIs: a real HTTP server that pages rows out, and fails where told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

Row = dict[str, Any]
GATEWAY_ERROR = (
    "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg><returnAuthMsg>{}</returnAuthMsg>"
    "<returnReasonCode>{}</returnReasonCode></cmmMsgHeader></OpenAPI_ServiceResponse>"
)


@dataclass
class PublicApi:
    """What is served: rows by operation, details by number, and failures that come first."""

    url: str = ""
    rows: dict[str, list[Row]] = field(default_factory=dict)
    details: dict[str, Row] = field(default_factory=dict)
    failures: list[tuple[int, bytes]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    """Operation, parameters and raw query of every request."""

    def calls(self, operation: str) -> list[dict[str, str]]:
        return [parameters for name, parameters, _ in self.asked if name == operation]

    def answer(self, operation: str, parameters: dict[str, str]) -> tuple[int, bytes]:
        if self.failures:
            return self.failures.pop(0)
        if "progrmRegistNo" in parameters:
            detail = self.details.get(parameters["progrmRegistNo"])
            return 200, as_xml([detail] if detail else [], 1, 10, int(bool(detail)))
        page, size = int(parameters["pageNo"]), int(parameters["numOfRows"])
        rows = self.rows.get(operation, [])
        write = as_json if parameters.get("returnType") == "json" else as_xml
        return 200, write(rows[(page - 1) * size : page * size], page, size, len(rows))


def as_json(rows: list[Row], page: int, size: int, total: int) -> bytes:
    items: Any = {"item": rows[0] if len(rows) == 1 else rows} if rows else ""
    body = {"pageNo": page, "numOfRows": size, "totalCount": total, "items": items}
    return json.dumps({"header": {"resultCode": "A01001", "resultMsg": "ok"}, "body": body}).encode()


def as_xml(rows: list[Row], page: int, size: int, total: int) -> bytes:
    items = "".join(
        "<item>" + "".join(f"<{k}>{escape(str(v))}</{k}>" for k, v in row.items()) + "</item>" for row in rows
    )
    return (
        "<response><header><resultCode>00</resultCode><resultMsg>NORMAL SERVICE.</resultMsg></header>"
        f"<body><items>{items}</items><numOfRows>{size}</numOfRows><pageNo>{page}</pageNo>"
        f"<totalCount>{total}</totalCount></body></response>"
    ).encode()


def gateway_error(code: str, message: str) -> bytes:
    return GATEWAY_ERROR.format(message, code).encode()


@contextmanager
def serve_public_api() -> Iterator[PublicApi]:
    """Run the stand-in on a free port of the loopback."""
    api = PublicApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api.answer, api.asked))
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}/svc"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()


def _handler(
    answer: Callable[[str, dict[str, str]], tuple[int, bytes]], asked: list[tuple[str, dict[str, str], str]]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
            operation = parts.path.rpartition("/")[2]
            asked.append((operation, parameters, parts.query))
            status, body = answer(operation, parameters)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler
