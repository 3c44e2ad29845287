"""Two replicas: one acts, the other takes over, and no sync runs twice."""

import signal
import time
from pathlib import Path
from typing import Any

from sincro_operator.cluster.api import LEASES
from tests.cluster.operator.place import Place, Process, operating, until

PORT = 18330


def election(place: Place) -> dict[str, Any]:
    return {"leaderElection": {"enabled": True, "namespace": place.namespace, "name": "operator"}}


def leading(process: Process) -> bool:
    words = [line["event"] for line in process.events() if line["event"] in ("leading", "not_leading")]
    return bool(words) and words[-1] == "leading"


async def takes_over(process: Process, within: float) -> float:
    began = time.monotonic()

    async def look() -> bool:
        return leading(process)

    await until("the standby leads", look, within)
    return time.monotonic() - began


async def no_task_has_more_jobs_than_attempts(place: Place, tasks: list[str]) -> None:
    for task in tasks:
        status = await place.in_state(task, "Succeeded", within=120)
        jobs = await place.jobs_of(task)
        assert len(jobs) == len(status["attempts"]) == 1


async def test_a_standby_takes_over_within_ten_seconds_of_a_sigkill(place: Place, tmp_path: Path) -> None:
    tasks = [f"t{number}" for number in range(4)]
    for number, task in enumerate(tasks):
        await place.source(f"source-{number}", behaviour="sleep=8")
        await place.task(task, f"source-{number}")
    async with (
        operating(place, tmp_path, PORT, **election(place)) as first,
        operating(place, tmp_path, PORT + 10, **election(place)) as second,
    ):
        await first.says("caches_complete")
        await second.says("caches_complete")

        async def look() -> bool:
            return leading(first) != leading(second)

        await until("one of them leads", look)
        leader, standby = (first, second) if leading(first) else (second, first)
        for task in tasks:
            await place.in_state(task, "Running")
        await leader.end(signal.SIGKILL)
        assert await takes_over(standby, within=15) < 10
        await no_task_has_more_jobs_than_attempts(place, tasks)


async def test_sigterm_gives_the_lease_up_within_five_seconds(place: Place, tmp_path: Path) -> None:
    await place.source(behaviour="sleep=3")
    async with operating(place, tmp_path, PORT, **election(place)) as first:
        await takes_over(first, within=60)
        async with operating(place, tmp_path, PORT + 10, **election(place)) as second:
            await second.says("caches_complete")
            await place.task("t1")
            await place.in_state("t1", "Running")
            began = time.monotonic()
            first.process.send_signal(signal.SIGTERM)

            async def given_up() -> bool:
                lease = await place.api.get(LEASES, place.name("operator"))
                return lease["spec"].get("acquireTime") != held or not lease["spec"].get("holderIdentity")

            held = (await place.api.get(LEASES, place.name("operator")))["spec"].get("acquireTime")
            await until("the Lease is given up", given_up, within=10)
            assert time.monotonic() - began < 5
            await takes_over(second, within=10)
            assert await first.process.wait() == 0
            await no_task_has_more_jobs_than_attempts(place, ["t1"])
