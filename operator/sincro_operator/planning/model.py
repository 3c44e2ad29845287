"""What the planner knows: resources, Jobs and pods as small immutable facts, made from API objects by `cluster.facts`.

Slots and shared policy objects, because 10,000 schedules and 50,000 tasks are held at once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_schedule import MissedRuns, Rollout
from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_contract.result import RunResult
from sincro_contract.run import Mode


class Name(NamedTuple):
    """An object's namespace and name."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """See sincro_contract.resources.sync_task.RetryPolicy."""

    max_attempts: int = 3
    initial_delay: timedelta = timedelta(seconds=30)
    backoff_multiplier: float = 2.0
    max_delay: timedelta = timedelta(minutes=10)
    jitter: float = 0.1


# ---------------------------------------------------------------- tasks


@dataclass(frozen=True, slots=True)
class Attempt:
    """One Job of a task. `number` counts attempts that cost one."""

    number: int
    job: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error_class: ErrorClass | None = None
    message: str = ""
    node: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """Why a task does not run now; `since` is when this reason began."""

    reason: str
    message: str
    since: datetime


@dataclass(frozen=True, slots=True)
class TaskError:
    """Why the last attempt failed."""

    error_class: ErrorClass
    message: str
    code: str = ""
    fingerprint: str = ""
    artifacts: tuple[str, ...] = ()
    retry_after: timedelta | None = None
    at: datetime | None = None
    """When the operator took note of it: the order in which a source's failures are counted."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A request that joined a task."""

    requested_by: str
    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """A task's status as it stands in the cluster, or as the planner wants it. Conditions derive from it."""

    state: TaskState = TaskState.QUEUED
    waiting_for: WaitingFor | None = None
    queue_position: int | None = None
    estimated_start: datetime | None = None
    effective_priority: int | None = None
    effective_mode: Mode | None = None
    attempt: int = 0
    launches: int = 0
    attempts: tuple[Attempt, ...] = ()
    next_attempt_at: datetime | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    job: str | None = None
    result: RunResult | None = None
    last_error: TaskError | None = None
    merged: tuple[Merged, ...] = ()
    superseded_by: str | None = None
    archived: bool = False
    observed_generation: int | None = None
    mode_reason: str | None = None
    """Why `effective_mode` is not the mode that was asked for."""
    source_revision: str | None = None
    """Which source the last attempt was launched with: see `planning.circuit_breaker.revision`."""


class Pending(StrEnum):
    """A write about an object that is under way; the planner plans nothing else for it until the answer is in."""

    LAUNCH = "launch"
    """Its Job is being created: the slot counts as taken."""
    STOP = "stop"
    """Its Job is being deleted: the slot is still taken."""
    WRITE = "write"
    """Its status, or the object itself, is being written."""


@dataclass(frozen=True, slots=True)
class Task:
    """A SyncTask. `status_known` is False while the API object has no status yet (nobody has looked at it)."""

    name: Name
    uid: str
    created: datetime
    source: str
    type: str
    mode: Mode = Mode.DELTA
    priority: int = 100
    triggered_by: TriggeredBy = TriggeredBy.MANUAL
    requested_by: str | None = None
    not_before: datetime | None = None
    retry: RetryPolicy = RetryPolicy()
    timeout: timedelta = timedelta(minutes=30)
    dry_run: bool = False
    confirm_deletions: bool = False
    probe: bool = False
    schedule: str | None = None
    due: datetime | None = None
    retry_of: str | None = None
    mode_reason: str | None = None
    cancel: bool = False
    cancelled_by: str | None = None
    generation: int = 1
    resource_version: str = ""
    deleting: bool = False
    deleted_at: datetime | None = None
    finalizer: bool = False
    noticed: bool = False
    """Somebody was told of this dead letter, or it was decided that nobody will be."""
    status: TaskStatus = TaskStatus()
    status_known: bool = False
    pending: Pending | None = None

    @property
    def cadence(self) -> Mode:
        """Of which cadence it is a run: a Full that was made instead of a Delta is the Delta's."""
        return Mode.FULL if self.mode is Mode.FULL and self.mode_reason is None else Mode.DELTA


