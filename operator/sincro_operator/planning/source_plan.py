"""One source, planned by itself: what its Jobs say, what its schedules owe, what its tasks wait for.

Nothing is decided here: each rule is a module of its own, this is the order in which they are asked.
"""

from datetime import datetime, timedelta

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning import circuit_breaker, eligibility, priority, schedule_plan, source_status
from sincro_operator.planning.actions import StopJob, WriteTask
from sincro_operator.planning.attempts import Moment, Step, advance, stop_reason
from sincro_operator.planning.circuit_breaker import Passage
from sincro_operator.planning.clock import after, soonest
from sincro_operator.planning.demand import Demand, Held, Slot, Waiting
from sincro_operator.planning.hold import Hold
from sincro_operator.planning.model import Job, Limits, Name, Pending, Task, TaskStatus
from sincro_operator.planning.observe import occupies
from sincro_operator.planning.schedule_plan import Surroundings
from sincro_operator.planning.snapshot import Shard

_TICK = timedelta(microseconds=1)


def plan_source(shard: Shard, now: datetime, limits: Limits) -> Demand:
    """What is to be done for this source's objects alone, and what they ask of the slots."""
    return _SourcePlan(shard, now, limits).run()


class _SourcePlan:
    def __init__(self, shard: Shard, now: datetime, limits: Limits) -> None:
        self.shard = shard
        self.source = shard.source
        self.now = now
        self.limits = limits
        self.demand = Demand(shard.key, shard.source)
        self.open = sorted(shard.open.values(), key=lambda task: task.name)
        self.wanted: dict[str, TaskStatus] = {}
        """By uid: the status that each open task should have."""

    def run(self) -> Demand:
        self._observe()
        record = source_status.seen(self.shard, self.wanted)
        self.demand.circuit, self.demand.records = record.circuit, record.types
        self._take_slots()
        self._queue()
        self._schedules()
        write, again = source_status.plan_source_status(self.shard, self.now)
        if write is not None:
            self.demand.actions.append(write)
        self._again(again)
        return self.demand

    def _again(self, instant: datetime | None) -> None:
        if instant is not None and instant > self.now:
            self.demand.again = soonest(self.demand.again, instant)

    # ------------------------------------------------------------ what Jobs and pods say

    def _observe(self) -> None:
        counted = self.source.status.counted_until if self.source is not None else None
        moment = Moment(self.now, self.now if counted is None else max(self.now, after(counted, _TICK)))
        jobs: dict[str, list[Job]] = {}
        for job in self.shard.jobs.values():
            jobs.setdefault(job.task_uid, []).append(job)
        for task in self.open:
            step = Step(task.status)
            if task.pending is None:
                step = advance(task, jobs.get(task.uid, []), moment, self.limits)
            self.wanted[task.uid] = step.status
            if step.status != task.status or step.release:
                self.demand.actions.append(WriteTask(task, step.status, step.events, step.release))
            if step.stop is not None:
                self.demand.actions.append(step.stop)
            self._again(step.again)

    # ------------------------------------------------------------ slots

    def _take_slots(self) -> None:
        owners = {task.uid: task for task in (*self.open, *self.shard.ended.values())}
        seated = set()
        for job in sorted(self.shard.jobs.values(), key=lambda job: job.name):
            if not occupies(job):
                continue
            task = owners.get(job.task_uid)
            if task is None:
                self._orphan(job)
                continue
            seated.add(task.uid)
            self._seat(task, job)
        for task in self.open:
            if task.pending is Pending.LAUNCH and task.uid not in seated:
                self._seat(task, None)

    def _orphan(self, job: Job) -> None:
        """A Job whose task is gone holds its slot until its pods are."""
        self.demand.slots.append(Slot(job.type, job=job, stopping=True))
        if not job.deleting:
            self.demand.actions.append(StopJob(job, "Its task is gone."))
        elif job.deleted_at is not None and any(pod.occupies for pod in job.pods):
            deadline = after(job.deleted_at, self.limits.stop_deadline)
            if self.now >= deadline:
                self.demand.actions.append(StopJob(job, "Its task is gone, its pods are not.", force=True))
            self._again(deadline)

    def _seat(self, task: Task, job: Job | None) -> None:
        status = self.wanted.get(task.uid, task.status)
        stopping = stop_reason(status) is not None or task.pending is Pending.STOP
        if job is not None:
            stopping = stopping or job.deleting or job.name.name != status.job
        self.demand.slots.append(
            Slot(
                task.type,
                task,
                status,
                job,
                priority.order(task, status, self.limits),
                priority.for_person(task, status),
                stopping,
            )
        )

    # ------------------------------------------------------------ the queue

    def _queue(self) -> None:
        seated = {slot.task.uid for slot in self.demand.slots if slot.task is not None}
        for task in self.open:
            status = self.wanted[task.uid]
            waits = status.state in (TaskState.QUEUED, TaskState.RETRYING) and not (task.cancel or task.deleting)
            if not waits or task.uid in seated or task.pending is Pending.LAUNCH:
                continue
            person = priority.for_person(task, status)
            schedule = self.shard.schedules.get(Name(task.name.namespace, task.schedule)) if task.schedule else None
            hold = eligibility.of_task(
                task, status, schedule, self.source, self.demand.circuit, person=person, now=self.now
            )
            if hold is not None:
                self.demand.held.append(Held(task, status, hold))
                self._again(hold.until)
                continue
            order = priority.order(task, status, self.limits, len(self.demand.slots))
            still = task.pending is not None or status is not task.status
            self.demand.queue.append(Waiting(task, status, order, person, still))
        self.demand.queue.sort(key=lambda waiting: waiting.order)
        self._probe()

    def _probe(self) -> None:
        """While the circuit is half open one sync alone may start, and only when nothing of the source runs."""
        if self.source is None:
            return
        allowed: list[Waiting] = []
        probing = bool(self.demand.slots)
        for waiting in self.demand.queue:
            way = circuit_breaker.passage(self.demand.circuit, self.source, person=waiting.person, now=self.now)
            if way is Passage.PROBE and probing:
                hold = Hold("CircuitOpen", f"{self.demand.circuit.message} Waits for what the one that tries finds.")
                self.demand.held.append(Held(waiting.task, waiting.status, hold))
                continue
            probing = probing or way is Passage.PROBE
            allowed.append(waiting)
        self.demand.queue = allowed

    # ------------------------------------------------------------ schedules

    def _schedules(self) -> None:
        if not self.shard.schedules:
            return
        open_ = [(task, self.wanted[task.uid]) for task in self.open]
        everything = [*open_, *((task, task.status) for task in self.shard.ended.values())]
        settled = all(task.pending is None for task, _ in everything)
        for schedule in sorted(self.shard.schedules.values(), key=lambda schedule: schedule.name):
            around = Surroundings(
                source=self.source,
                circuit=self.demand.circuit,
                record=self.demand.records.get(schedule.type),
                mine=[(task, status) for task, status in everything if task.schedule == schedule.name.name],
                open=[(task, status) for task, status in open_ if not status.state.final],
                settled=settled,
            )
            plan = schedule_plan.plan_schedule(schedule, around, self.now)
            self.demand.actions += plan.actions
            self._again(plan.again)
