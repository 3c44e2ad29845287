"""A scenario with a schedule, a person's sync, preemption, a retry and a dead letter, in which the operator dies after
every single write that it makes, one write a run: the same final state each time.

The operator's core runs in this process against the real API server. Its door is wrapped: when the n-th write has had
its effect, the core is killed before it hears the answer, and a new one begins. The containers alone are not real: the
story is told dozens of times. The states that are compared are final ones: everything has ended and is counted, and
nothing has been written for longer than the operator puts a write off.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.result import Outcome, RunError, RunResult
from sincro_contract.run import Mode
from sincro_operator.cluster.api import EVENTS, JOBS, PODS, SCHEDULES, SOURCES, TASKS, Api, Object, Resource
from sincro_operator.cluster.connection import Connection
from sincro_operator.planning.model import Limits, Name
from tests.cluster.operator.kubelet import NOWHERE, Ending, kubelet
from tests.cluster.operator.place import Place, core_at_work, new_place, until

AT_ONCE = 8
TASKS_MADE = 5
STEADY = 4.0
"""Seconds without a change; counts of a source are put off by three at most."""
LIMITS = Limits(start_deadline=timedelta(minutes=3))


class Dying:
    """An `Api` that calls `die` after its n-th write (Events are not counted: they are written by the way)."""

    def __init__(self, api: Api, after: int | None, die: Callable[[], None], writes: list[str]) -> None:
        self._api = api
        self._after = after
        self._die = die
        self.writes = writes
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
    """Four sources and two schedules whose first run is due; what people ask for comes in `story`."""
    for name in ("steady", "slow", "flaky", "broken"):
        await place.source(name, maxConcurrent=1, scraper={"nodeSelector": NOWHERE})
    await place.schedule("nightly", "steady", "customers", full={"every": "24h"})
    await place.schedule("slow-orders", "slow", "orders", full={"every": "24h"})
    # As if made a minute ago: that is how far the first run may be put off, to spread many schedules.
    anchor = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name in ("nightly", "slow-orders"):
        await place.api.patch(SCHEDULES, place.name(name), {"status": {"anchor": anchor}}, subresource="status")


SUCCESS = Outcome(result=RunResult(mode=Mode.FULL, created=3, updated=1, unchanged=7, read=11, declared=11, pages=1))
UNAVAILABLE = Outcome(error=RunError(error_class=ErrorClass.SOURCE_UNAVAILABLE, message="The ERP answered 503."))
INVALID = Outcome(error=RunError(error_class=ErrorClass.CONFIG_INVALID, message="The profile is wrong."))


def ending(pod: Object) -> Ending | None:
    """How each sync of the story ends. The slow one runs until it is preempted, however long that takes."""
    annotations = pod["metadata"]["annotations"]
    match annotations["sincro.dev/source"], annotations["sincro.dev/task"], annotations["sincro.dev/launch"]:
        case "slow", task, "1" if task.startswith("slow-orders"):
            return None
        case "flaky", _, "1":
            return Ending(ErrorClass.SOURCE_UNAVAILABLE.exit_code, UNAVAILABLE)
        case "broken", _, _:
            return Ending(ErrorClass.CONFIG_INVALID.exit_code, INVALID)
    return Ending(0, SUCCESS)


RETRIES = {"maxAttempts": 3, "initialDelay": "1s", "maxDelay": "1s", "jitter": 0}


async def story(place: Place) -> None:
    """What people do; the same in every run, whatever the operator is doing meanwhile."""
    await place.task("retried", "flaky", "customers", retryPolicy=RETRIES)
    await place.task("dead", "broken", "customers", retryPolicy=RETRIES)
    await until("the slow sync runs", lambda: _running(place, "slow"), within=120)
    await place.task("person", "slow", "prices")


async def _running(place: Place, source: str) -> bool:
    return any(pod["metadata"]["annotations"]["sincro.dev/source"] == source for pod in await place.running_pods())


async def _ended(place: Place) -> bool:
    states = [(task.get("status") or {}).get("state") for task in await place.all(TASKS)]
    return len(states) == TASKS_MADE and all(state in ("Succeeded", "DeadLettered") for state in states)


async def _counted(place: Place) -> bool:
    """Whether sources and schedules have taken note of every end, and of nothing that is under way."""
    sources = [source.get("status") or {} for source in await place.all(SOURCES)]
    schedules = [schedule.get("status") or {} for schedule in await place.all(SCHEDULES)]
    ends = sum(types["succeeded"] + types["failed"] for source in sources for types in source.get("types", []))
    runs = [schedule.get("succeeded", 0) + schedule.get("failed", 0) for schedule in schedules]
    under_way = any(source.get(key) for source in sources for key in ("queued", "running", "retrying"))
    return ends >= TASKS_MADE and len(runs) == 2 and all(runs) and not under_way


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
    schedules = {
        schedule["metadata"]["name"]: [schedule["status"].get(key, 0) for key in ("succeeded", "failed", "skipped")]
        for schedule in await place.all(SCHEDULES)
    }
    return {"tasks": tasks, "sources": sources, "schedules": schedules}


async def settled(place: Place) -> dict[str, Any]:
    """The final state: everything has ended and is counted, and nothing has changed for a few seconds.

    What does not come to that in time is given as it is then: the comparison shows what is missing.
    """
    await until("everything has ended", lambda: _ended(place), within=240)
    state: dict[str, Any] = {}
    since = time.monotonic()

    async def rests() -> bool:
        nonlocal state, since
        now = await final_state(place)
        if now != state or not await _counted(place):
            state, since = now, time.monotonic()
        return time.monotonic() - since > STEADY

    with suppress(AssertionError):
        await until("the state rests", rests, within=60)
    return state


def differences(expected: dict[str, Any], state: dict[str, Any]) -> list[str]:
    """What is not as expected, a line an object."""
    return [
        f"{kind} {name}: {state[kind].get(name)} instead of {expected[kind].get(name)}"
        for kind in expected
        for name in sorted({*expected[kind], *state[kind]})
        if state[kind].get(name) != expected[kind].get(name)
    ]


async def as_it_stands(place: Place) -> list[str]:
    """Tasks, Jobs and pods as they are, a line each: for a story that does not come to its end."""
    tasks = [f"task {task['metadata']['name']}: {task.get('status')}" for task in await place.all(TASKS)]
    jobs = [f"Job {job['metadata']['name']}: {job.get('status')}" for job in await place.all(JOBS)]
    pods = [f"pod {pod['metadata']['name']}: {pod.get('status')}" for pod in await place.all(PODS)]
    return tasks + jobs + pods


@asynccontextmanager
async def told(api: Connection, place: Place, after: int | None, writes: list[str]) -> AsyncIterator[None]:
    """The story, with an operator that dies after so many writes and is started anew; `writes`: those of the first."""
    died = asyncio.Event()
    await put_in_place(place)
    async with kubelet(api, place.namespace, ending):
        people = asyncio.ensure_future(story(place))
        try:
            async with core_at_work(Dying(api, after, died.set, writes), place, limits=LIMITS) as running:
                if after is None:
                    await people
                    yield
                    return

                async def died_or_done() -> bool:
                    return died.is_set() or (people.done() and await _ended(place) and await _counted(place))

                # In a run that happens to need fewer writes than the first one there is no n-th to die after.
                await until("the operator dies", died_or_done, within=240)
                await running.kill()
            async with core_at_work(api, place, limits=LIMITS):
                await people
                yield
        finally:
            people.cancel()


@pytest.mark.timeout(900)
async def test_dying_after_each_write_makes_no_difference(api: Connection) -> None:
    writes: list[str] = []
    async with new_place(api, "crash") as place, told(api, place, None, writes):
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
    gate, different = asyncio.Semaphore(AT_ONCE), dict[str, list[str]]()

    async def once(after: int) -> None:
        async with gate, new_place(api, "crash") as place:
            writes: list[str] = []
            try:
                async with told(api, place, after, writes):
                    found = differences(expected, await settled(place))
            except AssertionError as error:
                found = [str(error), *await as_it_stands(place)]
            if found:
                different[f"{after} writes, the last of them {writes[-1:]}"] = found

    async with asyncio.TaskGroup() as group:
        for after in range(1, count + 1):
            group.create_task(once(after))
    assert not different, "after dying after " + json.dumps(different, indent=2)
