"""Keeps a sink in step with one kind of object: list by pages, then watch, and list again when the watch is lost.

Decided here: when to list, when to watch, how long to wait after a failure. Not here: which of two versions of an
object is newer (`cluster.shelf`), and what the objects mean (`cluster.cache`).
"""

import asyncio
import logging
import random
from contextlib import aclosing
from typing import Protocol

from sincro_operator.backoff import backoff
from sincro_operator.cluster.api import Api, ApiError, Denied, Gone, NotFound, Object, Resource
from sincro_operator.planning.model import Name

logger = logging.getLogger(__name__)

_RELIST_AFTER = 3
"""So many failures in a row, and the version that the watch begins at is no longer trusted."""
_SHORTEST_WATCH = 1.0
"""A watch that the server closes sooner than this (seconds) counts as a failure, so that it cannot spin."""
_LONG_WATCH = 30.0
"""A watch that broke only after this (seconds, the longest pause) had stood: an attempt to connect ends sooner."""


class Sink(Protocol):
    """Where objects go. Methods do not raise for odd objects and do not wait."""

    def upsert(self, obj: Object) -> None:
        """The object as it was at some time; an older version than the held one is ignored."""
        ...

    def delete(self, obj: Object) -> None:
        """The object is gone; its resourceVersion is that of the deletion."""
        ...

    def retain(self, namespace: str | None, seen: set[Name], version: str) -> None:
        """A list made at `version` holds exactly `seen`: of that namespace, whatever is older and not seen is gone."""
        ...

    def rewind(self, namespace: str | None) -> None:
        """The store's versions went backwards (a restored backup): whatever comes next is newer."""
        ...


class Reflector:
    """One kind of object of one namespace (None: of all), narrowed by a label selector."""

    def __init__(
        self,
        api: Api,
        resource: Resource,
        namespace: str | None,
        sink: Sink,
        *,
        label_selector: str = "",
        page_size: int = 500,
        watch_seconds: int = 300,
        randomness: random.Random | None = None,
    ) -> None:
        self._api = api
        self.resource = resource
        self._namespace = namespace
        self._sink = sink
        self._label_selector = label_selector
        self._page_size = page_size
        self._watch_seconds = watch_seconds
        self._random = randomness or random.Random()  # noqa: S311 - jitter, not a secret
        self._version = ""
        self._highest = 0
        self._failures = 0
        self.complete = asyncio.Event()
        """Set once the first list has been taken in whole."""

    async def run(self) -> None:
        """Reflect for ever; returns only by cancellation."""
        while True:
            try:
                if not self._version:
                    self._version = await self.refresh()
                await self._watch()
            except Gone:
                logger.info("relist", extra={"resource": self.resource.plural, "namespace": self._namespace})
                self._version = ""
                await self._pause(None)
            except ApiError as error:
                self._report(error)
                await self._pause(error.retry_after)
                if self._failures >= _RELIST_AFTER:
                    self._version = ""

    async def refresh(self) -> str:
        """List everything and make the sink hold exactly that; returns the list's resourceVersion.

        May be called while `run` watches: the sink orders by version. Raises ApiError.
        """
        seen: set[Name] = set()
        next_page, version = "", ""
        # What was known before the call: events that arrive while it is under way may be newer than its answer.
        known = self._highest
        while True:
            page = await self._api.list(
                self.resource,
                self._namespace,
                label_selector=self._label_selector,
                limit=self._page_size,
                next_page=next_page,
            )
            if not version:
                version = page.resource_version
                if _number(version) < known:
                    logger.warning("versions_went_back", extra={"resource": self.resource.plural})
                    self._sink.rewind(self._namespace)
                    self._highest = 0
                self._highest = max(self._highest, _number(version))
            for obj in page.items:
                metadata = obj["metadata"]
                seen.add(Name(metadata.get("namespace") or "", metadata["name"]))
                self._sink.upsert(obj)
            next_page = page.next_page
            if not next_page:
                break
            await asyncio.sleep(0)
        self._sink.retain(self._namespace, seen, version)
        self.complete.set()
        return version

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self._follow()
        except ApiError as error:
            self._stood(loop.time() - began, _SHORTEST_WATCH if isinstance(error, Gone) else _LONG_WATCH)
            raise
        if not self._stood(loop.time() - began, _SHORTEST_WATCH):
            await self._pause(None)

    def _stood(self, seconds: float, enough: float) -> bool:
        """Whether a watch has stood; then the failures before it are over, even if nothing happened for it to tell.

        Else those of a quiet kind would add up over days, and its next list would wait for the longest pause.
        """
        if seconds >= enough:
            self._failures = 0
        return seconds >= enough

    async def _follow(self) -> None:
        events = self._api.watch(
            self.resource,
            self._namespace,
            resource_version=self._version,
            label_selector=self._label_selector,
            timeout_seconds=int(self._watch_seconds * (1 + self._random.random())),
        )
        # An async generator is closed here rather than by the collector, so that its connection is given back at once.
        async with aclosing(events):
            async for event in events:
                self._failures = 0
                obj = event.object
                if event.type == "DELETED":
                    self._sink.delete(obj)
                elif event.type != "BOOKMARK":
                    self._sink.upsert(obj)
                self._version = obj["metadata"]["resourceVersion"]
                self._highest = max(self._highest, _number(self._version))

    async def _pause(self, retry_after: float | None) -> None:
        self._failures += 1
        await asyncio.sleep(backoff(self._failures, self._random, retry_after))

    def _report(self, error: ApiError) -> None:
        about = {"resource": self.resource.plural, "namespace": self._namespace, "error": str(error)}
        if isinstance(error, NotFound):
            logger.error("resource_not_installed", extra=about)
        elif isinstance(error, Denied):
            logger.error("watch_denied", extra=about)
        else:
            logger.warning("watch_lost", extra=about)


def _number(version: str) -> int:
    return int(version) if version.isdigit() else 0
