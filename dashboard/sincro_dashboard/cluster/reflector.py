"""Keeps the cache in step with one kind of object: list by pages, then watch, and list again when the watch is lost.

Decided here: when to list, when to watch, how long to wait after a failure. Not here: which version is newer (`cache`).
"""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime

from sincro_dashboard.cluster.cache import Cache, Feed, Key, key_of
from sincro_dashboard.cluster.door import Cluster, ClusterError, Denied, Gone, Kind, NotFound

logger = logging.getLogger(__name__)

_FIRST_DELAY = 0.2
_LONGEST_DELAY = 15.0
_SHORTEST_WATCH = 1.0
"""Seconds: a watch that closes sooner than this counts as a failure, so that nothing spins."""


def backoff(failures: int, chance: float, retry_after: float | None = None) -> float:
    """Seconds to wait after so many failures in a row: doubling from 0.2 to 15, half of it by `chance` (0 to 1)."""
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(failures - 1, 16))
    delay = longest * (0.5 + chance / 2)
    return max(delay, retry_after) if retry_after is not None else delay


class Reflector:
    """One kind of object of one namespace (None: of all)."""

    def __init__(
        self,
        cluster: Cluster,
        cache: Cache,
        kind: Kind,
        namespace: str | None,
        clock: Callable[[], datetime],
        *,
        watch_seconds: int = 240,
        page_size: int = 500,
        restarted: Callable[[Kind], None] = lambda _kind: None,
    ) -> None:
        self._cluster = cluster
        self._cache = cache
        self._kind = kind
        self._namespace = namespace
        self._clock = clock
        self._watch_seconds = watch_seconds
        self._page_size = page_size
        self._restarted = restarted
        self._version = ""
        self._failures = 0
        self._feed = Feed()
        self.tried = asyncio.Event()
        """Set once the first list has succeeded or failed: from then on there is something to say."""
        # What nobody has listed yet counts from the beginning: a kind is known when all of its namespaces are.
        cache.report(kind, namespace, self._feed)

    async def run(self) -> None:
        """Reflect for ever; returns only by cancellation."""
        while True:
            try:
                if not self._version:
                    self._version = await self.refresh()
                await self._watch()
            except Gone:
                self._version = ""
                self._restarted(self._kind)
                await self._pause(None)
            except ClusterError as error:
                self._note(error)
                await self._pause(error.retry_after)

    async def refresh(self) -> str:
        """List everything and make the cache hold exactly that; returns the list's version. Raises ClusterError."""
        seen: set[Key] = set()
        next_page, version = "", ""
        while True:
            page = await self._cluster.list_page(
                self._kind, self._namespace, limit=self._page_size, next_page=next_page
            )
            version = version or page.resource_version
            for obj in page.items:
                # Items of a list come without kind and apiVersion.
                obj.setdefault("kind", self._kind.kind)
                obj.setdefault("apiVersion", self._kind.api_version)
                seen.add(key_of(obj))
                self._cache.upsert(self._kind, obj)
            next_page = page.next_page
            if not next_page:
                break
            await asyncio.sleep(0)
        self._cache.retain(self._kind, self._namespace, seen, version)
        self._well()
        return version

    async def _watch(self) -> None:
        seconds = int(self._watch_seconds * (1 + random.random() / 4))  # noqa: S311 - spread, not a secret
        began = asyncio.get_running_loop().time()
        events = self._cluster.watch(
            self._kind, self._namespace, resource_version=self._version, timeout_seconds=seconds
        )
        # An async generator is closed here rather than by the collector, so that its connection is given back at once.
        async with aclosing(events):  # type: ignore[type-var]
            async for event in events:
                if self._failures or self._feed.problem:
                    self._failures = 0
                    self._well()
                if event.type == "DELETED":
                    self._cache.delete(self._kind, event.object)
                elif event.type != "BOOKMARK":
                    self._cache.upsert(self._kind, event.object)
                self._version = event.object["metadata"]["resourceVersion"]
        # The server has closed in good order, as it does when the time is up: it is there.
        self._well()
        if asyncio.get_running_loop().time() - began < _SHORTEST_WATCH:
            await self._pause(None)
        else:
            self._failures = 0

    def _well(self) -> None:
        self._report(Feed(synced=True))

    def _note(self, error: ClusterError) -> None:
        if isinstance(error, NotFound):
            words = f"{self._kind.value} are not installed in this cluster: apply the CRDs"
        else:
            words = f"cannot follow {self._kind.value}: {error}"
        if self._feed.problem != words:
            logger.warning("watch_lost", extra={"resource": self._kind.value, "error": str(error)})
        since = self._feed.since or self._clock()
        self._report(replace(self._feed, problem=words, denied=isinstance(error, Denied), since=since))

    def _report(self, feed: Feed) -> None:
        self._feed = feed
        self._cache.report(self._kind, self._namespace, feed)
        self.tried.set()

    async def _pause(self, retry_after: float | None) -> None:
        self._failures += 1
        await asyncio.sleep(backoff(self._failures, random.random(), retry_after))  # noqa: S311
