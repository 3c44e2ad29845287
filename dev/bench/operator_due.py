"""How late Jobs of schedules are that are due in one minute, against Kubernetes' own CronJob controller.

Keys, all from what a watch of Jobs has seen, pods that no node takes on all sides:
operator.due_skew_p99_s (cron schedules of one minute, which the operator spreads over ten seconds: from the instant
that it has announced for each until its Job is there), operator.due_skew_minute_p99_s (the same Jobs, from the minute
that cron names: the spread is in it), operator.due_skew_herd_p99_s (no spread: all held back until one instant by
their quiet hours), operator.due_skew_cronjob_p99_s and operator.due_skew_ratio (as many CronJobs of one minute, the
cluster's own controller as it is), operator.due_skew_cronjob_tuned_p99_s and operator.due_skew_tuned_ratio (a
controller with 1,000 QPS that makes 32 at a time, as many as the operator writes), operator.due_skew_herd_tuned_ratio.
"""

import argparse
import time
from datetime import UTC, datetime, timedelta
from functools import partial

from dev.bench.operator_cronjobs import controller_program, cronjob_skews, is_gone, job_like, tuned_controller
from dev.bench.operator_setup import (
    NOWHERE,
    TYPES,
    connected,
    load,
    make_sources,
    many,
    namespace,
    operator,
    percentile,
    run,
    until,
    watching,
)
from sincro_operator.cluster.api import JOBS, SCHEDULES, TASKS, Api, Object
from sincro_operator.cluster.connection import Connection

QPS = 1000
SYNCS = 32
_MINUTE = timedelta(minutes=1)


async def bench(arguments: argparse.Namespace) -> dict[str, float]:
    """See the module."""
    count, figures = arguments.count, dict[str, float]()
    async with connected() as api:
        announced, minute, like = await _spread(api, count)
        ours = figures["operator.due_skew_p99_s"] = _told("operator, from the announced instant", announced)
        figures["operator.due_skew_minute_p99_s"] = _told("operator, from the minute", minute)
        herd = figures["operator.due_skew_herd_p99_s"] = _told("operator, all at once", await _herd(api, count))
        program = controller_program()
        if program is None:
            print("no tuned CronJob controller: there is no kube-controller-manager on PATH", flush=True)
        else:
            tuned = _told("CronJobs, tuned", await _cronjobs(api, count, like, program))
            figures["operator.due_skew_cronjob_tuned_p99_s"] = tuned
            figures["operator.due_skew_tuned_ratio"] = ours / tuned
            figures["operator.due_skew_herd_tuned_ratio"] = herd / tuned
        peer = _told("CronJobs, as they are", await _cronjobs(api, count, like, None))
        figures["operator.due_skew_cronjob_p99_s"] = peer
        figures["operator.due_skew_ratio"] = ours / peer
    return figures


def _told(who: str, skews: list[float]) -> float:
    p99 = percentile(skews, 0.99)
    spread = f"p50 {percentile(skews, 0.5):.2f} s, p99 {p99:.2f} s, worst {max(skews):.2f} s"
    print(f"{who}: {spread}; load {load()}", flush=True)
    return p99


def _next_minute(seconds: float) -> datetime:
    """The first whole minute that is at least so far away."""
    return (datetime.now(UTC) + timedelta(seconds=seconds) + _MINUTE).replace(second=0, microsecond=0)


async def _vanished(api: Api, space: str) -> None:
    """Wait until nothing of the namespace is left: what is cleaned up is not to be measured with what follows."""
    await until(f"{space} is gone", partial(is_gone, api, space), 300)


# ---------------------------------------------------------------- schedules


async def _spread(api: Connection, count: int) -> tuple[list[float], list[float], Object]:
    """Skews from the announced instants and from the minute, and a Job as the operator makes them."""
    due = _next_minute(30 + count / 30)
    async with namespace(api, "bench-due") as space:
        seen = await _made(api, space, count, due, {"full": _cron(due), "quietHours": []})
        like = job_like((await api.list(JOBS, space, limit=1)).items[0])
        announced = await _dues(api, space)
    await _vanished(api, space)
    return (
        [at - announced[task].timestamp() for task, at in seen.items()],
        [at - due.timestamp() for at in seen.values()],
        like,
    )


async def _herd(api: Connection, count: int) -> list[float]:
    """Skews from the end of the quiet hours that all of them wait for."""
    due = _next_minute(90 + count / 30)
    quiet = {"start": f"{due - 30 * _MINUTE:%H:%M}", "end": f"{due:%H:%M}"}
    async with namespace(api, "bench-herd") as space:
        spec = {"full": _cron(due - _MINUTE), "quietHours": [quiet]}
        seen = await _made(api, space, count, due, spec)
    await _vanished(api, space)
    return [at - due.timestamp() for at in seen.values()]


def _cron(due: datetime) -> Object:
    return {"cron": f"{due.minute} {due.hour} * * *"}


async def _made(api: Connection, space: str, count: int, due: datetime, spec: Object) -> dict[str, float]:
    """Task -> when its Job was seen, for so many schedules over a quarter as many sources."""
    sources = await make_sources(api, space, (count + 3) // 4, maxConcurrent=4, scraper={"nodeSelector": NOWHERE})
    async with operator(space) as process, watching(api, space) as seen:
        await process.until("caches_complete")
        bodies = [
            {
                "apiVersion": SCHEDULES.api_version,
                "kind": SCHEDULES.kind,
                "metadata": {"name": f"schedule-{number}"},
                "spec": {"sourceRef": {"name": sources[number // 4]}, "type": TYPES[number % 4], "timeZone": "UTC"}
                | spec,
            }
            for number in range(count)
        ]
        await many(partial(api.create, SCHEDULES, space, body) for body in bodies)
        left = due.timestamp() - time.time()
        print(f"{count} schedules, due in {left:.1f} s", flush=True)
        await until("all schedules are taken note of", partial(_announced, api, space, count), left - 3)
        await seen.until(lambda: len(seen.job_of_task) >= count, due.timestamp() - time.time() + 120)
    return dict(seen.job_of_task)


async def _announced(api: Api, space: str, count: int) -> bool:
    """Whether the operator has said of each schedule when it runs next."""
    return sum("full" in ((one.get("status") or {}).get("next") or {}) for one in await _all(api, space)) >= count


async def _all(api: Api, space: str) -> list[Object]:
    return (await api.list(SCHEDULES, space, limit=0)).items


async def _dues(api: Api, space: str) -> dict[str, datetime]:
    """Task -> the instant that it was due."""
    tasks = (await api.list(TASKS, space, limit=0)).items
    return {task["metadata"]["name"]: datetime.fromisoformat(task["spec"]["due"]) for task in tasks}


# ---------------------------------------------------------------- CronJobs


async def _cronjobs(api: Connection, count: int, like: Object, program: str | None) -> list[float]:
    """Skews of CronJobs; with a program, by a tuned controller of our own."""
    due = _next_minute(40 + count / 30)
    async with namespace(api, "bench-cronjobs") as space:
        if program is None:
            skews = await cronjob_skews(api, space, count, like, due)
        else:
            async with tuned_controller(api, space, program, QPS, SYNCS) as process:
                skews = await cronjob_skews(api, space, count, like, due, process)
    await _vanished(api, space)
    return skews


if __name__ == "__main__":
    run(__doc__, bench, count=1000)
