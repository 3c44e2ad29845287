"""One process's connection to the simulated API server: the operator's `Api`, with latency and all that goes wrong.

The faults are drawn from the client's own random stream, so that a seed tells the same story every time.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from sincro_operator.cluster.api import (
    CONFIG_MAPS,
    LEASES,
    Gone,
    Object,
    Page,
    Propagation,
    Resource,
    ServerError,
    TooManyRequests,
    Uncertain,
    Unreachable,
    WatchEvent,
    error_of,
)
from sincro_operator.planning.model import Name
from tests.simulation.server import Server

_IDLE = frozenset({LEASES.plural, CONFIG_MAPS.plural})
"""Asked for all day long, whether anything happens or not: while the weather is calm the answer comes at once."""


@dataclass
class Weather:
    """How bad it is at the moment. Shares are of calls; all 0 means that nothing goes wrong."""

    refused: float = 0.0
    """Never reached the server."""
    throttled: float = 0.0
    """429 with Retry-After."""
    failed_before: float = 0.0
    """500 without an effect."""
    failed_after: float = 0.0
    """500 after the effect."""
    unanswered: float = 0.0
    """No answer after the effect."""
    watch_lost: float = 0.0
    """Per event: the watch breaks."""
    lag: float = 0.0
    """Seconds by which watches are late."""
    cut_off: bool = False
    """Nothing gets through at all."""

    @property
    def calm(self) -> bool:
        """True when nothing goes wrong."""
        return not any(vars(self).values())


@dataclass
class Client:
    """Implements sincro_operator.cluster.api.Api."""

    server: Server
    randomness: random.Random
    weather: Weather = field(default_factory=Weather)
    latency: float = 0.004
    slowest: float = 1.0
    """One way in ten takes so many times as long: a plan may fall between a write and its answer."""
    listing: float = 0.3
    patience: float = 8.0
    """Watches stay open so many times as long as was asked for."""
    writes: int = 0
    on_write: Callable[[str, Resource, str], None] | None = None
    """Called after each write has had its effect and before its answer; may raise to end the process there."""

    async def list(
        self,
        resource: Resource,
        namespace: str | None,
        *,
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 500,
        next_page: str = "",
    ) -> Page:
        """One page; the continuation token is the version and the index."""
        await self._before(resource)
        # A list is much slower than a single object: whoever acts before it is there acts on nothing.
        await asyncio.sleep(self.listing * self.randomness.random())
        version, _, start = (next_page or f"{self.server.version}:0").partition(":")
        if int(version) < self.server.compacted[resource.plural] and next_page:
            raise error_of(410, "Expired", "the continue token is too old")
        found = [o for o in self.server.objects(resource, namespace) if _matches(o, label_selector)]
        found = [o for o in found if _fields_match(o, field_selector)]
        found.sort(key=lambda o: (o["metadata"]["namespace"], o["metadata"]["name"]))
        first = int(start)
        more = f"{version}:{first + limit}" if first + limit < len(found) else ""
        return Page(found[first : first + limit], version, more)

    async def watch(
        self,
        resource: Resource,
        namespace: str | None,
        *,
        resource_version: str,
        label_selector: str = "",
        timeout_seconds: int = 300,
    ) -> AsyncGenerator[WatchEvent, None]:
        """Events in order, as late as the weather makes them."""
        await self._before(resource)
        loop = asyncio.get_running_loop()
        # The last word is the server's, and this one has many days to live through.
        position, closes = int(resource_version), loop.time() + timeout_seconds * self.patience
        backlog: deque[tuple[float, str, Object]] = deque()
        while True:
            if self.weather.cut_off:
                raise Unreachable("connection lost")
            if position < self.server.compacted[resource.plural]:
                raise Gone("too old resource version", status=410, reason="Expired")
            position = self._take_in(resource, namespace, label_selector, position, backlog, loop.time())
            while backlog and backlog[0][0] <= loop.time():
                _, kind, obj = backlog.popleft()
                if self._chance(self.weather.watch_lost):
                    raise Unreachable("watch connection reset")
                yield WatchEvent(kind, obj)  # type: ignore[arg-type]
            if loop.time() >= closes:
                return
            until = min(closes, backlog[0][0] if backlog else closes)
            await self.server.wait_for_change(resource, until - loop.time())

    async def get(self, resource: Resource, name: Name) -> Object:
        """The object."""
        await self._before(resource)
        return self.server.get(resource, name)

    async def create(self, resource: Resource, namespace: str, body: Object) -> Object:
        """Create."""
        await self._before(resource)
        return await self._after("create", resource, self.server.create(resource, namespace, body))

    async def patch(self, resource: Resource, name: Name, body: Object, *, subresource: str | None = None) -> Object:
        """Merge patch."""
        await self._before(resource)
        return await self._after("patch", resource, self.server.patch(resource, name, body, subresource))

    async def delete(
        self,
        resource: Resource,
        name: Name,
        *,
        uid: str | None = None,
        version: str | None = None,
        grace_seconds: int | None = None,
        propagation: Propagation = "Background",
    ) -> Object:
        """Delete."""
        await self._before(resource)
        gone = self.server.delete(
            resource, name, uid=uid, version=version, grace=grace_seconds, propagation=propagation
        )
        return await self._after("delete", resource, gone)

    # -------------------------------------------------------------- what goes wrong

    async def _before(self, resource: Resource) -> None:
        weather = self.weather
        if resource.plural in _IDLE and weather.calm:
            return
        await asyncio.sleep(self._latency())
        if weather.cut_off:
            await asyncio.sleep(1)
            raise Unreachable("no route to host")
        if self._chance(weather.refused):
            raise Unreachable("connection refused")
        if self._chance(weather.throttled):
            raise TooManyRequests("too many requests", status=429, retry_after=1.0)
        if self._chance(weather.failed_before):
            raise ServerError("etcdserver: request timed out", status=500)

    async def _after(self, verb: str, resource: Resource, answer: Object) -> Object:
        self.writes += 1
        if self.on_write is not None:
            self.on_write(verb, resource, answer.get("metadata", {}).get("name", ""))
        if resource.plural in _IDLE and self.weather.calm:
            return answer
        await asyncio.sleep(self._latency())
        if self._chance(self.weather.unanswered):
            await asyncio.sleep(5)
            raise Uncertain("read timed out")
        if self._chance(self.weather.failed_after):
            raise ServerError("internal error", status=500)
        return answer

    def _latency(self) -> float:
        """Seconds of one way."""
        drawn = self.randomness.random()
        return self.latency * drawn * (self.slowest if drawn > 0.9 else 1.0)

    def _chance(self, share: float) -> bool:
        return share > 0 and self.randomness.random() < share

    def _take_in(
        self,
        resource: Resource,
        namespace: str | None,
        selector: str,
        position: int,
        backlog: deque[tuple[float, str, Object]],
        now: float,
    ) -> int:
        log = self.server.logs[resource.plural]
        start = len(log)
        while start > 0 and log[start - 1][0] > position:
            start -= 1
        for _, kind, obj in log[start:]:
            if (namespace is None or obj["metadata"]["namespace"] == namespace) and _matches(obj, selector):
                due = max(now + self.weather.lag * self.randomness.random(), backlog[-1][0] if backlog else 0)
                backlog.append((due, kind, obj))
        return log[-1][0] if log and log[-1][0] > position else position


def _fields_match(obj: Object, selector: str) -> bool:
    for part in filter(None, selector.split(",")):
        path, _, wanted = part.partition("=")
        value: object = obj
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value != wanted:
            return False
    return True


def _matches(obj: Object, selector: str) -> bool:
    if not selector:
        return True
    labels = obj["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, _, value in (part.partition("=") for part in selector.split(",")))
