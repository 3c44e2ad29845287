"""The facts that are known now, indexed by source: the store that `cluster` feeds and that the planner reads.

Nothing is decided here. Everything that belongs to one source (schedules, tasks, Jobs) is one Shard, because almost
every decision needs one shard alone; a put that changes something marks its shard, so that planning costs what changed.
Shards of other operators are held too, since a label can make them ours; whoever asks for all of a kind is shown ours.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.planning import due
from sincro_operator.planning.clock import BEFORE_ALL
from sincro_operator.planning.model import Job, Name, Schedule, Source, Task
from sincro_operator.planning.selection import EVERYTHING, Selector

_NOBODY: Counter[int] = Counter()


class Past:
    """A source's ended tasks, in the ways that plans look at them; worked out anew only when one of them changes."""

    __slots__ = ("by_schedule", "by_type", "by_uid", "dead_lettered", "latest", "settled", "tasks")

    def __init__(self, ended: Iterable[Task]) -> None:
        self.tasks = tuple(sorted(ended, key=lambda task: task.name))
        self.by_schedule: dict[str | None, list[Task]] = {}
        self.by_type: dict[str, list[Task]] = {}
        self.by_uid = {task.uid: task for task in self.tasks}
        for task in self.tasks:
            self.by_schedule.setdefault(task.schedule, []).append(task)
            self.by_type.setdefault(task.type, []).append(task)
        self.settled = all(task.pending is None for task in self.tasks)
        """No write about any of them is under way."""
        self.dead_lettered = sum(task.status.state is TaskState.DEAD_LETTERED for task in self.tasks)
        self.latest = max((task.status.completed_at or task.created for task in self.tasks), default=None)
        """When the last of them ended."""


class Shard:
    """One source and what belongs to it. `key` is the source's name, whether that source exists or not."""

    __slots__ = ("_past", "ended", "jobs", "key", "labels", "open", "schedules", "source")

    def __init__(self, key: Name) -> None:
        self.key = key
        self.source: Source | None = None
        self.labels: tuple[tuple[str, str], ...] | None = None
        """The source's, or those that it had last; None when it has never been seen."""
        self.schedules: dict[Name, Schedule] = {}
        self.open: dict[Name, Task] = {}
        """Tasks to which something may yet happen: not final, or being deleted."""
        self.ended: dict[Name, Task] = {}
        self.jobs: dict[Name, Job] = {}
        self._past: Past | None = None

    @property
    def past(self) -> Past:
        """Its ended tasks: the same object until one of them changes."""
        if self._past is None:
            self._past = Past(self.ended.values())
        return self._past

    def mine(self, selector: Selector) -> bool:
        """Whether an operator with this selector looks after it."""
        return selector.everything or selector.matches(self.labels or ())

    @property
    def youngest(self) -> datetime:
        """When the latest of its objects was made."""
        objects: tuple[Schedule | Task | Job, ...] = (
            *self.schedules.values(),
            *self.open.values(),
            *self.ended.values(),
            *self.jobs.values(),
        )
        return max((one.created for one in objects), default=BEFORE_ALL)

    def put_task(self, task: Task) -> None:
        """Take the task in, with those that are open or those that have ended."""
        here, there = (self.ended, self.open) if _ended(task) else (self.open, self.ended)
        if here is self.ended or task.name in there:
            self._past = None
        there.pop(task.name, None)
        here[task.name] = task

    def drop_task(self, name: Name) -> None:
        """The task is gone."""
        self.open.pop(name, None)
        if self.ended.pop(name, None) is not None:
            self._past = None

    @property
    def empty(self) -> bool:
        """True when nothing is left of it."""
        return self.source is None and not (self.schedules or self.open or self.ended or self.jobs)


