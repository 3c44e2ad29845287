"""One holder acts; a successor begins within its bound, and never while the holder still may."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from sincro_operator.cluster.api import LEASES
from sincro_operator.cluster.lease import Leadership, LeaseSettings
from sincro_operator.planning.model import Name
from tests.simulation.client import Client
from tests.simulation.server import Server
from tests.simulation.virtual_time import START, Clock, simulate
from tests.unit.operator.cluster_in_memory import eventually

SETTINGS = LeaseSettings(Name("sincro", "operator"))


class Town:
    def __init__(self) -> None:
        self.clock = Clock(START)
        self.server = Server(self.clock, random.Random(1))
        self.overlaps = 0
        self.replicas: list[Replica] = []

    def replica(self, identity: str) -> "Replica":
        replica = Replica(self, identity, len(self.replicas))
        self.replicas.append(replica)
        return replica

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Nobody may ever see two holders."""

        async def look() -> None:
            while True:
                holders = [r for r in self.replicas if r.leadership.held and not r.dead]
                self.overlaps += len(holders) > 1
                await asyncio.sleep(0.01)

        watcher = asyncio.ensure_future(look())
        try:
            yield
        finally:
            watcher.cancel()
            for replica in self.replicas:
                replica.kill()
            assert self.overlaps == 0


class Replica:
    def __init__(self, town: Town, identity: str, number: int) -> None:
        self.api = Client(town.server, random.Random(number))
        self.changes = 0
        self.dead = False
        self.leadership = Leadership(
            self.api, SETTINGS, identity, town.clock, changed=self._changed, randomness=random.Random(number)
        )
        self._runner = asyncio.ensure_future(self.leadership.run())

    def _changed(self) -> None:
        self.changes += 1

    def kill(self) -> None:
        """SIGKILL."""
        self.dead = True
        self._runner.cancel()


async def until(replica: Replica, held: bool = True, within: float = 30.0) -> float:
    """Seconds until the replica leads (or does not)."""
    return await eventually(lambda: replica.leadership.held is held, within)


def test_the_first_one_leads_and_keeps_leading() -> None:
    async def story() -> None:
        town = Town()
        first = town.replica("a")
        async with town.watched():
            assert await until(first) < 0.1
            second = town.replica("b")
            for _ in range(600):
                await asyncio.sleep(0.1)
                assert first.leadership.held
                assert not second.leadership.held
            assert first.changes == 1
            lease = town.server.get(LEASES, SETTINGS.name)["spec"]
            assert (lease["holderIdentity"], lease["leaseDurationSeconds"]) == ("a", 6)

    simulate(story())


def test_a_standby_takes_over_within_ten_seconds_of_a_sigkill() -> None:
    async def story() -> None:
        town = Town()
        first = town.replica("a")
        async with town.watched():
            await until(first)
            second = town.replica("b")
            await asyncio.sleep(20)
            first.kill()
            assert 2 < await until(second) < 9
            assert town.server.get(LEASES, SETTINGS.name)["spec"]["leaseTransitions"] == 1

    simulate(story())


def test_a_lease_that_is_given_up_is_taken_at_once() -> None:
    async def story() -> None:
        town = Town()
        first = town.replica("a")
        async with town.watched():
            await until(first)
            second = town.replica("b")
            await asyncio.sleep(5)
            await first.leadership.release()
            first.kill()
            assert await until(second) < 1.5

    simulate(story())


@pytest.mark.parametrize("step", range(12))
def test_a_lease_that_is_given_up_is_not_taken_again_by_who_gave_it_up(step: int) -> None:
    """The process has Events to write yet; and a renewal may be under way in that moment."""

    async def story() -> None:
        town = Town()
        first = town.replica("a")
        async with town.watched():
            await until(first)
            first.api.latency = 0.2
            await asyncio.sleep(1.2 + 0.06 * step)
            await first.leadership.release()
            for _ in range(100):
                assert town.server.get(LEASES, SETTINGS.name)["spec"]["holderIdentity"] == ""
                assert not first.leadership.held
                await asyncio.sleep(0.1)

    simulate(story())


def test_a_standby_that_is_to_end_takes_nothing() -> None:
    async def story() -> None:
        town = Town()
        first = town.replica("a")
        async with town.watched():
            await until(first)
            second = town.replica("b")
            await asyncio.sleep(5)
            await second.leadership.release()
            first.kill()
            await asyncio.sleep(30)
            assert not second.leadership.held

    simulate(story())


def test_a_holder_that_is_cut_off_stops_before_another_begins() -> None:
    async def story() -> None:
        town = Town()
        first = town.replica("a")
        async with town.watched():
            await until(first)
            second = town.replica("b")
            await asyncio.sleep(5)
            first.api.weather.cut_off = True
            lost = await until(first, held=False)
            assert lost <= SETTINGS.renew_deadline
            await until(second)
            first.api.weather.cut_off = False
            await asyncio.sleep(20)
            assert not first.leadership.held
            assert first.changes == 2

    simulate(story())


def test_bad_weather_does_not_cost_the_lease() -> None:
    async def story() -> None:
        town = Town()
        first = town.replica("a")
        async with town.watched():
            await until(first)
            first.api.weather.refused = 0.2
            first.api.weather.throttled = 0.1
            first.api.weather.failed_after = 0.1
            held = 0
            for _ in range(3000):
                await asyncio.sleep(0.1)
                held += first.leadership.held
            assert held > 2800

    simulate(story())


def test_a_restarted_container_of_the_same_pod_leads_at_once() -> None:
    async def story() -> None:
        town = Town()
        first = town.replica("pod-1")
        async with town.watched():
            await until(first)
            await asyncio.sleep(2)
            first.kill()
            again = town.replica("pod-1")
            assert await until(again) < 0.1

    simulate(story())


def test_clocks_that_differ_do_not_matter() -> None:
    async def story() -> None:
        town = Town()
        first = town.replica("a")
        async with town.watched():
            await until(first)
            second = town.replica("b")
            town.clock.step = timedelta(hours=-3)
            for _ in range(200):
                await asyncio.sleep(0.1)
                assert first.leadership.held
                assert not second.leadership.held

    simulate(story())
