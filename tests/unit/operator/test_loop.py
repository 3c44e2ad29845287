"""When is planned: never too early, never without leadership, at once when idle, and whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from sincro_operator.cluster.api import Unreachable
from sincro_operator.loop import Loop
from sincro_operator.planning.actions import Action, Failure, Plan
from sincro_operator.planning.model import Name
from tests.simulation.virtual_time import START, Clock, simulate
from tests.unit.operator.cluster_in_memory import eventually


class Stage:
    """A loop whose planner says what it is told to."""

    def __init__(self) -> None:
        self.clock = Clock(START)
        self.woken = asyncio.Event()
        self.complete = asyncio.Event()
        self.held = True
        self.planned: list[datetime] = []
        self.planners = 0
        self.refreshes = 0
        self.submitted: list[Sequence[Action]] = []
        self.abandoned = 0
        self.failures = 0
        self.sources_failed: list[Name] = []
        self.answer: Callable[[datetime], Plan] = lambda _now: Plan((), None)
        self.refresh_error: Exception | None = None
        self.refresh_done = asyncio.Event()
        self.refresh_done.set()
        self.loop = Loop(
            self._new_planner,
            self,
            self,
            woken=self.woken,
            now=self.clock,
            refresh=self._refresh,
            failed=self._fail,
            source_failed=self.sources_failed.append,
        )

    def _new_planner(self) -> Callable[[datetime], Plan]:
        self.planners += 1
        return self._plan

    def _plan(self, now: datetime) -> Plan:
        self.planned.append(now)
        return self.answer(now)

    async def _refresh(self) -> None:
        self.refreshes += 1
        await self.refresh_done.wait()
        if self.refresh_error is not None:
            raise self.refresh_error

    def _fail(self) -> None:
        self.failures += 1

    def submit(self, actions: Sequence[Action]) -> None:
        self.submitted.append(actions)

    def abandon(self) -> None:
        self.abandoned += 1

    @asynccontextmanager
    async def running(self, complete: bool = True) -> AsyncIterator[None]:
        if complete:
            self.complete.set()

        async def wait() -> None:
            await self.complete.wait()

        runner = asyncio.ensure_future(self.loop.run(wait()))
        try:
            yield
        finally:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)


ACTION = object()


def test_nothing_is_planned_before_the_caches_are_complete() -> None:
    async def story() -> None:
        stage = Stage()
        async with stage.running(complete=False):
            stage.woken.set()
            await asyncio.sleep(100)
            assert stage.planned == []
            stage.complete.set()
            await eventually(lambda: len(stage.planned) == 1)

    simulate(story())


def test_a_change_is_planned_at_once_when_idle() -> None:
    async def story() -> None:
        stage = Stage()
        async with stage.running():
            await asyncio.sleep(10)
            before = len(stage.planned)
            stage.woken.set()
            assert await eventually(lambda: len(stage.planned) > before) <= 0.02

    simulate(story())


def test_a_plan_is_made_again_when_it_asks_for_it_and_now_and_then() -> None:
    async def story() -> None:
        stage = Stage()
        stage.answer = lambda now: Plan(
            (), START + timedelta(seconds=5) if now < START + timedelta(seconds=5) else None
        )
        async with stage.running():
            await asyncio.sleep(65)
        seconds = [round((moment - START).total_seconds()) for moment in stage.planned]
        assert seconds == [0, 5, 35, 65] or seconds == [0, 5, 35]

    simulate(story())


def test_planning_takes_a_fifth_of_the_time_at_most() -> None:
    async def story() -> None:
        stage = Stage()

        def heavy(_now: datetime) -> Plan:
            asyncio.get_running_loop().advance(0.01)  # type: ignore[attr-defined]
            stage.woken.set()
            return Plan((), None)

        stage.answer = heavy
        async with stage.running():
            await asyncio.sleep(5)
        assert 80 <= len(stage.planned) <= 105

    simulate(story())


def test_the_time_that_is_planned_with_is_cut_to_milliseconds() -> None:
    async def story() -> None:
        stage = Stage()
        stage.clock.step = timedelta(microseconds=1234)
        async with stage.running():
            await eventually(lambda: bool(stage.planned))
        assert stage.planned[0].microsecond % 1000 == 0

    simulate(story())


def test_without_leadership_nothing_is_planned_and_what_waits_is_abandoned() -> None:
    async def story() -> None:
        stage = Stage()
        async with stage.running():
            await asyncio.sleep(1)
            stage.held = False
            stage.woken.set()
            await asyncio.sleep(1)
            planned = len(stage.planned)
            stage.woken.set()
            await asyncio.sleep(60)
            assert (len(stage.planned), stage.abandoned) == (planned, 1)

    simulate(story())


def test_new_leadership_first_makes_sure_of_what_is_known() -> None:
    async def story() -> None:
        stage = Stage()
        stage.held = False
        async with stage.running():
            await asyncio.sleep(5)
            assert (stage.refreshes, stage.planned) == (0, [])
            stage.refresh_error = Unreachable("connection refused")
            stage.held = True
            stage.woken.set()
            await asyncio.sleep(1)
            assert (stage.refreshes, stage.planned) == (1, [])
            stage.refresh_error = None
            await eventually(lambda: bool(stage.planned), within=5)
            assert stage.refreshes == 2

    simulate(story())


def test_a_planner_that_fails_is_replaced_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        stage = Stage()
        broken = [True, True]

        def fragile(_now: datetime) -> Plan:
            if broken:
                broken.pop()
                raise ValueError("odd facts")
            return Plan((ACTION,), None)  # type: ignore[arg-type]

        stage.answer = fragile
        async with stage.running():
            await eventually(lambda: bool(stage.submitted), within=10)
        assert stage.failures == 2
        assert stage.planners == 4

    simulate(story())
    assert "plan_failed" in caplog.text


def test_leadership_that_ends_while_planning_submits_nothing() -> None:
    async def story() -> None:
        stage = Stage()

        def late(_now: datetime) -> Plan:
            stage.held = False
            return Plan((ACTION,), None)  # type: ignore[arg-type]

        stage.answer = late
        async with stage.running():
            await asyncio.sleep(1)
        assert stage.submitted == []

    simulate(story())


def test_after_stop_nothing_is_planned() -> None:
    async def story() -> None:
        stage = Stage()
        async with stage.running():
            await asyncio.sleep(1)
            stage.loop.stop()
            planned = len(stage.planned)
            await asyncio.sleep(1)
            stage.woken.set()
            await asyncio.sleep(100)
            assert len(stage.planned) <= planned + 1

    simulate(story())


def test_what_was_asked_for_before_the_end_begins_nothing_after_it() -> None:
    """SIGTERM while a new leader makes sure of what is known."""

    async def story() -> None:
        stage = Stage()
        stage.answer = lambda _now: Plan((ACTION,), None)  # type: ignore[arg-type]
        stage.refresh_done.clear()
        async with stage.running():
            await eventually(lambda: stage.refreshes == 1)
            stage.loop.stop()
            stage.refresh_done.set()
            await asyncio.sleep(10)
        assert stage.submitted == []

    simulate(story())


@pytest.mark.parametrize("what", ["refresh", "plan"])
def test_what_failed_is_not_tried_again_with_each_change(what: str) -> None:
    async def story() -> None:
        stage = Stage()

        def fail(_now: datetime) -> Plan:
            raise ValueError("odd facts")

        if what == "refresh":
            stage.refresh_error = Unreachable("connection refused")
        else:
            stage.answer = fail
        async with stage.running():
            for _ in range(2000):
                stage.woken.set()
                await asyncio.sleep(0.01)
        assert 5 <= max(stage.refreshes, len(stage.planned)) <= 11

    simulate(story())


def test_a_new_leader_that_lists_for_long_does_not_hang() -> None:
    """Else the liveness probe would end each successor in turn while the API server is slow."""

    async def story() -> None:
        stage = Stage()
        stage.refresh_done.clear()
        async with stage.running():
            await asyncio.sleep(200)
            assert stage.loop.age <= 31
            stage.refresh_done.set()
            await eventually(lambda: bool(stage.planned))

    simulate(story())


def test_the_age_shows_a_loop_that_hangs() -> None:
    async def story() -> None:
        stage = Stage()
        async with stage.running():
            await asyncio.sleep(200)
            assert stage.loop.age <= 31
            stage.loop.stop()
            await asyncio.sleep(200)
            assert stage.loop.age > 150

    simulate(story())


def test_a_source_that_cannot_be_planned_is_counted_and_stops_nothing() -> None:
    async def story() -> None:
        stage = Stage()
        failure = Failure(Name("acme", "erp"), ValueError("odd"))
        stage.answer = lambda _now: Plan((ACTION,), None, (failure,))  # type: ignore[arg-type]
        async with stage.running():
            await eventually(lambda: len(stage.submitted) == 1)
            assert stage.sources_failed == [Name("acme", "erp")]
            assert (stage.failures, stage.planners) == (0, 2)

    simulate(story())