# ---------------------------------------------------------------- Jobs and pods


CONFIGURATION_MISSING = "ConfigurationMissing"
"""A pod's waiting reason, where all that it lacks are Secrets, ConfigMaps, or keys of theirs."""


@dataclass(frozen=True, slots=True)
class Pod:
    """What Kubernetes says of one pod of a Job (its only container)."""

    name: str
    uid: str
    phase: str = "Pending"
    node: str | None = None
    created: datetime | None = None
    scheduled: bool = False
    unschedulable: str | None = None
    """The scheduler's message while the pod cannot be placed."""
    waiting_reason: str | None = None
    """ImagePullBackOff, ErrImagePull, CreateContainerConfigError, ... while the container waits."""
    waiting_message: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    """When the container ended; the pod no longer holds its slot from then on."""
    exit_code: int | None = None
    termination_reason: str | None = None
    """OOMKilled, Error, Completed, ..."""
    termination_message: str = ""
    disrupted: str | None = None
    """The message of the DisruptionTarget condition or of an eviction."""
    deleting: bool = False
    deleted_at: datetime | None = None
    """When its grace is over, if it is being deleted."""

    @property
    def occupies(self) -> bool:
        """True while a container runs or may yet run."""
        return self.ended_at is None and self.phase not in ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Job:
    """A Job that belongs to a task by owner reference."""

    name: Name
    uid: str
    task: str
    task_uid: str
    launch: int
    created: datetime
    deleting: bool = False
    complete: bool = False
    failed: bool = False
    failed_reason: str | None = None
    """BackoffLimitExceeded, DeadlineExceeded, PodFailurePolicy, ..."""
    failed_message: str = ""
    ended_at: datetime | None = None
    resource_version: str = ""
    pods: tuple[Pod, ...] = ()
    source: str = ""
    """The source and type whose slot it holds, as they stand on the Job itself: its task may be gone before it."""
    type: str = ""
    deleted_at: datetime | None = None
    """When its deletion was asked for: `Limits.stop_deadline` counts from here."""
    operator: str = ""
    """Who made it: the `Limits.operator` of then."""
    mode: Mode | None = None
    revision: str | None = None
    """As what, and of which source (`planning.circuit_breaker.revision`), it was launched; None where it is unknown."""


# ---------------------------------------------------------------- schedules


@dataclass(frozen=True, slots=True)
class Cadence:
    """Exactly one of `every` and `cron`."""

    every: timedelta | None = None
    cron: str | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes of the local day; end <= start means that it crosses midnight."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rate:
    """The change-rate estimator's memory: see `planning.adaptive`."""

    observations: float = 0.0
    changed: float = 0.0
    exposure_hours: float = 0.0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """A schedule's status as it stands in the cluster, or as the planner wants it."""

    next_full: datetime | None = None
    next_delta: datetime | None = None
    last_due_full: datetime | None = None
    last_due_delta: datetime | None = None
    anchor: datetime | None = None
    cadence_hash: str | None = None
    interval: timedelta | None = None
    interval_reason: str = ""
    rate: Rate | None = None
    last_run: datetime | None = None
    last_success: datetime | None = None
    last_failure: datetime | None = None
    last_full: datetime | None = None
    succeeded: int = 0
    failed: int = 0
    average_duration: timedelta | None = None
    active_task: str | None = None
    skipped: int = 0
    last_skip_reason: str | None = None
    ready: tuple[bool, str, str] = (True, "Scheduled", "")
    """Status, reason and message of the condition Ready."""
    fresh: tuple[bool | None, str, str] = (None, "NoObjective", "")
    suspended: tuple[bool, str, str] = (False, "Active", "")
    observed_generation: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A SyncSchedule."""

    name: Name
    uid: str
    created: datetime
    source: str
    type: str
    full: Cadence | None = None
    delta: Cadence | None = None
    adaptive: tuple[timedelta, timedelta] | None = None
    suspend: bool = False
    suspended_by: str | None = None
    suspend_reason: str | None = None
    time_zone: str | None = None
    quiet_hours: tuple[QuietHours, ...] = (QuietHours(0, 360),)
    priority: int | None = None
    max_concurrent: int | None = None
    retry: RetryPolicy = RetryPolicy()
    timeout: timedelta = timedelta(minutes=30)
    starting_deadline: timedelta | None = None
    missed_runs: MissedRuns = MissedRuns.RUN_ONCE
    rollout: Rollout = Rollout.ACTIVE
    freshness_objective: timedelta | None = None
    probe: bool = True
    keep_succeeded: int = 3
    keep_failed: int = 5
    generation: int = 1
    resource_version: str = ""
    deleting: bool = False
    status: ScheduleStatus = ScheduleStatus()
    pending: Pending | None = None


# ---------------------------------------------------------------- sources


@dataclass(frozen=True, slots=True)
class Circuit:
    """The breaker's memory. `state`: Closed, Open or HalfOpen."""

    state: str = "Closed"
    consecutive_failures: int = 0
    opened_at: datetime | None = None
    retry_at: datetime | None = None
    reason: str = ""
    message: str = ""
    revision: str = ""
    """The source as it was when its credentials were rejected: see `planning.circuit_breaker`."""
    rejections: int = 0
    """Rejected logins in a row."""


