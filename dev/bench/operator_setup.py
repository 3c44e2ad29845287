"""What the operator's benchmarks share: a namespace, sources, an operator of their own, and a watch on what happens.

Every benchmark is a program of its own: `python -m dev.bench.operator_NAME [--json PATH]` against the cluster of
KUBECONFIG. Times are this process's own clock; the operator runs from the checkout, as a process beside it.
"""

import argparse
import asyncio
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop
import yaml

from sincro_operator.cluster.api import (
    CONFIG_MAPS,
    JOBS,
    PODS,
    SOURCES,
    TASKS,
    AlreadyExists,
    Api,
    Object,
    Resource,
    ServerError,
    TooManyRequests,
    Uncertain,
    Unreachable,
)
from sincro_operator.cluster.connection import Connection, load_configuration
from sincro_operator.planning.model import Name

NAMESPACES = Resource("", "v1", "namespaces", "Namespace")
SECRETS = Resource("", "v1", "secrets", "Secret")
ROOT = Path(__file__).parents[2]
IMAGE = "sincro/fake-scraper:dev"
IMAGE_FOLDER = ROOT / "tests/cluster/operator/fake_scraper"
NOWHERE = {"sincro.dev/bench": "nowhere"}
"""A node selector that no node has: Jobs are made, and nothing runs."""
TYPES = ("customers", "orders", "products", "prices")


class BenchError(Exception):
    """The benchmark cannot be carried out, or something took far longer than it may."""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def run(
    name: str | None, bench: Callable[[argparse.Namespace], Coroutine[Any, Any, dict[str, float]]], **options: int
) -> None:
    """Parse --json and the numbers in `options` (with their defaults), run, print the keys, and write them."""
    parser = argparse.ArgumentParser(description=name)
    parser.add_argument("--json", type=Path, help="write the keys and values to this file")
    for option, default in options.items():
        parser.add_argument(f"--{option.replace('_', '-')}", type=int, default=default)
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(bench(arguments))
    figures = {key: round(value, 4) for key, value in figures.items()}
    print(json.dumps(figures, indent=2))
    print(f"load {load()}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def prepare() -> None:
    """Bring the resources and the stand-in for the scraper into the cluster of KUBECONFIG, as they are here."""
    for command in (
        ["kubectl", "apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds")],
        ["kubectl", "wait", "--for=condition=Established", "--timeout=30s", "-f", str(ROOT / "crds")],
        ["docker", "build", "-q", "-t", IMAGE, str(IMAGE_FOLDER)],
        [str(ROOT / "dev/images/load"), IMAGE],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            raise BenchError(f"{' '.join(command)}: {done.stderr[-2000:]}")


@asynccontextmanager
async def connected(connections: int = 64) -> AsyncIterator[Connection]:
    """A connection to the cluster of KUBECONFIG, which has what benchmarks need."""
    await asyncio.to_thread(prepare)
    async with Connection(await load_configuration(connections=connections)) as api:
        yield api


async def many(work: Iterable[Callable[[], Awaitable[Any]]], at_once: int = 32) -> None:
    """Do all of it, so many at a time; a call that a busy API server cut off is made again."""
    items = iter(work)

    async def worker() -> None:
        for item in items:
            await _patiently(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())


async def until(what: str, condition: Callable[[], Awaitable[bool]], within: float) -> None:
    """Ask until the answer is true. Raises BenchError when time (seconds) is up."""
    deadline = time.monotonic() + within
    while not await condition():
        if time.monotonic() > deadline:
            raise BenchError(f"not within {within:.0f} s: {what}")
        await asyncio.sleep(0.5)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load() -> str:
    """The machine's load averages, which belong beside every figure of a shared machine."""
    return " ".join(f"{one:.1f}" for one in os.getloadavg())


async def _patiently(call: Callable[[], Awaitable[Any]]) -> None:
    for again in (True, True, False):
        try:
            await call()
        except AlreadyExists:
            # What was cut off may have had its effect. Every benchmark has a namespace of its own.
            return
        except (Uncertain, Unreachable, TooManyRequests, ServerError):
            if not again:
                raise
            await asyncio.sleep(1)
        else:
            return


# ---------------------------------------------------------------- the namespace and what is in it


@asynccontextmanager
async def namespace(api: Api, name: str) -> AsyncIterator[str]:
    """A fresh namespace with a profile and Secrets, its name made unique; deleted at the end, without waiting."""
    name = f"{name}-{time.time_ns() // 1_000_000_000 % 1_000_000}"
    await _create(api, NAMESPACES, name, {"metadata": {"name": name}})
    streams = "\n".join(f"  {stream}: {{}}" for stream in TYPES)
    await _create(
        api, CONFIG_MAPS, name, {"metadata": {"name": "profile"}, "data": {"profile.yaml": f"streams:\n{streams}\n"}}
    )
    for secret, data in (("user", {"username": "u", "password": "p"}), ("database", {"url": "postgresql://nobody"})):
        await _create(api, SECRETS, name, {"metadata": {"name": secret}, "stringData": data})
    try:
        yield name
    finally:
        await api.delete(NAMESPACES, Name("", name))


async def _create(api: Api, resource: Resource, namespace_: str, body: Object) -> Object:
    head = {"apiVersion": resource.api_version, "kind": resource.kind}
    return await api.create(resource, "" if resource is NAMESPACES else namespace_, head | body)


async def make_sources(api: Api, namespace_: str, count: int, prefix: str = "source", **spec: Any) -> list[str]:
    """So many SyncSources, named source-0 and so on."""
    names = [f"{prefix}-{number}" for number in range(count)]

    def one(name: str) -> Callable[[], Awaitable[Any]]:
        body = {
            "metadata": {"name": name},
            "spec": {
                "profile": {"name": "profile"},
                "baseUrl": "http://erp?sleep=1",
                "credentialsSecretRef": {"name": "user"},
                "databaseSecretRef": {"name": "database"},
            }
            | spec,
        }
        return lambda: _create(api, SOURCES, namespace_, body)

    await many(map(one, names))
    return names


def task_body(name: str, source: str, type_: str, **spec: Any) -> Object:
    """A SyncTask."""
    return {
        "apiVersion": TASKS.api_version,
        "kind": TASKS.kind,
        "metadata": {"name": name},
        "spec": {"sourceRef": {"name": source}, "type": type_} | spec,
    }


# ---------------------------------------------------------------- the operator


@dataclass
class Operator:
    """An operator process."""

    process: asyncio.subprocess.Process
    log: Path
    metrics_port: int

    @property
    def rss_mb(self) -> float:
        """Resident memory, MB (10^6 bytes)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found.group(1)) * 1024 / 1e6 if found else 0.0

    @property
    def cpu_seconds(self) -> float:
        """CPU time so far, user and system."""
        return cpu_seconds(self.process.pid)

    def events(self) -> list[dict[str, Any]]:
        """The log so far."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]

    async def until(self, event: str, within: float = 120.0) -> dict[str, Any]:
        """The first line of the log that says this event."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for line in self.events():
                if line["event"] == event:
                    return line
            if self.process.returncode is not None:
                break
            await asyncio.sleep(0.05)
        raise BenchError(f"the operator did not say {event!r}:\n{self.log.read_text('utf-8')[-4000:]}")

    async def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Signal it and wait."""
        if self.process.returncode is None:
            self.process.send_signal(how)
            await asyncio.wait_for(self.process.wait(), 20)


@asynccontextmanager
async def operator(namespace_: str, **settings: Any) -> AsyncIterator[Operator]:
    """An operator for one namespace; it has begun when this is entered, and is not yet ready."""
    port = settings.pop("metricsPort", 19191)
    with tempfile.TemporaryDirectory() as folder:
        document = {
            "namespaces": [namespace_],
            "scraper": {"image": IMAGE, "imagePullPolicy": "IfNotPresent"},
            "maxConcurrentJobs": 100_000,
            "leaderElection": {"enabled": False},
            "healthEndpoint": f"http://127.0.0.1:{port + 1}/healthz",
            "metricsPort": port,
        } | settings
        file, log = Path(folder) / "settings.yaml", Path(folder) / "log"
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        with log.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "sincro_operator",
                env=os.environ | {"SINCRO_SETTINGS": str(file)},
                stderr=sink,
                stdout=sink,
            )
        started = Operator(process, log, port)
        try:
            yield started
        finally:
            try:
                await started.end()
            except TimeoutError:
                process.kill()
            complaints = Counter(
                (line["event"], str(line.get("error") or line.get("what") or "")[:120])
                for line in started.events()
                if line["level"] in ("error", "warning")
            )
            for (event, error), count in complaints.most_common(10):
                print(f"{count} x {event}: {error}", file=sys.stderr)


