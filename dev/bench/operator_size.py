"""Memory and start of an operator with many schedules and many queued tasks.

Keys: operator.rss_mb (resident memory, MB of 10^6 bytes, some seconds after the first plan), operator.startup_s (from
the start of the process until its caches are complete).
"""

import argparse
import asyncio
import time
from functools import partial

from dev.bench.operator_setup import TYPES, connected, make_sources, many, namespace, operator, run, task_body
from sincro_operator.cluster.api import SCHEDULES, TASKS, Object


async def bench(arguments: argparse.Namespace) -> dict[str, float]:
    """See the module."""
    async with connected() as api, namespace(api, "bench-size") as space:
        sources = await make_sources(api, space, max(1, arguments.schedules // 4), paused=True)
        await many(
            partial(api.create, SCHEDULES, space, _schedule(sources[number // 4 % len(sources)], number))
            for number in range(arguments.schedules)
        )
        await many(
            partial(api.create, TASKS, space, _waiting(sources[number // 4 % len(sources)], number))
            for number in range(arguments.tasks)
        )
        began = time.perf_counter()
        async with operator(space) as process:
            await process.until("caches_complete", 300)
            started = time.perf_counter() - began
            await asyncio.sleep(arguments.settle)
            rss = process.rss_mb
    return {"operator.rss_mb": rss, "operator.startup_s": started}


def _schedule(source: str, number: int) -> Object:
    return {
        "apiVersion": SCHEDULES.api_version,
        "kind": SCHEDULES.kind,
        "metadata": {"name": f"schedule-{number}"},
        "spec": {"sourceRef": {"name": source}, "type": TYPES[number % 4], "delta": {"every": "24h"}},
    }


def _waiting(source: str, number: int) -> Object:
    return task_body(f"task-{number}", source, TYPES[number % 4], notBefore="2036-01-01T00:00:00Z")


if __name__ == "__main__":
    run(__doc__, bench, schedules=10_000, tasks=10_000, settle=20)
