"""The progress stream of a real Redis, from its end on, and over a lost connection."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import redis.asyncio as redis

from sincro_contract.progress import PROGRESS_STREAM, Progress, ProgressEvent, ProgressRecord, ProgressStatus
from sincro_operator.cluster.api import TASKS
from sincro_operator.cluster.cache import Cache
from sincro_operator.planning.model import Name
from sincro_operator.planning.snapshot import Snapshot
from sincro_operator.progress.intake import ProgressIntake
from tests.services import RedisServer, redis_server
from tests.simulation.client import Client
from tests.simulation.server import Server
from tests.unit.operator import objects

__all__ = ["redis_server"]

T1 = Name("acme", "t1")


class Story:
    def __init__(self) -> None:
        self.server = Server(lambda: datetime.now(UTC), random.Random(1))
        self.cache = Cache(Snapshot(), lambda: None)
        self.server.create(TASKS, "acme", objects.task())
        status = {"state": "Running", "attempt": 1}
        self.cache.tasks.upsert(self.server.patch(TASKS, T1, {"status": status}, "status"))

    @property
    def shown(self) -> int | None:
        progress = self.server.get(TASKS, T1)["status"].get("progress")
        return int(progress["current"]) if progress else None

    @asynccontextmanager
    async def following(self, url: str) -> AsyncIterator[ProgressIntake]:
        api = Client(self.server, random.Random(2), latency=0)
        intake = ProgressIntake(api, self.cache, lambda: url, may_act=lambda: True)
        runner = asyncio.ensure_future(intake.run())
        try:
            await eventually(lambda: intake.connected)
            yield intake
        finally:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - two plain values
            await asyncio.sleep(0.02)


async def say(url: str, current: int) -> None:
    event = ProgressEvent(
        task_id="t1", type="customers", status=ProgressStatus.RUNNING, progress=Progress.of(current, 10)
    )
    record = ProgressRecord(namespace="acme", source="erp", phase="read", event=event)
    async with redis.Redis.from_url(url) as client:
        await client.xadd(PROGRESS_STREAM, record.to_fields())  # type: ignore[arg-type]


async def test_what_is_said_is_shown_and_what_was_said_before_is_not(redis_server: RedisServer) -> None:
    story = Story()
    await say(redis_server.url, 9)
    async with story.following(redis_server.url):
        await say(redis_server.url, 1)
        await eventually(lambda: story.shown is not None)
        assert story.shown == 1
        await say(redis_server.url, 2)
        await eventually(lambda: story.shown == 2)


async def test_over_a_lost_connection_nothing_is_missed(redis_server: RedisServer) -> None:
    story = Story()
    async with story.following(redis_server.url):
        await say(redis_server.url, 3)
        await eventually(lambda: story.shown == 3)
        async with redis.Redis.from_url(redis_server.url) as client:
            await client.client_kill_filter(_type="normal", skipme=True)
            await say(redis_server.url, 4)
        await eventually(lambda: story.shown == 4)
