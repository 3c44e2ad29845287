"""The operator is killed (SIGKILL) at five points of a sync: one Job an attempt, and the task ends well."""

import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sincro_operator.cluster.api import PODS, TASKS
from tests.cluster.operator.place import Place, operating, until

PORT = 18310


async def task_is_seen(place: Place) -> Any:
    return (await place.api.get(TASKS, place.name("t1")))["metadata"]["uid"]


async def job_is_made(place: Place) -> Any:
    return await place.jobs_of("t1")


async def status_says_running(place: Place) -> Any:
    return (await place.status("t1")).get("state") == "Running"


async def container_runs(place: Place) -> Any:
    return await place.running_pods()


async def container_has_ended(place: Place) -> Any:
    pods = await place.all(PODS)
    return [pod for pod in pods if pod["status"]["phase"] in ("Succeeded", "Failed")]


POINTS = [task_is_seen, job_is_made, status_says_running, container_runs, container_has_ended]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.__name__)
async def test_killed_when(point: Callable[[Place], Awaitable[Any]], place: Place, tmp_path: Path) -> None:
    await place.source(behaviour="sleep=3&exit1=30")
    async with operating(place, tmp_path, PORT) as first:
        await first.says("caches_complete")
        await place.task("t1", retryPolicy={"maxAttempts": 3, "initialDelay": "1s", "maxDelay": "2s"})
        await until(point.__name__, lambda: point(place))
        await first.end(signal.SIGKILL)
    async with operating(place, tmp_path, PORT) as second:
        await second.says("caches_complete")
        status = await place.in_state("t1", "Succeeded", "DeadLettered", within=90)
    assert status["state"] == "Succeeded"
    assert [(attempt["number"], attempt.get("class")) for attempt in status["attempts"]] == [
        (1, "SourceUnavailable"),
        (2, None),
    ]
    jobs = await place.jobs_of("t1")
    assert [job["metadata"]["name"] for job in jobs] == [attempt["job"] for attempt in status["attempts"]]
    assert status["result"]["created"] == 3
