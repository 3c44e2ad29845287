"""What runs beside the server as long as it serves: the reflectors, the sender of events, the reader of the stream.

Decided here: that none of them may be missing. A server without one would show old things and say that all is well.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from sincro_dashboard.api.services import Services
from sincro_dashboard.cluster.cache import Cache
from sincro_dashboard.cluster.door import Kind
from sincro_dashboard.cluster.reflector import Reflector
from sincro_dashboard.live.hub import Hub
from sincro_dashboard.live.stream import ProgressReader, Stream

logger = logging.getLogger(__name__)


@asynccontextmanager
async def alongside(work: Iterable[Coroutine[Any, Any, None]], lost: Callable[[], None]) -> AsyncIterator[None]:
    """Have all of it run until the block ends. `lost` is called when one ends by itself, and its error logged."""

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            logger.error("background_ended", exc_info=task.exception())
            lost()

    tasks = [asyncio.create_task(each) for each in work]
    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def background(services: Services, hub: Hub, stream: Stream | None) -> Iterator[Coroutine[Any, Any, None]]:
    """The coroutines; each runs until it is cancelled."""
    relists = services.measurements.relists
    reflectors = [
        Reflector(
            services.cluster,
            services.cache,
            kind,
            namespace,
            services.clock,
            restarted=lambda lost: relists.labels(resource=lost.value).inc(),
        )
        for kind in Kind
        for namespace in (services.settings.namespaces or (None,))
    ]
    for reflector in reflectors:
        yield reflector.run()
    yield send(hub, reflectors, services.cache)
    if stream is not None:
        yield ProgressReader(stream, hub.progressed, services.measurements, time.time).run()


async def send(hub: Hub, reflectors: list[Reflector], cache: Cache) -> None:
    """Tell changes only from the first complete list on: what was there before is no news."""
    for reflector in reflectors:
        await reflector.tried.wait()
    cache.listen(hub.changed)
    await hub.run()