class Snapshot:
    """Mutable; one writer. What is put is trusted to be newer than what is held (see cluster.shelf)."""

    def __init__(self, facts: Iterable[Source | Schedule | Task | Job] = (), selector: Selector = EVERYTHING) -> None:
        self.selector = selector
        self.shards: dict[Name, Shard] = {}
        self.clock = BEFORE_ALL
        """The `now` of the latest plan: dates what is noticed between plans."""
        self._tasks: dict[Name, Task] = {}
        self._schedules: dict[Name, Schedule] = {}
        self._jobs: dict[Name, Job] = {}
        self._task_of_uid: dict[str, Name] = {}
        self._jobs_of_uid: dict[str, set[Name]] = {}
        self._shard_of_job: dict[Name, Name] = {}
        self._type_limits: dict[tuple[str, str], Counter[int]] = {}
        self._explained: dict[Name, datetime] = {}
        self._removed: dict[Name, dict[Mode, Task]] = {}
        self._dirty: set[Name] = set()
        self._dirty_namespaces: set[str] = set()
        for fact in facts:
            self.put(fact)

    # ------------------------------------------------------------ reading

    def task(self, name: Name) -> Task | None:
        """The task of this name."""
        return self._tasks.get(name)

    def schedule(self, name: Name) -> Schedule | None:
        """The schedule of this name."""
        return self._schedules.get(name)

    def source(self, name: Name) -> Source | None:
        """The source of this name."""
        shard = self.shards.get(name)
        return shard.source if shard else None

    def job(self, name: Name) -> Job | None:
        """The Job of this name."""
        return self._jobs.get(name)

    def tasks(self) -> Iterable[Task]:
        """All tasks of sources that are looked after."""
        if self.selector.everything:
            return self._tasks.values()
        return [task for task in self._tasks.values() if self.looks_after(Name(task.name.namespace, task.source))]

    def schedules(self) -> Iterable[Schedule]:
        """All schedules of sources that are looked after."""
        if self.selector.everything:
            return self._schedules.values()
        return [one for one in self._schedules.values() if self.looks_after(Name(one.name.namespace, one.source))]

    def sources(self) -> Iterator[Source]:
        """All sources that are looked after."""
        shards = self.shards.values()
        return (shard.source for shard in shards if shard.source is not None and shard.mine(self.selector))

    def jobs(self) -> Iterable[Job]:
        """All Jobs of sources that are looked after."""
        if self.selector.everything:
            return self._jobs.values()
        return [job for name, job in self._jobs.items() if self.looks_after(self._shard_of_job[name])]

    def looks_after(self, source: Name) -> bool:
        """Whether the source of this name, which may not exist, is ours."""
        shard = self.shards.get(source)
        return self.selector.matches(()) if shard is None else shard.mine(self.selector)

    def type_limit(self, namespace: str, type_: str) -> int | None:
        """Syncs of this type at once over the sources of a namespace: the smallest that a schedule states."""
        stated = self._type_limits.get((namespace, type_))
        return min(stated) if stated else None

    def removed(self, schedule: Name) -> tuple[Task, ...]:
        """Tasks that the schedule made and that went before its status said so; the latest of each cadence."""
        return tuple(self._removed.get(schedule, {}).values())

    def explained_at(self, task: Name) -> datetime | None:
        """When what the task's status says of its place in the queue last changed, as far as this process saw it."""
        return self._explained.get(task)

    def take_dirty(self) -> set[Name]:
        """The shards in which something has changed since this was called last."""
        dirty, self._dirty = self._dirty, set()
        if self._dirty_namespaces:
            dirty.update(key for key in self.shards if key.namespace in self._dirty_namespaces)
            self._dirty_namespaces.clear()
        return dirty

    # ------------------------------------------------------------ writing

    def put(self, fact: Source | Schedule | Task | Job) -> None:
        """Any of put_source, put_schedule, put_task, put_job."""
        if isinstance(fact, Task):
            self.put_task(fact)
        elif isinstance(fact, Job):
            self.put_job(fact)
        elif isinstance(fact, Schedule):
            self.put_schedule(fact)
        else:
            self.put_source(fact)

    def put_source(self, source: Source) -> None:
        """Take the source in."""
        shard = self._shard(source.name)
        if shard.source != source or shard.source.launch != source.launch:
            shard.source, shard.labels = source, source.labels
            self._dirty.add(shard.key)

    def drop_source(self, name: Name) -> None:
        """The source is gone."""
        shard = self.shards.get(name)
        if shard is not None and shard.source is not None:
            shard.source = None
            self._leave(shard)

    def put_schedule(self, schedule: Schedule) -> None:
        """Take the schedule in."""
        before = self._schedules.get(schedule.name)
        if before == schedule:
            return
        if before is not None and before.uid != schedule.uid:
            self._removed.pop(schedule.name, None)
        if before is not None and (before.source, before.type, before.max_concurrent) != (
            schedule.source,
            schedule.type,
            schedule.max_concurrent,
        ):
            self._forget_schedule(before)
            before = None
        self._schedules[schedule.name] = schedule
        shard = self._shard(Name(schedule.name.namespace, schedule.source))
        shard.schedules[schedule.name] = schedule
        self._dirty.add(shard.key)
        if before is None and schedule.max_concurrent is not None:
            key = (schedule.name.namespace, schedule.type)
            self._type_limits.setdefault(key, Counter())[schedule.max_concurrent] += 1
            self._dirty_namespaces.add(schedule.name.namespace)

    def drop_schedule(self, name: Name) -> None:
        """The schedule is gone."""
        schedule = self._schedules.pop(name, None)
        self._removed.pop(name, None)
        if schedule is not None:
            self._forget_schedule(schedule)

    def put_task(self, task: Task) -> None:
        """Take the task in."""
        before = self._tasks.get(task.name)
        if before == task:
            return
        if before is not None and (before.uid, before.source) != (task.uid, task.source):
            self._forget_task(before)
            before = None
        self._tasks[task.name] = task
        if before is not None and _place(before) != _place(task):
            self._explained[task.name] = self.clock
        shard = self._shard(Name(task.name.namespace, task.source))
        shard.put_task(task)
        self._dirty.add(shard.key)
        if before is None:
            self._task_of_uid[task.uid] = task.name
            for job in self._jobs_of_uid.get(task.uid, ()):
                self._attach(self._jobs[job], shard.key)

    def drop_task(self, name: Name) -> None:
        """The task is gone; Jobs of its that are still there keep their shard."""
        task = self._tasks.pop(name, None)
        if task is not None:
            self._forget_task(task)

    def put_job(self, job: Job) -> None:
        """Take the Job in."""
        before = self._jobs.get(job.name)
        if before == job:
            return
        if before is not None and before.task_uid != job.task_uid:
            self.drop_job(job.name)
        self._jobs[job.name] = job
        self._jobs_of_uid.setdefault(job.task_uid, set()).add(job.name)
        owner = self._tasks.get(self._task_of_uid.get(job.task_uid, Name("", "")))
        known = self._shard_of_job.get(job.name)
        self._attach(
            job, Name(job.name.namespace, owner.source if owner else job.source) if owner or not known else known
        )

    def drop_job(self, name: Name) -> None:
        """The Job is gone."""
        job = self._jobs.pop(name, None)
        if job is None:
            return
        siblings = self._jobs_of_uid.get(job.task_uid, set())
        siblings.discard(name)
        if not siblings:
            self._jobs_of_uid.pop(job.task_uid, None)
        shard = self.shards[self._shard_of_job.pop(name)]
        del shard.jobs[name]
        self._leave(shard)

    # ------------------------------------------------------------ indexes

    def _shard(self, key: Name) -> Shard:
        shard = self.shards.get(key)
        if shard is None:
            shard = self.shards[key] = Shard(key)
        return shard

    def _leave(self, shard: Shard) -> None:
        """Something went from the shard; an empty one is forgotten (and planned once more, as empty)."""
        self._dirty.add(shard.key)
        if shard.empty:
            self.shards.pop(shard.key, None)

    def _attach(self, job: Job, key: Name) -> None:
        before = self._shard_of_job.get(job.name)
        if before is not None and before != key:
            old = self.shards[before]
            del old.jobs[job.name]
            self._leave(old)
        self._shard_of_job[job.name] = key
        self._shard(key).jobs[job.name] = job
        self._dirty.add(key)

    def _forget_schedule(self, schedule: Schedule) -> None:
        shard = self._shard(Name(schedule.name.namespace, schedule.source))
        shard.schedules.pop(schedule.name, None)
        self._leave(shard)
        if schedule.max_concurrent is None:
            return
        key = (schedule.name.namespace, schedule.type)
        stated = self._type_limits.get(key, _NOBODY)
        stated[schedule.max_concurrent] -= 1
        if stated[schedule.max_concurrent] <= 0:
            del stated[schedule.max_concurrent]
        if not stated:
            self._type_limits.pop(key, None)
        self._dirty_namespaces.add(schedule.name.namespace)

    def _remember(self, task: Task) -> None:
        """The run was made, whatever has become of its task."""
        schedule = self._schedules.get(Name(task.name.namespace, task.schedule)) if task.schedule else None
        if schedule is None or task.due is None or due.recorded(schedule, task):
            return
        kept = self._removed.setdefault(schedule.name, {})
        before = kept.get(task.cadence)
        if before is None or before.due is None or before.due < task.due:
            kept[task.cadence] = task

    def _forget_task(self, task: Task) -> None:
        self._remember(task)
        self._explained.pop(task.name, None)
        if self._task_of_uid.get(task.uid) == task.name:
            del self._task_of_uid[task.uid]
        shard = self._shard(Name(task.name.namespace, task.source))
        shard.drop_task(task.name)
        self._leave(shard)


def _ended(task: Task) -> bool:
    return task.status_known and task.status.state.final and not task.deleting


def _place(task: Task) -> tuple[object, ...]:
    status = task.status
    return status.queue_position, status.estimated_start, status.waiting_for and status.waiting_for.message
