"""SyncTask: one request to sync."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from sincro_contract.durations import Duration
from sincro_contract.model import Observed
from sincro_contract.resources.conditions import Condition, Message, ObjectName, StreamName, UserName
from sincro_contract.result import RunResult
from sincro_contract.run import Mode


class TriggeredBy(StrEnum):
    """Who or what asked."""

    SCHEDULER = "Scheduler"
    MANUAL = "Manual"
    ADMIN = "Admin"
    RETRY = "Retry"

    @property
    def by_person(self) -> bool:
        """True when somebody waits for the answer: such a task overtakes what is scheduled."""
        return self is not TriggeredBy.SCHEDULER


class TaskState(StrEnum):
    """Where a task stands. The last five are final."""

    QUEUED = "Queued"
    RUNNING = "Running"
    RETRYING = "Retrying"
    SUCCEEDED = "Succeeded"
    DEAD_LETTERED = "DeadLettered"
    CANCELLED = "Cancelled"
    SHADOWED = "Shadowed"
    SUPERSEDED = "Superseded"

    @property
    def final(self) -> bool:
        """True when nothing more happens to the task."""
        return self not in (TaskState.QUEUED, TaskState.RUNNING, TaskState.RETRYING)


class RetryPolicy(Observed):
    """Exponential backoff: the delay before attempt n+1 is initialDelay * backoffMultiplier^(n-1), at most maxDelay."""

    max_attempts: int = Field(default=3, ge=1, le=20)
    initial_delay: Duration = "30s"
    backoff_multiplier: float = Field(default=2, ge=1, le=10)
    max_delay: Duration = "10m"
    jitter: float = Field(
        default=0.1, ge=0, le=1, description="Share of the delay that is spread at random, up and down"
    )


class TaskSourceReference(Observed):
    """A SyncSource of the same namespace."""

    name: ObjectName


class SyncTaskSpec(Observed):
    """What was asked. Everything but `cancel` is immutable."""

    source_ref: TaskSourceReference
    type: StreamName
    mode: Mode = Mode.DELTA
    priority: int = Field(default=100, ge=1, le=100)
    triggered_by: TriggeredBy = TriggeredBy.MANUAL
    requested_by: UserName | None = None
    not_before: datetime | None = None
    retry_policy: RetryPolicy = Field(default_factory=RetryPolicy)
    timeout: Duration = "30m"
    dry_run: bool = False
    confirm_deletions: bool = Field(default=False, description="Let the deletions pass that the guard held")
    probe: bool = Field(default=False, description="Ask the profile's cheap probe first")
    schedule_ref: ObjectName | None = Field(default=None, description="The SyncSchedule that made it")
    due: datetime | None = Field(default=None, description="The instant for which a schedule made it")
    retry_of: ObjectName | None = Field(default=None, description="The dead-lettered SyncTask that this one repeats")
    mode_reason: Message | None = Field(default=None, description="Why a Full stands where a Delta was due")
    cancel: bool = False
    cancelled_by: UserName | None = None


class Attempt(Observed):
    """One attempt. `number` counts those that cost one; an attempt that was disrupted repeats its number."""

    number: int = Field(ge=1)
    job: str = Field(max_length=63)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error_class: str | None = Field(default=None, alias="class", max_length=64)
    message: Message = ""
    node: str | None = Field(default=None, max_length=253)


class WaitingFor(Observed):
    """Why a task does not run now."""

    reason: str = Field(max_length=64)
    message: Message
    since: datetime


class TaskProgress(Observed):
    """How far the running attempt is."""

    phase: str = Field(default="", max_length=32)
    current: int = Field(ge=0)
    total: int = Field(ge=0)
    percentage: float = Field(ge=0, le=100)


class TaskError(Observed):
    """Why the last attempt failed."""

    error_class: str = Field(alias="class", max_length=64)
    code: str = Field(default="", max_length=64)
    message: Message
    fingerprint: str = Field(default="", max_length=64)
    artifacts: list[str] = Field(default_factory=list, max_length=8)


class MergedRequest(Observed):
    """A request that joined this task instead of running by itself."""

    requested_by: UserName
    at: datetime
    name: str = Field(max_length=253)


class SyncTaskStatus(Observed):
    """What the operator says about a task."""

    observed_generation: int | None = None
    state: TaskState = TaskState.QUEUED
    conditions: list[Condition] = Field(default_factory=list, max_length=16)
    waiting_for: WaitingFor | None = None
    queue_position: int | None = Field(default=None, ge=1)
    estimated_start: datetime | None = None
    effective_priority: int | None = Field(default=None, description="After a person's request joined")
    effective_mode: Mode | None = Field(default=None, description="After the planner decided on Full or Delta")
    attempt: int = Field(default=0, ge=0, description="Attempts that counted so far, the running one included")
    launches: int = Field(default=0, ge=0, description="Jobs made so far: attempts and those that cost none")
    attempts: list[Attempt] = Field(default_factory=list, max_length=20)
    next_attempt_at: datetime | None = None
    progress: TaskProgress | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    job: str | None = Field(default=None, max_length=63)
    result: RunResult | None = None
    last_error: TaskError | None = None
    merged: list[MergedRequest] = Field(default_factory=list, max_length=16)
    superseded_by: str | None = Field(default=None, max_length=253)
    archived: bool = False
