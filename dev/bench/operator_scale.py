"""Ten thousand schedules and a thousand Jobs at once, on nodes and pods that only the API server knows (kwok).

Everything is real but the kubelet: API server, scheduler, Job controller, operator. Every schedule is due once an hour;
a pod ends after some minutes with a result of its own, so that about `--concurrent` Jobs run at any time.

Keys: scale.schedules, scale.concurrent_jobs (the most at once), scale.jobs (in all), scale.operator_rss_mb (MB of 10^6
bytes, at the end), scale.operator_cpu_cores (mean, while at least nine tenths of them ran), scale.due_skew_p99_s (from
the instant a run was due to its Job seen on a watch, of the runs that fell due while the operator was there: what fell
due before, while ten thousand schedules were made, waited for the benchmark).
"""

import argparse
import asyncio
import json
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import yaml

from dev.bench.operator_setup import (
    TYPES,
    BenchError,
    connected,
    make_sources,
    many,
    namespace,
    operator,
    percentile,
    run,
)
from sincro_contract.result import Outcome, RunResult
from sincro_contract.run import Mode
from sincro_operator.cluster.api import JOBS, SCHEDULES, TASKS, Api, Object, Resource
from sincro_operator.planning.model import Name

NODES = Resource("", "v1", "nodes", "Node")
FAKE = {"sincro.dev/bench": "simulated-node"}
PODS_PER_NODE = 250
EVERY_SECONDS = 3600
AHEAD = 60
"""Nothing is due before the operator runs: making ten thousand schedules takes a while. Seconds."""
METRICS_PORT = 19391
RESULT = Outcome(result=RunResult(mode=Mode.DELTA, read=20, updated=1, unchanged=19, duration_ms=1000))


