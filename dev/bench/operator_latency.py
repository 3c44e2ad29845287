"""How soon a person's sync starts, and how soon a slot is handed on.

Keys: operator.manual_to_job_p95_s (idle: SyncTask answered -> its Job seen on a watch), operator.slot_handover_p95_s
(the container of one sync seen to have ended -> the container of the next one seen to run, on one watch of pods),
operator.manual_preempt_p95_s (every slot busy with scheduled work and many queued: a person's SyncTask answered -> its
container seen to run).
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from dev.bench.operator_setup import (
    TYPES,
    connected,
    make_sources,
    many,
    namespace,
    operator,
    percentile,
    run,
    task_body,
    watching,
)
from sincro_operator.cluster.api import PODS, TASKS, Api, Object

SCHEDULED = {"triggeredBy": "Scheduler", "priority": 40, "scheduleRef": "bench", "due": "2026-01-01T00:00:00Z"}


@dataclass
class Containers:
    """When each task's container was first seen to run, and to have ended."""

    running: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until_running(self, task: str, within: float = 120) -> float:
        """Wait until the task's container runs; returns when that was seen."""
        async with asyncio.timeout(within):
            while task not in self.running:
                self.changed.clear()
                await self.changed.wait()
        return self.running[task]


@asynccontextmanager
async def containers(api: Api, space: str) -> AsyncIterator[Containers]:
    """Watch the pods of the namespace."""
    seen = Containers()

    async def follow() -> None:
        version = (await api.list(PODS, space, limit=1)).resource_version
        async with aclosing(api.watch(PODS, space, resource_version=version, timeout_seconds=3000)) as events:
            async for event in events:
                if event.type == "MODIFIED":
                    _take(event.object)

    def _take(pod: Object) -> None:
        task = pod["metadata"]["annotations"]["sincro.dev/task"]
        for status in pod.get("status", {}).get("containerStatuses", []):
            if "running" in status["state"]:
                seen.running.setdefault(task, time.time())
            if "terminated" in status["state"]:
                seen.running.setdefault(task, time.time())
                seen.ended.setdefault(task, time.time())
        seen.changed.set()

    follower = asyncio.ensure_future(follow())
    await asyncio.sleep(0.3)
    try:
        yield seen
    finally:
        follower.cancel()


async def bench(arguments: argparse.Namespace) -> dict[str, float]:
    """See the module."""
    async with connected() as api:
        return {
            "operator.manual_to_job_p95_s": await _manual_to_job(api, arguments.manual),
            "operator.slot_handover_p95_s": await _handover(api, arguments.handovers),
            "operator.manual_preempt_p95_s": await _preempt(api, arguments.preempted, arguments.queued),
        }


async def _manual_to_job(api: Api, count: int) -> float:
    async with namespace(api, "bench-manual") as space:
        (source,) = await make_sources(api, space, 1, baseUrl="http://erp?sleep=0.1")
        async with operator(space) as process, watching(api, space) as seen:
            await process.until("caches_complete")
            taken = []
            for number in range(count):
                name = f"t{number}"
                await api.create(TASKS, space, task_body(name, source, TYPES[number % 4]))
                asked = time.time()
                await seen.until(lambda name=name: name in seen.job_of_task, 30)  # type: ignore[misc]
                taken.append(seen.job_of_task[name] - asked)
                await seen.until(lambda name=name: name in seen.final, 60)  # type: ignore[misc]
    return max(0.0, percentile(taken, 0.95))


async def _handover(api: Api, count: int) -> float:
    """One slot, and always the next task waiting for it."""
    async with namespace(api, "bench-handover") as space:
        (source,) = await make_sources(api, space, 1, baseUrl="http://erp?sleep=2", maxConcurrent=1)
        async with operator(space) as process, watching(api, space) as tasks, containers(api, space) as seen:
            await process.until("caches_complete")
            # An equal request would join the one that waits: each type is asked for again once it has run.
            names = [f"t{number}" for number in range(count + 1)]
            for number, name in enumerate(names):
                await api.create(TASKS, space, task_body(name, source, TYPES[number % 4]))
                if number >= 2:
                    await tasks.until(lambda name=names[number - 2]: name in tasks.final, 60)  # type: ignore[misc]
            await tasks.until(lambda: len(tasks.final) >= len(names), 120)
    order = sorted(seen.running, key=lambda task: seen.running[task])
    gaps = [seen.running[later] - seen.ended[earlier] for earlier, later in pairwise(order)]
    return percentile(gaps, 0.95)


async def _preempt(api: Api, count: int, queued: int) -> float:
    """Every slot busy with scheduled work that takes minutes, and many more queued behind it."""
    slots = 4
    async with namespace(api, "bench-preempt") as space:
        crowd = max(1, queued // 4)
        sources = await make_sources(api, space, crowd, baseUrl="http://erp?sleep=600", maxConcurrent=4)
        async with operator(space, maxConcurrentJobs=slots) as process, containers(api, space) as seen:
            await process.until("caches_complete")
            bodies = [
                task_body(f"s{number}", sources[number // 4 % crowd], TYPES[number % 4], **SCHEDULED)
                for number in range(queued)
            ]
            await many(partial(api.create, TASKS, space, body) for body in bodies)
            async with asyncio.timeout(120):
                while len(seen.running) < slots:
                    seen.changed.clear()
                    await seen.changed.wait()
            taken = []
            people = await make_people(api, space, count)
            for number, source in enumerate(people):
                name = f"person-{number}"
                await api.create(TASKS, space, task_body(name, source, "customers"))
                asked = time.time()
                taken.append(await seen.until_running(name) - asked)
    return percentile(taken, 0.95)


async def make_people(api: Api, space: str, count: int) -> list[str]:
    """A source for each person's sync, short ones, so that each frees its slot again."""
    names = [f"person-{number}" for number in range(count)]
    for name in names:
        await make_sources(api, space, 1, prefix=name, baseUrl="http://erp?sleep=1")
    return [f"{name}-0" for name in names]


if __name__ == "__main__":
    run(__doc__, bench, manual=40, handovers=20, preempted=20, queued=1000)
