"""What must hold at every moment, read off the API server's own truth at each write; and what must hold in the end.

Nothing here asks the operator: a broken cache or a wrong belief shows as a contradiction with what really is.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_operator.cluster.api import JOBS, PODS, SCHEDULES, SOURCES, TASKS, Object, Resource
from sincro_operator.planning.model import Name
from tests.simulation.erp import SimulatedErp
from tests.simulation.server import Server

FINAL = {state.value for state in TaskState if state.final}
_FREE = ("Preempted", "Disrupted", "Cancelled")
"""Classes that cost no attempt."""
_PERMANENT = {error.value for error in ErrorClass if error.permanent}
_DISRUPTIONS = 10
_KEPT = 20
"""Attempts that a status holds."""
_EDIT = 180.0
"""Seconds for which a limit that was lowered may still be exceeded: the edit may be on its way as long as this."""


_GROUP = {"Succeeded": "succeeded", "DeadLettered": "failed"}
"""Final states by the limit that they are kept under; all others are counted together, under that of successes."""


class Broken(AssertionError):
    """An invariant does not hold; the message is what a person needs to see why."""


def read(text: str) -> datetime:
    """A time as the API writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def name_of(obj: Object) -> Name:
    """Namespace and name."""
    return Name(obj["metadata"]["namespace"], obj["metadata"]["name"])


def holding(server: Server, over: Collection[str]) -> list[Object]:
    """Jobs that hold a slot: unfinished, or with a pod whose container may still run.

    `over` are the uids of Jobs whose container has ended (see Invariants.over). It is their only one: a Job makes no
    second pod, because its backoffLimit is 0. An evicted pod may be gone before the Job controller says that it failed.
    """
    pods: dict[str, list[bool]] = {}
    for pod in server.objects(PODS):
        pods.setdefault(_owner(pod), []).append(pod["status"].get("phase") in ("Succeeded", "Failed"))
    held = []
    for job in server.objects(JOBS):
        ended = pods.get(job["metadata"]["uid"], [])
        if job["metadata"]["uid"] in over and not ended:
            continue
        if not job.get("status", {}).get("conditions") and not (ended and all(ended)):
            held.append(job)
    return held


