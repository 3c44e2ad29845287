"""A dashboard over a fake cluster with one running sync, as a process: `python -m ... REDIS_URL` prints its port."""

import asyncio
import sys
import time

import uvicorn

from sincro_dashboard.application import create_application
from sincro_dashboard.live.hub import Hub
from sincro_dashboard.live.stream import ProgressReader, RedisStream
from tests.unit.dashboard.fake_cluster import FakeCluster
from tests.unit.dashboard.objects import source, task
from tests.unit.dashboard.served import fill, services_for


async def run(redis_url: str) -> None:
    """Serve until the process is ended."""
    cluster = FakeCluster()
    for obj in (source(), task("t", "Running", attempt=1)):
        cluster.put(obj)
    services = services_for(cluster)
    await fill(services)
    hub = Hub(services)
    services.cache.listen(hub.changed)
    reader = ProgressReader(RedisStream(redis_url), hub.progressed, services.measurements, time.time)
    config = uvicorn.Config(
        create_application(services, hub),
        host="127.0.0.1",
        port=0,
        log_config=None,
        lifespan="off",
        backlog=2048,
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve())
        tasks.create_task(hub.run())
        tasks.create_task(reader.run())
        while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.02)
        sys.stdout.write(f"{server.servers[0].sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