# ---------------------------------------------------------------- seeing what happens


@dataclass
class Seen:
    """When each object was first seen in each state that matters, by name. Seconds of time.time()."""

    jobs: dict[str, float] = field(default_factory=dict)
    """Job -> seen."""
    job_of_task: dict[str, float] = field(default_factory=dict)
    """Task -> first Job of its seen."""
    running: dict[str, float] = field(default_factory=dict)
    """Task -> its status said Running."""
    final: dict[str, tuple[float, Object]] = field(default_factory=dict)
    """Task -> its status was final, and the object."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, condition: Callable[[], bool], within: float) -> None:
        """Wait; ends the program when it takes too long."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            counts = f"{len(self.jobs)} Jobs, {len(self.running)} running, {len(self.final)} ended"
            raise BenchError(f"too slow: {counts}") from None


@asynccontextmanager
async def watching(api: Api, namespace_: str, *, pods: bool = False) -> AsyncIterator[Seen]:
    """Watch Jobs and tasks of the namespace from now on (and pods, into the same times, when asked)."""
    seen = Seen()

    def job(obj: Object) -> None:
        now, name = time.time(), obj["metadata"]["name"]
        task = obj["metadata"].get("annotations", {}).get("sincro.dev/task", "")
        seen.jobs.setdefault(name, now)
        seen.job_of_task.setdefault(task, now)

    def task(obj: Object) -> None:
        now, name = time.time(), obj["metadata"]["name"]
        state = (obj.get("status") or {}).get("state", "")
        if state == "Running":
            seen.running.setdefault(name, now)
        elif state not in ("", "Queued", "Retrying"):
            seen.final.setdefault(name, (now, obj))

    def pod(_obj: Object) -> None:
        return

    async def follow(resource: Resource, take: Callable[[Object], None]) -> None:
        page = await api.list(resource, namespace_, limit=1)
        version = page.resource_version
        while True:
            events = api.watch(resource, namespace_, resource_version=version, timeout_seconds=600)
            async with aclosing(events):
                async for event in events:
                    version = event.object["metadata"]["resourceVersion"]
                    if event.type in ("ADDED", "MODIFIED"):
                        take(event.object)
                        seen.changed.set()

    followers = [asyncio.ensure_future(follow(JOBS, job)), asyncio.ensure_future(follow(TASKS, task))]
    if pods:
        followers.append(asyncio.ensure_future(follow(PODS, pod)))
    await asyncio.sleep(0.3)
    try:
        yield seen
    finally:
        for follower in followers:
            follower.cancel()