async def bench(arguments: argparse.Namespace) -> dict[str, float]:
    """See the module."""
    # Little's law: so many due a second, each for so long, makes the wanted number at once.
    lifetime = arguments.concurrent * EVERY_SECONDS / arguments.schedules
    async with (
        connected() as api,
        simulated_nodes(api, arguments.concurrent // PODS_PER_NODE + 2, lifetime),
        namespace(api, "bench-scale") as space,
    ):
        sources = await make_sources(api, space, max(1, arguments.schedules // 4), maxConcurrent=4)
        count = arguments.schedules
        await many(
            partial(
                _make_schedule, api, space, sources[number // 4 % len(sources)], number, number * 617 % count / count
            )
            for number in range(count)
        )
        scraper = {
            "image": "sincro/nothing:here",
            "nodeSelector": FAKE,
            "tolerations": [{"key": next(iter(FAKE)), "operator": "Exists"}],
            "finishedJobTtl": "1m",
        }
        async with operator(space, scraper=scraper, metricsPort=METRICS_PORT) as process, following(api, space) as seen:
            await process.until("caches_complete", 300)
            began, cpu, since = time.monotonic(), process.cpu_seconds, time.time()
            full: tuple[float, float] | None = None
            end = began + lifetime + arguments.minutes * 60
            while (now := time.monotonic()) < end:
                await seen.settle()
                if full is None and len(seen.active) >= 0.9 * arguments.concurrent:
                    full = (time.monotonic(), process.cpu_seconds)
                if int(now - began) // 30 != int(time.monotonic() - began) // 30:
                    print(
                        f"scale: {now - began:4.0f}s {len(seen.active)} Jobs at once, {len(seen.first)} in all",
                        flush=True,
                    )
            if full is None:
                raise BenchError(f"only {seen.most} Jobs at once")
            cores = (process.cpu_seconds - full[1]) / (time.monotonic() - full[0])
            rss = process.rss_mb
            skews = seen.skews(since)
            seen.tell_latest(since)
            print(f"scale: {len(seen.first) - len(skews)} Jobs of runs that were due before the operator was there")
            print(f"scale: {process.cpu_seconds - cpu:.1f} CPU seconds of the operator in all", flush=True)
    return {
        "scale.schedules": float(arguments.schedules),
        "scale.concurrent_jobs": float(seen.most),
        "scale.jobs": float(len(seen.first)),
        "scale.operator_rss_mb": rss,
        "scale.operator_cpu_cores": cores,
        "scale.due_skew_p99_s": percentile(skews, 0.99),
    }


async def _make_schedule(api: Api, space: str, source: str, number: int, share: float) -> None:
    """A schedule that ran once, this share of its interval ago: a new one would run at once."""
    name = f"schedule-{number}"
    body: Object = {
        "apiVersion": SCHEDULES.api_version,
        "kind": SCHEDULES.kind,
        "metadata": {"name": name},
        "spec": {"sourceRef": {"name": source}, "type": TYPES[number % 4], "full": {"every": f"{EVERY_SECONDS}s"}},
    }
    await api.create(SCHEDULES, space, body)
    last = datetime.now(UTC) + timedelta(seconds=AHEAD - share * EVERY_SECONDS)
    status = {"lastDue": {"full": last.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    await api.patch(SCHEDULES, Name(space, name), {"status": status}, subresource="status")


# ---------------------------------------------------------------- nodes and pods that nothing runs on


@asynccontextmanager
async def simulated_nodes(api: Api, count: int, lifetime: float) -> AsyncIterator[None]:
    """Nodes that stay Ready; a pod on them runs at once and ends well after `lifetime` seconds, give or take 20%."""
    program = shutil.which("kwok")
    if program is None:
        raise BenchError('kwok is not on the PATH: make cluster builds it; then eval "$(make -s env)"')
    names = [f"simulated-{number}" for number in range(count)]
    for name in names:
        await api.create(NODES, "", _node(name))
    stages = "---\n".join(yaml.safe_dump(stage) for stage in (_lives(), _runs(), _ends(lifetime), _goes()))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stages.yaml"
        file.write_text(stages, encoding="utf-8")
        with (Path(folder) / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                program,
                "--kubeconfig",
                os.environ["KUBECONFIG"],
                "--config",
                str(file),
                "--manage-nodes-with-label-selector",
                ",".join(f"{key}={value}" for key, value in FAKE.items()),
                "--node-lease-duration-seconds",
                "40",
                stdout=log,
                stderr=log,
            )
            try:
                yield
            finally:
                process.terminate()
                await process.wait()
                for name in names:
                    await api.delete(NODES, Name("", name))


def _node(name: str) -> Object:
    room = {"cpu": "1k", "memory": "10Ti", "pods": str(PODS_PER_NODE)}
    ready = {"type": "Ready", "status": "True", "reason": "Simulated", "message": "nothing runs here"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": FAKE},
        "spec": {"taints": [{"key": key, "value": value, "effect": "NoSchedule"} for key, value in FAKE.items()]},
        "status": {"allocatable": room, "capacity": room, "conditions": [ready]},
    }


def _stage(name: str, conditions: list[Object], then: Object, delay: Object | None = None, kind: str = "Pod") -> Object:
    selector: Object = {"matchExpressions": conditions}
    if kind == "Pod":
        selector["matchLabels"] = {"app.kubernetes.io/component": "scraper"}
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {"resourceRef": {"apiGroup": "v1", "kind": kind}, "selector": selector, "next": then}
        | ({"delay": delay} if delay else {}),
    }


_ALIVE = {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"}


def _lives() -> Object:
    """Without a stage of their own nodes are not looked after at all; the Lease does the rest."""
    return _stage(
        "node-lives",
        [_ALIVE],
        {"statusTemplate": "phase: Running"},
        {"durationMilliseconds": 3_600_000, "jitterDurationMilliseconds": 3_600_000},
        "Node",
    )


def _runs() -> Object:
    status = """\
phase: Running
startTime: {{ Now | Quote }}
conditions:
- {type: Ready, status: "True", lastTransitionTime: {{ Now | Quote }}}
containerStatuses:
- name: scraper
  image: simulated
  imageID: ""
  ready: true
  restartCount: 0
  state: {running: {startedAt: {{ Now | Quote }}}}
"""
    begun = {"key": ".status.startTime", "operator": "DoesNotExist"}
    return _stage("pod-runs", [_ALIVE, begun], {"statusTemplate": status})


def _ends(lifetime: float) -> Object:
    status = f"""\
phase: Succeeded
conditions:
- {{type: Ready, status: "False", reason: PodCompleted, lastTransitionTime: {{{{ Now | Quote }}}}}}
containerStatuses:
- name: scraper
  image: simulated
  imageID: ""
  ready: false
  restartCount: 0
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{{{ .status.startTime | Quote }}}}
      finishedAt: {{{{ Now | Quote }}}}
      message: {json.dumps(RESULT.to_termination_message())}
"""
    running = {"key": ".status.phase", "operator": "In", "values": ["Running"]}
    shortest, longest = int(lifetime * 800), int(lifetime * 1200)
    delay = {"durationMilliseconds": shortest, "jitterDurationMilliseconds": longest}
    return _stage("pod-ends", [_ALIVE, running], {"statusTemplate": status}, delay)


def _goes() -> Object:
    doomed = {"key": ".metadata.deletionTimestamp", "operator": "Exists"}
    return _stage("pod-goes", [doomed], {"delete": True})


# ---------------------------------------------------------------- what happens


@dataclass
class Seen:
    """Jobs that run now, each one's task and when it was first told of, and when each task was due (seconds since the
    epoch)."""

    active: set[str] = field(default_factory=set)
    first: dict[str, tuple[str, float]] = field(default_factory=dict)
    due: dict[str, float] = field(default_factory=dict)
    made: dict[str, float] = field(default_factory=dict)
    most: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def job(self, obj: Object, deleted: bool) -> None:
        """One Job, as a watch told of it."""
        name, now = obj["metadata"]["name"], time.time()
        if deleted or obj.get("status", {}).get("completionTime"):
            self.active.discard(name)
            return
        self.first.setdefault(name, (obj["metadata"]["annotations"]["sincro.dev/task"], now))
        self.active.add(name)
        self.most = max(self.most, len(self.active))

    def tell_latest(self, since: float) -> None:
        """Where the time of the latest ones went: until the task was there, and from there to its Job."""
        late = sorted(
            (told - due, due - since, self.made.get(task, told) - due)
            for task, told in self.first.values()
            if (due := self.due.get(task)) is not None and due >= since
        )
        for skew, at, task_late in late[-1 : -len(late) // 50 : -max(1, len(late) // 200)]:
            print(f"scale: due at {at:4.0f}s, task {task_late:5.1f} s and Job {skew:5.1f} s after that", flush=True)

    def skews(self, since: float) -> list[float]:
        """Seconds from due to the Job, of the runs that fell due after an instant."""
        dues = ((self.due.get(task), told) for task, told in self.first.values())
        return [told - due for due, told in dues if due is not None and due >= since]

    def task(self, obj: Object) -> None:
        """One task, as a watch told of it: it says when it was due before its Job is made."""
        self.made.setdefault(obj["metadata"]["name"], time.time())
        if due := obj["spec"].get("due"):
            self.due[obj["metadata"]["name"]] = datetime.fromisoformat(due).astimezone(UTC).timestamp()

    async def settle(self) -> None:
        """Wait for the next thing to happen, a second at most."""
        self.changed.clear()
        try:
            async with asyncio.timeout(1):
                await self.changed.wait()
        except TimeoutError:
            return


@asynccontextmanager
async def following(api: Api, space: str) -> AsyncIterator[Seen]:
    """Watch tasks and Jobs of the namespace from now on."""
    seen = Seen()

    async def follow(resource: Resource) -> None:
        version = (await api.list(resource, space, limit=1)).resource_version
        while True:
            events = api.watch(resource, space, resource_version=version, timeout_seconds=600)
            async with aclosing(events):
                async for event in events:
                    version = event.object["metadata"]["resourceVersion"]
                    if event.type == "BOOKMARK":
                        continue
                    if resource is JOBS:
                        seen.job(event.object, event.type == "DELETED")
                    else:
                        seen.task(event.object)
                    seen.changed.set()

    followers = [asyncio.ensure_future(follow(resource)) for resource in (TASKS, JOBS)]
    try:
        yield seen
    finally:
        for follower in followers:
            follower.cancel()


if __name__ == "__main__":
    run(__doc__, bench, schedules=10_000, concurrent=1_000, minutes=6)
