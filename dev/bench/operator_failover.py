"""How long nothing starts when the leader of two replicas is killed.

Keys: ha.failover_s (the worst of several: SIGKILL of the leader, until the successor has made a Job that fell due after
it; one falls due every second), ha.failover_p50_s. It ends with an error when a task got more Jobs than one.
"""

import argparse
import signal
import time
from collections import Counter
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial

from dev.bench.operator_setup import (
    NOWHERE,
    TYPES,
    BenchError,
    Operator,
    connected,
    make_sources,
    many,
    namespace,
    operator,
    percentile,
    run,
    task_body,
    until,
    watching,
)
from sincro_operator.cluster.api import JOBS, TASKS, Api

_DUE = 14
"""So many tasks fall due in a round, one a second."""


async def bench(arguments: argparse.Namespace) -> dict[str, float]:
    """See the module."""
    taken = []
    async with connected() as api, namespace(api, "bench-failover") as space, AsyncExitStack() as stack:
        replicas = [await stack.enter_async_context(_replica(space, number)) for number in range(2)]
        for replica in replicas:
            await replica.until("caches_complete")
        for turn in range(arguments.kills):
            leader, successor = await _elected(replicas)
            taken.append(await _killed(api, space, turn, leader))
            print(f"killed and taken over: {taken[-1]:.2f} s", flush=True)
            replicas = [successor, await stack.enter_async_context(_replica(space, turn + 2))]
            await replicas[1].until("caches_complete")
        jobs = (await api.list(JOBS, space, limit=0)).items
    runs = Counter(job["metadata"]["annotations"]["sincro.dev/task"] for job in jobs)
    if double := [task for task, count in runs.items() if count > 1]:
        raise BenchError(f"more than one Job: {', '.join(double)}")
    return {"ha.failover_s": max(taken), "ha.failover_p50_s": percentile(taken, 0.5)}


def _replica(space: str, number: int) -> AbstractAsyncContextManager[Operator]:
    election = {"enabled": True, "namespace": space, "name": "operator"}
    return operator(space, leaderElection=election, metricsPort=19191 + 10 * number)


async def _elected(replicas: list[Operator]) -> tuple[Operator, Operator]:
    """Who leads, and who stands by."""

    async def one_leads() -> bool:
        return len([replica for replica in replicas if _leads(replica)]) == 1

    await until("one of them leads", one_leads, 60)
    first, second = replicas
    return (first, second) if _leads(first) else (second, first)


def _leads(replica: Operator) -> bool:
    words = [line["event"] for line in replica.events() if line["event"] in ("leading", "not_leading")]
    return bool(words) and words[-1] == "leading"


async def _killed(api: Api, space: str, turn: int, leader: Operator) -> float:
    """Seconds from the SIGKILL until a Job is seen that fell due after it."""
    sources = await make_sources(
        api, space, (_DUE + 3) // 4, prefix=f"round-{turn}", maxConcurrent=4, scraper={"nodeSelector": NOWHERE}
    )
    begin = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    dues = {f"t{turn}-{number}": begin + timedelta(seconds=number) for number in range(_DUE)}
    async with watching(api, space) as seen:
        await many(
            partial(
                api.create,
                TASKS,
                space,
                task_body(name, sources[number // 4], TYPES[number % 4], notBefore=f"{due:%Y-%m-%dT%H:%M:%SZ}"),
            )
            for number, (name, due) in enumerate(dues.items())
        )
        await seen.until(lambda: f"t{turn}-1" in seen.job_of_task, 30)
        killed = time.time()
        await leader.end(signal.SIGKILL)

        def later() -> list[float]:
            return [at for task, at in seen.job_of_task.items() if dues[task].timestamp() > killed]

        await seen.until(lambda: bool(later()), 60)
        await seen.until(lambda: len(seen.job_of_task) >= _DUE, 60)
    return min(later()) - killed


if __name__ == "__main__":
    run(__doc__, bench, kills=5)
