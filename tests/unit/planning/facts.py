"""Facts with sensible defaults: a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_contract.result import Outcome, RunError, RunResult
from sincro_contract.run import Mode
from sincro_operator.planning import naming
from sincro_operator.planning.actions import Action, EventNote, LaunchJob, Plan, WriteTask
from sincro_operator.planning.model import (
    Attempt,
    Cadence,
    Job,
    Limits,
    Name,
    Pod,
    Schedule,
    Source,
    SourceStatus,
    Task,
    TaskStatus,
    TypeStatistics,
)
from sincro_operator.planning.planner import plan
from sincro_operator.planning.snapshot import Snapshot

A = TypeVar("A")
NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
"""A Monday, noon in Rome: no quiet hours."""
STREAMS = frozenset({"customers", "orders", "products", "prices"})
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
FULL_KNOWN = tuple(TypeStatistics(type_, last_full=NOW - HOUR, last_success=NOW - HOUR) for type_ in sorted(STREAMS))


def utc(*parts: int) -> datetime:
    """An instant."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def source(name: str = "erp", **changes: Any) -> Source:
    """A source that is ready and whose types have had their Full."""
    plain = Source(
        Name("n", name),
        f"source-{name}",
        NOW - 1000 * HOUR,
        streams=STREAMS,
        profile_hash="p1",
        status=SourceStatus(types=FULL_KNOWN, observed_generation=1),
    )
    return replace(plain, **changes)


def schedule(name: str = "customers", **changes: Any) -> Schedule:
    """A schedule of `erp` that makes a Delta every hour, without quiet hours."""
    plain = Schedule(
        Name("n", name),
        f"schedule-{name}",
        NOW,
        changes.pop("source", "erp"),
        changes.pop("type", "customers"),
        delta=Cadence(every=HOUR),
        quiet_hours=(),
    )
    return replace(plain, **changes)


def task(name: str = "t1", **changes: Any) -> Task:
    """A person's Delta of customers, made now."""
    plain = Task(
        Name("n", name),
        f"uid-{name}",
        NOW,
        changes.pop("source", "erp"),
        changes.pop("type", "customers"),
        requested_by="anna",
    )
    return replace(plain, **changes)


def scheduled(name: str = "s1", **changes: Any) -> Task:
    """A scheduled Delta of customers, made now."""
    defaults: dict[str, Any] = {
        "priority": 80,
        "triggered_by": TriggeredBy.SCHEDULER,
        "requested_by": None,
        "schedule": "customers",
        "due": NOW,
    }
    return task(name, **(defaults | changes))


def running(plain: Task, *, launch: int = 1, attempt: int = 1, since: datetime = NOW) -> Task:
    """The task with its Job made."""
    job = naming.job_name(plain.name, plain.uid, launch).name
    status = replace(
        plain.status,
        state=TaskState.RUNNING,
        attempt=attempt,
        launches=launch,
        attempts=(*plain.status.attempts, Attempt(attempt, job, since)),
        started_at=since,
        queued_at=plain.created,
        job=job,
        effective_mode=plain.mode,
        source_revision="1-p1",
    )
    return replace(plain, status=status, status_known=True)


def ended(plain: Task, state: TaskState = TaskState.SUCCEEDED, at: datetime = NOW, **status: Any) -> Task:
    """The task in a final state."""
    status_ = replace(plain.status, state=state, completed_at=at, **status)
    return replace(plain, status=status_, status_known=True)


def job_of(plain: Task, pods: tuple[Pod, ...] | None = None, **changes: Any) -> Job:
    """The Job of a running task; its pod runs."""
    launch = max(1, plain.status.launches)
    job = Job(
        naming.job_name(plain.name, plain.uid, launch),
        f"job-{plain.name.name}-{launch}",
        plain.name.name,
        plain.uid,
        launch,
        plain.status.attempts[-1].started_at or NOW if plain.status.attempts else NOW,
        source=plain.source,
        type=plain.type,
        pods=(pod(),) if pods is None else pods,
    )
    return replace(job, **changes)


def pod(**changes: Any) -> Pod:
    """A pod whose container runs."""
    plain = Pod("pod", "pod-uid", "Running", "node-1", NOW, scheduled=True, started_at=NOW + SECOND)
    return replace(plain, **changes)


def pod_done(message: str = "", code: int = 0, after: timedelta = MINUTE, **changes: Any) -> Pod:
    """A pod whose container has ended."""
    return pod(
        phase="Failed" if code else "Succeeded",
        ended_at=NOW + after,
        exit_code=code,
        termination_message=message,
        **changes,
    )


def said_ok(**counts: Any) -> str:
    """The termination message of a sync that went well."""
    return Outcome(result=RunResult(**({"mode": Mode.DELTA, "created": 1, "duration_ms": 60_000} | counts))).to_json()


def said_error(error: ErrorClass, message: str = "it did not work", **fields: Any) -> str:
    """The termination message of a sync that failed."""
    return Outcome(error=RunError(error_class=error, message=message, **fields)).to_json()


def plan_of(*facts: Source | Schedule | Task | Job, now: datetime = NOW, limits: Limits | None = None) -> Plan:
    """The plan for these facts."""
    return plan(Snapshot(facts), now, limits or Limits())


def launched(plan_: Plan) -> list[str]:
    """The names of the tasks that the plan launches, in order."""
    return [action.task.name.name for action in plan_.actions if isinstance(action, LaunchJob)]


def written(plan_: Plan, name: str = "t1") -> TaskStatus:
    """The status that the plan writes for a task."""
    (write,) = [a for a in plan_.actions if isinstance(a, WriteTask) and a.task.name.name == name]
    return write.status


def of_kind(plan_: Plan, kind: type[A]) -> list[A]:
    """The plan's actions of one kind."""
    return [action for action in plan_.actions if isinstance(action, kind)]


def events(action: Action) -> list[str]:
    """The reasons of an action's Events."""
    notes: list[EventNote] = list(getattr(action, "events", ()))
    return [note.reason for note in notes]
