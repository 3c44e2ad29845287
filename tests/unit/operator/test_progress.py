"""Live progress reaches the status of the task that runs: not too often, and never into one that has ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sincro_contract.progress import Progress, ProgressEvent, ProgressRecord, ProgressStatus
from sincro_operator.cluster.api import TASKS
from sincro_operator.planning.model import Task
from sincro_operator.progress.intake import ProgressIntake
from tests.simulation.virtual_time import simulate
from tests.unit.operator import objects
from tests.unit.operator.cluster_in_memory import Bench


def fields(current: int, *, task: str = "t1", attempt: int = 1, status: str = "running") -> dict[str, str]:
    event = ProgressEvent(
        task_id=task, type="customers", status=ProgressStatus(status), progress=Progress.of(current, 100)
    )
    record = ProgressRecord(namespace="acme", source="erp", attempt=attempt, phase="read", event=event)
    return record.to_fields()


def running(bench: Bench, state: str = "Running") -> Task:
    return bench.task(objects.task(status={"state": state, "attempt": 1}))


@asynccontextmanager
async def writing(bench: Bench) -> AsyncIterator[ProgressIntake]:
    intake = ProgressIntake(bench.api, bench.cache, lambda: "", may_act=lambda: bench.leading)
    writer = asyncio.ensure_future(intake._write())
    try:
        yield intake
    finally:
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)


def shown(bench: Bench, task: Task) -> object:
    return bench.server.get(TASKS, task.name)["status"].get("progress")


def test_the_latest_is_written_every_two_seconds_at_most() -> None:
    async def story() -> None:
        bench = Bench()
        task = running(bench)
        async with writing(bench) as intake:
            for current in range(100):
                intake.take(fields(current))
                await asyncio.sleep(0.1)
            await asyncio.sleep(3)
        assert shown(bench, task) == {"phase": "read", "current": 99, "total": 100, "percentage": 99.0}
        assert 4 <= bench.api.writes <= 7
        assert bench.held(task).resource_version == bench.server.get(TASKS, task.name)["metadata"]["resourceVersion"]

    simulate(story())


@pytest.mark.parametrize("state", ["Queued", "Succeeded", "Retrying"])
def test_a_task_that_does_not_run_is_left_alone(state: str) -> None:
    async def story() -> None:
        bench = Bench()
        task = running(bench, state)
        async with writing(bench) as intake:
            intake.take(fields(5))
            await asyncio.sleep(5)
        assert shown(bench, task) is None

    simulate(story())


def test_what_an_earlier_attempt_says_late_is_not_shown() -> None:
    async def story() -> None:
        bench = Bench()
        task = running(bench)
        async with writing(bench) as intake:
            intake.take(fields(5, attempt=2))
            await asyncio.sleep(5)
        assert shown(bench, task) is None

    simulate(story())


def test_a_task_that_has_ended_meanwhile_is_not_written_to() -> None:
    async def story() -> None:
        bench = Bench()
        task = running(bench)
        bench.server.patch(TASKS, task.name, {"status": {"state": "Succeeded"}}, "status")
        async with writing(bench) as intake:
            intake.take(fields(5))
            await asyncio.sleep(5)
        assert shown(bench, task) is None

    simulate(story())


def test_a_standby_writes_nothing() -> None:
    async def story() -> None:
        bench = Bench(leading=False)
        task = running(bench)
        async with writing(bench) as intake:
            intake.take(fields(5))
            await asyncio.sleep(5)
            bench.leading = True
            await asyncio.sleep(5)
        assert shown(bench, task) is None

    simulate(story())


@pytest.mark.parametrize("entry", [{}, {"event": "{"}, {"event": "{}", "namespace": "a", "source": "b"}])
def test_a_malformed_entry_is_ignored(entry: dict[str, str]) -> None:
    async def story() -> None:
        bench = Bench()
        async with writing(bench) as intake:
            intake.take(entry)
            await asyncio.sleep(3)
        assert bench.api.writes == 0

    simulate(story())
