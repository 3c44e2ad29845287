"""A seed's life from beginning to end: put together, run for its days, calmed down, and checked."""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sincro_operator.cluster.api import SCHEDULES, SOURCES, TASKS
from sincro_operator.planning.model import Limits
from tests.simulation.chaos import Chaos
from tests.simulation.erp import SimulatedErp
from tests.simulation.invariants import Broken, Invariants
from tests.simulation.kubelet import Cluster
from tests.simulation.people import People
from tests.simulation.replica import Replica
from tests.simulation.scenario import NAMESPACE, Scenario, draw, profile_of
from tests.simulation.server import Server
from tests.simulation.virtual_time import START, Clock, Stalled, simulate

_SETTLING = timedelta(hours=8)
_LIMIT = 60


@dataclass
class Figures:
    """What a life amounted to."""

    seed: int
    days: float = 0.0
    tasks: int = 0
    jobs: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    manual_worst: float = 0.0
    """The longest that a person's sync waited for its container while nothing was wrong, in seconds."""
    manual_count: int = 0
    broken: str = ""
    story: list[str] = field(default_factory=list)


def live(seed: int, days: float) -> Figures:
    """The life of a seed in simulated time. Never raises for a broken invariant: `broken` says it, `story` tells it."""
    figures = Figures(seed)
    logging.disable(logging.CRITICAL)
    try:
        simulate(_Life(draw(seed, days), figures).run())
    except (Broken, Stalled) as broken:
        figures.broken = str(broken)
    except BaseExceptionGroup as group:
        match, rest = group.split((Broken, Stalled))
        if rest is not None or match is None:
            raise
        figures.broken = str(match.exceptions[0])
    finally:
        logging.disable(logging.NOTSET)
    return figures


class _Life:
    def __init__(self, scenario: Scenario, figures: Figures) -> None:
        self._scenario = scenario
        self._figures = figures

    async def run(self) -> None:
        scenario, clock = self._scenario, Clock(START)
        self._clock = clock
        server = Server(clock, random.Random(f"server/{scenario.seed}"))
        erp = SimulatedErp(random.Random(f"erp/{scenario.seed}"))
        # The first listener: a write is judged before anybody acts on it.
        invariants = Invariants(server, erp, clock, scenario.max_concurrent)
        cluster = Cluster(server, erp, clock, random.Random(f"cluster/{scenario.seed}"))
        limits = Limits(max_concurrent=scenario.max_concurrent)
        replicas = [Replica(f"operator-{n}", server, limits, scenario.seed) for n in range(scenario.replicas)]
        people = People(scenario, server, clock, self._tell)
        chaos = Chaos(scenario, server, cluster, erp, replicas, self._tell)
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().set_exception_handler(self._heard)

        for source in scenario.sources:
            server.create(*profile_of(source))
            server.create(SOURCES, NAMESPACE, source)
        for schedule in scenario.schedules:
            server.create(SCHEDULES, NAMESPACE, schedule)
        for replica in replicas:
            replica.start()

        actors = [people.ask(), people.edit(), chaos.run(), self._watch_over(invariants, chaos)]
        tasks = [asyncio.ensure_future(actor) for actor in actors]
        try:
            await self._for(timedelta(days=scenario.days), tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        chaos.end()
        people.calm_down()
        self._tell("everything calms down")
        await self._for(_SETTLING, [])
        invariants.check_settled()
        if any(replica.plan_failures for replica in replicas):
            raise Broken("the planner raised an exception")
        self._conclude(server, invariants)

    async def _for(self, length: timedelta, tasks: Sequence[asyncio.Future[None]]) -> None:
        """Let so much time pass; ends at once, with the error, when something breaks."""
        timer = asyncio.ensure_future(asyncio.sleep(length.total_seconds()))
        pending: set[asyncio.Future[None]] = {timer, self._broken, *tasks}
        while not timer.done():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        timer.cancel()

    def _heard(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and not self._broken.done():
            self._broken.set_exception(error)

    async def _watch_over(self, invariants: Invariants, chaos: Chaos) -> None:
        while True:
            await asyncio.sleep(600)
            if chaos.calm_for > 900:
                invariants.check_explained(timedelta(seconds=60))

    def _conclude(self, server: Server, invariants: Invariants) -> None:
        figures = self._figures
        figures.days = self._scenario.days
        figures.jobs = invariants.jobs_made
        figures.ended = dict(invariants.successes)
        figures.tasks = sum(1 for _, kind, _ in server.logs[TASKS.plural] if kind == "ADDED")

    def _tell(self, line: str) -> None:
        now: datetime = self._clock()
        self._figures.story.append(f"{now:%a %d %H:%M:%S} {line}")
        del self._figures.story[:-_LIMIT]
