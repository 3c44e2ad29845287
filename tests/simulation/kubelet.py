"""The Job controller, the scheduler and the kubelet of the simulation: Jobs become pods, pods run, end, are evicted.

What a container does (how long, how it ends) is asked of a `Workload`; everything else is Kubernetes' own behaviour as
the operator sees it: order of the status changes, delays, grace, TTL.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sincro_contract.run import RunSpec
from sincro_operator.cluster.api import JOBS, PODS, ApiError, Object, Resource
from sincro_operator.planning.model import Name
from tests.simulation.server import Server, stamp

RUN_ANNOTATION = "sincro.dev/run"
NODES = ("node-a", "node-b")


@dataclass(frozen=True)
class Ending:
    """What a container will do: run for some seconds, then end so. `start` is how the pod comes up."""

    seconds: float
    exit_code: int = 0
    message: str = ""
    reason: str = "Completed"
    start: str = "runs"
    """runs, image (cannot be pulled), unschedulable, secret (missing), evicted, node-lost."""


class Workload(Protocol):
    """Decides what containers do, and hears what they did."""

    def begin(self, run: RunSpec, job: Name) -> Ending:
        """A pod is about to come up."""
        ...

    def started(self, run: RunSpec, job: Name) -> None:
        """Its container runs."""
        ...

    def ended(self, run: RunSpec, job: Name, ending: Ending | None) -> None:
        """Its container has ended; None: it was told to stop before it was done."""
        ...


@dataclass
class Cluster:
    """Runs whatever Jobs appear in the server."""

    server: Server
    workload: Workload
    clock: Callable[[], datetime]
    randomness: random.Random
    controller_delay: float = 0.05
    kubelet_delay: float = 0.5
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _stops: dict[Name, asyncio.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server.listeners.append(self._hear)

    def evict(self, pod: Name, message: str = "The node was low on resource: memory.") -> None:
        """Mark a pod as a disruption's target and have it stopped."""
        condition = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "EvictionByEvictionAPI",
            "message": message,
        }
        self._status(pod, {"conditions": [condition]})
        self.server.delete(PODS, pod)

    def _hear(self, kind: str, resource: Resource, obj: Object) -> None:
        metadata = obj["metadata"]
        if resource == JOBS and kind == "ADDED":
            self._spawn(metadata["uid"], self._run_job(obj))
        elif resource == JOBS and kind == "DELETED" and metadata["uid"] in self._running:
            self._running[metadata["uid"]].cancel()
        elif resource == PODS and metadata.get("deletionTimestamp"):
            self._stops.setdefault(Name(metadata["namespace"], metadata["name"]), asyncio.Event()).set()

    def _spawn(self, key: str, body: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(body)
        self._running[key] = task
        task.add_done_callback(lambda done: self._finish(key, done))

    def _finish(self, key: str, done: "asyncio.Task[None]") -> None:
        self._running.pop(key, None)
        if not done.cancelled() and done.exception() is not None:
            raise done.exception()  # type: ignore[misc]

    def _delay(self, seconds: float) -> Coroutine[Any, Any, None]:
        return asyncio.sleep(seconds * (0.5 + self.randomness.random()))

    # -------------------------------------------------------------- the Job controller

    async def _run_job(self, job: Object) -> None:
        name = Name(job["metadata"]["namespace"], job["metadata"]["name"])
        await self._delay(self.controller_delay)
        if not self._alive(job):
            return
        pod = self._create_pod(job, name)
        # The pod's life is its own: it goes on when its Job is deleted, until it has stopped.
        pod_task = asyncio.get_running_loop().create_task(self._run_pod(pod, job, name))
        deadline = job["spec"].get("activeDeadlineSeconds")
        done, _ = await asyncio.wait({pod_task}, timeout=deadline)
        if not done:
            self._delete_quietly(PODS, pod)
            await pod_task
            await self._conclude(name, "Failed", "DeadlineExceeded", "Job was active longer than specified deadline")
        else:
            ending = pod_task.result()
            if ending is not None and ending.exit_code == 0 and ending.start == "runs":
                await self._conclude(name, "Complete", "CompletionsReached", "")
            else:
                await self._conclude(name, "Failed", "BackoffLimitExceeded", "Job has reached its backoff limit")
        await asyncio.sleep(job["spec"].get("ttlSecondsAfterFinished", 3600))
        self._delete_quietly(JOBS, name)

    async def _conclude(self, name: Name, condition: str, reason: str, message: str) -> None:
        await self._delay(1.0)
        found = self.server.find(JOBS, name)
        if found is None:
            return
        end = {
            "type": condition,
            "status": "True",
            "reason": reason,
            "message": message,
            "lastTransitionTime": stamp(self.clock()),
        }
        self.server.patch(JOBS, name, {"status": {"conditions": [end]}}, "status")

    def _create_pod(self, job: Object, name: Name) -> Name:
        template = job["spec"]["template"]
        metadata = template["metadata"]
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name.name, "uid": job["metadata"]["uid"]}
        body = {
            "metadata": {
                "generateName": f"{name.name}-",
                "labels": metadata["labels"] | {"batch.kubernetes.io/job-name": name.name},
                "annotations": metadata["annotations"],
                "ownerReferences": [owner],
            },
            "spec": {"containers": template["spec"]["containers"]},
            "status": {"phase": "Pending"},
        }
        made = self.server.create(PODS, name.namespace, body)
        return Name(name.namespace, made["metadata"]["name"])

    # -------------------------------------------------------------- scheduler and kubelet

    async def _run_pod(self, pod: Name, job: Object, job_name: Name) -> Ending | None:
        run = RunSpec.model_validate_json(job["spec"]["template"]["metadata"]["annotations"][RUN_ANNOTATION])
        stop = self._stops.setdefault(pod, asyncio.Event())
        ending = self.workload.begin(run, job_name)
        try:
            if not await self._come_up(pod, ending, stop):
                return None
            self.workload.started(run, job_name)
            return await self._run_container(pod, ending, stop, run, job_name)
        finally:
            self._stops.pop(pod, None)

    async def _come_up(self, pod: Name, ending: Ending, stop: asyncio.Event) -> bool:
        """True once the container runs; False when the pod was deleted before."""
        if ending.start == "unschedulable":
            message = "0/2 nodes are available: 2 Insufficient memory."
            self._status(
                pod,
                {
                    "conditions": [
                        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
                    ]
                },
            )
            await stop.wait()
            self.server.finish_pod(pod)
            return False
        await self._delay(self.kubelet_delay)
        self._patch(pod, {"spec": {"nodeName": self.randomness.choice(NODES)}})
        self._status(pod, {"conditions": [{"type": "PodScheduled", "status": "True"}]})
        if ending.start in ("image", "secret"):
            reason = "ImagePullBackOff" if ending.start == "image" else "CreateContainerConfigError"
            message = "Back-off pulling image" if ending.start == "image" else 'secret "erp" not found'
            waiting = {"name": "scraper", "state": {"waiting": {"reason": reason, "message": message}}}
            self._status(pod, {"containerStatuses": [waiting]})
            await stop.wait()
            self.server.finish_pod(pod)
            return False
        await self._delay(self.kubelet_delay)
        if stop.is_set():
            self.server.finish_pod(pod)
            return False
        running = {"name": "scraper", "state": {"running": {"startedAt": stamp(self.clock())}}}
        self._status(pod, {"phase": "Running", "containerStatuses": [running]})
        return True

    async def _run_container(
        self, pod: Name, ending: Ending, stop: asyncio.Event, run: RunSpec, job: Name
    ) -> Ending | None:
        seconds = ending.seconds
        if ending.start == "evicted":
            asyncio.get_running_loop().call_later(seconds, self._evict_quietly, pod)
            seconds *= 2
        started = stamp(self.clock())
        try:
            await asyncio.wait_for(stop.wait(), seconds)
            stopped = True
        except TimeoutError:
            stopped = False
        if stopped:
            await asyncio.sleep(self.randomness.random() * 3)
            # It may be committing its last page when it is told to stop, and then it ends well.
            stopped = not (ending.start == "runs" and ending.exit_code == 0 and self.randomness.random() < 0.2)
        exit_code = 143 if stopped else ending.exit_code
        terminated = {
            "exitCode": exit_code,
            "reason": "Error" if stopped else ending.reason,
            "message": "" if stopped else ending.message,
            "startedAt": started,
            "finishedAt": stamp(self.clock()),
        }
        self.workload.ended(run, job, None if stopped else ending)
        phase = "Succeeded" if exit_code == 0 else "Failed"
        status = {"phase": phase, "containerStatuses": [{"name": "scraper", "state": {"terminated": terminated}}]}
        await self._delay(self.kubelet_delay)
        self._status(pod, status)
        found = self.server.find(PODS, pod)
        if found is not None and found["metadata"].get("deletionTimestamp"):
            # The status is confirmed first: the end of a pod can be seen before the pod is gone.
            await self._delay(self.kubelet_delay)
            self.server.finish_pod(pod)
        return None if stopped else ending

    # -------------------------------------------------------------- writes that may come too late

    def _alive(self, job: Object) -> bool:
        metadata = job["metadata"]
        found = self.server.find(JOBS, Name(metadata["namespace"], metadata["name"]))
        return (
            found is not None
            and found["metadata"]["uid"] == metadata["uid"]
            and not found["metadata"].get("deletionTimestamp")
        )

    def _status(self, pod: Name, status: Object) -> None:
        if self.server.find(PODS, pod) is not None:
            self.server.patch(PODS, pod, {"status": status}, "status")

    def _patch(self, pod: Name, body: Object) -> None:
        if self.server.find(PODS, pod) is not None:
            self.server.patch(PODS, pod, body)

    def _evict_quietly(self, pod: Name) -> None:
        if self.server.find(PODS, pod) is not None:
            self.evict(pod)

    def _delete_quietly(self, resource: Resource, name: Name) -> None:
        try:
            self.server.delete(resource, name, propagation="Foreground" if resource == JOBS else "")
        except ApiError:
            return
