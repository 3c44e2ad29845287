"""A namespace of a real cluster with sources and tasks, and operators that serve it: whole processes, or their core."""

import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from sincro_operator.cluster.api import (
    CONFIG_MAPS,
    JOBS,
    PODS,
    SCHEDULES,
    SOURCES,
    TASKS,
    Api,
    NotFound,
    Object,
    Resource,
)
from sincro_operator.cluster.job import JobSettings
from sincro_operator.cluster.lease import Alone
from sincro_operator.core import Core, assemble
from sincro_operator.loop import Leader
from sincro_operator.planning.model import Limits, Name

NAMESPACES = Resource("", "v1", "namespaces", "Namespace")
SECRETS = Resource("", "v1", "secrets", "Secret")
IMAGE = "sincro/fake-scraper:dev"
TYPES = ("customers", "orders", "products", "prices")


async def until(what: str, condition: Callable[[], Awaitable[Any]], within: float = 60.0) -> Any:
    """Ask until the answer is true; returns it. Raises AssertionError, with the last answer, when time is up."""
    deadline, answer = time.monotonic() + within, None
    while time.monotonic() < deadline:
        answer = await condition()
        if answer:
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {within:.0f} s: {what}; the last answer was {answer!r}")


@dataclass
class Place:
    """The namespace and what can be done in it."""

    api: Api
    namespace: str

    def name(self, name: str) -> Name:
        return Name(self.namespace, name)

    async def put(self, resource: Resource, name: str, **parts: Any) -> Object:
        head = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": name}}
        return await self.api.create(resource, self.namespace, head | parts)

    async def source(self, name: str = "erp", behaviour: str = "", **spec: Any) -> Object:
        """A source whose scraper behaves like this: see fake_scraper/job.sh."""
        return await self.put(
            SOURCES,
            name,
            spec={
                "profile": {"name": "profile"},
                "baseUrl": f"http://erp.invalid/?{behaviour}",
                "credentialsSecretRef": {"name": "user"},
                "databaseSecretRef": {"name": "database"},
            }
            | spec,
        )

    async def task(self, name: str, source: str = "erp", type_: str = "customers", **spec: Any) -> Object:
        return await self.put(TASKS, name, spec={"sourceRef": {"name": source}, "type": type_} | spec)

    async def schedule(self, name: str, source: str = "erp", type_: str = "customers", **spec: Any) -> Object:
        return await self.put(
            SCHEDULES, name, spec={"sourceRef": {"name": source}, "type": type_, "quietHours": []} | spec
        )

    async def all(self, resource: Resource) -> list[Object]:
        return (await self.api.list(resource, self.namespace)).items

    async def status(self, name: str) -> Object:
        found = await self.api.get(TASKS, self.name(name))
        return found.get("status") or {}

    async def jobs_of(self, task: str) -> list[Object]:
        jobs = [job for job in await self.all(JOBS) if job["metadata"]["annotations"].get("sincro.dev/task") == task]
        return sorted(jobs, key=lambda job: int(job["metadata"]["annotations"]["sincro.dev/launch"]))

    async def in_state(self, name: str, *states: str, within: float = 60.0) -> Object:
        """Wait until the task is in one of these states; returns its status."""

        status: Object = {}

        async def look() -> bool:
            nonlocal status
            status = await self.status(name)
            return status.get("state") in states

        try:
            await until(f"{name} is {' or '.join(states)}", look, within)
        except AssertionError as error:
            raise AssertionError(f"{error}: {json.dumps(status)}") from None
        return status

    async def running_pods(self) -> list[Object]:
        """Pods whose container runs."""
        return [pod for pod in await self.all(PODS) if _container_state(pod) == "running"]


def _container_state(pod: Object) -> str:
    statuses = (pod.get("status") or {}).get("containerStatuses") or [{}]
    return str(next(iter(statuses[0].get("state") or {"none": {}})))


@asynccontextmanager
async def new_place(api: Api, kind: str = "operator") -> AsyncIterator[Place]:
    """A fresh namespace with a profile and Secrets; deleted at the end, without waiting."""
    place = Place(api, f"{kind}-{secrets.token_hex(3)}")
    await api.create(
        NAMESPACES,
        "",
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": place.namespace, "labels": {"sincro.dev/test": "operator"}},
        },
    )
    streams: Object = {"streams": {stream: {} for stream in TYPES}}
    await place.put(CONFIG_MAPS, "profile", data={"profile.yaml": yaml.safe_dump(streams)})
    await place.put(SECRETS, "user", stringData={"username": "u", "password": "p"})
    await place.put(SECRETS, "database", stringData={"url": "postgresql://nobody"})
    try:
        yield place
    finally:
        with suppress(NotFound):
            await api.delete(NAMESPACES, Name("", place.namespace))


# ---------------------------------------------------------------- the operator as a process


@dataclass
class Process:
    """`python -m sincro_operator`."""

    process: asyncio.subprocess.Process
    log: Path

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]

    async def says(self, event: str, within: float = 60.0) -> None:
        async def look() -> bool:
            return any(line["event"] == event for line in self.events())

        await until(f"the operator says {event}", look, within)

    async def end(self, how: signal.Signals) -> float:
        """Signal it and wait; returns the seconds that took."""
        began = time.monotonic()
        if self.process.returncode is None:
            self.process.send_signal(how)
            await asyncio.wait_for(self.process.wait(), 30)
        return time.monotonic() - began


@asynccontextmanager
async def operating(place: Place, folder: Path, port: int, **settings: Any) -> AsyncIterator[Process]:
    """An operator process that serves the place. It is killed at the end if it still runs."""
    mark = secrets.token_hex(3)
    document = {
        "namespaces": [place.namespace],
        "scraper": {"image": IMAGE, "finishedJobTtl": "10m", "gracePeriod": "3s"},
        "leaderElection": {"enabled": False},
        "healthEndpoint": f"http://127.0.0.1:{port}/healthz",
        "metricsPort": port + 1,
        "logLevel": "debug",
    } | settings
    file, log = folder / f"{mark}.yaml", folder / f"{mark}.log"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    with log.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sincro_operator",
            env=os.environ | {"SINCRO_SETTINGS": str(file)},
            stdout=sink,
            stderr=sink,
        )
    started = Process(process, log)
    try:
        yield started
    finally:
        await started.end(signal.SIGKILL)


# ---------------------------------------------------------------- the operator's core in this process


@dataclass
class Running:
    """A core at work."""

    core: Core
    tasks: list["asyncio.Future[None]"] = field(default_factory=list)

    async def kill(self) -> None:
        """As a SIGKILL does: nothing is finished, nothing is said."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@asynccontextmanager
async def core_at_work(
    api: Api, place: Place, *, limits: Limits | None = None, leader: Leader | None = None
) -> AsyncIterator[Running]:
    """The operator's core on this `Api`, killed at the end."""
    woken = asyncio.Event()
    core = assemble(
        api,
        leader or Alone(),
        woken=woken,
        limits=limits or Limits(),
        jobs=JobSettings(image=IMAGE, grace=timedelta(seconds=3)),
        now=lambda: datetime.now(UTC),
        identity="test",
        namespaces=(place.namespace,),
    )
    running = Running(core)
    running.tasks = [asyncio.ensure_future(service()) for service in core.services.values()]
    try:
        yield running
    finally:
        await running.kill()
