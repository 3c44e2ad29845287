"""The process around the operator, run by kopf: signals, start, orderly end, and the liveness endpoint.

Decided here: the order of the end. kopf watches nothing here (see docs/architecture.md for why).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import kopf

logger = logging.getLogger(__name__)

Service = Callable[[], Awaitable[None]]


async def run_process(
    services: Mapping[str, Service],
    *,
    stop: Callable[[], Awaitable[None]],
    alive: Callable[[], Mapping[str, object]],
    endpoint: str,
    login: kopf.ConnectionInfo,
) -> None:
    """Run the services until a signal comes or one of them ends; then `stop`, then cancel them.

    `alive` answers the liveness probe: what it returns is shown, and when it raises the probe fails. A service that ends
    by itself ends the process: Kubernetes starts it anew, and everything is rebuilt from the cluster.
    """
    registry = kopf.OperatorRegistry()
    ended = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    async def start(**_: Any) -> None:
        for name, service in services.items():
            task = asyncio.ensure_future(_guarded(name, service))
            task.add_done_callback(lambda _task: ended.set())
            tasks.append(task)

    async def end(**_: Any) -> None:
        logger.info("stopping")
        try:
            await stop()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            logger.info("stopped")

    def probe(**_: Any) -> Mapping[str, object]:
        return alive()

    def credentials(**_: Any) -> kopf.ConnectionInfo:
        return login

    kopf.on.startup(registry=registry)(start)
    kopf.on.cleanup(registry=registry)(end)
    kopf.on.probe(registry=registry, id="operator")(probe)
    kopf.on.login(registry=registry)(credentials)
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    await kopf.operator(
        registry=registry,
        settings=settings,
        standalone=True,
        clusterwide=True,
        liveness_endpoint=endpoint,
        stop_flag=ended,
    )
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


async def _guarded(name: str, service: Service) -> None:
    try:
        await service()
    except Exception:
        logger.exception("service_failed", extra={"service": name})
        raise
    logger.error("service_ended", extra={"service": name})
