"""SyncTask: one request to sync."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from sincro_contract.durations import Duration
from sincro_contract.model import Observed
from sincro_contract.resources.conditions import Conditions, Message, ObjectName, StreamName, UserName
from sincro_contract.result import RunResult
from sincro_contract.rules import DurationRange, Rule, at_most, fixed
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

    cel_rules = (
        Rule(
            at_most("self.initialDelay", "self.maxDelay"),
            "initialDelay must not be longer than maxDelay",
            "initialDelay",
        ),
    )

    max_attempts: int = Field(default=3, ge=1, le=20, description="Attempts in all, the first one included")
    initial_delay: Annotated[Duration, DurationRange("1ms", "24h")] = Field(
        default="30s", description="Delay before the second attempt"
    )
    backoff_multiplier: float = Field(default=2, ge=1, le=10, description="What each further delay is multiplied by")
    max_delay: Annotated[Duration, DurationRange("1ms", "24h")] = Field(default="10m", description="The longest delay")
    jitter: float = Field(
        default=0.1, ge=0, le=1, description="Share of the delay that is spread at random, up and down"
    )


class TaskSourceReference(Observed):
    """The SyncSource to sync, in the same namespace."""

    name: ObjectName = Field(description="Name of the SyncSource")


def _fixed(field: str) -> Rule:
    return fixed(field, "SyncTask")


class SyncTaskSpec(Observed):
    """What was asked. Everything but `cancel` and `cancelledBy` is immutable: another wish is another SyncTask."""

    cel_rules = (
        *(
            fixed(field, "SyncTask", optional=True)
            for field in ("requestedBy", "notBefore", "scheduleRef", "due", "retryOf", "modeReason")
        ),
        Rule(
            "!(self.dryRun && self.mode == 'Force')",
            "dryRun and mode Force exclude each other: Force is there to replace what the database holds",
            "dryRun",
        ),
        Rule(
            "!self.confirmDeletions || self.mode in ['Full', 'Force']",
            "confirmDeletions needs mode Full or Force: a Delta does not see what was deleted",
            "confirmDeletions",
        ),
        Rule(
            "!(self.probe && self.mode == 'Force')",
            "probe and mode Force exclude each other: Force reads everything whatever the probe says",
            "probe",
        ),
        Rule(
            "has(self.scheduleRef) == (self.triggeredBy == 'Scheduler')",
            "scheduleRef and triggeredBy Scheduler go together: leave both to the operator",
            "scheduleRef",
        ),
        Rule("!has(self.due) || has(self.scheduleRef)", "due needs scheduleRef: leave both to the operator", "due"),
        Rule(
            "has(self.retryOf) == (self.triggeredBy == 'Retry')",
            "retryOf and triggeredBy Retry go together: retryOf names the SyncTask that is repeated",
            "retryOf",
        ),
        Rule(
            "!has(self.cancelledBy) || self.cancel",
            "cancelledBy needs cancel: true",
            "cancelledBy",
        ),
        Rule(
            "!has(oldSelf.cancelledBy) || (has(self.cancelledBy) && self.cancelledBy == oldSelf.cancelledBy)",
            "cancelledBy cannot be changed once it is set",
            "cancelledBy",
        ),
    )

    source_ref: Annotated[TaskSourceReference, _fixed("sourceRef")]
    type: Annotated[StreamName, _fixed("type")] = Field(
        description="The stream of the source's profile: customers, orders, products, prices, ..."
    )
    mode: Annotated[Mode, _fixed("mode")] = Field(
        default=Mode.DELTA,
        description="Delta: what changed. Full: everything, deletions included. Force: everything, into a new table",
    )
    priority: Annotated[int, _fixed("priority")] = Field(
        default=100, ge=1, le=100, description="The higher one runs first; 100 is a person who waits for it"
    )
    triggered_by: Annotated[TriggeredBy, _fixed("triggeredBy")] = Field(
        default=TriggeredBy.MANUAL, description="Who or what asked: Scheduler, Manual, Admin or Retry"
    )
    requested_by: UserName | None = Field(default=None, description="The user who asked")
    not_before: datetime | None = Field(default=None, description="The sync starts at this instant or later")
    retry_policy: Annotated[RetryPolicy, _fixed("retryPolicy")] = Field(default_factory=RetryPolicy)
    timeout: Annotated[Duration, DurationRange("1s", "24h"), _fixed("timeout")] = Field(
        default="30m", description="How long one attempt may take"
    )
    dry_run: Annotated[bool, _fixed("dryRun")] = Field(default=False, description="Read and compare; write nothing")
    confirm_deletions: Annotated[bool, _fixed("confirmDeletions")] = Field(
        default=False, description="Let the deletions pass that the guard held"
    )
    probe: Annotated[bool, _fixed("probe")] = Field(
        default=False, description="Ask the profile's cheap probe first; end there if nothing changed"
    )
    schedule_ref: ObjectName | None = Field(default=None, description="The SyncSchedule that made it")
    due: datetime | None = Field(default=None, description="The instant for which a schedule made it")
    retry_of: ObjectName | None = Field(default=None, description="The dead-lettered SyncTask that this one repeats")
    mode_reason: Message | None = Field(default=None, description="Why a Full stands where a Delta was due")
    cancel: Annotated[bool, Rule("self || !oldSelf", "cancel cannot be taken back: create another SyncTask")] = Field(
        default=False, description="Set it to true to stop the sync, or to take it out of the queue"
    )
    cancelled_by: UserName | None = Field(default=None, description="Who cancelled it")


class Attempt(Observed):
    """One attempt. `number` counts those that cost one; an attempt that was disrupted repeats its number."""

    number: int = Field(ge=1, description="Which attempt it was; one that was disrupted is repeated under its number")
    job: str = Field(max_length=63, description="The Job that ran it")
    started_at: datetime | None = Field(default=None, description="When it began")
    ended_at: datetime | None = Field(default=None, description="When it ended")
    error_class: str | None = Field(
        default=None, alias="class", max_length=64, description="What kind of error ended it; nothing if it went well"
    )
    message: Message = Field(default="", description="What went wrong")
    node: str | None = Field(default=None, max_length=253, description="The node it ran on")


class WaitingFor(Observed):
    """Why the task does not run now."""

    reason: str = Field(max_length=64, description="In one word: QuietHours, SourceBusy, Paused, ...")
    message: Message = Field(description="In a sentence, with who holds the slot or until when")
    since: datetime = Field(description="Since when this is the reason")


class TaskProgress(Observed):
    """How far the running attempt is."""

    phase: str = Field(default="", max_length=32, description="launch, login, read, check or load")
    current: int = Field(ge=0, description="Rows so far")
    total: int = Field(ge=0, description="Rows in all; 0 while unknown")
    percentage: float = Field(ge=0, le=100, description="0 to 100; 0 while the total is unknown")


class TaskError(Observed):
    """Why the last attempt failed."""

    error_class: str = Field(
        alias="class", max_length=64, description="What kind of error, for example SchemaDrift: decides about retries"
    )
    code: str = Field(default="", max_length=64, description="A finer word inside the class, for example HeaderRenamed")
    message: Message = Field(description="What went wrong and what to do about it")
    fingerprint: str = Field(default="", max_length=64, description="Equal for equal causes")
    artifacts: list[str] = Field(
        default_factory=list, max_length=8, description="Where screenshot, page and trace of the failure are kept"
    )
    time: datetime | None = Field(default=None, description="When the operator took note of it")


class MergedRequest(Observed):
    """A request that joined this task instead of running by itself."""

    requested_by: UserName = Field(description="Who asked")
    at: datetime = Field(description="When")
    name: str = Field(max_length=253, description="The SyncTask that asked")


class SyncTaskStatus(Observed):
    """What the operator says about a task: where it stands, why it waits, what came of it."""

    observed_generation: int | None = Field(default=None, description="The generation of the spec that was looked at")
    state: TaskState = Field(default=TaskState.QUEUED, description="Where the task stands")
    conditions: Conditions = Field(default_factory=list)
    waiting_for: WaitingFor | None = None
    queue_position: int | None = Field(default=None, ge=1, description="1 is the next one to run")
    estimated_start: datetime | None = Field(default=None, description="A guess from how long such syncs take")
    effective_priority: int | None = Field(default=None, description="After a person's request joined")
    effective_mode: Mode | None = Field(default=None, description="After the planner decided on Full or Delta")
    effective_mode_reason: Message | None = Field(default=None, description="Why it is not the mode that was asked for")
    source_revision: str | None = Field(
        default=None, max_length=128, description="The source and profile that the last attempt was launched with"
    )
    attempt: int = Field(default=0, ge=0, description="Attempts that counted so far, the running one included")
    launches: int = Field(default=0, ge=0, description="Jobs made so far: attempts and those that cost none")
    attempts: list[Attempt] = Field(default_factory=list, max_length=20, description="What each attempt came to")
    next_attempt_at: datetime | None = Field(default=None, description="When the next attempt may start")
    progress: TaskProgress | None = None
    queued_at: datetime | None = Field(default=None, description="When it came into the queue")
    started_at: datetime | None = Field(default=None, description="When its first attempt started")
    completed_at: datetime | None = Field(default=None, description="When it came to its final state")
    job: str | None = Field(default=None, max_length=63, description="The Job of the last attempt")
    result: RunResult | None = None
    last_error: TaskError | None = None
    merged: list[MergedRequest] = Field(
        default_factory=list,
        max_length=16,
        description="Requests that joined this task",
    )
    superseded_by: str | None = Field(default=None, max_length=253, description="The SyncTask that does its work too")
    archived: bool = Field(default=False, description="True once its row in the history is committed")


class SyncTask(Observed):
    """One request to sync one type of data of one source. Created by a person, the API or a schedule; runs once."""

    spec: SyncTaskSpec
    status: SyncTaskStatus = Field(default_factory=SyncTaskStatus)
