"""The dashboard over the simulated company, served by a real server on a free port of this machine."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from sincro_dashboard.application import create_application
from sincro_dashboard.background import background
from sincro_dashboard.cluster.door import ClusterError
from sincro_dashboard.live.hub import Hub
from tests.browser.dashboard.simulated import SimulatedOperator, company, now
from tests.browser.dashboard.simulated_planner import planner_of
from tests.unit.dashboard.fake_cluster import FakeCluster
from tests.unit.dashboard.served import services_for

WEB = Path(__file__).parents[3] / "dashboard" / "web" / "dist"


class Clock:
    """Real time for a server that is really there."""

    def instant(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return asyncio.get_event_loop_policy().get_event_loop().time()


class Served:
    """A running dashboard: its address, and its cluster for tests that want to change something."""

    def __init__(
        self, url: str, cluster: FakeCluster, operator: SimulatedOperator, hub: Hub, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.url = url
        self.cluster = cluster
        self.operator = operator
        self._hub = hub
        self._loop = loop

    def do(self, change: Any) -> None:
        """Run a change of the cluster in the server's loop, and wait for it."""
        asyncio.run_coroutine_threadsafe(self._run(change), self._loop).result(10)

    def disconnect(self) -> None:
        """End the Socket.IO connection of everybody who listens, as the server does with those who may not any more."""

        async def end() -> None:
            for sid, _ in list(self._hub.server.manager.get_participants("/", None)):
                await self._hub.server.disconnect(sid)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)

    @staticmethod
    async def _run(change: Any) -> None:
        change()


@contextmanager
def serve(
    *,
    objects: bool = True,
    port: int = 0,
    evidence: Path | None = None,
    list_failure: ClusterError | None = None,
    **settings: Any,
) -> Iterator[Served]:
    """Serve until the block ends."""
    cluster = FakeCluster()
    cluster.now = now()
    cluster.list_failure = list_failure
    for obj in company(now()) if objects else ():
        cluster.put(obj)
    chosen = {"web_folder": WEB, "namespaces": ["erp"], "evidence_folder": evidence} | settings
    services = services_for(cluster, clock=Clock(), forecast=planner_of(cluster), **chosen)  # type: ignore[arg-type]
    hub = Hub(services)
    operator = SimulatedOperator(cluster)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> Any:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(work) for work in background(services, hub, None)]
            running.append(tasks.create_task(operator.run()))
            yield
            for task in running:
                task.cancel()

    config = uvicorn.Config(
        create_application(services, hub, lifespan),
        host="127.0.0.1",
        port=port,
        log_config=None,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        thread.join(0.02)
    address = server.servers[0].sockets[0].getsockname()
    try:
        yield Served(f"http://127.0.0.1:{address[1]}", cluster, operator, hub, loops[0])
    finally:
        server.should_exit = True
        thread.join(10)
