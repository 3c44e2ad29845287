"""Many programs that listen to two replicas of the dashboard, one of which is killed: all of them learn of every end.

A file of its own: the pages' browser has an event loop in this thread, and these need one themselves.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import socketio

from tests.e2e.dashboard.conftest import SOURCE, Company, kill_the_busy_one, wait_for

pytestmark = pytest.mark.timeout(900)
"""Real pods on a machine that may be busy with other things."""
LISTENERS = 20


@dataclass
class Listener:
    """A program that listens as the page does: told events, and the present state whenever it is connected anew."""

    company: Company
    token: str
    client: Any = field(default_factory=lambda: socketio.AsyncClient(reconnection_delay=0.5, reconnection_delay_max=2))
    connects: int = 0
    ended: dict[str, str] = field(default_factory=dict)

    def hear(self, event: dict[str, Any]) -> None:
        """An event of `sync:progress`."""
        if event["status"] in ("completed", "error"):
            self.ended[event["taskId"]] = event["status"]

    async def look(self) -> None:
        """Connected, perhaps again: what was missed is read."""
        self.connects += 1
        path = "api/tasks?state=Succeeded&limit=100"
        found = await asyncio.to_thread(self.company.call, path, self.token)
        self.ended |= {task["id"]: "completed" for task in found["items"]}


@asynccontextmanager
async def listeners(company: Company, token: str) -> AsyncIterator[list[Listener]]:
    """Many of them, connected by WebSocket."""
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(LISTENERS):
            listener = Listener(company, token)
            listener.client.on("sync:progress", listener.hear)
            listener.client.on("connect", listener.look)
            await listener.client.connect(company.url, auth={"token": token}, transports=["websocket"], wait_timeout=20)
            stack.push_async_callback(listener.client.disconnect)
            made.append(listener)
        yield made


async def test_every_listener_comes_back_and_learns_of_every_end(company: Company) -> None:
    await asyncio.to_thread(wait_for, "two replicas are there", lambda: len(company.pods()) == 2, 120)
    token = company.token("alice")

    def ask(type_: str) -> str:
        answer = company.call(f"api/{type_}/sync?source={SOURCE}", token, method="POST", body={})
        return str(answer["taskId"])

    async with listeners(company, token) as crowd:
        first = await asyncio.to_thread(ask, "prices")
        second = await asyncio.to_thread(ask, "products")
        await until("the first one is over for all", lambda: all(first in each.ended for each in crowd))
        await asyncio.to_thread(kill_the_busy_one, company)
        await until("the second one is over for all", lambda: all(second in each.ended for each in crowd))
        await until("all are connected", lambda: all(each.client.connected for each in crowd))
        assert sum(each.connects > 1 for each in crowd) > 0
        third = await asyncio.to_thread(ask, "prices")
        await until("all hear of what is asked for now", lambda: all(third in each.ended for each in crowd))
        assert {each.ended[name] for each in crowd for name in (first, second, third)} == {"completed"}


async def until(what: str, true: Any, seconds: float = 180) -> None:
    """Until it is true. Raises AssertionError after the deadline."""
    try:
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 - a condition of any kind
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:.0f} s: {what}") from None
