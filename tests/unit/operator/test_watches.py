"""All watches together: what a new leader makes sure of before it acts."""

import asyncio
import random
from collections.abc import AsyncGenerator

import pytest

from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.cluster.api import JOBS, TASKS, Page, Resource, WatchEvent
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.watches import Watches, connections
from sincro_operator.planning.actions import LaunchJob
from sincro_operator.planning.attempts import launched
from sincro_operator.planning.naming import job_name
from sincro_operator.planning.snapshot import Snapshot
from tests.simulation.client import Client
from tests.simulation.virtual_time import START, simulate
from tests.unit.operator.cluster_in_memory import Bench, eventually


class Slow(Client):
    """Lists of one kind take so long."""

    slow: Resource = TASKS

    async def list(self, resource: Resource, *args: object, **options: object) -> Page:  # type: ignore[override]
        if resource is self.slow:
            await asyncio.sleep(1)
        return await super().list(resource, *args, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("slow", [TASKS, JOBS])
def test_a_launch_that_a_predecessor_ends_while_everything_is_listed_is_not_taken_for_one_that_is_gone(
    slow: Resource,
) -> None:
    async def story() -> None:
        bench = Bench()
        task, source = bench.task(), bench.source()
        job = job_name(task.name, task.uid, 1)
        status = launched(task, task.status, job.name, 1, START, Mode.DELTA)
        api = Slow(bench.server, random.Random(1), listing=0.01)
        api.slow = slow
        successor = Cache(Snapshot(), lambda: None)
        refresh = asyncio.ensure_future(Watches(api, successor).refresh())
        await asyncio.sleep(0.5)
        await bench.writes.carry_out(LaunchJob(task, source, job, 1, 1, Mode.DELTA, status))
        await refresh
        (seen,) = successor.snapshot.tasks()
        known = [each.name for each in successor.snapshot.jobs()]
        assert seen.status.state is TaskState.QUEUED or known == [job]

    simulate(story())


@pytest.mark.parametrize("namespaces", [(), ("a",), tuple(f"n{number}" for number in range(40))])
def test_all_watches_have_a_connection(namespaces: tuple[str, ...]) -> None:
    """Else those that hold one for ever leave none for anything else."""

    class Counting(Client):
        open = 0

        async def watch(self, *args: object, **options: object) -> AsyncGenerator[WatchEvent, None]:  # type: ignore[override]
            self.open += 1
            async for event in super().watch(*args, **options):  # type: ignore[arg-type]
                yield event

    async def story() -> None:
        bench = Bench()
        api = Counting(bench.server, random.Random(1))
        watches = Watches(api, bench.cache, namespaces)
        runner = asyncio.ensure_future(watches.run())
        await eventually(lambda: watches.complete)
        await asyncio.sleep(1)
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)
        assert connections(namespaces) == api.open

    simulate(story())
