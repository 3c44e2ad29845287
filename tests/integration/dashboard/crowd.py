"""Many Socket.IO clients at once, some of which never read: how long progress takes to reach those that do.

Speaks the protocol itself (Engine.IO 4 over WebSocket): a thousand full clients would cost more than the server.
"""

import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from redis.asyncio import Redis

from sincro_contract.progress import PROGRESS_STREAM, Progress, ProgressEvent, ProgressRecord, ProgressStatus

ROOT = Path(__file__).parents[3]
_PATH = "/socket.io/?EIO=4&transport=websocket"


@dataclass
class Crowd:
    """What the clients have heard: seconds from the event's writing to its arrival, and how many have heard each."""

    sent: dict[int, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    heard: dict[int, int] = field(default_factory=dict)

    def percentile(self, share: float) -> float:
        """The delay that this share of the deliveries does not exceed."""
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def listen(
    session: aiohttp.ClientSession,
    url: str,
    token: str,
    crowd: Crowd,
    connected: asyncio.Semaphore,
    ready: asyncio.Event,
) -> None:
    """One client that reads. Sets `ready` when it is let in."""
    async with connected:
        websocket = await session.ws_connect(url + _PATH, max_msg_size=0)
        await websocket.receive_str()
        await websocket.send_str("40" + json.dumps({"token": token}))
        answer = await websocket.receive_str()
        assert answer.startswith("40"), answer
        ready.set()
    async with websocket:
        async for message in websocket:
            text = message.data
            if text == "2":
                await websocket.send_str("3")
            elif text.startswith('42["sync:progress"'):
                current = json.loads(text[2:])[1]["progress"]["current"]
                crowd.delays.append(time.monotonic() - crowd.sent[current])
                crowd.heard[current] = crowd.heard.get(current, 0) + 1


def silent_client(host: str, port: int, token: str) -> socket.socket:
    """A client that is let in and never reads again; its socket takes in as little as can be."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.connect((host, port))
    key = base64.b64encode(os.urandom(16)).decode()
    client.sendall(
        f"GET {_PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    client.recv(512)
    payload = b"40" + json.dumps({"token": token}).encode()
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    client.sendall(bytes([0x81, 0x80 | len(payload)]) + mask + masked)
    return client


async def emit(redis_url: str, crowd: Crowd, events: int, interval: float) -> None:
    """Write progress as a scraper does, at even intervals."""
    async with Redis.from_url(redis_url) as redis:
        for number in range(1, events + 1):
            event = ProgressEvent(
                task_id="t",
                type="customers",
                status=ProgressStatus.RUNNING,
                progress=Progress.of(number, events),
                started_at=1,
            )
            record = ProgressRecord(namespace="erp", source="acme", phase="read", event=event)
            crowd.sent[number] = time.monotonic()
            await redis.xadd(PROGRESS_STREAM, record.to_fields())  # type: ignore[arg-type]
            await asyncio.sleep(interval)


async def measure(
    url: str, redis_url: str, token: str, *, reading: int, silent: int, events: int, interval: float
) -> Crowd:
    """Connect the clients, write `events` events, and give back what was heard."""
    crowd = Crowd()
    host, port = url.removeprefix("http://").split(":")
    connected = asyncio.Semaphore(50)
    quiet = [await asyncio.to_thread(silent_client, host, int(port), token) for _ in range(silent)]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        ready = [asyncio.Event() for _ in range(reading)]
        clients = [asyncio.create_task(listen(session, url, token, crowd, connected, each)) for each in ready]
        try:
            await asyncio.gather(*(each.wait() for each in ready))
            await emit(redis_url, crowd, events, interval)
            async with asyncio.timeout(30):
                while crowd.heard.get(events, 0) < reading:  # noqa: ASYNC110 - the last client has heard the last event
                    await asyncio.sleep(0.05)
        finally:
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)
            for each in quiet:
                each.close()
    return crowd


@asynccontextmanager
async def crowd_server(redis_url: str) -> AsyncIterator[str]:
    """The dashboard of `crowd_server.py` as a process of its own; its URL."""
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.dashboard.crowd_server",
        redis_url,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        assert server.stdout is not None
        port = int(await server.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        await asyncio.wait_for(server.wait(), 20)
