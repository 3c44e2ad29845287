"""What people see of a task: in a row of a table, and by itself.

Decided here: which fields. Not here: the order of a list (`queue`, `lists`) or why a task waits (`explanation`).
"""

from datetime import datetime

from pydantic import Field

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.model import Document
from sincro_contract.resources.sync_task import Attempt, SyncTask, TaskState, TriggeredBy
from sincro_contract.result import Counts, RunResult
from sincro_contract.run import Mode
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.explanation import Sentence
from sincro_dashboard.views.resources import created_at, name_of, namespace_of, read_task
from sincro_dashboard.views.waiting import NOTHING, Surroundings, waiting_values

_ERROR_CLASSES = frozenset(word.value for word in ErrorClass)


class WaitingView(Document):
    """Why a task does not run now."""

    reason: str = Field(description="In one word, for programs", examples=["SourceBusy"])
    message: str = Field(description="In a sentence, for people")
    since: datetime
    values: dict[str, str] = Field(
        default_factory=dict,
        description="What the sentence is about, to say it in other languages; `at` is an instant",
        examples=[{"source": "acme-erp", "limit": "1", "tasks": "orders-x7k2p"}],
    )


class ProgressView(Document):
    """How far the running attempt is."""

    phase: str = Field(examples=["read"])
    current: int
    total: int = Field(description="0 while unknown")
    percentage: float


class ErrorView(Document):
    """Why an attempt failed."""

    error_class: str = Field(alias="class", examples=["SchemaDrift"])
    code: str = Field(examples=["HeaderRenamed"])
    message: str
    fingerprint: str
    permanent: bool = Field(description="True when another attempt cannot help before a person acts")


class TaskView(Document):
    """A task as a row of a table."""

    id: str = Field(description="Name of the SyncTask", examples=["customers-x7k2p"])
    namespace: str
    source: str
    type: str = Field(examples=["customers"])
    mode: Mode
    state: TaskState
    priority: int = Field(description="As it counts now, after other requests joined")
    triggered_by: TriggeredBy
    requested_by: str | None
    schedule: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    duration_ms: int | None = Field(description="From start to end; null while it is not over")
    attempt: int
    max_attempts: int
    waiting_for: WaitingView | None
    queue_position: int | None = Field(description="1 is the next one to run")
    estimated_start: datetime | None
    next_attempt_at: datetime | None
    progress: ProgressView | None
    result: Counts | None
    error: ErrorView | None
    dry_run: bool
    cancelling: bool = Field(description="Somebody has cancelled it, and it is not over yet")
    superseded_by: str | None
    retry_of: str | None
    skipped: str | None = Field(description="The probe's reason to read nothing")


class AttemptView(Document):
    """One attempt of a task."""

    number: int
    job: str
    started_at: datetime | None
    ended_at: datetime | None
    duration_ms: int | None
    error_class: str | None = Field(alias="class")
    message: str
    node: str | None
    counted: bool = Field(description="False when it ended for a reason outside the sync, and cost no attempt")


class MergedView(Document):
    """A request that joined the task."""

    requested_by: str
    at: datetime
    task: str


class TaskDetail(TaskView):
    """A task by itself."""

    queued_at: datetime | None
    not_before: datetime | None
    due: datetime | None = Field(description="The instant for which a schedule made it")
    mode_asked: Mode
    mode_reason: str | None
    confirm_deletions: bool
    timeout: str
    job: str | None
    cancelled_by: str | None
    attempts: list[AttemptView]
    merged: list[MergedView]
    phases: dict[str, int] = Field(description="Milliseconds that each phase took")
    why: list[Sentence] = Field(description="Why it is where it is, sentence by sentence")
    artifacts: list[str] = Field(description="Evidence of the failure, as the scraper named it")
    archived: bool


def task_view(obj: Object, around: Surroundings = NOTHING) -> TaskView | None:
    """A task as a row; None when it does not fit the contract."""
    task = read_task(obj)
    return TaskView.model_validate(_row(obj, task, around)) if task else None


