"""One source, planned by itself: what its Jobs say, what its schedules owe, what its tasks wait for.

Nothing is decided here: each rule is a module of its own, this is the order in which they are asked. All that one task
is told comes in one write.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning import (
    circuit_breaker,
    coalescing,
    eligibility,
    estimate,
    explain,
    overlap,
    priority,
    retention,
    schedule_plan,
    shadow,
    source_status,
)
from sincro_operator.planning.actions import EventNote, StopJob, WriteTask
from sincro_operator.planning.attempts import Moment, Step, advance, stop_reason
from sincro_operator.planning.circuit_breaker import Passage
from sincro_operator.planning.clock import after, soonest
from sincro_operator.planning.contest import contenders
from sincro_operator.planning.demand import Demand, Held, Slot, Waiting
from sincro_operator.planning.explain import Wait
from sincro_operator.planning.hold import Hold
from sincro_operator.planning.memory import Memory
from sincro_operator.planning.model import Job, Limits, Name, Pending, Schedule, Task, TaskStatus
from sincro_operator.planning.observe import occupies
from sincro_operator.planning.schedule_plan import Surroundings
from sincro_operator.planning.snapshot import Shard, Snapshot

_TICK = timedelta(microseconds=1)


def plan_source(
    shard: Shard, snapshot: Snapshot, now: datetime, limits: Limits, memory: Memory | None = None
) -> Demand:
    """What is to be done for this source's objects alone, and what they ask of the slots.

    `memory` is what this source's last plan has left; it saves work.
    """
    return _SourcePlan(shard, snapshot, now, limits, memory or Memory()).run()


@dataclass(slots=True)
class _Draft:
    """What one task is going to be told."""

    task: Task
    status: TaskStatus
    events: list[EventNote] = field(default_factory=list)
    release: bool = False
    stop: StopJob | None = None

    @property
    def changed(self) -> bool:
        return self.status != self.task.status or self.release


class _SourcePlan:
    def __init__(self, shard: Shard, snapshot: Snapshot, now: datetime, limits: Limits, memory: Memory) -> None:
        self.shard = shard
        self.memory = memory
        self.snapshot = snapshot
        self.source = shard.source
        self.now = now
        self.limits = limits
        counted = source_status.counted_until(self.source) if self.source is not None else None
        self.moment = Moment(now, now if counted is None else max(now, after(counted, _TICK)))
        self.demand = Demand(shard.key, shard.source)
        self.drafts = {
            task.uid: _Draft(task, task.status) for task in sorted(shard.open.values(), key=lambda task: task.name)
        }
        self.jobs: dict[str, list[Job]] = {}
        for job in shard.jobs.values():
            self.jobs.setdefault(job.task_uid, []).append(job)

    def run(self) -> Demand:
        self._observe()
        self._shadow()
        frozen = self._coalesce()
        seen = source_status.seen(self.shard, {uid: draft.status for uid, draft in self.drafts.items()})
        self.demand.circuit, self.demand.records = seen.circuit, seen.types
        self._take_slots()
        self._queue(frozen)
        self._explain()
        self._write_tasks()
        self._schedules()
        write, again = source_status.plan_source_status(self.shard, self.now)
        if write is not None:
            self.demand.actions.append(write)
        self._again(again)
        keeping = self.memory.keeping(self.shard, self.now)
        if keeping is None:
            keeping = retention.plan_retention(self.shard, self.now, self.limits)
            self.memory.keep_keeping(self.shard, self.now, keeping)
        self.demand.actions += keeping.actions
        self._again(keeping.again)
        return self.demand

    def _again(self, instant: datetime | None) -> None:
        if instant is not None and instant > self.now:
            self.demand.again = soonest(self.demand.again, instant)

    def _schedule_of(self, task: Task) -> Schedule | None:
        return self.shard.schedules.get(Name(task.name.namespace, task.schedule)) if task.schedule else None

    # ------------------------------------------------------------ what tasks come to

    def _observe(self) -> None:
        for uid, draft in self.drafts.items():
            if draft.task.pending is not None:
                continue
            step: Step = advance(draft.task, self.jobs.get(uid, []), self.moment, self.limits)
            draft.status, draft.events = step.status, list(step.events)
            draft.release, draft.stop = step.release, step.stop
            self._again(step.again)

    def _shadow(self) -> None:
        for draft in self.drafts.values():
            task = draft.task
            waits = task.pending is None and not (task.cancel or task.deleting)
            if waits and shadow.applies(task, draft.status, self._schedule_of(task)):
                draft.status, note = shadow.shadowed(task, draft.status, self.moment)
                draft.events.append(note)

    def _coalesce(self) -> set[str]:
        pairs = [(draft.task, draft.status) for draft in self.drafts.values()]
        joining = coalescing.coalesce(pairs, self.shard.past.tasks, self.moment)
        for uid, status in joining.statuses.items():
            draft = self.drafts[uid]
            draft.status = status
            if uid in joining.notes:
                draft.events.append(joining.notes[uid])
        return joining.frozen

    def _write_tasks(self) -> None:
        for draft in self.drafts.values():
            if draft.changed:
                write = WriteTask(draft.task, draft.status, tuple(draft.events), draft.release)
                self.demand.actions.append(write)
            if draft.stop is not None:
                self.demand.actions.append(draft.stop)

    # ------------------------------------------------------------ slots

    def _take_slots(self) -> None:
        ended = self.shard.past.by_uid
        seated = set()
        for job in sorted(self.shard.jobs.values(), key=lambda job: job.name):
            if not occupies(job):
                continue
            draft = self.drafts.get(job.task_uid)
            task = draft.task if draft is not None else ended.get(job.task_uid)
            if task is None:
                # It holds its slot until its pods are gone.
                self.demand.slots.append(Slot(job.type, job=job, stopping=True))
                self._stop_unwanted(job, "Its task is gone")
                continue
            if draft is None and task.pending is None:
                self._stop_unwanted(job, "Its task has ended")
            seated.add(task.uid)
            self._seat(task, draft.status if draft is not None else task.status, job)
        for uid, draft in self.drafts.items():
            if draft.task.pending is Pending.LAUNCH and uid not in seated:
                self._seat(draft.task, draft.status, None)

    def _stop_unwanted(self, job: Job, why: str) -> None:
        """Nobody waits for this Job: its making was not known when its task was deleted, cancelled or superseded."""
        known = overlap.orphan_from(job, self.limits.operator)
        if known > self.now:
            self._again(known)
            return
        if not job.deleting:
            self.demand.actions.append(StopJob(job, f"{why}."))
        elif job.deleted_at is not None and any(pod.occupies for pod in job.pods):
            deadline = after(job.deleted_at, self.limits.stop_deadline)
            if self.now >= deadline:
                self.demand.actions.append(StopJob(job, f"{why}, and its pods do not end.", force=True))
            self._again(deadline)

    def _seat(self, task: Task, status: TaskStatus, job: Job | None) -> None:
        stopping = stop_reason(status) is not None or task.pending is Pending.STOP
        if job is not None:
            stopping = stopping or job.deleting or job.name.name != status.job
        order, person = priority.order(task, status, self.limits), priority.for_person(task, status)
        self.demand.slots.append(Slot(task.type, task, status, job, order, person, stopping))

    # ------------------------------------------------------------ the queue

    def _queue(self, frozen: set[str]) -> None:
        seated = {slot.task.uid for slot in self.demand.slots if slot.task is not None}
        for uid, draft in self.drafts.items():
            task, status = draft.task, draft.status
            waits = status.state in (TaskState.QUEUED, TaskState.RETRYING) and not (task.cancel or task.deleting)
            if not waits or uid in seated:
                continue
            person = priority.for_person(task, status)
            if not person:
                self._again(eligibility.quiet_from(self._schedule_of(task), self.source, self.now))
            hold = eligibility.of_task(
                task,
                status,
                self._schedule_of(task),
                self.source,
                self.demand.circuit,
                person=person,
                now=self.now,
            )
            if hold is not None:
                self.demand.held.append(Held(task, status, hold))
                self._again(hold.until)
                continue
            order = priority.order(task, status, self.limits, len(self.demand.slots))
            still = task.pending is not None or uid in frozen or draft.changed
            self.demand.queue.append(Waiting(task, status, order, person, still))
        self.demand.queue.sort(key=lambda waiting: waiting.order)
        self._probe()

    def _probe(self) -> None:
        """While the circuit is half open one sync alone may start, and only when nothing of the source runs."""
        if self.source is None or self.demand.circuit.state == circuit_breaker.CLOSED:
            return
        allowed: list[Waiting] = []
        probing = bool(self.demand.slots)
        for waiting in self.demand.queue:
            way = circuit_breaker.passage(self.demand.circuit, self.source, person=waiting.person, now=self.now)
            if way is Passage.PROBE and probing:
                message = f"{self.demand.circuit.message} Waits for what the one that tries finds out."
                self.demand.held.append(Held(waiting.task, waiting.status, Hold("CircuitOpen", message)))
                continue
            probing = probing or way is Passage.PROBE
            allowed.append(waiting)
        self.demand.queue = allowed

    def _explain(self) -> None:
        for one in self.demand.held:
            self._tell(one.task, explain.held(one.hold), person=priority.for_person(one.task, one.status))
            self._warn(one.task, one.hold)
        contending = {place for place, _ in contenders(self.demand)}
        if len(contending) == len(self.demand.queue):
            return
        starts, late_at = estimate.starts(self.demand, self.now, explain.DEPTH)
        self._again(late_at)
        for place, waiting in enumerate(self.demand.queue):
            if place in contending:
                continue
            if place < explain.DEPTH:
                wait = explain.in_own_source(self.demand, place, starts[place])
            else:
                wait = explain.behind(self.shard.key.name)
            self._tell(waiting.task, wait, person=waiting.person)

    def _tell(self, task: Task, wait: Wait, *, person: bool) -> None:
        draft = self.drafts[task.uid]
        if task.pending is not None:
            return
        if draft.changed:
            draft.status = explain.told(draft.status, wait, task, self.now)
            return
        changed_at = self.snapshot.explained_at(task.name)
        telling = explain.tell(task, draft.status, wait, self.now, changed_at, person=person)
        draft.status = telling.status or draft.status
        self._again(telling.again)

    def _warn(self, task: Task, hold: Hold) -> None:
        """What only a person can mend is said in an Event too, once each time it begins to hold the task."""
        draft = self.drafts[task.uid]
        said, before = draft.status.waiting_for, task.status.waiting_for
        if hold.reason not in eligibility.FOR_PEOPLE or said is None or said.reason != hold.reason:
            return
        if before is None or before.reason != hold.reason:
            draft.events.append(EventNote(hold.reason, hold.message, warning=True))

    # ------------------------------------------------------------ schedules

    def _schedules(self) -> None:
        self.memory.forget(set(self.shard.schedules))
        if not self.shard.schedules:
            return
        open_ = [(draft.task, draft.status) for draft in self.drafts.values()]
        past = self.shard.past
        settled = past.settled and all(task.pending is None for task, _ in open_)
        mine: dict[str | None, list[tuple[Task, TaskStatus]]] = {}
        for pair in open_:
            mine.setdefault(pair[0].schedule, []).append(pair)
        waiting = [(task, status) for task, status in open_ if not status.state.final]
        for schedule in sorted(self.shard.schedules.values(), key=lambda schedule: schedule.name):
            around = Surroundings(
                source=self.source,
                circuit=self.demand.circuit,
                record=self.demand.records.get(schedule.type),
                mine=[
                    *mine.get(schedule.name.name, ()),
                    *((task, task.status) for task in past.by_schedule.get(schedule.name.name, ())),
                ],
                removed=self.snapshot.removed(schedule.name),
                open=waiting,
                past=past.by_type.get(schedule.type, ()),
                settled=settled,
            )
            plan = self.memory.recall(schedule, around, self.now)
            if plan is None:
                plan = schedule_plan.plan_schedule(schedule, around, self.now)
                self.memory.keep(schedule, around, self.now, plan)
            self.demand.actions += plan.actions
            self._again(plan.again)
