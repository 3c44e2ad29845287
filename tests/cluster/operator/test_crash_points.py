"""A scenario with a schedule, a person's sync, preemption, a retry and a dead letter, in which the operator dies after
every single write that it makes, one write a run: the same final state each time.

The operator's core runs in this process against the real API server. Its door is wrapped: when the n-th write has had
its effect, the core is killed before it hears the answer, and a new one begins.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from sincro_operator.cluster.api import EVENTS, JOBS, SOURCES, TASKS, Api, Object, Resource
from sincro_operator.cluster.connection import Connection
from sincro_operator.planning.model import Limits, Name
from tests.cluster.operator.place import Place, core_at_work, new_place, until

AT_ONCE = 6
LIMITS = Limits(start_deadline=timedelta(minutes=3))


class Dying:
    """An `Api` that calls `die` after its n-th write (Events are not counted: they are written by the way)."""

    def __init__(self, api: Api, after: int | None, die: Callable[[], None]) -> None:
        self._api = api
        self._after = after
        self._die = die
        self.writes: list[str] = []
        self.list = api.list
        self.watch = api.watch
        self.get = api.get

    async def create(self, resource: Resource, namespace: str, body: Object) -> Object:
        return await self._counted("create", resource, self._api.create(resource, namespace, body))

    async def patch(self, resource: Resource, name: Name, body: Object, *, subresource: str | None = None) -> Object:
        call = self._api.patch(resource, name, body, subresource=subresource)
        return await self._counted("patch", resource, call)

    async def delete(self, resource: Resource, name: Name, **options: Any) -> Object:
        return await self._counted("delete", resource, self._api.delete(resource, name, **options))

    async def _counted(self, verb: str, resource: Resource, call: Any) -> Object:
        answer: Object = await call
        if resource is not EVENTS:
            self.writes.append(f"{verb} {resource.plural}")
            if len(self.writes) == self._after:
                self._die()
                await asyncio.Event().wait()
        return answer


async def put_in_place(place: Place) -> None:
    """Three sources; what is asked of them comes in `story`."""
    await place.source("steady", behaviour="sleep=0.3")
    await place.source("slow", behaviour="sleep=4", maxConcurrent=1)
    await place.source("flaky", behaviour="sleep=0.2&exit1=30")
    await place.source("broken", behaviour="sleep=0.2&exit=20")


RETRIES = {"maxAttempts": 3, "initialDelay": "1s", "maxDelay": "1s", "jitter": 0}


async def story(place: Place) -> None:
    """What people do; the same in every run, whatever the operator is doing meanwhile."""
    await put_in_place(place)
    await place.schedule("nightly", "steady", "customers", full={"every": "24h"}, missedRuns="RunOnce")
    await place.schedule("slow-orders", "slow", "orders", full={"every": "24h"})
    await place.task("retried", "flaky", "customers", retryPolicy=RETRIES)
    await place.task("dead", "broken", "customers", retryPolicy=RETRIES)
    await until("the slow sync runs", lambda: _running(place, "slow"), within=120)
    await place.task("person", "slow", "prices")


async def _running(place: Place, source: str) -> bool:
    return any(pod["metadata"]["annotations"]["sincro.dev/source"] == source for pod in await place.running_pods())


async def _ended(place: Place) -> bool:
    tasks = await place.all(TASKS)
    states = [(task.get("status") or {}).get("state") for task in tasks]
    return len(tasks) == 5 and all(state in ("Succeeded", "DeadLettered") for state in states)


async def _counting(place: Place) -> bool:
    """Whether a source's status still says that something is under way."""
    statuses = [source.get("status") or {} for source in await place.all(SOURCES)]
    return any(status.get("queued") or status.get("running") or status.get("retrying") for status in statuses)


async def final_state(place: Place) -> dict[str, Any]:
    """What must not depend on when the operator died: names of tasks without what differs from run to run."""
    tasks: dict[str, Any] = {}
    launches: Counter[str] = Counter()
    for job in await place.all(JOBS):
        launches[job["metadata"]["annotations"]["sincro.dev/task"]] += 1
    for task in await place.all(TASKS):
        status = task["status"]
        key = task["spec"].get("scheduleRef") or task["metadata"]["name"]
        tasks[key] = {
            "state": status["state"],
            "attempt": status["attempt"],
            "launches": status["launches"],
            "attempts": [(attempt["number"], attempt.get("class")) for attempt in status["attempts"]],
            "error": (status.get("lastError") or {}).get("class"),
            "created": (status.get("result") or {}).get("created"),
            "conditions": {condition["type"]: condition["status"] for condition in status["conditions"]},
        }
    sources = {
        source["metadata"]["name"]: {
            "counts": [source["status"].get(key, 0) for key in ("queued", "running", "retrying", "deadLettered")],
            "circuit": source["status"]["circuit"]["state"],
            "failures": source["status"]["circuit"].get("consecutiveFailures", 0),
            "types": sorted(
                (types["type"], types["succeeded"], types["failed"]) for types in source["status"].get("types", [])
            ),
        }
        for source in await place.all(SOURCES)
    }
    return {"tasks": tasks, "sources": sources}


async def settled(place: Place) -> dict[str, Any]:
    """The final state, once it has not changed for a few seconds."""
    await until("everything has ended", lambda: _ended(place), within=240)
    before: dict[str, Any] = {}
    for _ in range(30):
        now = await final_state(place)
        if now == before and not any(sum(source["counts"][:3]) for source in now["sources"].values()):
            return now
        before = now
        await asyncio.sleep(2)
    return before


@asynccontextmanager
async def told(api: Connection, after: int | None) -> AsyncIterator[tuple[Place, list[str]]]:
    """The story in a place of its own, with an operator that dies after so many writes and is started anew."""
    async with new_place(api, "crash") as place:
        died = asyncio.Event()
        first = Dying(api, after, died.set)
        async with core_at_work(first, place, limits=LIMITS) as running:
            people = asyncio.ensure_future(story(place))
            if after is None:
                await people
                yield place, first.writes
                return

            async def died_or_done() -> bool:
                return died.is_set() or (people.done() and await _ended(place) and not await _counting(place))

            # In a run that happens to need fewer writes than the first one there is no n-th to die after.
            await until("the operator dies", died_or_done, within=240)
            await running.kill()
        async with core_at_work(api, place, limits=LIMITS):
            await people
            yield place, first.writes


@pytest.mark.thorough
@pytest.mark.timeout(1500)
async def test_dying_after_each_write_makes_no_difference(api: Connection) -> None:
    async with told(api, None) as (place, writes):
        expected = await settled(place)
        count = len(writes)
    assert {key: task["state"] for key, task in expected["tasks"].items()} == {
        "nightly": "Succeeded",
        "slow-orders": "Succeeded",
        "retried": "Succeeded",
        "dead": "DeadLettered",
        "person": "Succeeded",
    }
    assert expected["tasks"]["slow-orders"]["attempts"] == [(1, "Preempted"), (1, None)]
    assert count > 20
    gate, different = asyncio.Semaphore(AT_ONCE), []

    async def once(after: int) -> None:
        async with gate, told(api, after) as (place, writes):
            state = await settled(place)
            if state != expected:
                different.append((after, writes[-1], state))

    async with asyncio.TaskGroup() as group:
        for after in range(1, count + 1):
            group.create_task(once(after))
    assert not different, f"expected {expected}, but after dying:\n" + "\n".join(map(str, different))