def task_detail(obj: Object, why: list[Sentence], around: Surroundings = NOTHING) -> TaskDetail | None:
    """A task by itself; `why` comes from `explanation`."""
    task = read_task(obj)
    if task is None:
        return None
    spec, status = task.spec, task.status
    return TaskDetail.model_validate(
        _row(obj, task, around)
        | {
            "queued_at": status.queued_at,
            "not_before": spec.not_before,
            "due": spec.due,
            "mode_asked": spec.mode,
            "mode_reason": (status.result.mode_reason if status.result else None) or spec.mode_reason,
            "confirm_deletions": spec.confirm_deletions,
            "timeout": spec.timeout,
            "job": status.job,
            "cancelled_by": spec.cancelled_by,
            "attempts": [attempt_view(attempt) for attempt in status.attempts],
            "merged": [
                MergedView(requested_by=merged.requested_by, at=merged.at, task=merged.name) for merged in status.merged
            ],
            "phases": status.result.phases if status.result else {},
            "why": why,
            "artifacts": status.last_error.artifacts if status.last_error else [],
            "archived": status.archived,
        }
    )


def error_view(error_class: str, code: str, message: str, fingerprint: str) -> ErrorView:
    """An error, with whether it is permanent; a class that this version does not know is not."""
    known = error_class in _ERROR_CLASSES
    return ErrorView.model_validate(
        {
            "class": error_class,
            "code": code,
            "message": message,
            "fingerprint": fingerprint,
            "permanent": known and ErrorClass(error_class).permanent,
        }
    )


def milliseconds(start: datetime | None, end: datetime | None) -> int | None:
    """From start to end; None while one of them is missing."""
    return max(0, round((end - start).total_seconds() * 1000)) if start and end else None


def counts_of(result: RunResult) -> Counts:
    """The counts of a result, without the rest."""
    return Counts.model_validate({name: getattr(result, name) for name in Counts.model_fields})


def _row(obj: Object, task: SyncTask, around: Surroundings) -> dict[str, object]:
    spec, status = task.spec, task.status
    error, waiting, progress = status.last_error, status.waiting_for, status.progress
    return {
        "id": name_of(obj),
        "namespace": namespace_of(obj),
        "source": spec.source_ref.name,
        "type": spec.type,
        "mode": (status.result.mode if status.result else None) or status.effective_mode or spec.mode,
        "state": status.state,
        "priority": status.effective_priority or spec.priority,
        "triggered_by": spec.triggered_by,
        "requested_by": spec.requested_by,
        "schedule": spec.schedule_ref,
        "created_at": created_at(obj),
        "started_at": status.started_at,
        "completed_at": status.completed_at,
        "duration_ms": milliseconds(status.started_at, status.completed_at),
        "attempt": status.attempt,
        "max_attempts": spec.retry_policy.max_attempts,
        "waiting_for": WaitingView(
            reason=waiting.reason,
            message=waiting.message,
            since=waiting.since,
            values=waiting_values(obj, task, around),
        )
        if waiting and not status.state.final
        else None,
        "queue_position": status.queue_position,
        "estimated_start": status.estimated_start,
        "next_attempt_at": status.next_attempt_at,
        "progress": ProgressView(
            phase=progress.phase, current=progress.current, total=progress.total, percentage=progress.percentage
        )
        if progress and status.state is TaskState.RUNNING
        else None,
        "result": counts_of(status.result) if status.result else None,
        "error": error_view(error.error_class, error.code, error.message, error.fingerprint) if error else None,
        "dry_run": spec.dry_run,
        "cancelling": spec.cancel and not status.state.final,
        "superseded_by": status.superseded_by,
        "retry_of": spec.retry_of,
        "skipped": status.result.skipped if status.result else None,
    }


def attempt_view(document: Attempt | dict[str, object]) -> AttemptView:
    """One attempt as it is shown; `document` is the resource's own or the same as JSON."""
    attempt = document if isinstance(document, Attempt) else Attempt.model_validate(document)
    word = attempt.error_class
    known = word is not None and word in _ERROR_CLASSES
    return AttemptView.model_validate(
        {
            "number": attempt.number,
            "job": attempt.job,
            "started_at": attempt.started_at,
            "ended_at": attempt.ended_at,
            "duration_ms": milliseconds(attempt.started_at, attempt.ended_at),
            "class": attempt.error_class,
            "message": attempt.message,
            "node": attempt.node,
            "counted": not known or ErrorClass(str(word)).costs_attempt,
        }
    )
