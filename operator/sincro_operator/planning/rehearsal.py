"""A cluster made of facts: carries a plan's actions out at once, lets syncs take their time, and plans again.

Nothing is decided here. planning.preview looks into the coming days with it; tests play a story with it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from sincro_contract.resources.sync_task import TriggeredBy
from sincro_contract.result import Outcome, RunResult
from sincro_operator.planning.actions import (
    Action,
    ArchiveTask,
    CreateTask,
    LaunchJob,
    Plan,
    PruneTask,
    StopJob,
    WriteSchedule,
    WriteSource,
    WriteTask,
)
from sincro_operator.planning.clock import after
from sincro_operator.planning.model import Job, Limits, Name, Pod, Task
from sincro_operator.planning.planner import Planner
from sincro_operator.planning.snapshot import Snapshot

_START = timedelta(milliseconds=200)
"""From the Job to its running container."""
_ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class End:
    """How a run ends: an exit code and its termination message, so long after its container has started."""

    after: timedelta
    exit_code: int = 0
    message: str = ""


def succeed(launch: LaunchJob, takes: timedelta) -> End:
    """A run that ends well after this time."""
    result = RunResult(mode=launch.mode, duration_ms=round(takes / timedelta(milliseconds=1)))
    return End(takes, 0, Outcome(result=result).to_json())


@dataclass(slots=True)
class Rehearsal:
    """Time passes only in `run`. `script` says how each launch ends; `seen` is called with every action."""

    snapshot: Snapshot
    now: datetime
    script: Callable[[LaunchJob], End]
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    seen: Callable[[datetime, Action], None] | None = None
    stop_takes: timedelta = timedelta(seconds=1)
    planner: Planner = field(init=False)
    _coming: list[tuple[datetime, int, Callable[[], None]]] = field(init=False, default_factory=list)
    _number: "count[int]" = field(init=False, default_factory=count)

    def __post_init__(self) -> None:
        self.planner = Planner(self.snapshot, self.limits)

    def run(self, until: datetime) -> None:
        """Plan, carry out, and let time pass, up to this instant."""
        while True:
            wake_at = self.settle().wake_at
            if wake_at is not None:
                wake_at = max(wake_at, after(self.now, timedelta(milliseconds=1)))
            instant = min(
                until,
                wake_at if wake_at is not None else until,
                self._coming[0][0] if self._coming else until,
            )
            self.now = max(self.now, instant)
            while self._coming and self._coming[0][0] <= self.now:
                heappop(self._coming)[2]()
            if self.now >= until:
                self.settle()
                return

    def settle(self) -> Plan:
        """Plan and carry out until there is nothing to do at this instant. Raises RuntimeError if that never ends."""
        for _ in range(_ROUNDS):
            plan = self.planner.plan(self.now)
            if not plan.actions:
                return plan
            for action in plan.actions:
                if self.seen is not None:
                    self.seen(self.now, action)
                self.carry_out(action)
        raise RuntimeError(f"the planner asks for the same again and again: {plan.actions[:3]}")

    def carry_out(self, action: Action) -> None:
        """What the actuator and the cluster would make of it."""
        match action:
            case CreateTask():
                self.snapshot.put_task(_made(action, self.now, next(self._number)))
            case LaunchJob():
                self._launch(action)
            case StopJob():
                self._stop(action)
            case WriteTask():
                self._write(action)
            case WriteSchedule(schedule, status):
                self.snapshot.put_schedule(replace(schedule, status=status))
            case WriteSource(source, status):
                self.snapshot.put_source(replace(source, status=status))
            case ArchiveTask(task, status):
                self.snapshot.put_task(replace(task, status=replace(status, archived=True), status_known=True))
            case PruneTask(task):
                self.snapshot.drop_task(task.name)

    def _write(self, action: WriteTask) -> None:
        current = self.snapshot.task(action.task.name)
        if current is None or current.uid != action.task.uid:
            return
        if action.release and current.deleting:
            self.snapshot.drop_task(current.name)
        else:
            self.snapshot.put_task(replace(current, status=action.status, status_known=True))

    def _launch(self, action: LaunchJob) -> None:
        task = action.task
        job = Job(
            action.job,
            f"job-{next(self._number)}",
            task.name.name,
            task.uid,
            action.launch,
            self.now,
            source=task.source,
            type=task.type,
        )
        self.snapshot.put_job(job)
        self.snapshot.put_task(replace(task, status=action.status, status_known=True))
        end = self.script(action)
        started = after(self.now, _START)
        self._at(started, lambda: self._pod(job, started))
        self._at(after(started, end.after), lambda: self._end(job, started, end))

    def _stop(self, action: StopJob) -> None:
        job = self.snapshot.job(action.job.name)
        if job is not None and not job.deleting:
            self.snapshot.put_job(replace(job, deleting=True, deleted_at=self.now))
            self._at(after(self.now, self.stop_takes), lambda: self.snapshot.drop_job(job.name))

    def _pod(self, job: Job, started: datetime) -> None:
        current = self.snapshot.job(job.name)
        if current is not None and not current.deleting:
            pod = Pod(
                f"{job.name.name}-pod", f"{job.uid}-pod", "Running", "node", job.created, True, started_at=started
            )
            self.snapshot.put_job(replace(current, pods=(pod,)))

    def _end(self, job: Job, started: datetime, end: End) -> None:
        current = self.snapshot.job(job.name)
        if current is None or current.deleting or not current.pods:
            return
        pod = replace(
            current.pods[0],
            phase="Failed" if end.exit_code else "Succeeded",
            started_at=started,
            ended_at=self.now,
            exit_code=end.exit_code,
            termination_message=end.message,
        )
        done = replace(
            current,
            pods=(pod,),
            complete=not end.exit_code,
            failed=bool(end.exit_code),
            failed_reason="BackoffLimitExceeded" if end.exit_code else None,
            ended_at=self.now,
        )
        self.snapshot.put_job(done)
        self._at(after(self.now, timedelta(hours=1)), lambda: self.snapshot.drop_job(job.name))

    def expect(self, job: Job, at: datetime, end: End) -> None:
        """A Job that runs already ends like this."""
        started = next((pod.started_at for pod in job.pods if pod.started_at is not None), job.created)
        if not job.pods:
            self._at(self.now, lambda: self._pod(job, started))
        self._at(at, lambda: self._end(job, started, end))

    def _at(self, instant: datetime, what: Callable[[], None]) -> None:
        heappush(self._coming, (instant, next(self._number), what))


def _made(action: CreateTask, now: datetime, number: int) -> Task:
    schedule = action.schedule
    return Task(
        name=Name(*action.name),
        uid=f"task-{number}",
        created=now,
        source=schedule.source,
        type=schedule.type,
        mode=action.mode,
        priority=action.priority,
        triggered_by=TriggeredBy.SCHEDULER,
        retry=schedule.retry,
        timeout=schedule.timeout,
        dry_run=action.dry_run,
        probe=schedule.probe,
        schedule=schedule.name.name,
        due=action.due,
        mode_reason=action.mode_reason,
    )
