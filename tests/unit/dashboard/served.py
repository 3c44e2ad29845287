"""An API over a fake cluster, and a client for it: what route tests have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx

from sincro_dashboard.api.services import Services
from sincro_dashboard.application import create_api
from sincro_dashboard.cluster.cache import Cache, Feed
from sincro_dashboard.cluster.door import Kind
from sincro_dashboard.cluster.reflector import Reflector
from sincro_dashboard.forecast import Forecast
from sincro_dashboard.history import History
from sincro_dashboard.identity.authenticator import Authenticator
from sincro_dashboard.identity.authorizer import Authorizer
from sincro_dashboard.measurements import Measurements
from sincro_dashboard.rate_limit import RateLimit
from sincro_dashboard.settings import Settings
from tests.unit.dashboard.fake_cluster import ALICE, NOW, FakeCluster


class Clock:
    """Time as a test says it is."""

    def __init__(self) -> None:
        self.now = NOW
        self.seconds = 1000.0

    def instant(self) -> datetime:
        """The wall clock."""
        return self.now

    def monotonic(self) -> float:
        """The clock that never goes back."""
        return self.seconds


def services_for(
    cluster: FakeCluster,
    clock: Clock | None = None,
    history: History | None = None,
    forecast: Forecast | None = None,
    **settings: Any,
) -> Services:
    """Services over the fake cluster; nothing is cached longer than a test's clock stands still."""
    clock = clock or Clock()
    chosen = Settings.model_validate({"namespaces": ["erp", "other"], "secure_cookies": False} | settings)
    return Services(
        settings=chosen,
        cluster=cluster,
        cache=Cache(),
        authenticator=Authenticator(cluster, chosen.token_audiences, chosen.review_seconds, clock.monotonic),
        authorizer=Authorizer(cluster, chosen.review_seconds, clock.monotonic),
        rate_limit=RateLimit(chosen.manual_syncs_per_minute, clock.monotonic),
        history=history,
        forecast=forecast,
        measurements=Measurements(),
        clock=clock.instant,
        started=NOW,
    )


async def fill(services: Services) -> None:
    """List everything once, as the reflectors do at the start."""
    for kind in Kind:
        for namespace in services.settings.namespaces or (None,):
            await Reflector(services.cluster, services.cache, kind, namespace, services.clock).refresh()


def pretend_synced(services: Services) -> None:
    """Have an empty cluster count as listed."""
    for kind in Kind:
        services.cache.report(kind, None, Feed(synced=True))


@asynccontextmanager
async def client_for(
    services: Services, token: str | None = ALICE, peer: str = "127.0.0.1"
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API that sends this token."""
    transport = httpx.ASGITransport(create_api(services), raise_app_exceptions=False, client=(peer, 4000))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://sincro.test", headers=headers) as client:
        yield client
