"""What is known of the cluster: objects from watches and from the answers of our own writes become the planner's facts.

Decided here: which of two versions of an object is newer, what a lost deletion is, how pods belong to Jobs, and which
facts carry a write that is under way. Not here: what follows from the facts (planning), or when to list (reflector).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.cluster.api import JOBS, PODS, SCHEDULES, SOURCES, TASKS, Object, Resource
from sincro_operator.cluster.facts import schedule_of, source_of, task_of
from sincro_operator.cluster.fields import child, children, name_of
from sincro_operator.cluster.workload import job_name_of, job_of, pod_of, remnant_of
from sincro_operator.planning.model import Job, Name, Pending, Pod, Schedule, Source, Task
from sincro_operator.planning.snapshot import Snapshot

_TOMBSTONES = 20_000
"""How many deletions are remembered a kind, so that a late answer does not bring an object back."""

_CREATING = "ContainerCreating"

Transition = tuple[str, str, str]
"""A condition's type, status and lastTransitionTime, as they stand in the cluster."""


@dataclass(frozen=True, slots=True)
class Check:
    """What `cluster.preflight` found out about a source."""

    problem: tuple[str, str] | None = None
    streams: frozenset[str] | None = None
    profile_hash: str | None = None


@dataclass(frozen=True, slots=True)
class MountProblem:
    """What `cluster.mounts` found out about a pod that cannot mount a volume."""

    reason: str
    message: str


