"""The API server of the simulation behaves as the real one where the operator can tell."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from sincro_operator.cluster.api import (
    JOBS,
    PODS,
    TASKS,
    AlreadyExists,
    Conflict,
    Gone,
    NotFound,
    Object,
    ServerError,
    TooManyRequests,
    Uncertain,
    Unreachable,
    WatchEvent,
)
from sincro_operator.planning.model import Name
from tests.simulation.client import Client, Weather
from tests.simulation.server import Server, merge
from tests.simulation.virtual_time import START, Clock, simulate

T = TypeVar("T")
TASK = Name("erp", "one")


def _server() -> Server:
    return Server(Clock(START), random.Random(1))


def _within(body: Callable[[Server], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        return await body(_server())

    return simulate(run())


def _task(**spec: object) -> Object:
    return {"metadata": {"name": "one"}, "spec": {"type": "orders"} | spec}


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": None}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
        (None, {"a": 1}, {"a": 1}),
        ({"a": 1}, {}, {"a": 1}),
    ],
)
def test_a_merge_patch_is_that_of_rfc_7386(target: Any, patch: Any, merged: Any) -> None:
    before = repr(target)
    assert merge(target, patch) == merged
    assert repr(target) == before


def test_an_object_is_made_once_and_versions_grow() -> None:
    async def body(server: Server) -> None:
        made = server.create(TASKS, "erp", _task())
        assert (made["kind"], made["metadata"]["generation"]) == ("SyncTask", 1)
        with pytest.raises(AlreadyExists):
            server.create(TASKS, "erp", _task())
        changed = server.patch(TASKS, TASK, {"spec": {"type": "prices"}})
        assert int(changed["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
        assert changed["metadata"]["generation"] == 2

    _within(body)


def test_a_status_is_written_by_its_subresource_alone() -> None:
    async def body(server: Server) -> None:
        server.create(TASKS, "erp", _task() | {"status": {"state": "Succeeded"}})
        assert "status" not in server.get(TASKS, TASK)
        server.patch(TASKS, TASK, {"status": {"state": "Running"}, "spec": {"type": "prices"}}, "status")
        found = server.get(TASKS, TASK)
        assert (found["status"], found["spec"]["type"]) == ({"state": "Running"}, "orders")
        assert found["metadata"]["generation"] == 1
        server.patch(TASKS, TASK, {"status": {"state": "Queued"}})
        assert server.get(TASKS, TASK)["status"] == {"state": "Running"}

    _within(body)


def test_a_stale_version_and_another_uid_conflict_and_nothing_is_no_change() -> None:
    async def body(server: Server) -> None:
        made = server.create(TASKS, "erp", _task())
        version = made["metadata"]["resourceVersion"]
        assert server.patch(TASKS, TASK, {"spec": {"type": "orders"}})["metadata"]["resourceVersion"] == version
        server.patch(TASKS, TASK, {"spec": {"type": "prices"}})
        with pytest.raises(Conflict):
            server.patch(TASKS, TASK, {"metadata": {"resourceVersion": version}, "spec": {"type": "x"}})
        with pytest.raises(Conflict):
            server.patch(TASKS, TASK, {"metadata": {"uid": "another"}, "spec": {"type": "x"}})
        with pytest.raises(Conflict):
            server.delete(TASKS, TASK, uid="another")
        with pytest.raises(NotFound):
            server.patch(TASKS, Name("erp", "two"), {"spec": {}})

    _within(body)


def test_a_finalizer_holds_what_is_deleted_until_it_is_taken_off() -> None:
    async def body(server: Server) -> None:
        server.create(TASKS, "erp", {"metadata": {"name": "one", "finalizers": ["sincro.dev/stop-run"]}, "spec": {}})
        server.delete(TASKS, TASK)
        assert server.get(TASKS, TASK)["metadata"]["deletionTimestamp"]
        server.patch(TASKS, TASK, {"metadata": {"finalizers": None}})
        assert server.find(TASKS, TASK) is None

    _within(body)


def _job_with_pod(server: Server, phase: str) -> tuple[Name, Name]:
    job = server.create(JOBS, "erp", {"metadata": {"name": "job"}, "spec": {}})
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "job", "uid": job["metadata"]["uid"]}
    body = {"metadata": {"name": "pod", "ownerReferences": [owner]}, "spec": {}, "status": {"phase": phase}}
    server.create(PODS, "erp", body)
    return Name("erp", "job"), Name("erp", "pod")


def test_a_foreground_deletion_waits_for_the_pod_and_a_background_one_does_not() -> None:
    async def body(server: Server) -> None:
        job, pod = _job_with_pod(server, "Running")
        server.delete(JOBS, job, propagation="Foreground")
        assert server.get(JOBS, job)["metadata"]["deletionTimestamp"]
        assert server.get(PODS, pod)["metadata"]["deletionTimestamp"]
        server.finish_pod(pod)
        assert (server.find(PODS, pod), server.find(JOBS, job)) == (None, None)

        job, pod = _job_with_pod(server, "Running")
        server.delete(JOBS, job, propagation="Background")
        assert server.find(JOBS, job) is None
        assert server.get(PODS, pod)["metadata"]["deletionTimestamp"]

    _within(body)


def test_a_pod_that_has_ended_or_is_forced_goes_at_once() -> None:
    async def body(server: Server) -> None:
        job, pod = _job_with_pod(server, "Succeeded")
        server.delete(PODS, pod)
        assert server.find(PODS, pod) is None
        server.delete(JOBS, job)
        job, pod = _job_with_pod(server, "Running")
        server.delete(PODS, pod, grace=0)
        assert server.find(PODS, pod) is None

    _within(body)


# ---------------------------------------------------------------- through a connection


def _client(server: Server, weather: Weather | None = None) -> Client:
    return Client(server, random.Random(2), weather or Weather())


async def _take(events: AsyncGenerator[WatchEvent, None], many: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    async for event in events:
        found.append((event.type, event.object["metadata"]["name"]))
        if len(found) == many:
            break
    await events.aclose()
    return found


def test_a_watch_gives_what_happened_since_its_version_in_order() -> None:
    async def body(server: Server) -> None:
        since = server.create(TASKS, "erp", _task())["metadata"]["resourceVersion"]
        server.patch(TASKS, TASK, {"spec": {"type": "prices"}})
        events = _client(server).watch(TASKS, "erp", resource_version=since)
        taking = asyncio.ensure_future(_take(events, 3))
        await asyncio.sleep(1)
        server.create(TASKS, "erp", {"metadata": {"name": "two"}, "spec": {}})
        server.delete(TASKS, TASK)
        assert await taking == [("MODIFIED", "one"), ("ADDED", "two"), ("DELETED", "one")]

    _within(body)


def test_a_watch_of_labels_and_of_a_namespace_gives_nothing_else() -> None:
    async def body(server: Server) -> None:
        server.create(JOBS, "erp", {"metadata": {"name": "theirs"}, "spec": {}})
        server.create(JOBS, "else", {"metadata": {"name": "far", "labels": {"app": "sincro"}}, "spec": {}})
        server.create(JOBS, "erp", {"metadata": {"name": "ours", "labels": {"app": "sincro"}}, "spec": {}})
        events = _client(server).watch(JOBS, "erp", resource_version="1", label_selector="app=sincro")
        assert await _take(events, 1) == [("ADDED", "ours")]
        listed = await _client(server).list(JOBS, "erp", label_selector="app=sincro")
        assert [job["metadata"]["name"] for job in listed.items] == ["ours"]

    _within(body)


def test_a_watch_from_before_the_history_is_gone() -> None:
    async def body(server: Server) -> None:
        server.create(TASKS, "erp", _task())
        server.compact()
        with pytest.raises(Gone):
            await _take(_client(server).watch(TASKS, "erp", resource_version="1"), 1)

    _within(body)


def test_a_late_watch_is_late_and_keeps_the_order() -> None:
    async def body(server: Server) -> None:
        for number in range(20):
            server.create(TASKS, "erp", {"metadata": {"name": f"task-{number:02}"}, "spec": {}})
        events = _client(server, Weather(lag=20.0)).watch(TASKS, "erp", resource_version="1")
        found = await _take(events, 20)
        assert [name for _, name in found] == [f"task-{number:02}" for number in range(20)]
        assert asyncio.get_running_loop().time() > 5

    _within(body)


def test_pages_of_a_list_are_whole() -> None:
    async def body(server: Server) -> None:
        for number in range(5):
            server.create(TASKS, "erp", {"metadata": {"name": f"task-{number}"}, "spec": {}})
        client, names, page = _client(server), [], ""
        while True:
            answer = await client.list(TASKS, "erp", limit=2, next_page=page)
            names += [task["metadata"]["name"] for task in answer.items]
            if not (page := answer.next_page):
                break
        assert names == [f"task-{number}" for number in range(5)]

    _within(body)


@pytest.mark.parametrize(
    ("weather", "error", "effect"),
    [
        (Weather(refused=1.0), Unreachable, False),
        (Weather(throttled=1.0), TooManyRequests, False),
        (Weather(failed_before=1.0), ServerError, False),
        (Weather(failed_after=1.0), ServerError, True),
        (Weather(unanswered=1.0), Uncertain, True),
        (Weather(cut_off=True), Unreachable, False),
    ],
)
def test_a_failed_write_has_the_effect_that_its_kind_says(
    weather: Weather, error: type[Exception], effect: bool
) -> None:
    async def body(server: Server) -> None:
        with pytest.raises(error):
            await _client(server, replace(weather)).create(TASKS, "erp", _task())
        assert (server.find(TASKS, TASK) is not None) == effect

    _within(body)


def test_a_process_that_is_killed_at_a_write_leaves_its_effect() -> None:
    def dies(_verb: str, _resource: object, _name: str) -> None:
        raise asyncio.CancelledError

    async def body(server: Server) -> None:
        client = _client(server)
        client.on_write = dies
        with pytest.raises(asyncio.CancelledError):
            await client.create(TASKS, "erp", _task())
        assert server.find(TASKS, TASK) is not None

    _within(body)