@dataclass(frozen=True, slots=True)
class TypeStatistics:
    """How the syncs of one type of a source have gone."""

    type: str
    last_sync: datetime | None = None
    last_success: datetime | None = None
    last_failure: datetime | None = None
    last_full: datetime | None = None
    succeeded: int = 0
    failed: int = 0
    average_duration: timedelta | None = None
    full_profile_hash: str | None = None
    """The profile under which the last Full succeeded."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source's status as it stands in the cluster, or as the planner wants it."""

    queued: int = 0
    running: int = 0
    retrying: int = 0
    dead_lettered: int = 0
    active_tasks: tuple[str, ...] = ()
    last_error: tuple[str, datetime, str, str] | None = None
    """Message, time, type, class."""
    circuit: Circuit = Circuit()
    types: tuple[TypeStatistics, ...] = ()
    ready: tuple[bool, str, str] = (True, "Ready", "")
    counted_until: datetime | None = None
    """Ends of attempts and tasks up to here are in the statistics and in the circuit."""
    observed_generation: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A SyncSource. What only the actuator needs (references, scraper settings) stays in `launch`, opaque here."""

    name: Name
    uid: str
    created: datetime
    time_zone: str = "Europe/Rome"
    max_concurrent: int = 1
    paused: bool = False
    paused_by: str | None = None
    pause_reason: str | None = None
    failure_threshold: int = 5
    open_duration: timedelta = timedelta(minutes=5)
    problem: tuple[str, str] | None = None
    """Reason and message of what stands in the way of every sync of this source (ProfileNotFound, ProfileInvalid,
    SecretNotFound ...), as found by `cluster.preflight`; None when nothing is known to."""
    streams: frozenset[str] | None = None
    """The streams that the profile declares; None while the profile has not been read."""
    profile_hash: str | None = None
    generation: int = 1
    resource_version: str = ""
    deleting: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    """Sorted by key."""
    status: SourceStatus = SourceStatus()
    pending: Pending | None = None
    launch: object = field(default=None, compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """The operator's own settings that decisions depend on."""

    max_concurrent: int = 50
    """Running syncs over all sources."""
    ageing: timedelta = timedelta(minutes=10)
    """Waiting this long is worth one point of priority."""
    start_deadline: timedelta = timedelta(minutes=5)
    """A pod that has not started its container after this long (image, scheduling, Secret) has failed."""
    stop_deadline: timedelta = timedelta(minutes=2)
    """A stopped Job whose pods are not gone after this long is deleted with force."""
    archive: bool = False
    """A history database is configured: tasks are archived before they are pruned."""
    operator: str = ""
    """Which operator this is, among several: all its replicas have one name (its Lease's)."""
    notices: bool = False
    """Somebody is told of dead letters: they are not pruned before that is done."""
    keep_manual: int = 50
    """Ended tasks that no schedule made stay in the cluster up to this many a source and type ..."""
    keep_manual_for: timedelta = timedelta(days=7)
    """... and no longer than this."""
