"""What must hold at every moment, read off the API server's own truth at each write; and what must hold in the end.

Nothing here asks the operator: a broken cache or a wrong belief shows as a contradiction with what really is.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_operator.cluster.api import JOBS, PODS, SCHEDULES, SOURCES, TASKS, Object, Resource
from sincro_operator.planning.model import Name
from tests.simulation.erp import SimulatedErp
from tests.simulation.server import Server

FINAL = {state.value for state in TaskState if state.final}


class Broken(AssertionError):
    """An invariant does not hold; the message is what a person needs to see why."""


def read(text: str) -> datetime:
    """A time as the API writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def name_of(obj: Object) -> Name:
    """Namespace and name."""
    return Name(obj["metadata"]["namespace"], obj["metadata"]["name"])


@dataclass
class Invariants:
    """Listens to the server. `limits` are those that the operator was given."""

    server: Server
    erp: SimulatedErp
    clock: Callable[[], datetime]
    max_concurrent: int
    tell: Callable[[str], None] = lambda _line: None
    created: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a task of this schedule and name was created."""
    ended: dict[str, str] = field(default_factory=dict)
    """Task uid -> final state."""
    waits: list[float] = field(default_factory=list)
    """Seconds from a person's request to the container, while nothing was wrong."""
    runs_created: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    jobs_made: int = 0
    successes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.server.listeners.append(self._hear)

    def _hear(self, kind: str, resource: Resource, obj: Object) -> None:
        if resource == JOBS and kind == "ADDED":
            self._job_created(obj)
        elif resource == TASKS and kind == "ADDED":
            self._task_created(obj)
        elif resource == TASKS and kind == "MODIFIED":
            self._task_changed(obj)
        elif resource == PODS and kind == "MODIFIED":
            self._pod_changed(obj)

    # -------------------------------------------------------------- at every moment

    def _job_created(self, job: Object) -> None:
        self.jobs_made += 1
        labels, annotations = job["metadata"]["labels"], job["metadata"]["annotations"]
        source, stream = annotations["sincro.dev/source"], labels["sincro.dev/type"]
        holding = [other for other in self._holding() if other["metadata"]["uid"] != job["metadata"]["uid"]]
        namespace = job["metadata"]["namespace"]
        same_source = [
            other
            for other in holding
            if other["metadata"]["annotations"]["sincro.dev/source"] == source
            and other["metadata"]["namespace"] == namespace
        ]
        for other in same_source:
            if other["metadata"]["labels"]["sincro.dev/type"] == stream:
                raise Broken(f"two syncs of {source}/{stream}: {name_of(job).name} beside {name_of(other).name}")
        limit = self._source_limit(Name(namespace, source))
        if limit is not None and len(same_source) >= limit:
            names = [name_of(other).name for other in same_source]
            raise Broken(f"{source} allows {limit} at once; {name_of(job).name} beside {names}")
        if len(holding) >= self.max_concurrent:
            raise Broken(f"{len(holding)} run already, {self.max_concurrent} are allowed: {name_of(job).name}")
        task = self.server.find(TASKS, Name(namespace, annotations["sincro.dev/task"]))
        if task is not None and task.get("status", {}).get("state") in FINAL:
            raise Broken(f"{name_of(job).name} made for {name_of(task).name}, which is {task['status']['state']}")

    def _holding(self) -> list[Object]:
        """Jobs that hold a slot: unfinished, or with a pod whose container may still run."""
        holding = {}
        for job in self.server.objects(JOBS):
            if not job.get("status", {}).get("conditions") and not self._pod_ended(job):
                holding[job["metadata"]["uid"]] = job
        return list(holding.values())

    def _pod_ended(self, job: Object) -> bool:
        pods = [p for p in self.server.objects(PODS) if _owner(p) == job["metadata"]["uid"]]
        return bool(pods) and all(p["status"].get("phase") in ("Succeeded", "Failed") for p in pods)

    def _source_limit(self, source: Name) -> int | None:
        found = self.server.find(SOURCES, source)
        return None if found is None else int(found["spec"].get("maxConcurrent", 1))

    def _pod_changed(self, _pod: Object) -> None:
        seen: Counter[tuple[str, str, str]] = Counter(
            (run.task.namespace, run.source, run.type) for run in self.erp.running.values()
        )
        doubled = [key for key, count in seen.items() if count > 1]
        if doubled:
            raise Broken(f"two containers of {doubled[0]} run at once: {sorted(n.name for n in self.erp.running)}")

    def _task_created(self, task: Object) -> None:
        spec = task["spec"]
        if spec.get("triggeredBy") != TriggeredBy.SCHEDULER.value:
            return
        key = (spec.get("scheduleRef", ""), f"{spec.get('due')}")
        self.created[key] += 1
        if self.created[key] > 1:
            raise Broken(f"the run of {key[0]} due {key[1]} was made twice ({name_of(task).name})")
        self.runs_created[key[0]].append(self.clock())

    def _task_changed(self, task: Object) -> None:
        uid, status = task["metadata"]["uid"], task.get("status", {})
        state = status.get("state", "Queued")
        before = self.ended.get(uid)
        if before is not None and state != before:
            raise Broken(f"{name_of(task).name} was {before} and became {state}")
        if state in FINAL and before is None:
            self.ended[uid] = state
            self.successes[state] += 1
            self._ended_well(task)
        counted = [
            a for a in status.get("attempts", []) if a.get("class") not in ("Preempted", "Disrupted", "Cancelled")
        ]
        most = task["spec"].get("retryPolicy", {}).get("maxAttempts", 3)
        if len({a["number"] for a in counted}) > most:
            raise Broken(f"{name_of(task).name} had {len(counted)} attempts that counted, {most} are allowed")

    def _ended_well(self, task: Object) -> None:
        status = task["status"]
        if status["state"] == "Succeeded" and not status.get("result"):
            raise Broken(f"{name_of(task).name} succeeded without a result")
        if status["state"] == "DeadLettered" and not status.get("lastError"):
            raise Broken(f"{name_of(task).name} is a dead letter without an error")

    # -------------------------------------------------------------- now and then, while nothing goes wrong

    def check_explained(self, patience: timedelta) -> None:
        """Every task that has waited longer than `patience` says why."""
        now = self.clock()
        for task in self.server.objects(TASKS):
            status = task.get("status", {})
            state = status.get("state", "Queued")
            if state in ("Queued", "Retrying") and now - read(task["metadata"]["creationTimestamp"]) > patience:
                waiting = status.get("waitingFor")
                if not waiting or not waiting.get("reason") or not waiting.get("message"):
                    raise Broken(f"{name_of(task).name} is {state} and does not say why: {status}")

    # -------------------------------------------------------------- in the end

    def check_settled(self) -> None:
        """Nothing runs, waits or leaks once no work is left."""
        open_tasks = [
            f"{name_of(t).name} ({t.get('status', {}).get('state', 'new')}: {_why(t)})"
            for t in self.server.objects(TASKS)
            if t.get("status", {}).get("state", "Queued") not in FINAL
        ]
        if open_tasks:
            raise Broken(f"{len(open_tasks)} tasks never ended: {open_tasks[:5]}")
        holding = [name_of(job).name for job in self._holding()]
        if holding:
            raise Broken(f"slots leak: {holding}")
        for source in self.server.objects(SOURCES):
            status = source.get("status", {})
            if status.get("running") or status.get("queued"):
                raise Broken(
                    f"{name_of(source).name} says running {status.get('running')} queued {status.get('queued')}"
                )
        for schedule in self.server.objects(SCHEDULES):
            if schedule.get("status", {}).get("activeTask"):
                raise Broken(f"{name_of(schedule).name} says active {schedule['status']['activeTask']}")


def _owner(obj: Object) -> str:
    owners: list[dict[str, Any]] = obj["metadata"].get("ownerReferences") or [{}]
    return str(owners[0].get("uid", ""))


def _why(task: Object) -> str:
    waiting = task.get("status", {}).get("waitingFor") or {}
    return str(waiting.get("message") or waiting.get("reason") or "no reason")
