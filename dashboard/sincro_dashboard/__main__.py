"""Composes everything in view of the reader and serves it. No logic."""

import asyncio
import logging
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import uvicorn
from fastapi import FastAPI

from sincro_dashboard.api.services import Services
from sincro_dashboard.application import create_application
from sincro_dashboard.archive import Archive
from sincro_dashboard.background import alongside, background
from sincro_dashboard.cluster.cache import Cache
from sincro_dashboard.cluster.connection import Connection, load_configuration
from sincro_dashboard.evidence_bucket import BucketEvidence
from sincro_dashboard.forecast import OperatorForecast
from sincro_dashboard.identity.authenticator import Authenticator
from sincro_dashboard.identity.authorizer import Authorizer
from sincro_dashboard.live.hub import Hub
from sincro_dashboard.live.stream import RedisStream
from sincro_dashboard.logs import configure_logs
from sincro_dashboard.measurements import Measurements
from sincro_dashboard.rate_limit import RateLimit
from sincro_dashboard.settings import Settings, SettingsError, load_settings
from sincro_dashboard.shared_counter import RedisCounter

SILENT_MILLISECONDS = 45_000
"""After this time a connection is dropped whose other end takes nothing in: closing it politely would wait for ever."""


def now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


async def serve(settings: Settings) -> bool:
    """Run the server until it is told to stop; False when it has stopped because something beside it had broken."""
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(Connection(await load_configuration()))
        archive = Archive(settings.database_url.get_secret_value()) if settings.database_url else None
        if archive is not None:
            stack.push_async_callback(archive.close)
        redis_url = settings.redis_url.get_secret_value() if settings.redis_url else ""
        stream = RedisStream(redis_url, settings.redis_ca_file) if redis_url else None
        if stream is not None:
            stack.push_async_callback(stream.close)
        counter = RedisCounter(redis_url, settings.redis_ca_file) if redis_url else None
        if counter is not None:
            stack.push_async_callback(counter.close)
        forecast = OperatorForecast(settings.operator_url) if settings.operator_url else None
        if forecast is not None:
            stack.push_async_callback(forecast.close)
        services = Services(
            settings=settings,
            cluster=cluster,
            cache=Cache(),
            authenticator=Authenticator(cluster, settings.token_audiences, settings.review_seconds, time.monotonic),
            authorizer=Authorizer(cluster, settings.review_seconds, time.monotonic),
            rate_limit=RateLimit(settings.manual_syncs_per_minute, time.monotonic, counter, time.time),
            history=archive,
            forecast=forecast,
            measurements=Measurements(),
            clock=now,
            started=now(),
            bucket=(
                BucketEvidence(settings.evidence_bucket, settings.evidence_bucket_secret)
                if settings.evidence_bucket
                else None
            ),
        )
        hub = Hub(services)
        lost = asyncio.Event()

        @asynccontextmanager
        async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
            async with alongside(background(services, hub, stream), lost.set):
                yield

        config = uvicorn.Config(
            create_application(services, hub, lifespan),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
            timeout_keep_alive=75,
            ws_max_size=64 * 1024,
            ws_per_message_deflate=False,
        )
        listener = config.bind_socket()
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_MILLISECONDS)
        server = uvicorn.Server(config)

        async def stop_when_lost() -> None:
            await lost.wait()
            server.should_exit = True

        watching = asyncio.create_task(stop_when_lost())
        await server.serve(sockets=[listener])
        watching.cancel()
        return not lost.is_set()


def main() -> int:
    """Read the settings and serve. Exit code 2 for settings that cannot be used, 1 when something broke."""
    try:
        settings = load_settings(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"settings: {error}\n")
        return 2
    configure_logs(logging.getLevelNamesMapping()[settings.log_level.upper()])
    return 0 if asyncio.run(serve(settings)) else 1


if __name__ == "__main__":
    sys.exit(main())
