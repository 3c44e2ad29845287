"""A cluster in memory with an operator's parts on it, in simulated time."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sincro_operator.cluster.actuator import Actuator
from sincro_operator.cluster.api import SCHEDULES, SOURCES, TASKS, Object, Resource
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.events import Recorder
from sincro_operator.cluster.job import JobSettings
from sincro_operator.cluster.writes import Archive, Writes
from sincro_operator.planning.model import Name, Schedule, Source, Task
from sincro_operator.planning.snapshot import Snapshot
from tests.simulation.client import Client
from tests.simulation.server import Server
from tests.simulation.virtual_time import START, Clock
from tests.unit.operator import objects

NAMESPACE = "acme"


async def eventually(condition: Callable[[], bool], within: float = 120.0) -> float:
    """Wait until the condition holds; returns the (simulated) seconds that took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - simulated time
            await asyncio.sleep(0.01)
    return loop.time() - began


@dataclass
class Bench:
    """The parts, wired to one another. Objects that are added are in the server and in the cache."""

    archive: Archive | None = None
    leading: bool = True
    clock: Clock = field(default_factory=lambda: Clock(START))
    woken: int = 0

    def __post_init__(self) -> None:
        self.server = Server(self.clock, random.Random(1))
        self.api = Client(self.server, random.Random(2))
        self.cache = Cache(Snapshot(), self._wake)
        self.recorder = Recorder(self.api, "operator-1", self.clock)
        now: Callable[[], datetime] = self.clock
        self.writes = Writes(
            self.api, self.cache, JobSettings(image="sincro/scraper:1"), self.recorder, self.archive, now
        )
        self.actuator = Actuator(
            self.writes,
            self.cache,
            self.recorder,
            may_act=lambda: self.leading,
            workers=4,
            randomness=random.Random(3),
        )

    def _wake(self) -> None:
        self.woken += 1

    def _add(self, resource: Resource, body: Object) -> Name:
        stored = self.server.create(resource, NAMESPACE, {k: v for k, v in body.items() if k != "status"})
        name = Name(NAMESPACE, stored["metadata"]["name"])
        if body.get("status"):
            stored = self.server.patch(resource, name, {"status": body["status"]}, "status")
        self.cache.shelves[resource].upsert(stored)
        return name

    def task(self, body: Object | None = None) -> Task:
        task = self.cache.snapshot.task(self._add(TASKS, body or objects.task()))
        assert task is not None
        return task

    def source(self, body: Object | None = None) -> Source:
        source = self.cache.snapshot.source(self._add(SOURCES, body or objects.source()))
        assert source is not None
        return source

    def schedule(self, body: Object | None = None) -> Schedule:
        schedule = self.cache.snapshot.schedule(self._add(SCHEDULES, body or objects.schedule()))
        assert schedule is not None
        return schedule

    def held(self, task: Task) -> Task:
        """The task as the cache holds it now."""
        found = self.cache.snapshot.task(task.name)
        assert found is not None
        return found
