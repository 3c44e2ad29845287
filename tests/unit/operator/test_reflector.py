"""List, watch, and list again: a sink is in step with the server whatever happens to the watch."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sincro_operator.cluster.api import TASKS, Denied, NotFound, Object, Unreachable
from sincro_operator.cluster.fields import name_of
from sincro_operator.cluster.reflector import Reflector
from sincro_operator.cluster.shelf import Shelf
from sincro_operator.planning.model import Name
from tests.simulation.client import Client
from tests.simulation.server import Server
from tests.simulation.virtual_time import START, Clock, simulate
from tests.unit.operator.cluster_in_memory import eventually


class Mirror:
    """A reflector of the tasks of a server, and what it has made of them."""

    def __init__(self, *, page_size: int = 500, namespace: str | None = None, watch_seconds: int = 300) -> None:
        self.server = Server(Clock(START), random.Random(1))
        self.api = Client(self.server, random.Random(2))
        self.held: dict[Name, Object] = {}
        self.shelf = Shelf(self._take, self._drop, lambda: None)
        self.lists = 0
        real = self.api.list

        async def counted(*args: object, **options: object) -> object:
            self.lists += 1
            return await real(*args, **options)  # type: ignore[arg-type]

        self.api.list = counted  # type: ignore[assignment, method-assign]
        self.reflector = Reflector(
            self.api,
            TASKS,
            namespace,
            self.shelf,
            page_size=page_size,
            watch_seconds=watch_seconds,
            randomness=random.Random(3),
        )

    def _take(self, obj: Object) -> bool:
        self.held[name_of(obj)] = obj
        return True

    def _drop(self, name: Name) -> None:
        del self.held[name]

    def make(self, name: str, namespace: str = "acme", **spec: object) -> Name:
        self.server.create(TASKS, namespace, {"metadata": {"name": name}, "spec": spec})
        return Name(namespace, name)

    @property
    def in_step(self) -> bool:
        return self.held == {name_of(obj): obj for obj in self.server.objects(TASKS)}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        runner = asyncio.ensure_future(self.reflector.run())
        try:
            yield
        finally:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)


def test_what_is_there_and_what_comes() -> None:
    async def story() -> None:
        mirror = Mirror()
        mirror.make("a")
        async with mirror.running():
            assert not mirror.reflector.complete.is_set()
            await mirror.reflector.complete.wait()
            assert mirror.in_step
            name = mirror.make("b")
            mirror.server.patch(TASKS, name, {"spec": {"x": 1}})
            mirror.server.delete(TASKS, Name("acme", "a"))
            assert await eventually(lambda: mirror.in_step) < 0.1
            assert mirror.lists == 1

    simulate(story())


def test_a_long_list_comes_in_pages_and_is_complete_only_at_the_end() -> None:
    async def story() -> None:
        mirror = Mirror(page_size=10)
        mirror.api.latency = 1.0
        for number in range(35):
            mirror.make(f"t{number}")
        async with mirror.running():
            await eventually(lambda: len(mirror.held) >= 10)
            assert not mirror.reflector.complete.is_set()
            await mirror.reflector.complete.wait()
            assert (len(mirror.held), mirror.lists) == (35, 4)

    simulate(story())


def test_a_watch_that_has_fallen_behind_lists_again_and_sees_lost_deletions() -> None:
    async def story() -> None:
        mirror = Mirror()
        mirror.make("a")
        async with mirror.running():
            await mirror.reflector.complete.wait()
            mirror.api.weather.cut_off = True
            await asyncio.sleep(5)
            mirror.server.delete(TASKS, Name("acme", "a"))
            mirror.make("b")
            mirror.server.compact()
            mirror.api.weather.cut_off = False
            await eventually(lambda: mirror.in_step)
            assert mirror.lists >= 2

    simulate(story())


def test_a_watch_that_breaks_goes_on_where_it_was() -> None:
    async def story() -> None:
        mirror = Mirror()
        async with mirror.running():
            await mirror.reflector.complete.wait()
            mirror.api.weather.watch_lost = 0.3
            for number in range(100):
                mirror.make(f"t{number}")
                await asyncio.sleep(0.05)
            mirror.api.weather.watch_lost = 0.0
            await eventually(lambda: mirror.in_step)

    simulate(story())


def test_a_watch_that_ends_in_time_costs_no_list() -> None:
    async def story() -> None:
        mirror = Mirror(watch_seconds=60)
        async with mirror.running():
            await asyncio.sleep(1000)
            mirror.make("a")
            await eventually(lambda: mirror.in_step)
            assert mirror.lists == 1

    simulate(story())


def test_a_watch_that_is_closed_at_once_does_not_spin() -> None:
    async def story() -> None:
        mirror = Mirror(watch_seconds=0)
        watches = 0
        real = mirror.api.watch

        def counted(*args: object, **options: object) -> object:
            nonlocal watches
            watches += 1
            return real(*args, **options)  # type: ignore[arg-type]

        mirror.api.watch = counted  # type: ignore[assignment, method-assign]
        async with mirror.running():
            await asyncio.sleep(600)
        assert watches < 60

    simulate(story())


@pytest.mark.parametrize("ends", ["history forgotten", "connection broken"])
def test_the_ends_of_watches_that_had_nothing_to_tell_do_not_add_up(ends: str) -> None:
    """A kind to which nothing happens for days: its list after the twentieth lost watch comes as soon as the first."""

    async def story() -> None:
        mirror = Mirror(namespace="acme", watch_seconds=3600)
        async with mirror.running():
            await mirror.reflector.complete.wait()
            for number in range(20):
                await asyncio.sleep(600)
                mirror.api.weather.cut_off = ends == "connection broken"
                mirror.make(f"t{number}", "elsewhere")
                if ends == "history forgotten":
                    mirror.server.compact()
                await asyncio.sleep(0.01)
                mirror.api.weather.cut_off = False
            name = mirror.make("a")
            assert await eventually(lambda: name in mirror.held) < 1

    simulate(story())


def test_attempts_that_never_became_a_watch_do_add_up() -> None:
    async def story() -> None:
        mirror = Mirror()
        watches = 0
        real = mirror.api.watch

        def counted(*args: object, **options: object) -> object:
            nonlocal watches
            watches += 1
            return real(*args, **options)  # type: ignore[arg-type]

        mirror.api.watch = counted  # type: ignore[assignment, method-assign]
        async with mirror.running():
            await mirror.reflector.complete.wait()
            mirror.api.weather.cut_off = True
            mirror.make("a")
            await asyncio.sleep(600)
        assert watches + mirror.lists < 60, "each takes longer than a second to fail, and is no watch for that"

    simulate(story())


def test_a_restored_backup_is_taken_for_what_it_is() -> None:
    async def story() -> None:
        mirror = Mirror()
        for number in range(50):
            mirror.make(f"t{number}")
        async with mirror.running():
            await mirror.reflector.complete.wait()
            restored = Server(Clock(START), random.Random(9))
            restored.create(TASKS, "acme", {"metadata": {"name": "t0"}, "spec": {"old": True}})
            mirror.server = mirror.api.server = restored
            mirror.api.weather.cut_off = True
            await asyncio.sleep(10)
            mirror.api.weather.cut_off = False
            await eventually(lambda: mirror.in_step, within=300)

    simulate(story())


def test_only_the_namespace_that_was_asked_for() -> None:
    async def story() -> None:
        mirror = Mirror(namespace="acme")
        mirror.make("a")
        mirror.make("b", namespace="other")
        async with mirror.running():
            await mirror.reflector.complete.wait()
            mirror.make("c", namespace="other")
            mirror.make("d")
            await eventually(lambda: len(mirror.held) == 2)
            assert {name.name for name in mirror.held} == {"a", "d"}

    simulate(story())


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (NotFound("the server could not find the requested resource", status=404), "resource_not_installed"),
        (Denied("forbidden", status=403), "watch_denied"),
        (Unreachable("connection refused"), "watch_lost"),
    ],
)
def test_what_stands_in_the_way_is_said_and_tried_again(
    error: Exception, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        mirror = Mirror()
        real, broken = mirror.api.list, [error] * 3

        async def fragile(*args: object, **options: object) -> object:
            if broken:
                raise broken.pop()
            return await real(*args, **options)  # type: ignore[arg-type]

        mirror.api.list = fragile  # type: ignore[assignment, method-assign]
        async with mirror.running():
            assert 0.5 < await eventually(mirror.reflector.complete.is_set) < 5

    simulate(story())
    assert event in caplog.text


def test_what_comes_while_a_refresh_is_under_way_is_not_taken_for_a_restored_backup() -> None:
    async def story() -> None:
        mirror = Mirror()
        mirror.make("a")
        async with mirror.running():
            await mirror.reflector.complete.wait()
            real = mirror.api.list

            async def slow(*args: object, **options: object) -> object:
                answer = await real(*args, **options)  # type: ignore[arg-type]
                mirror.make("b")
                await asyncio.sleep(1)
                return answer

            mirror.api.list = slow  # type: ignore[assignment, method-assign]
            await mirror.reflector.refresh()
            assert mirror.in_step

    simulate(story())


def test_a_refresh_beside_the_watch_shows_what_the_watch_has_not_delivered() -> None:
    async def story() -> None:
        mirror = Mirror()
        mirror.make("a")
        async with mirror.running():
            await mirror.reflector.complete.wait()
            mirror.api.weather.lag = 1000.0
            mirror.make("b")
            mirror.server.delete(TASKS, Name("acme", "a"))
            await asyncio.sleep(1)
            assert not mirror.in_step
            await mirror.reflector.refresh()
            assert mirror.in_step

    simulate(story())
