"""What is promised as long as nothing is wrong: order, starts in time, holds that hold, and that no run is lost.

Worked out anew from the API server's own truth and from the clock of the simulation, without a line of the planner.
Each promise is judged only where nothing excuses it: no fault for a while, nobody's edit on its way, nobody in the way.
"""

import asyncio
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sincro_contract.durations import parse_duration
from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TriggeredBy
from sincro_operator.cluster.api import JOBS, PODS, SCHEDULES, SOURCES, TASKS, Object, Resource
from sincro_operator.planning.model import Name
from tests.simulation.erp import SimulatedErp
from tests.simulation.invariants import FINAL, Broken, name_of, read
from tests.simulation.server import Server

BOUND = 10.0
"""Seconds from a person's request to the container that runs for it."""
_CALM = 660.0
"""After so many seconds without a fault the last effects of faults are over: retries, stuck pods, the Lease."""
_SETTLED = 10.0
"""Seconds after which everybody has seen an edit."""
_PERSON_POINTS = 100
_NEVER = datetime.min.replace(tzinfo=UTC)

Key = tuple[str, str, str]
"""Namespace, source and type."""


@dataclass(slots=True)
class _Life:
    """A task that is open, as it was seen. Times are the loop's."""

    name: Name
    born: float
    mark: object = None
    """What decides about its place; `marked` is when that changed last."""
    marked: float = 0.0


