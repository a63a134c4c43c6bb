"""Sends HTTP requests at a steady rate over kept-alive connections and notes how long each took.

The next request goes out when it is due, whether or not earlier ones have been answered, and its time counts from
when it was due: a server that falls behind cannot hide it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Load:
    """What came of a run: seconds for each request that was answered as it should, and every status."""

    fine: frozenset[int] = frozenset({200})
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    """0 stands for no answer at all."""
    took: float = 0.0

    @property
    def failed(self) -> int:
        """Requests that were not answered as they should."""
        return sum(count for status, count in self.statuses.items() if status not in self.fine)

    @property
    def per_second(self) -> float:
        """Answered requests in a second."""
        return len(self.seconds) / self.took if self.took else 0.0

    def percentile(self, share: float) -> float:
        """Return the time in milliseconds that ``share`` of the requests stayed under."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else float("nan")


def post(
    url: str, bodies: Sequence[bytes], headers: dict[str, str], *, rate: float, connections: int = 32
) -> Load:
    """Post every JSON body once, ``rate`` a second; 0 is as fast as the connections allow."""
    head = {"Content-Type": "application/json", **headers}
    return send(
        url, [request("POST", url, head, body) for body in bodies], Load(), rate=rate, connections=connections
    )


def request(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request as it goes over the wire."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def send(url: str, requests: Sequence[bytes], load: Load, *, rate: float, connections: int = 32) -> Load:
    """Send every request once to the host of ``url`` and note in ``load`` what came of it."""
    asyncio.run(_send(url, requests, load, rate, connections))
    return load


async def _send(url: str, requests: Sequence[bytes], load: Load, rate: float, connections: int) -> None:
    parts = urlsplit(url)
    began, waiting = time.perf_counter(), asyncio.Queue[tuple[float, bytes]]()
    for n, each in enumerate(requests):
        waiting.put_nowait((began + n / rate if rate else began, each))
    workers = [
        _worker(parts.hostname or "", parts.port or 80, waiting, load, paced=bool(rate))
        for _ in range(connections)
    ]
    await asyncio.gather(*workers)
    load.took = time.perf_counter() - began


async def _worker(
    host: str, port: int, waiting: asyncio.Queue[tuple[float, bytes]], load: Load, *, paced: bool
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while not waiting.empty():
        due, sent = waiting.get_nowait()
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        start = due if paced else time.perf_counter()
        try:
            writer.write(sent)
            status = await _answer(reader)
        except (OSError, asyncio.IncompleteReadError):
            status = 0
            reader, writer = await asyncio.open_connection(host, port)
        load.statuses[status] += 1
        if status in load.fine:
            load.seconds.append(time.perf_counter() - start)
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
