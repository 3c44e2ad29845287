"""A seed's life from beginning to end: put together, run for its days, calmed down, and checked."""

import asyncio
import logging
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sincro_operator.cluster.api import SCHEDULES, SOURCES
from sincro_operator.planning.model import Limits
from tests.simulation.chaos import Chaos
from tests.simulation.erp import SimulatedErp
from tests.simulation.invariants import Broken, Invariants, holding
from tests.simulation.kubelet import Cluster
from tests.simulation.people import People
from tests.simulation.promises import Promises
from tests.simulation.replica import Replica
from tests.simulation.scenario import BUSY, NAMESPACE, Scenario, draw, hurried, profile_of, size_of
from tests.simulation.server import Server
from tests.simulation.virtual_time import START, Clock, Stalled, simulate

_SETTLING = timedelta(hours=8)
"""After so long without faults everything has to have ended ..."""
_LOOK = timedelta(hours=1)
"""... and as soon as it has, an hour is enough to see that it stays so."""
_TOLD = 2000
"""Lines of the story that are kept."""
_SHOWN = 40


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
    """What happened, latest last."""

    def shortest_story(self) -> list[str]:
        """The latest lines about what `broken` names, and all that went wrong around them."""
        named = {word for word in re.findall(r"[a-z0-9-]+", self.broken) if "-" in word}
        # A Job is named after its task: whoever names one means both.
        stems = {re.sub(r"-[0-9a-f]{8}-\d+$", "", word) for word in named}
        told = [line for line in self.story if _FAULT.search(line) or any(stem in line for stem in stems)]
        return (told or self.story)[-_SHOWN:]


_FAULT = re.compile(r" (operator-\d\b|reads|pod .* is evicted|somebody deletes|the API server|everything calms)")


def live(seed: int, days: float, *, in_a_hurry: bool = False) -> Figures:
    """The life of a seed in simulated time (see scenario.hurried for `in_a_hurry`).

    Never raises for a broken invariant: `broken` says it, `story` tells it.
    """
    figures = Figures(seed, days)
    logging.disable(logging.CRITICAL)
    try:
        scenario = hurried(draw(seed, days, BUSY)) if in_a_hurry else draw(seed, days, size_of(seed))
        simulate(_Life(scenario, figures).run())
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
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._clock = clock
        server = Server(clock, random.Random(f"server/{scenario.seed}"))
        erp = SimulatedErp(random.Random(f"erp/{scenario.seed}"), longest=scenario.longest)
        # The first listener: a write is judged before anybody acts on it.
        invariants = Invariants(server, erp, clock, scenario.max_concurrent, self._break, self._tell)
        cluster = Cluster(server, erp, clock, random.Random(f"cluster/{scenario.seed}"))
        limits = Limits(max_concurrent=scenario.max_concurrent, ageing=scenario.ageing)
        replicas = [Replica(f"operator-{n}", server, limits, scenario.seed) for n in range(scenario.replicas)]
        people = People(scenario, server, clock, self._tell)
        chaos = Chaos(scenario, server, cluster, erp, replicas, self._tell)
        promises = Promises(
            server,
            erp,
            clock,
            scenario.ageing,
            lambda: chaos.calm_for,
            lambda: chaos.steady_for,
            self._break,
            lambda: holding(server, invariants.over),
        )
        asyncio.get_running_loop().set_exception_handler(self._heard)

        for source in scenario.sources:
            server.create(*profile_of(source))
            server.create(SOURCES, NAMESPACE, source)
        for schedule in scenario.schedules:
            server.create(SCHEDULES, NAMESPACE, schedule)
        for replica in replicas:
            replica.start()

        watching = asyncio.ensure_future(self._watch_over(invariants, promises, chaos))
        actors = [people.ask(), people.edit(), chaos.run()]
        tasks = [asyncio.ensure_future(actor) for actor in actors]
        try:
            await self._for(timedelta(days=scenario.days), [watching, *tasks])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        chaos.end()
        people.calm_down()
        self._tell("everything calms down")
        await self._settle(invariants, watching)
        watching.cancel()
        if any(replica.plan_failures for replica in replicas):
            raise Broken("the planner raised an exception")
        self._conclude(invariants, promises)

    async def _for(self, length: timedelta, tasks: Sequence[asyncio.Future[None]]) -> None:
        """Let so much time pass; ends at once, with the error, when something breaks."""
        timer = asyncio.ensure_future(asyncio.sleep(length.total_seconds()))
        pending: set[asyncio.Future[None]] = {timer, self._broken, *tasks}
        while not timer.done():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        timer.cancel()

    async def _settle(self, invariants: Invariants, watching: asyncio.Future[None]) -> None:
        waited = timedelta(0)
        while True:
            await self._for(_LOOK, [watching])
            waited += _LOOK
            try:
                return invariants.check_settled()
            except Broken:
                if waited >= _SETTLING:
                    raise

    def _heard(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            self._break(error)

    def _break(self, error: Exception) -> None:
        if not self._broken.done():
            self._broken.set_exception(error)

    async def _watch_over(self, invariants: Invariants, promises: Promises, chaos: Chaos) -> None:
        while True:
            await asyncio.sleep(60 if promises.anybody_waits else 600)
            promises.check()
            if chaos.calm_for > 900:
                invariants.check_explained(timedelta(seconds=60))

    def _conclude(self, invariants: Invariants, promises: Promises) -> None:
        figures = self._figures
        figures.jobs, figures.tasks = invariants.jobs_made, invariants.tasks_made
        figures.ended = dict(invariants.successes)
        figures.manual_count, figures.manual_worst = len(promises.waits), max(promises.waits, default=0.0)

    def _tell(self, line: str) -> None:
        now: datetime = self._clock()
        self._figures.story.append(f"{now:%a %d %H:%M:%S} {line}")
        if len(self._figures.story) > 2 * _TOLD:
            del self._figures.story[:-_TOLD]
