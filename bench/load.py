"""Sends HTTP requests at a steady rate over kept-alive connections and notes how long each took.

The next request goes out when it is due, whether or not earlier ones have been answered, and its time counts from
when it was due: a server that falls behind cannot hide it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Load:
    """What came of a run: seconds for each request, in order of being due, and those not answered with 200."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    took: float = 0.0

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
    """Send every body once, ``rate`` a second; 0 is as fast as the connections allow."""
    return asyncio.run(_post(url, bodies, headers, rate, connections))


async def _post(
    url: str, bodies: Sequence[bytes], headers: dict[str, str], rate: float, connections: int
) -> Load:
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    load, began, waiting = Load(), time.perf_counter(), asyncio.Queue[tuple[float, bytes]]()
    for n, body in enumerate(bodies):
        due = began + n / rate if rate else began
        waiting.put_nowait((due, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body))
    workers = [
        _worker(parts.hostname or "", parts.port or 80, waiting, load, paced=bool(rate))
        for _ in range(connections)
    ]
    await asyncio.gather(*workers)
    load.took = time.perf_counter() - began
    return load


async def _worker(
    host: str, port: int, waiting: asyncio.Queue[tuple[float, bytes]], load: Load, *, paced: bool
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while not waiting.empty():
        due, request = waiting.get_nowait()
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        start = due if paced else time.perf_counter()
        try:
            writer.write(request)
            status = await _answer(reader)
        except (OSError, asyncio.IncompleteReadError):
            status = 0
            reader, writer = await asyncio.open_connection(host, port)
        if status == 200:
            load.seconds.append(time.perf_counter() - start)
        else:
            load.failed += 1
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
