"""One replica of the operator in the simulation: the real parts on a simulated connection, started and killed."""

import asyncio
import contextlib
import random

from sincro_operator.cluster.api import Resource
from sincro_operator.cluster.job import JobSettings
from sincro_operator.cluster.lease import Leadership, LeaseSettings
from sincro_operator.core import Core, assemble
from sincro_operator.planning.model import Limits, Name
from tests.simulation.client import Client, Weather
from tests.simulation.scenario import NAMESPACE
from tests.simulation.server import Server
from tests.simulation.virtual_time import START, Clock, VirtualLoop


class Replica:
    """A process with an identity of its own at each start. Its clock is its machine's: it survives a restart."""

    def __init__(self, name: str, server: Server, limits: Limits, seed: int) -> None:
        self.name = name
        self.clock = Clock(START)
        self.weather = Weather()
        self.plan_failures = 0
        self.core: Core | None = None
        self._server = server
        self._limits = limits
        self._random = random.Random(f"{seed}/{name}")
        self._starts = 0
        self.down = asyncio.Event()
        """Set while it does not run."""
        self._tasks: list[asyncio.Task[None]] = []
        self._kill_at: int | None = None
        self._client: Client | None = None
        self._leader: Leadership | None = None

    @property
    def running(self) -> bool:
        """True between start and kill."""
        return bool(self._tasks)

    @property
    def writes(self) -> int:
        """Writes since the last start."""
        return self._client.writes if self._client is not None else 0

    def start(self) -> None:
        """Begin with empty hands: everything is rebuilt from the cluster."""
        self._starts += 1
        self.down.clear()
        identity = f"{self.name}-{self._starts}"
        self._client = client = Client(self._server, random.Random(self._random.random()), self.weather, slowest=25.0)
        client.on_write = self._after_write
        woken = asyncio.Event()
        # As patient as a hundred of life's, so that a simulated day is not made of renewals.
        lease = LeaseSettings(Name(NAMESPACE, "sincro-operator"), 300, renew_deadline=200, renew=150, retry=150)
        self._leader = Leadership(
            client, lease, identity, self.clock, changed=woken.set, randomness=random.Random(self._random.random())
        )
        self.core = assemble(
            client,
            self._leader,
            woken=woken,
            limits=self._limits,
            jobs=JobSettings(image="sincro/scraper:simulated"),
            now=self.clock,
            identity=identity,
            namespaces=(NAMESPACE,),
            randomness=random.Random(self._random.random()),
            planned=self._planned,
            plan_failed=self._plan_failed,
            source_failed=lambda _source: self._plan_failed(),
            # A lost wake is not mended before somebody has missed what it was for.
            resync=900.0,
            recheck=3600.0,
        )
        loop = asyncio.get_running_loop()
        services = self.core.services | {"leadership": self._leader.run}
        self._tasks = [loop.create_task(self._serve(service())) for service in services.values()]  # type: ignore[arg-type]

    async def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is given up."""
        tasks, self._tasks = self._tasks, []
        self._kill_at = None
        if self._client is not None:
            self._client.on_write = self._dead
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.down.set()

    async def stop(self) -> None:
        """SIGTERM: no new work, what is being written ends, the Lease is given up."""
        if self.core is None or self._leader is None:
            return
        self.core.loop.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(4):
                await self.core.actuator.drain()
        await self._leader.release()
        await self.kill()

    def kill_after(self, writes: int) -> None:
        """End by itself right after its nth write from now has had its effect."""
        self._kill_at = self.writes + writes

    def spare(self) -> None:
        """Take `kill_after` back."""
        self._kill_at = None

    def _after_write(self, verb: str, resource: Resource, name: str) -> None:
        del verb, resource, name
        if self._kill_at is not None and self.writes >= self._kill_at:
            self._kill_at = None
            asyncio.get_running_loop().create_task(self.kill())
            raise asyncio.CancelledError

    def _dead(self, verb: str, resource: Resource, name: str) -> None:
        raise asyncio.CancelledError

    def _planned(self, _seconds: float, _actions: int) -> None:
        """Planning takes time, as in life: meanwhile events come in, and the next plan answers several of them."""
        loop = asyncio.get_running_loop()
        if isinstance(loop, VirtualLoop):
            loop.advance(self._random.uniform(0.0005, 0.01))

    def _plan_failed(self) -> None:
        self.plan_failures += 1

    @staticmethod
    async def _serve(service: "asyncio.Future[None]") -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await service