@dataclass
class Invariants:
    """Listens to the server. `max_concurrent` is the limit that the operator was given."""

    server: Server
    erp: SimulatedErp
    clock: Callable[[], datetime]
    max_concurrent: int
    broke: Callable[[Broken], None]
    """Hears of what is broken by a write: whoever wrote would take the exception for a failure of the write."""
    tell: Callable[[str], None] = lambda _line: None
    created: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a task of this schedule and name was created."""
    ended: dict[str, str] = field(default_factory=dict)
    """Task uid -> final state."""
    over: set[str] = field(default_factory=set)
    """Uids of Jobs of which a pod was seen whose container had ended."""
    _queued: dict[str, datetime] = field(default_factory=dict)
    """Task uid -> when it came into the queue last."""
    _counted: Counter[str] = field(default_factory=Counter)
    """By uid of a schedule: syncs of its that ended well or in the dead letter."""
    _states: dict[str, str] = field(default_factory=dict)
    jobs_made: int = 0
    tasks_made: int = 0
    _limits: dict[str, list[tuple[float, int | None]]] = field(default_factory=dict)
    """By uid of a source or schedule: its maxConcurrent, and since when (the loop's time)."""
    successes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.server.listeners.append(self._hear)

    def _hear(self, kind: str, resource: Resource, obj: Object) -> None:
        try:
            self._judge(kind, resource, obj)
        except Broken as broken:
            self.broke(broken)

    def _judge(self, kind: str, resource: Resource, obj: Object) -> None:
        if resource == JOBS and kind == "ADDED":
            self._job_created(obj)
        elif resource == TASKS and kind == "ADDED":
            self._task_created(obj)
        elif resource == TASKS and kind == "MODIFIED":
            self._task_changed(obj)
        elif resource == TASKS:
            self._task_gone(obj)
        elif resource == PODS and kind == "MODIFIED":
            self._pod_changed(obj)
        elif resource in (SOURCES, SCHEDULES):
            self._limit_seen(obj)

    # -------------------------------------------------------------- at every moment

    def _job_created(self, job: Object) -> None:
        self.jobs_made += 1
        labels, annotations = job["metadata"]["labels"], job["metadata"]["annotations"]
        source, stream = annotations["sincro.dev/source"], labels["sincro.dev/type"]
        self.tell(f"Job {name_of(job).name} is made ({source}/{stream})")
        others = [
            other for other in holding(self.server, self.over) if other["metadata"]["uid"] != job["metadata"]["uid"]
        ]
        namespace = job["metadata"]["namespace"]
        same_source = [
            other
            for other in others
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
        if len(others) >= self.max_concurrent:
            raise Broken(f"{len(others)} run already, {self.max_concurrent} are allowed: {name_of(job).name}")
        self._within_type(job, stream, others)
        task = self.server.find(TASKS, Name(namespace, annotations["sincro.dev/task"]))
        if task is not None and task.get("status", {}).get("state") in FINAL:
            raise Broken(f"{name_of(job).name} made for {name_of(task).name}, which is {task['status']['state']}")

    def _within_type(self, job: Object, stream: str, others: list[Object]) -> None:
        limits = [
            limit
            for schedule in self.server.objects(SCHEDULES, job["metadata"]["namespace"])
            if schedule["spec"]["type"] == stream and (limit := self._limit(schedule)) is not None
        ]
        same = [name_of(other).name for other in others if other["metadata"]["labels"]["sincro.dev/type"] == stream]
        if limits and len(same) >= min(limits):
            raise Broken(f"{min(limits)} of {stream} are allowed at once; {name_of(job).name} beside {same}")

    def _source_limit(self, source: Name) -> int | None:
        found = self.server.find(SOURCES, source)
        return None if found is None else self._limit(found)

    def _limit_seen(self, obj: Object) -> None:
        seen = self._limits.setdefault(obj["metadata"]["uid"], [])
        limit = obj["spec"].get("maxConcurrent", 1 if obj["kind"] == SOURCES.kind else None)
        if not seen:
            # Who has not heard of a new schedule knows no limit of its own.
            seen.append((-_EDIT if obj["kind"] == SOURCES.kind else _time(), limit))
        elif seen[-1][1] != limit:
            seen.append((_time(), limit))

    def _limit(self, obj: Object) -> int | None:
        """The largest that anybody may still believe in; None: no limit, or not for sure."""
        seen = self._limits[obj["metadata"]["uid"]]
        known = [since for since, _ in seen if since <= _time() - _EDIT]
        believed = [limit for since, limit in seen if known and since >= known[-1]]
        return max((limit for limit in believed if limit is not None), default=None) if all(believed) else None

    def _pod_changed(self, pod: Object) -> None:
        if pod["status"].get("phase") in ("Succeeded", "Failed"):
            self.over.add(_owner(pod))
        seen: Counter[tuple[str, str, str]] = Counter(
            (run.task.namespace, run.source, run.type) for run in self.erp.running.values()
        )
        doubled = [key for key, count in seen.items() if count > 1]
        if doubled:
            raise Broken(f"two containers of {doubled[0]} run at once: {sorted(n.name for n in self.erp.running)}")

    def _task_created(self, task: Object) -> None:
        spec = task["spec"]
        self.tasks_made += 1
        if spec.get("triggeredBy") != TriggeredBy.SCHEDULER.value:
            return
        self.tell(f"{name_of(task).name} is made")
        key = (spec.get("scheduleRef", ""), f"{spec.get('due')}")
        self.created[key] += 1
        if self.created[key] > 1:
            raise Broken(f"the run of {key[0]} due {key[1]} was made twice ({name_of(task).name})")

    def _task_changed(self, task: Object) -> None:
        uid, status = task["metadata"]["uid"], task.get("status", {})
        state = status.get("state", "Queued")
        if self._states.get(uid) != state:
            self._states[uid], self._queued[uid] = state, self.clock()
        before = self.ended.get(uid)
        if before is not None and state != before:
            raise Broken(f"{name_of(task).name} was {before} and became {state}")
        if state in FINAL and before is None:
            self.ended[uid] = state
            if _GROUP.get(state) is not None:
                self._counted.update(owner["uid"] for owner in task["metadata"].get("ownerReferences", ()))
            self.successes[state] += 1
            self.tell(f"{name_of(task).name} is {state}")
        self._attempts(task, state, status)

    def _attempts(self, task: Object, state: str, status: Object) -> None:
        name, attempts = name_of(task).name, status.get("attempts", [])
        counted = [a for a in attempts if a.get("class") not in _FREE]
        disruptions = sum(a.get("class") == "Disrupted" for a in attempts)
        most = task["spec"].get("retryPolicy", {}).get("maxAttempts", 3)
        if len({a["number"] for a in counted}) > most:
            raise Broken(f"{name} had {len(counted)} attempts that counted, {most} are allowed")
        if any(a.get("class") in _PERMANENT for a in attempts[:-1]):
            raise Broken(f"{name} was tried again after an error that no attempt can help: {attempts[-2]}")
        complete = len(attempts) < _KEPT and disruptions < _DISRUPTIONS
        if complete and state in ("Queued", "Retrying") and status.get("attempt", 0) > len(counted):
            raise Broken(f"{name} is charged {status['attempt']} attempts, {len(counted)} cost one")
        if state == "Succeeded" and not status.get("result"):
            raise Broken(f"{name} succeeded without a result")
        if state == "DeadLettered":
            if not status.get("lastError"):
                raise Broken(f"{name} is a dead letter without an error")
            if complete and len(counted) < most and not (attempts and attempts[-1].get("class") in _PERMANENT):
                raise Broken(f"{name} is given up after {len(counted)} of {most} attempts: {attempts[-1:]}")

    def _task_gone(self, task: Object) -> None:
        """Of what a schedule has made, the newest stay, as many as its limits say (of now, or before the last edit)."""
        kind = task.get("status", {}).get("state")
        namespace, reference = task["metadata"]["namespace"], task["spec"].get("scheduleRef", "")
        schedule = self.server.find(SCHEDULES, Name(namespace, reference))
        if kind not in FINAL or schedule is None or not _made_by(task, schedule):
            return
        group, limits = _GROUP.get(kind, "other"), schedule["spec"].get("historyLimits", {})
        keep = limits.get("failed", 5) if group == "failed" else limits.get("succeeded", 3)
        ended = _end(task)
        left = [
            other
            for other in self.server.objects(TASKS, namespace)
            if _made_by(other, schedule)
            and (state := other.get("status", {}).get("state")) in FINAL
            and _GROUP.get(state, "other") == group
            and _end(other) >= ended
        ]
        if len(left) < keep:
            raise Broken(f"{name_of(task).name} ({kind}) was pruned, {len(left)} of {keep} that are kept are left")

    # -------------------------------------------------------------- now and then, while nothing goes wrong

    def check_explained(self, patience: timedelta) -> None:
        """Every task that has waited longer than `patience` says why."""
        now = self.clock()
        for task in self.server.objects(TASKS):
            status = task.get("status", {})
            state = status.get("state", "Queued")
            since = self._queued.get(task["metadata"]["uid"]) or read(task["metadata"]["creationTimestamp"])
            if state in ("Queued", "Retrying") and now - since > patience:
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
        held = [name_of(job).name for job in holding(self.server, self.over)]
        if held:
            raise Broken(f"slots leak: {held}")
        left = [name_of(t).name for t in self.server.objects(TASKS) if t["metadata"].get("deletionTimestamp")]
        if left:
            raise Broken(f"deleted, and never let go: {left}")
        for source in self.server.objects(SOURCES):
            status = source.get("status", {})
            if status.get("running") or status.get("queued"):
                raise Broken(
                    f"{name_of(source).name} says running {status.get('running')} queued {status.get('queued')}"
                )
        for schedule in self.server.objects(SCHEDULES):
            if schedule.get("status", {}).get("activeTask"):
                raise Broken(f"{name_of(schedule).name} says active {schedule['status']['activeTask']}")
            said = schedule.get("status", {}).get("succeeded", 0) + schedule.get("status", {}).get("failed", 0)
            if said != (really := self._counted[schedule["metadata"]["uid"]]):
                raise Broken(f"{name_of(schedule).name} counts {said} ends of syncs, there were {really}")
            made = [t for t in self.server.objects(TASKS) if t["spec"].get("scheduleRef") == name_of(schedule).name]
            kept = Counter(t["status"]["state"] for t in made)
            most = schedule["spec"].get("historyLimits", {})
            if kept["Succeeded"] > most.get("succeeded", 3) or kept["DeadLettered"] > most.get("failed", 5):
                raise Broken(f"{name_of(schedule).name} keeps {dict(kept)}, its limits are {most}")


def _made_by(task: Object, schedule: Object) -> bool:
    owners = task["metadata"].get("ownerReferences", ())
    return any(owner["uid"] == schedule["metadata"]["uid"] for owner in owners)


def _end(task: Object) -> datetime:
    """When a task ended. As a text it has no order: 28.155Z sorts before 28Z."""
    return read(task["status"].get("completedAt") or task["metadata"]["creationTimestamp"])


def _time() -> float:
    return asyncio.get_running_loop().time()


def _owner(obj: Object) -> str:
    owners: list[dict[str, Any]] = obj["metadata"].get("ownerReferences") or [{}]
    return str(owners[0].get("uid", ""))


def _why(task: Object) -> str:
    waiting = task.get("status", {}).get("waitingFor") or {}
    return str(waiting.get("message") or waiting.get("reason") or "no reason")
