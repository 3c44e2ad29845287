"""Shows a Witness every task and scraper pod of a namespace, all along, also while the API server comes and goes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime

from dev.chaos.witness import Witness
from sincro_operator.cluster.api import PODS, TASKS, Api, ApiError

SCRAPERS = "app.kubernetes.io/component=scraper"
_PAUSE = 0.5
"""Seconds until a watch that broke is begun again: the API server may be what was killed."""


@asynccontextmanager
async def witnessing(api: Api, space: str) -> AsyncIterator[Witness]:
    """A witness that sees everything from now on."""
    seen = Witness()
    watchers = [
        asyncio.ensure_future(_forever(lambda: _tasks(api, space, seen))),
        asyncio.ensure_future(_forever(lambda: _pods(api, space, seen))),
    ]
    try:
        yield seen
    finally:
        for watcher in watchers:
            watcher.cancel()


async def _forever(once: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await once()
        except ApiError:
            await asyncio.sleep(_PAUSE)


async def _tasks(api: Api, space: str, seen: Witness) -> None:
    page = await api.list(TASKS, space)
    for item in page.items:
        seen.task(item)
    events = api.watch(TASKS, space, resource_version=page.resource_version, timeout_seconds=60)
    async with aclosing(events):
        async for event in events:
            if event.type != "BOOKMARK":
                seen.task(event.object)


async def _pods(api: Api, space: str, seen: Witness) -> None:
    page = await api.list(PODS, space, label_selector=SCRAPERS)
    for item in page.items:
        seen.pod(item, datetime.now(UTC))
    seen.only_these_are_left({item["metadata"]["name"] for item in page.items}, datetime.now(UTC))
    events = api.watch(PODS, space, resource_version=page.resource_version, label_selector=SCRAPERS, timeout_seconds=60)
    async with aclosing(events):
        async for event in events:
            if event.type != "BOOKMARK":
                seen.pod(event.object, datetime.now(UTC), gone=event.type == "DELETED")
