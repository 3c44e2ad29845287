"""Everything that goes wrong around the operator: bad connections, failing reads, crashes, evictions, clock steps."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from datetime import timedelta

from sincro_operator.cluster.api import JOBS, PODS, ApiError
from sincro_operator.planning.model import Name
from tests.simulation.client import Weather
from tests.simulation.erp import SimulatedErp, Temper
from tests.simulation.kubelet import Cluster
from tests.simulation.replica import Replica
from tests.simulation.scenario import Scenario
from tests.simulation.server import Server

_WEATHERS = (
    Weather(failed_before=0.2, failed_after=0.1),
    Weather(unanswered=0.1, throttled=0.1),
    Weather(refused=0.3, watch_lost=0.1),
    Weather(lag=20.0),
    Weather(lag=3.0, unanswered=0.05, failed_after=0.05, throttled=0.05),
)
_TEMPERS = (
    Temper(transient=0.5),
    Temper(transient=0.2, permanent=0.1, silent=0.1),
    Temper(permanent=0.4),
    Temper(start_troubles=0.3),
    Temper(evicted=0.4),
    Temper(transient=1.0),
)


_PATIENCE = 900.0
"""Seconds in which a replica that is to end at its nth write may find nothing to write; then it is killed as it is."""


class Chaos:
    """Runs its parts beside each other; `calm` says whether everything is well at the moment."""

    def __init__(
        self,
        scenario: Scenario,
        server: Server,
        cluster: Cluster,
        erp: SimulatedErp,
        replicas: Sequence[Replica],
        tell: Callable[[str], None],
    ) -> None:
        self._scenario = scenario
        self._server = server
        self._cluster = cluster
        self._erp = erp
        self._replicas = replicas
        self._tell = tell
        self._dice = random.Random(f"chaos/{scenario.seed}")
        self.disturbed_at = -1e9
        self._under_way = 0
        self.shaken_at = -1e9
        self._shaking = 0

    @property
    def calm_for(self) -> float:
        """Seconds since something was last wrong; 0 while it is."""
        if self._under_way:
            return 0.0
        return asyncio.get_running_loop().time() - self.disturbed_at

    @property
    def steady_for(self) -> float:
        """The same, but for reads that fail: everything around the syncs themselves is well."""
        return 0.0 if self._shaking else asyncio.get_running_loop().time() - self.shaken_at

    async def run(self) -> None:
        """Until cancelled."""
        parts = (
            (self._scenario.storms_per_day, self._storm),
            (self._scenario.bad_reads_per_day, self._bad_reads),
            (self._scenario.crashes_per_day, self._crash),
            (self._scenario.troubles_per_day, self._trouble),
        )
        async with asyncio.TaskGroup() as group:
            for per_day, part in parts:
                if per_day:
                    group.create_task(self._again_and_again(per_day, part))

    def end(self) -> None:
        """All is well from now on; replicas that are down start again."""
        self._erp.temper = Temper()
        for replica in self._replicas:
            self._set(replica.weather, Weather())
            replica.clock.step = timedelta(0)
            replica.spare()
            if not replica.running:
                replica.start()

    async def _again_and_again(self, per_day: float, part: Callable[[], object]) -> None:
        while True:
            await asyncio.sleep(self._dice.expovariate(per_day / 86_400))
            shaking = part != self._bad_reads
            self._under_way += 1
            self._shaking += shaking
            try:
                await part()  # type: ignore[misc]
            finally:
                self._under_way -= 1
                if shaking:
                    self._shaking -= 1
                    self.shaken_at = asyncio.get_running_loop().time()
                self.disturbed_at = asyncio.get_running_loop().time()

    async def _storm(self) -> None:
        replica, weather = self._dice.choice(self._replicas), self._dice.choice(_WEATHERS)
        if self._dice.random() < 0.2:
            weather = Weather(cut_off=True)
        self._tell(f"{replica.name}'s connection: {weather}")
        self._set(replica.weather, weather)
        await asyncio.sleep(self._dice.uniform(10, 3600 if not weather.cut_off else 120))
        self._set(replica.weather, Weather())
        self._tell(f"{replica.name}'s connection is well again")

    async def _bad_reads(self) -> None:
        self._erp.temper = self._dice.choice(_TEMPERS)
        self._tell(f"reads: {self._erp.temper}")
        await asyncio.sleep(self._dice.uniform(300, 10_000))
        self._erp.temper = Temper()
        self._tell("reads are well again")

    async def _crash(self) -> None:
        replica = self._dice.choice(self._replicas)
        if not replica.running:
            return
        how = self._dice.choice(("kill", "write", "stop"))
        self._tell(f"{replica.name}: {how}")
        if how == "kill":
            await replica.kill()
        elif how == "stop":
            await replica.stop()
        else:
            replica.kill_after(self._dice.randint(1, 5))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await replica.down.wait()
            await replica.kill()
        await asyncio.sleep(self._dice.uniform(1, 300))
        replica.start()
        self._tell(f"{replica.name} starts again")
        await asyncio.sleep(30)

    async def _trouble(self) -> None:
        trouble = self._dice.choice((self._evict, self._delete_job, self._step_clock, self._compact))
        await trouble()

    async def _evict(self) -> None:
        running = [p for p in self._server.objects(PODS) if p["status"].get("phase") == "Running"]
        if running:
            pod = self._dice.choice(running)["metadata"]
            self._tell(f"pod {pod['name']} is evicted")
            self._cluster.evict(Name(pod["namespace"], pod["name"]))

    async def _delete_job(self) -> None:
        jobs = self._server.objects(JOBS)
        if jobs:
            job = self._dice.choice(jobs)["metadata"]
            self._tell(f"somebody deletes the Job {job['name']}")
            try:
                self._server.delete(JOBS, Name(job["namespace"], job["name"]))
            except ApiError:
                return

    async def _step_clock(self) -> None:
        replica = self._dice.choice(self._replicas)
        step = timedelta(seconds=self._dice.choice((-120, -2, 3, 90)))
        self._tell(f"{replica.name}'s clock steps by {step.total_seconds():.0f}s")
        replica.clock.step = step
        await asyncio.sleep(self._dice.uniform(60, 7200))
        replica.clock.step = timedelta(0)

    async def _compact(self) -> None:
        self._tell("the API server forgets its history")
        self._server.compact()

    @staticmethod
    def _set(weather: Weather, to: Weather) -> None:
        for key, value in vars(to).items():
            setattr(weather, key, value)
