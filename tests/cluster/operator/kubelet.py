"""Stands in for the kubelet of pods that no node takes: they run and end as a table says, as soon as they are there.

Everything else is real: API server, Job controller, garbage collector. For what is told dozens of times, where starting
containers would take most of the time and say nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sincro_contract.result import Outcome
from sincro_operator.cluster.api import PODS, Api, ApiError, NotFound, Object
from sincro_operator.planning.model import Name

NOWHERE = {"sincro.dev/test": "nowhere"}
"""A node selector that no node has."""


@dataclass(frozen=True)
class Ending:
    """How a container ends, and after how many seconds."""

    exit_code: int
    outcome: Outcome
    after: float = 0.2


Table = Callable[[Object], Ending | None]
"""What becomes of a pod; None: it runs until it is deleted."""


class Kubelet:
    """Runs the pods of one namespace."""

    def __init__(self, api: Api, namespace: str, table: Table) -> None:
        self._api = api
        self._namespace = namespace
        self._table = table
        self._taken: set[str] = set()

    async def run(self) -> None:
        """Take pods for ever; returns only by cancellation."""
        async with asyncio.TaskGroup() as group:
            while True:
                with suppress(ApiError):
                    await self._follow(group)
                await asyncio.sleep(0.2)

    async def _follow(self, group: asyncio.TaskGroup) -> None:
        page = await self._api.list(PODS, self._namespace)
        for pod in page.items:
            self._take(pod, group)
        events = self._api.watch(PODS, self._namespace, resource_version=page.resource_version, timeout_seconds=600)
        async with aclosing(events):
            async for event in events:
                if event.type in ("ADDED", "MODIFIED"):
                    self._take(event.object, group)

    def _take(self, pod: Object, group: asyncio.TaskGroup) -> None:
        if pod["metadata"]["uid"] not in self._taken:
            self._taken.add(pod["metadata"]["uid"])
            group.create_task(self._live(pod))

    async def _live(self, pod: Object) -> None:
        began, ending = _now(), self._table(pod)
        await self._say(pod, "Running", {"running": {"startedAt": began}})
        if ending is None:
            return
        await asyncio.sleep(ending.after)
        terminated = {
            "exitCode": ending.exit_code,
            "reason": "Completed" if ending.exit_code == 0 else "Error",
            "message": ending.outcome.to_termination_message(),
            "startedAt": began,
            "finishedAt": _now(),
        }
        await self._say(pod, "Succeeded" if ending.exit_code == 0 else "Failed", {"terminated": terminated})

    async def _say(self, pod: Object, phase: str, state: Object) -> None:
        container = pod["spec"]["containers"][0]
        status = {
            "name": container["name"],
            "image": container["image"],
            "imageID": container["image"],
            "ready": "running" in state,
            "restartCount": 0,
            "state": state,
        }
        name = Name(self._namespace, pod["metadata"]["name"])
        body = {"status": {"phase": phase, "containerStatuses": [status]}}
        while True:
            try:
                await self._api.patch(PODS, name, body, subresource="status")
            except NotFound:
                return
            except ApiError:
                await asyncio.sleep(0.2)
            else:
                return


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@asynccontextmanager
async def kubelet(api: Api, namespace: str, table: Table) -> AsyncIterator[None]:
    """A stand-in at work."""
    work = asyncio.ensure_future(Kubelet(api, namespace, table).run())
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
