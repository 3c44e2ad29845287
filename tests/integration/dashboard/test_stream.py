"""Progress from a real Redis to a real Socket.IO client; Redis restarts, and no end state is lost."""

import asyncio
import time
from typing import Any

from redis.asyncio import Redis

from sincro_contract.progress import PROGRESS_STREAM, Progress, ProgressEvent, ProgressRecord, ProgressStatus
from sincro_dashboard.live.hub import Hub
from sincro_dashboard.live.stream import ProgressReader, RedisStream
from tests.services import running_redis
from tests.unit.dashboard.fake_cluster import ALICE, FakeCluster
from tests.unit.dashboard.listening import listening
from tests.unit.dashboard.objects import succeeded, task
from tests.unit.dashboard.served import fill, services_for
from tests.unit.dashboard.test_hub import listener, next_of, put


def record(current: int) -> dict[str, str]:
    event = ProgressEvent(
        task_id="t", type="customers", status=ProgressStatus.RUNNING, progress=Progress.of(current, 100), started_at=1
    )
    return ProgressRecord(namespace="erp", source="acme", phase="read", event=event).to_fields()


async def add(url: str, current: int) -> None:
    async with Redis.from_url(url) as redis:
        await redis.xadd(PROGRESS_STREAM, record(current))  # type: ignore[arg-type]


async def until_connected(services: Any, word: bytes) -> None:
    async with asyncio.timeout(30):
        while word not in services.measurements.text():  # noqa: ASYNC110 - a condition of any kind
            await asyncio.sleep(0.02)


async def test_progress_reaches_the_client_and_outlives_a_restart_of_redis() -> None:
    services = services_for(FakeCluster())
    await fill(services)
    hub = Hub(services)
    with running_redis() as first:
        stream = RedisStream(first.url)
        reader = ProgressReader(stream, hub.progressed, services.measurements, time.time)
        async with listening(services, reader.run(), hub=hub) as url, listener(url, token=ALICE) as (_, heard):
            await until_connected(services, b"stream_connected 1.0")
            await add(first.url, 7)
            told = await next_of(heard)
            assert (told["status"], told["progress"]["current"]) == ("running", 7)

            async with Redis.from_url(first.url) as redis:
                await redis.client_kill_filter(_type="normal", skipme=True)
            await add(first.url, 9)
            assert (await next_of(heard))["progress"]["current"] == 9

            first.process.terminate()
            first.process.wait(timeout=20)
            await until_connected(services, b"stream_connected 0.0")
            put(services, task("t", "Running", attempt=1))
            put(services, succeeded("t"))
            told = await next_of(heard)
            while told["status"] != "completed":
                told = await next_of(heard)
            assert told["progress"]["percentage"] == 100
        await stream.close()
    assert b"progress_delay_seconds_count 2.0" in services.measurements.text()
