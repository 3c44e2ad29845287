"""Tasks turned into Jobs per second when many are due at once, against a bare concurrent loop that creates such Jobs.

Keys: operator.job_rate (tasks/s until the last Job is there), operator.job_rate_ratio (against the bare loop: same
Jobs, same client, same API server, same run), operator.job_rate_settled (tasks/s until the last status says Running),
operator.job_cpu_ms (CPU of the operator a task).
"""

import argparse
import asyncio
import time
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import partial

from dev.bench.operator_setup import (
    NOWHERE,
    TYPES,
    connected,
    make_sources,
    many,
    namespace,
    operator,
    run,
    task_body,
    watching,
)
from sincro_operator.cluster.api import JOBS, TASKS, Api, Object
from sincro_operator.cluster.connection import Connection


async def bench(arguments: argparse.Namespace) -> dict[str, float]:
    """See the module."""
    count = arguments.tasks
    async with connected() as api, namespace(api, "bench-job-rate") as space:
        sources = await make_sources(api, space, count // 4, maxConcurrent=4, scraper={"nodeSelector": NOWHERE})
        rate, settled, cpu = await _operator_rate(api, space, sources, count)
        bare = await _bare_rate(api, space, count)
    return {
        "operator.job_rate": rate,
        "operator.job_rate_settled": settled,
        "operator.job_rate_bare": bare,
        "operator.job_rate_ratio": rate / bare,
        "operator.job_cpu_ms": cpu * 1000 / count,
    }


async def _operator_rate(api: Connection, space: str, sources: list[str], count: int) -> tuple[float, float, float]:
    async with operator(space) as process, watching(api, space) as seen:
        await process.until("caches_complete")
        # Time to make the tasks and for the operator to say of each that it waits, even on a machine that is busy.
        head_start = timedelta(seconds=15 + count / 40)
        due = (datetime.now(UTC) + head_start).replace(microsecond=0)
        bodies = [
            task_body(
                f"t{number}", sources[number // 4], TYPES[number % 4], notBefore=due.strftime("%Y-%m-%dT%H:%M:%SZ")
            )
            for number in range(count)
        ]
        await many(partial(api.create, TASKS, space, body) for body in bodies)
        wait = due.timestamp() - time.time()
        print(f"{count} tasks wait, due in {wait:.1f} s", flush=True)
        if wait < 3:
            raise SystemExit("the tasks were not made in time: a longer head start is needed")
        await asyncio.sleep(wait - 1)
        if seen.jobs:
            raise SystemExit("Jobs before the time")
        cpu = process.cpu_seconds
        await seen.until(lambda: len(seen.jobs) >= count, 120)
        jobs_at = max(seen.jobs.values())
        await seen.until(lambda: len(seen.running) >= count, 120)
        settled_at, cpu = max(seen.running.values()), process.cpu_seconds - cpu
    began = due.timestamp()
    return count / (jobs_at - began), count / (settled_at - began), cpu


async def _bare_rate(api: Api, space: str, count: int) -> float:
    """Creates as many Jobs like those that the operator made, as fast as the client can."""
    page = await api.list(JOBS, space, limit=1)
    model = deepcopy(page.items[0])
    template = model["spec"]["template"]
    for labels in (model["metadata"]["labels"], template["metadata"]["labels"]):
        for label in list(labels):
            if "job" in label or "controller" in label:
                del labels[label]
    model["spec"].pop("selector", None)
    bodies: list[Object] = [
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": f"bare-{number}",
                "labels": model["metadata"]["labels"],
                "annotations": model["metadata"]["annotations"],
            },
            "spec": model["spec"],
        }
        for number in range(count)
    ]
    began = time.perf_counter()
    await many(partial(api.create, JOBS, space, body) for body in bodies)
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    run(__doc__, bench, tasks=2000)
