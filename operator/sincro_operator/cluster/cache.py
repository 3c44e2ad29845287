"""What is known of the cluster: objects from watches and from the answers of our own writes become the planner's facts.

Decided here: which facts carry a write that is under way, and when preflight hears of a source. Not here: which version
is newer (`cluster.shelf`), how pods belong to Jobs (`cluster.jobs_and_pods`), what follows from the facts (planning).
"""

from collections.abc import Callable
from dataclasses import replace

from sincro_operator.cluster.api import JOBS, PODS, SCHEDULES, SOURCES, TASKS, Object, Resource
from sincro_operator.cluster.checks import Checks
from sincro_operator.cluster.facts import schedule_of, source_of, task_of
from sincro_operator.cluster.fields import child, children
from sincro_operator.cluster.jobs_and_pods import JobsAndPods
from sincro_operator.cluster.shelf import Shelf
from sincro_operator.planning.model import Name, Pending, Schedule, Source, Task
from sincro_operator.planning.snapshot import Snapshot

Transition = tuple[str, str, str]
"""A condition's type, status and lastTransitionTime, as they stand in the cluster."""


class Cache:
    """Feeds a snapshot. `wake` is called whenever something in it has changed."""

    def __init__(self, snapshot: Snapshot, wake: Callable[[], None]) -> None:
        self.snapshot = snapshot
        self.source_changed: Callable[[Name], None] = lambda _name: None
        """Told of a source that is new, or whose references or labels have changed."""
        self.wake = wake
        """The planner is to look again."""
        self._pending: dict[str, Pending] = {}
        self._transitions: dict[str, tuple[Transition, ...]] = {}
        self.checks = Checks(self._recheck)
        self._jobs_and_pods = JobsAndPods(snapshot, wake)
        self.creating = self._jobs_and_pods.creating
        self.tasks = Shelf(self._take_task, self._drop_task, wake)
        self.schedules = Shelf(self._take_schedule, self._drop_schedule, wake)
        self.sources = Shelf(self._take_source, self._drop_source, wake)
        self.jobs = Shelf(self._jobs_and_pods.take_job, self._jobs_and_pods.drop_job, wake, last_words=True)
        self.pods = Shelf(self._jobs_and_pods.take_pod, self._jobs_and_pods.drop_pod, wake, last_words=True)
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
            self.wake()

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

    # ------------------------------------------------------------ our own resources

    def _take_task(self, obj: Object) -> bool:
        task = task_of(obj)
        self._note_transitions(task.uid, obj)
        pending = self._pending.get(task.uid)
        self.snapshot.put_task(replace(task, pending=pending) if pending else task)
        self._jobs_and_pods.let_go(task.uid)
        return True

    def _drop_task(self, name: Name) -> None:
        task = self.snapshot.task(name)
        self._forget(task)
        self.snapshot.drop_task(name)
        if task is not None:
            self._jobs_and_pods.let_go(task.uid)

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
        self.snapshot.put_source(replace(self.checks.applied(source), pending=self._pending.get(source.uid)))
        if before is None or (before.launch, before.labels) != (source.launch, source.labels):
            self.source_changed(source.name)
        return True

    def _drop_source(self, name: Name) -> None:
        self._forget(self.snapshot.source(name))
        self.checks.forget(name)
        self.snapshot.drop_source(name)

    def _recheck(self, name: Name) -> None:
        source = self.snapshot.source(name)
        if source is not None:
            self.snapshot.put_source(self.checks.applied(source))
            self.wake()

    def _forget(self, fact: Task | Schedule | Source | None) -> None:
        if fact is not None:
            self._pending.pop(fact.uid, None)
            self._transitions.pop(fact.uid, None)

    # ------------------------------------------------------------ the times of conditions

    def transitions(self, uid: str) -> tuple[Transition, ...]:
        """The conditions of an object as they stand in the cluster, without reasons and messages."""
        return self._transitions.get(uid, ())

    def _note_transitions(self, uid: str, obj: Object) -> None:
        conditions = children(child(obj, "status"), "conditions")
        if conditions:
            self._transitions[uid] = tuple(
                (str(c.get("type")), str(c.get("status")), str(c.get("lastTransitionTime") or "")) for c in conditions
            )
