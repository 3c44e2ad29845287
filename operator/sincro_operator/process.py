"""The process around the operator, run by kopf: signals, start, orderly end, and the liveness endpoint.

Decided here: the order of the end. kopf watches nothing here (see docs/architecture.md for why).
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import kopf
from kubernetes.aio import client

from sincro_operator.core import Core, Service

logger = logging.getLogger(__name__)

_STUCK_AFTER = 90.0
"""Seconds. The loop comes round every half minute even when there is nothing to do."""


class Unhealthy(kopf.PermanentError):
    """The process should be started anew."""


async def run_process(
    services: Mapping[str, Service],
    *,
    stop: Callable[[], Awaitable[None]],
    alive: Callable[[], Mapping[str, object]],
    endpoint: str,
    login: kopf.ConnectionInfo,
) -> None:
    """Run the services until a signal comes or one of them ends; then `stop`, then cancel them.

    `alive` answers the liveness probe: what it returns is shown, and when it raises the probe fails. A service that
    ends by itself ends the process: Kubernetes starts it anew, and everything is rebuilt from the cluster.
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

    # kopf runs plain functions in threads: this one has to look at the loop from within.
    async def probe(**_: Any) -> Mapping[str, object]:
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


def identity_of(environment: Mapping[str, str] = os.environ) -> str:
    """Who we are in the Lease. A pod's name (POD_NAME) stays the same when its container is restarted: the Lease that
    the killed container held is then ours at once. Elsewhere every process is somebody else."""
    return environment.get("POD_NAME") or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def health(core: Core, started_at: datetime, now: datetime) -> dict[str, object]:
    """What the liveness probe shows. Raises Unhealthy when the loop has not come round for too long."""
    age = core.loop.age
    if age > _STUCK_AFTER:
        raise Unhealthy(f"the loop has not come round for {age:.0f} seconds")
    return {"loopAgeSeconds": round(age, 3), "uptimeSeconds": round((now - started_at).total_seconds())}


async def shutdown(core: Core, release: Callable[[], Awaitable[None]]) -> None:
    """Begin nothing more, let what is being sent finish, give the Lease up: within five seconds, whatever the API
    server does. What has not been begun is for the successor, who plans it anew; Events that are left are lost."""
    core.loop.stop()
    core.actuator.abandon()
    for what, step, seconds, level in (
        ("writes", core.actuator.drain, 3.0, logging.WARNING),
        ("lease", release, 1.0, logging.WARNING),
        ("events", core.recorder.drain, 0.5, logging.INFO),
    ):
        try:
            async with asyncio.timeout(seconds):
                await step()
        except TimeoutError:
            logger.log(level, "not_finished_in_time", extra={"what": what})


def login_of(configuration: client.Configuration) -> kopf.ConnectionInfo:
    """The same API server and credentials, in kopf's words."""
    scheme, _, token = (configuration.api_key.get("BearerToken") or "").rpartition(" ")
    return kopf.ConnectionInfo(
        server=configuration.host,
        ca_path=configuration.ssl_ca_cert,
        insecure=not configuration.verify_ssl,
        certificate_path=configuration.cert_file,
        private_key_path=configuration.key_file,
        scheme=scheme or ("Bearer" if token else None),
        token=token or None,
    )


async def _guarded(name: str, service: Service) -> None:
    try:
        await service()
    except Exception:
        logger.exception("service_failed", extra={"service": name})
        raise
    logger.error("service_ended", extra={"service": name})
