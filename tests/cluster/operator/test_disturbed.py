"""What a cluster does to a sync: Jobs and pods deleted, Jobs cleaned up too early, tasks deleted, stale watches."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from sincro_operator.cluster.api import JOBS, PODS, TASKS, NotFound, Object, Resource, WatchEvent
from sincro_operator.cluster.connection import Connection
from sincro_operator.planning.model import Name
from tests.cluster.operator.place import Place, core_at_work, until

QUICK = {"maxAttempts": 3, "initialDelay": "1s", "maxDelay": "1s", "jitter": 0}


async def pods_of(place: Place) -> list[Object]:
    return sorted(await place.all(PODS), key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


async def container_runs(place: Place) -> list[Object]:
    return await until("a container runs", place.running_pods)  # type: ignore[no-any-return]


async def test_a_job_deleted_by_hand_frees_its_slot_only_with_its_pod(api: Connection, place: Place) -> None:
    await place.source(behaviour="sleep=4")
    async with core_at_work(api, place):
        await place.task("t1", retryPolicy=QUICK)
        await container_runs(place)
        (job,) = await place.jobs_of("t1")
        most, watching = 0, True

        async def count() -> None:
            nonlocal most
            while watching:
                most = max(most, len(await place.running_pods()))
                await asyncio.sleep(0.1)

        counter = asyncio.ensure_future(count())
        await api.delete(JOBS, place.name(job["metadata"]["name"]))
        status = await place.in_state("t1", "Succeeded", "DeadLettered", within=90)
        watching = False
        await counter
    assert status["state"] == "Succeeded"
    assert status["launches"] == 2
    assert most == 1


async def test_an_evicted_pod_costs_no_attempt(api: Connection, place: Place) -> None:
    await place.source(behaviour="sleep=4")
    async with core_at_work(api, place):
        await place.task("t1", retryPolicy=QUICK)
        (pod,) = await container_runs(place)
        name = pod["metadata"]["name"]
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        await api.create(Resource("", "v1", f"pods/{name}/eviction", "Eviction"), place.namespace, body)
        status = await place.in_state("t1", "Succeeded", "DeadLettered", within=90)
    assert status["state"] == "Succeeded"
    assert [(attempt["number"], attempt.get("class")) for attempt in status["attempts"]] == [
        (1, "Disrupted"),
        (1, None),
    ]


async def test_a_job_that_is_cleaned_up_before_its_result_is_read_is_run_again(api: Connection, place: Place) -> None:
    await place.source(behaviour="sleep=2")
    async with core_at_work(api, place) as first:
        await place.task("t1", retryPolicy=QUICK)
        await place.in_state("t1", "Running")
        await first.kill()
    (job,) = await place.jobs_of("t1")

    async def complete() -> bool:
        current = await api.get(JOBS, place.name(job["metadata"]["name"]))
        return bool((current.get("status") or {}).get("succeeded"))

    await until("the Job is complete", complete)
    await api.delete(JOBS, place.name(job["metadata"]["name"]))

    async def gone() -> bool:
        return not await place.jobs_of("t1") and not await place.all(PODS)

    await until("the Job and its pod are gone", gone)
    async with core_at_work(api, place):
        status = await place.in_state("t1", "Succeeded", "DeadLettered", within=90)
    assert status["state"] == "Succeeded"
    assert len(await place.jobs_of("t1")) == 1


async def test_a_task_deleted_in_mid_run_stops_and_its_slot_is_free_when_its_pod_is_gone(
    api: Connection, place: Place
) -> None:
    await place.source(behaviour="sleep=30", maxConcurrent=1)
    async with core_at_work(api, place):
        await place.task("t1")
        (pod,) = await container_runs(place)
        await api.delete(TASKS, place.name("t1"))
        await place.task("t2", type_="orders")

        async def second_pod() -> Any:
            names = [other["metadata"]["name"] for other in await place.running_pods()]
            assert len(names) <= 1, names
            return [name for name in names if name != pod["metadata"]["name"]]

        await until("the next sync runs", second_pod, within=60)


async def test_a_recreated_task_of_the_same_name_gets_a_job_of_its_own(api: Connection, place: Place) -> None:
    await place.source(behaviour="sleep=1")
    async with core_at_work(api, place):
        await place.task("t1")
        first = await place.in_state("t1", "Succeeded")
        await api.delete(TASKS, place.name("t1"))

        async def gone() -> bool:
            try:
                await api.get(TASKS, place.name("t1"))
            except NotFound:
                return True
            return False

        await until("the task is gone", gone)
        await place.task("t1")
        second = await place.in_state("t1", "Succeeded")
    assert first["job"] != second["job"]


async def test_a_cancelled_task_stops_its_job(api: Connection, place: Place) -> None:
    await place.source(behaviour="sleep=60")
    async with core_at_work(api, place):
        await place.task("t1")
        await container_runs(place)
        await api.patch(TASKS, place.name("t1"), {"spec": {"cancel": True, "cancelledBy": "anna"}})
        status = await place.in_state("t1", "Cancelled", within=60)
        assert status["attempts"][-1]["class"] == "Cancelled"

        async def stopped() -> bool:
            return not await place.running_pods()

        await until("its pod is gone", stopped)


class Late(Connection):
    """A connection whose watches are three seconds late."""

    async def watch(
        self, resource: Resource, namespace: str | None, **options: Any
    ) -> AsyncGenerator[WatchEvent, None]:
        async for event in super().watch(resource, namespace, **options):
            await asyncio.sleep(3)
            yield event


async def test_late_watches_make_no_second_job(api: Connection, place: Place) -> None:
    async with Late(api.configuration) as late:
        await place.source(behaviour="sleep=1", maxConcurrent=1)
        async with core_at_work(late, place):
            for number, type_ in enumerate(("customers", "orders", "customers")):
                await place.task(f"t{number}", type_=type_)
            most = 0
            done: set[str] = set()
            async with asyncio.timeout(200):
                while len(done) < 3:
                    most = max(most, len(await place.running_pods()))
                    for task in await place.all(TASKS):
                        if (task.get("status") or {}).get("state") in ("Succeeded", "Superseded"):
                            done.add(task["metadata"]["name"])
                    await asyncio.sleep(0.1)
    assert most <= 1
    for number in range(3):
        name = Name(place.namespace, f"t{number}").name
        status = await place.status(name)
        assert len(await place.jobs_of(name)) == len(status.get("attempts", []))