@dataclass
class Promises:
    """Listens to the server; `calm_for` says for how many seconds nothing has been wrong."""

    server: Server
    erp: SimulatedErp
    clock: Callable[[], datetime]
    ageing: timedelta
    calm_for: Callable[[], float]
    steady_for: Callable[[], float]
    """The same, but for reads that fail."""
    broke: Callable[[Broken], None]
    """See Invariants.broke."""
    holding: Callable[[], list[Object]]
    """The Jobs that hold a slot now."""
    waits: list[float] = field(default_factory=list)
    """Seconds from a person's request to its container, where nothing stood in the way."""
    _open: dict[str, _Life] = field(default_factory=dict)
    _persons: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By uid: from when until when somebody waited for a task."""
    _touched: dict[Key, float] = field(default_factory=dict)
    """When something of a Job or a pod of this source and type changed last."""
    _active: dict[tuple[Key, bool], float] = field(default_factory=dict)
    """When a task of this source, type and dryRun was last seen open."""
    _edited: dict[str, tuple[object, float]] = field(default_factory=dict)
    """By uid of a source or schedule: what matters of it, and since when it has been so."""
    _ran: set[str] = field(default_factory=set)
    """Tasks of which a container has run."""
    _ended_well: dict[str, float] = field(default_factory=dict)
    """Job -> when its container ended with 0."""
    _began: dict[str, datetime] = field(default_factory=dict)
    """Job -> when its container began."""
    _logged_in: dict[Name, datetime] = field(default_factory=dict)
    """Source -> when the latest container began that has ended well: its credentials were good then."""
    _heard_of: int = 0

    def __post_init__(self) -> None:
        self.server.listeners.append(self._hear)

    def _hear(self, kind: str, resource: Resource, obj: Object) -> None:
        try:
            self._judge(kind, resource, obj)
        except Broken as broken:
            self.broke(broken)

    def _judge(self, kind: str, resource: Resource, obj: Object) -> None:
        if resource == TASKS:
            self._task(kind, obj)
        elif resource == JOBS:
            if kind == "ADDED":
                self._admitted(obj)
            self._touched[_key_of_job(obj)] = _time()
        elif resource == PODS:
            self._touched[_key_of_job(obj)] = _time()
            self._pod(obj)
        elif resource in (SOURCES, SCHEDULES):
            self._note_edit(obj)

    # -------------------------------------------------------------- what is seen

    def _task(self, kind: str, task: Object) -> None:
        uid, now = task["metadata"]["uid"], _time()
        status = task.get("status") or {}
        over = kind == "DELETED" or status.get("state") in FINAL
        self._active[_key_of_task(task), bool(task["spec"].get("dryRun"))] = now
        if _for_person(task):
            began = self._persons[uid][0] if uid in self._persons else now
            self._persons[uid] = (began, now if over else math.inf)
        if over:
            self._open.pop(uid, None)
        else:
            life = self._open.setdefault(uid, _Life(name_of(task), now))
            mark = (status.get("state"), status.get("nextAttemptAt"), task["spec"], len(status.get("merged", ())))
            if mark != life.mark:
                life.mark, life.marked = mark, now
            if kind == "ADDED" and _for_person(task):
                asyncio.get_running_loop().call_later(BOUND, self._must_run, uid)
        if self.steady_for() > _CALM:
            self._success_is_kept(task, status)

    def _pod(self, pod: Object) -> None:
        while self._heard_of < len(self.erp.succeeded):
            job, run = self.erp.succeeded[self._heard_of]
            self._ended_well[job.name] = _time()
            source = Name(job.namespace, run.source)
            self._logged_in[source] = max(self._logged_in.get(source, _NEVER), self._began.get(job.name, _NEVER))
            self._heard_of += 1
        if pod["status"].get("phase") != "Running":
            return
        self._began.setdefault(pod["metadata"]["labels"]["batch.kubernetes.io/job-name"], self.clock())
        task = self._find_task(pod)
        if task is None or task["metadata"]["uid"] in self._ran:
            return
        uid = task["metadata"]["uid"]
        self._ran.add(uid)
        if uid in self._open and _for_person(task) and self._unhindered(task, self._open[uid].born):
            self.waits.append(_time() - self._open[uid].born)

    def _note_edit(self, obj: Object) -> None:
        circuit = ((obj.get("status") or {}).get("circuit") or {}).get("state", "Closed")
        what = (obj["metadata"]["generation"], circuit)
        uid = obj["metadata"]["uid"]
        if uid not in self._edited or self._edited[uid][0] != what:
            self._edited[uid] = (what, _time())

    def _unchanged_for(self, obj: Object) -> float:
        return _time() - self._edited[obj["metadata"]["uid"]][1]

    def _find_task(self, obj: Object) -> Object | None:
        metadata = obj["metadata"]
        return self.server.find(TASKS, Name(metadata["namespace"], metadata["annotations"]["sincro.dev/task"]))

    # -------------------------------------------------------------- a person's sync starts in time

    def _must_run(self, uid: str) -> None:
        life = self._open.get(uid)
        task = self.server.find(TASKS, life.name) if life is not None else None
        if life is None or task is None or uid in self._ran or not self._unhindered(task, life.born):
            return
        raise Broken(f"{life.name.name} was asked for by a person {BOUND:.0f} s ago and does not run: {_said(task)}")

    def _unhindered(self, task: Object, born: float) -> bool:
        """Nothing excuses that this task of a person does not run yet."""
        uid, spec, namespace = task["metadata"]["uid"], task["spec"], task["metadata"]["namespace"]
        source = self.server.find(SOURCES, Name(namespace, spec["sourceRef"]["name"]))
        if self.calm_for() < _CALM or spec.get("cancel") or task["metadata"].get("deletionTimestamp"):
            return False
        if source is None or not _circuit_closed(source) or self._unchanged_for(source) < 60:
            return False
        if any(other != uid and end > born - 30 for other, (_, end) in self._persons.items()):
            return False
        if any(self._find_task(job) is None for job in self.server.objects(JOBS)):
            return False
        return all(self._moment(other) > self._moment(task) for other in self._others(task, same_source=False))

    def _others(self, task: Object, *, same_source: bool) -> Iterator[Object]:
        for uid, life in self._open.items():
            other = self.server.find(TASKS, life.name)
            if uid == task["metadata"]["uid"] or other is None or other["metadata"]["uid"] != uid:
                continue
            if not same_source or other["spec"]["sourceRef"] == task["spec"]["sourceRef"]:
                yield other

    def _moment(self, task: Object) -> float:
        """When the task would have had to come with priority 0: the order of the queue, in seconds."""
        spec = task["spec"]
        points = spec["priority"] + (_PERSON_POINTS if _for_person(task) else 0)
        return read(task["metadata"]["creationTimestamp"]).timestamp() - float(points * self.ageing.total_seconds())

    # -------------------------------------------------------------- who starts, and who must not

    def _admitted(self, job: Object) -> None:
        task = self._find_task(job)
        if task is None or (task.get("status") or {}).get("merged"):
            return
        source = self.server.find(SOURCES, Name(job["metadata"]["namespace"], task["spec"]["sourceRef"]["name"]))
        calm = self.calm_for() > _CALM
        # In a storm an edit, or a Job that was decided on before it, may be on its way for minutes.
        patience = _SETTLED if self.steady_for() > _CALM else _CALM
        if source is None or self._unchanged_for(source) < patience:
            return
        if not _for_person(task):
            self._was_free(task, source, patience)
        if not calm or not _circuit_closed(source):
            return
        for other in self._others(task, same_source=True):
            # A point is the width of a band, inside of which the order may be another.
            margin = 2 * self.ageing.total_seconds()
            if self._moment(other) < self._moment(task) - margin and self._could_start(other, job, source):
                raise Broken(f"{name_of(task).name} starts, and {name_of(other).name} goes before it: {_said(other)}")

    def _was_free(self, task: Object, source: Object, patience: float) -> None:
        """Nothing held this scheduled task back."""
        name = name_of(task).name
        if source["spec"].get("paused"):
            raise Broken(f"{name} starts while {name_of(source).name} is paused")
        circuit = (source.get("status") or {}).get("circuit") or {}
        # A login that went well after that closes the circuit, whether that is written down already or not.
        opened = read(circuit["openedAt"]) if circuit.get("openedAt") else _NEVER
        shut = circuit.get("state") == "Open" and self._logged_in.get(name_of(source), _NEVER) <= opened
        if shut and circuit.get("reason") == ErrorClass.CREDENTIALS_REJECTED.value:
            raise Broken(f"{name} starts although {name_of(source).name} has rejected its credentials")
        schedule = self._schedule(task)
        if schedule is None or self._unchanged_for(schedule) < patience:
            return
        zone = ZoneInfo(schedule["spec"].get("timeZone") or source["spec"]["timeZone"])
        local = self.clock().astimezone(zone)
        for hours in schedule["spec"].get("quietHours", ()):
            begin, end = _minute(hours["start"]), _minute(hours["end"])
            inside = ((local.hour * 60 + local.minute) - begin) % 1440
            if patience / 60 + 2 <= inside < (end - begin) % 1440 - 2:
                raise Broken(f"{name} starts at {local:%H:%M}, in the quiet hours {hours['start']}-{hours['end']}")

    def _could_start(self, task: Object, job: Object, source: Object) -> bool:
        """This task that waits could have started instead of the Job, for all that anybody could know."""
        life, now, status = self._open[task["metadata"]["uid"]], _time(), task.get("status") or {}
        spec, key = task["spec"], _key_of_task(task)
        if now - life.born < _SETTLED or now - life.marked < _SETTLED or status.get("merged") or spec.get("cancel"):
            return False
        if status.get("state", "Queued") not in ("Queued", "Retrying") or task["metadata"].get("deletionTimestamp"):
            return False
        retry = status.get("nextAttemptAt")
        if retry is not None and read(retry) > self.clock() - timedelta(seconds=_SETTLED):
            return False
        if key != _key_of_job(job):
            if now - self._touched.get(key, -1e9) < 2 or any(_key_of_job(one) == key for one in self.holding()):
                return False
            if any(
                s["spec"]["type"] == key[2] and "maxConcurrent" in s["spec"] for s in self.server.objects(SCHEDULES)
            ):
                return False
        if _for_person(task):
            return True
        schedule = self._schedule(task)
        return (
            schedule is not None
            and not source["spec"].get("paused")
            and not schedule["spec"].get("quietHours")
            and schedule["spec"].get("rollout") != "Shadow"
            and self._unchanged_for(schedule) > _SETTLED
        )

    def _schedule(self, task: Object) -> Object | None:
        reference = task["spec"].get("scheduleRef")
        return self.server.find(SCHEDULES, Name(task["metadata"]["namespace"], reference)) if reference else None

    def _success_is_kept(self, task: Object, status: Object) -> None:
        for attempt in status.get("attempts", ()):
            at = self._ended_well.get(attempt.get("job", ""))
            if at is None or not attempt.get("class") or not attempt.get("endedAt"):
                continue
            if _time() - at < self.steady_for() - _CALM:
                raise Broken(f"{attempt['job']} of {name_of(task).name} ended well and counts as {attempt['class']}")

    # -------------------------------------------------------------- now and then

    @property
    def anybody_waits(self) -> bool:
        """True while a task is open."""
        return bool(self._open)

    def check(self) -> None:
        """Whatever has to happen by itself has happened."""
        if self.steady_for() < _CALM:
            return
        now = self.clock()
        for life in self._open.values():
            task = self.server.find(TASKS, life.name) or {}
            status = task.get("status") or {}
            retry, waiting = status.get("nextAttemptAt"), status.get("waitingFor") or {}
            if retry and waiting.get("reason") == "BackingOff" and now - read(retry) > timedelta(seconds=90):
                raise Broken(f"{life.name.name} was to try again at {retry} and does not")
        for pod in self.server.objects(PODS):
            age = now - read(pod["metadata"]["creationTimestamp"])
            if pod["status"].get("phase") == "Pending" and age > timedelta(minutes=10):
                raise Broken(f"the pod {name_of(pod).name} has not started for {age}, and nobody stops it")
        for schedule in self.server.objects(SCHEDULES) if self.calm_for() > _CALM else ():
            self._owes_nothing(schedule)

    def _owes_nothing(self, schedule: Object) -> None:
        spec, namespace = schedule["spec"], schedule["metadata"]["namespace"]
        source = self.server.find(SOURCES, Name(namespace, spec["sourceRef"]["name"]))
        if source is None or spec.get("quietHours") or spec.get("suspend") or source["spec"].get("paused"):
            return
        if not _circuit_closed(source):
            return
        longest = parse_duration(spec["adaptive"]["max"] if "adaptive" in spec else spec["delta"]["every"])
        seconds = longest.total_seconds()
        # A run that was missed is made at once, unless the schedule says otherwise: then the next one has to come.
        made_up = spec.get("missedRuns") != "Skip" and "startingDeadline" not in spec
        good_for = min(self.calm_for(), self._unchanged_for(schedule), self._unchanged_for(source))
        if good_for < (180 if made_up else seconds + 180):
            return
        key, dry = (namespace, name_of(source).name, spec["type"]), spec.get("rollout") == "DryRun"
        for life in self._open.values():
            task = self.server.find(TASKS, life.name)
            if task is not None and _key_of_task(task) == key and bool(task["spec"].get("dryRun")) == dry:
                return
        gap = _time() - self._active.get((key, dry), -1e9)
        if gap > seconds + 120:
            since = "ever" if gap > 1e8 else f"for {timedelta(seconds=round(gap))}"
            raise Broken(f"{name_of(schedule).name} has made no run {since}, its interval is {longest}")


def _time() -> float:
    return asyncio.get_running_loop().time()


def _for_person(task: Object) -> bool:
    asked = task["spec"].get("triggeredBy") != TriggeredBy.SCHEDULER.value
    return asked or bool((task.get("status") or {}).get("merged"))


def _key_of_task(task: Object) -> Key:
    return task["metadata"]["namespace"], task["spec"]["sourceRef"]["name"], task["spec"]["type"]


def _key_of_job(obj: Object) -> Key:
    """Of a Job or a pod."""
    metadata = obj["metadata"]
    return metadata["namespace"], metadata["annotations"]["sincro.dev/source"], metadata["labels"]["sincro.dev/type"]


def _circuit_closed(source: Object) -> bool:
    return bool(((source.get("status") or {}).get("circuit") or {}).get("state", "Closed") == "Closed")


def _minute(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _said(task: Object) -> str:
    waiting = (task.get("status") or {}).get("waitingFor") or {}
    return str(waiting.get("message") or waiting.get("reason") or "it says nothing")