class Shelf:
    """The objects of one kind, by version. It is the sink of that kind's reflectors."""

    def __init__(
        self,
        take: Callable[[Object], bool],
        drop: Callable[[Name], None],
        wake: Callable[[], None],
        *,
        last_words: bool = False,
    ) -> None:
        """`take` says whether anything that matters has changed; only that wakes somebody.

        `last_words`: what an object says when it is deleted is taken in before it is dropped.
        """
        self._last_words = last_words
        self._take = take
        self._drop = drop
        self._wake = wake
        self._versions: dict[Name, int] = {}
        self._gone: dict[Name, int] = {}

    def upsert(self, obj: Object) -> None:
        """Take the object in, unless a newer version or its deletion is known."""
        name, version = name_of(obj), _version(obj)
        if version <= self._versions.get(name, -1) or version <= self._gone.get(name, -1):
            return
        self._versions[name] = version
        self._gone.pop(name, None)
        if self._take(obj):
            self._wake()

    def delete(self, obj: Object) -> None:
        """The object was deleted at its version; a newer one of the same name stays."""
        name, version = name_of(obj), _version(obj)
        if self._last_words and 0 <= self._versions.get(name, -1) < version:
            self._take(obj)
        self.forget(name, version)

    def forget(self, name: Name, version: int | None = None) -> None:
        """The object is gone as of this version (default: the one that is held)."""
        held = self._versions.get(name, -1)
        if version is None:
            version = held
        if held > version:
            return
        self._bury(name, version)
        if held >= 0:
            del self._versions[name]
            self._drop(name)
            self._wake()

    def version(self, name: Name) -> str | None:
        """The version that is held; None when none is, or nobody knows which."""
        held = self._versions.get(name, 0)
        return str(held) if held > 0 else None

    def retain(self, namespace: str | None, seen: set[Name], version: str) -> None:
        """Whatever is no newer than this list and not on it has been deleted without our noticing."""
        limit = int(version) if version.isdigit() else 0
        for name, held in list(self._versions.items()):
            if name not in seen and held <= limit and namespace in (None, name.namespace):
                self.forget(name, limit)

    def rewind(self, namespace: str | None) -> None:
        """Versions start anew: whatever comes next is newer than what is held."""
        for name in self._versions:
            if namespace in (None, name.namespace):
                self._versions[name] = 0
        self._gone.clear()

    def __len__(self) -> int:
        return len(self._versions)

    def _bury(self, name: Name, version: int) -> None:
        self._gone[name] = version
        if len(self._gone) > _TOMBSTONES:
            for old in list(self._gone)[: _TOMBSTONES // 2]:
                del self._gone[old]


class Cache:
    """Feeds a snapshot. `wake` is called whenever something in it has changed."""

    def __init__(self, snapshot: Snapshot, wake: Callable[[], None]) -> None:
        self.snapshot = snapshot
        self.source_changed: Callable[[Name], None] = lambda _name: None
        """Told of a source that is new, or whose references have changed."""
        self._wake = wake
        self._pending: dict[str, Pending] = {}
        self._checks: dict[Name, Check] = {}
        self._rejections: dict[Name, tuple[int, str]] = {}
        self._transitions: dict[str, tuple[Transition, ...]] = {}
        self._pods: dict[Name, dict[str, Pod]] = {}
        self._job_of_pod: dict[Name, Name] = {}
        self._remnants: set[Name] = set()
        self._mount_problems: dict[str, MountProblem] = {}
        self._a_pod_waits = asyncio.Event()
        self._unread: dict[str, set[Name]] = {}
        """By uid of a task that does not say yet how they ended: Jobs that are gone, or have pods that are."""
        self._left: dict[Name, set[str]] = {}
        """Job -> ended pods that are gone and kept."""
        self.tasks = Shelf(self._take_task, self._drop_task, wake)
        self.schedules = Shelf(self._take_schedule, self._drop_schedule, wake)
        self.sources = Shelf(self._take_source, self._drop_source, wake)
        self.jobs = Shelf(self._take_job, self._drop_job, wake, last_words=True)
        self.pods = Shelf(self._take_pod, self._drop_pod, wake, last_words=True)
        self.shelves: dict[Resource, Shelf] = {
            TASKS: self.tasks,
            SCHEDULES: self.schedules,
            SOURCES: self.sources,
            JOBS: self.jobs,
            PODS: self.pods,
        }

    # ------------------------------------------------------------ writes under way

    def begin(self, fact: Task | Schedule | Source, pending: Pending) -> None:
        """A write about this object is under way."""
        self._pending[fact.uid] = pending
        self._put_again(fact)

    def end(self, fact: Task | Schedule | Source) -> None:
        """Nothing is under way any more; the planner may look at the object again."""
        if self._pending.pop(fact.uid, None) is not None:
            self._put_again(fact)
            self._wake()

    def accept(self, fact: Task | Schedule | Source) -> None:
        """A status that is spelled like the one in the cluster: hold it as it was planned, if nothing newer is held."""
        held = self._held(fact)
        if held is not None and (held.uid, held.resource_version) == (fact.uid, fact.resource_version):
            self.snapshot.put(replace(fact, pending=held.pending))

    def _put_again(self, fact: Task | Schedule | Source) -> None:
        held = self._held(fact)
        if held is not None and held.uid == fact.uid:
            self.snapshot.put(replace(held, pending=self._pending.get(fact.uid)))

    def _held(self, fact: Task | Schedule | Source) -> Task | Schedule | Source | None:
        """What is held under this fact's name."""
        if isinstance(fact, Task):
            return self.snapshot.task(fact.name)
        if isinstance(fact, Schedule):
            return self.snapshot.schedule(fact.name)
        return self.snapshot.source(fact.name)

    # ------------------------------------------------------------ what is known beside the objects

    def transitions(self, uid: str) -> tuple[Transition, ...]:
        """The conditions of an object as they stand in the cluster, without reasons and messages."""
        return self._transitions.get(uid, ())

    def check(self, source: Name) -> Check | None:
        """What preflight has found out about a source; None before it has looked."""
        return self._checks.get(source)

    def set_check(self, source: Name, check: Check) -> None:
        """Preflight has looked at a source."""
        if self._checks.get(source) != check:
            self._checks[source] = check
            self._refresh_source(source)

    def reject(self, source: Source, message: str) -> None:
        """The API server will not accept this source's Jobs as they are; holds until the source changes."""
        self._rejections[source.name] = (source.generation, message)
        self._refresh_source(source.name)

    def _refresh_source(self, name: Name) -> None:
        source = self.snapshot.source(name)
        if source is not None:
            self.snapshot.put_source(self._checked(source))
            self._wake()

    def _checked(self, source: Source) -> Source:
        check = self._checks.get(source.name, Check())
        problem = check.problem
        rejected = self._rejections.get(source.name)
        if rejected is not None and rejected[0] == source.generation:
            problem = problem or ("JobRejected", rejected[1])
        elif rejected is not None:
            del self._rejections[source.name]
        return replace(source, problem=problem, streams=check.streams, profile_hash=check.profile_hash)

    # ------------------------------------------------------------ our own resources

    def _take_task(self, obj: Object) -> bool:
        task = task_of(obj)
        self._note_transitions(task.uid, obj)
        pending = self._pending.get(task.uid)
        self.snapshot.put_task(replace(task, pending=pending) if pending else task)
        self._let_go(task.uid)
        return True

    def _drop_task(self, name: Name) -> None:
        task = self.snapshot.task(name)
        self._forget(task)
        self.snapshot.drop_task(name)
        if task is not None:
            self._let_go(task.uid)

    def _take_schedule(self, obj: Object) -> bool:
        schedule = schedule_of(obj)
        self._note_transitions(schedule.uid, obj)
        pending = self._pending.get(schedule.uid)
        self.snapshot.put_schedule(replace(schedule, pending=pending) if pending else schedule)
        return True

    def _drop_schedule(self, name: Name) -> None:
        self._forget(self.snapshot.schedule(name))
        self.snapshot.drop_schedule(name)

    def _take_source(self, obj: Object) -> bool:
        source = source_of(obj)
        self._note_transitions(source.uid, obj)
        before = self.snapshot.source(source.name)
        self.snapshot.put_source(replace(self._checked(source), pending=self._pending.get(source.uid)))
        if before is None or before.launch != source.launch:
            self.source_changed(source.name)
        return True

    def _drop_source(self, name: Name) -> None:
        self._forget(self.snapshot.source(name))
        self._checks.pop(name, None)
        self._rejections.pop(name, None)
        self.snapshot.drop_source(name)

    def _forget(self, fact: Task | Schedule | Source | None) -> None:
        if fact is not None:
            self._pending.pop(fact.uid, None)
            self._transitions.pop(fact.uid, None)

    def _note_transitions(self, uid: str, obj: Object) -> None:
        conditions = children(child(obj, "status"), "conditions")
        if conditions:
            self._transitions[uid] = tuple(
                (str(c.get("type")), str(c.get("status")), str(c.get("lastTransitionTime") or "")) for c in conditions
            )

    # ------------------------------------------------------------ Jobs and their pods

    def _take_job(self, obj: Object) -> bool:
        name = name_of(obj)
        self._remnants.discard(name)
        return self._put_job(job_of(obj, self._pods_of(name)))

    def _put_job(self, job: Job) -> bool:
        if self.snapshot.job(job.name) == job:
            return False
        self.snapshot.put_job(job)
        return True

    def _drop_job(self, name: Name) -> None:
        job, pods = self.snapshot.job(name), self._pods_of(name)
        if job is not None and any(pod.occupies for pod in pods):
            self._remnants.add(name)
            self.snapshot.put_job(replace(job, deleting=True, pods=pods))
        elif job is not None and self._keep(job):
            self._remnants.add(name)
        else:
            self._drop_whole(name)

    def _drop_whole(self, name: Name) -> None:
        self._remnants.discard(name)
        self._drop_left(name)
        self.snapshot.drop_job(name)

    def _drop_left(self, name: Name) -> None:
        """The Job's ended pods that are gone and were kept."""
        for pod in self._left.pop(name, ()):
            self._pods.get(name, {}).pop(pod, None)
        if not self._pods.get(name):
            self._pods.pop(name, None)

    def _keep(self, job: Job) -> bool:
        """Whether the Job has ended and its task does not say how yet: it stays until then, gone or not.

        Its end and its removal may arrive together, and a sync whose result nobody read would run again.
        """
        if not (job.complete or job.failed or any(not pod.occupies for pod in job.pods)):
            return False
        task = self.snapshot.task(job.name._replace(name=job.task))
        if task is None or task.uid != job.task_uid or task.status.state.final:
            return False
        status = task.status
        if job.launch <= status.launches and not (status.state is TaskState.RUNNING and status.job == job.name.name):
            return False
        self._unread.setdefault(job.task_uid, set()).add(job.name)
        return True

    def _let_go(self, task_uid: str) -> None:
        """The task may say now how its Jobs ended: what is gone and has been read is dropped."""
        for name in self._unread.pop(task_uid, ()):
            job = self.snapshot.job(name)
            if job is None or self._keep(job):
                continue
            self._drop_left(name)
            self._join(name, None)

    def _take_pod(self, obj: Object) -> bool:
        pod, job_name, pod_name = pod_of(obj), job_name_of(obj), name_of(obj)
        if not job_name.name:
            return False
        if pod.waiting_reason == _CREATING:
            self._a_pod_waits.set()
        pod = self._with_mount_problem(pod)
        self._job_of_pod[pod_name] = job_name
        if job_name in self._left:  # A restored backup brings back what was gone.
            self._left[job_name].discard(pod.name)
        self._pods.setdefault(job_name, {})[pod.name] = pod
        return self._join(job_name, lambda pods: remnant_of(obj, pods))

    def _drop_pod(self, name: Name) -> None:
        job_name = self._job_of_pod.pop(name, None)
        if job_name is None:
            return
        pods = self._pods.get(job_name, {})
        pod, job = pods.get(name.name), self.snapshot.job(job_name)
        if pod is not None:
            self._mount_problems.pop(pod.uid, None)
        if pod is not None and not pod.occupies and job is not None and self._keep(job):
            self._left.setdefault(job_name, set()).add(name.name)
            return
        pods.pop(name.name, None)
        if not pods:
            self._pods.pop(job_name, None)
        self._join(job_name, None)

    def creating(self) -> frozenset[tuple[Name, str]]:
        """Names and UIDs of the pods whose container is being created: a moment, or as long as a volume is missing."""
        return frozenset(
            (name, pod.uid)
            for name, job in self._job_of_pod.items()
            if (pod := self._pods.get(job, {}).get(name.name)) is not None
            and (pod.waiting_reason == _CREATING or pod.uid in self._mount_problems)
        )

    async def until_a_pod_waits(self) -> None:
        """Wait until some pod's container is being created."""
        while not self.creating():
            self._a_pod_waits.clear()
            await self._a_pod_waits.wait()

    def set_mount_problem(self, name: Name, uid: str, problem: MountProblem) -> None:
        """Why this pod's container is not created; holds until the pod says something else."""
        job_name = self._job_of_pod.get(name)
        pod = self._pods.get(job_name, {}).get(name.name) if job_name else None
        known = self._mount_problems.get(uid)
        if job_name is None or pod is None or pod.uid != uid or known == problem:
            return
        if pod.waiting_reason != (known.reason if known else _CREATING):
            return
        self._mount_problems[uid] = problem
        self._pods[job_name][name.name] = replace(pod, waiting_reason=problem.reason, waiting_message=problem.message)
        if self._join(job_name, None):
            self._wake()

    def _with_mount_problem(self, pod: Pod) -> Pod:
        problem = self._mount_problems.get(pod.uid)
        if problem is None:
            return pod
        if pod.waiting_reason != _CREATING:
            del self._mount_problems[pod.uid]
            return pod
        return replace(pod, waiting_reason=problem.reason, waiting_message=problem.message)

    def _join(self, name: Name, remnant: Callable[[tuple[Pod, ...]], Job] | None) -> bool:
        """Give the Job its pods as they are now; a Job that is gone stays while one of them holds its slot."""
        job, pods = self.snapshot.job(name), self._pods_of(name)
        if job is not None and name not in self._remnants:
            return self._put_job(replace(job, pods=pods))
        if any(pod.occupies for pod in pods):
            self._remnants.add(name)
            if job is not None:
                return self._put_job(replace(job, pods=pods))
            return remnant is not None and self._put_job(remnant(pods))
        if job is None:
            return False
        ended = replace(job, pods=pods)
        if self._keep(ended):
            return self._put_job(ended)
        self._drop_whole(name)
        return True

    def _pods_of(self, job: Name) -> tuple[Pod, ...]:
        pods = self._pods.get(job)
        return tuple(sorted(pods.values(), key=lambda pod: pod.name)) if pods else ()


def _version(obj: Object) -> int:
    version = str(child(obj, "metadata").get("resourceVersion") or "")
    return int(version) if version.isdigit() else 0
