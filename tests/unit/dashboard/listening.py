"""A dashboard that listens on loopback in the test's own loop, for tests that need sockets."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from sincro_dashboard.api.services import Services
from sincro_dashboard.application import create_application
from sincro_dashboard.live.hub import Hub


@asynccontextmanager
async def listening(
    services: Services, *beside: Coroutine[Any, Any, None], hub: Hub | None = None
) -> AsyncIterator[str]:
    """The address of the server, until the block ends. `beside` runs with it."""
    hub = hub or Hub(services)
    services.cache.listen(hub.changed)
    config = uvicorn.Config(
        create_application(services, hub),
        host="127.0.0.1",
        port=0,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    running = [asyncio.create_task(work) for work in (server._serve(), hub.run(), *beside)]
    try:
        async with asyncio.timeout(20):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        for task in running[1:]:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
