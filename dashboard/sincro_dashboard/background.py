"""What runs beside the server as long as it serves: the reflectors, the sender of events, the reader of the stream."""

import time
from collections.abc import Coroutine, Iterator
from typing import Any

from sincro_dashboard.api.services import Services
from sincro_dashboard.cluster.cache import Cache
from sincro_dashboard.cluster.door import Kind
from sincro_dashboard.cluster.reflector import Reflector
from sincro_dashboard.live.hub import Hub
from sincro_dashboard.live.stream import ProgressReader, Stream


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
