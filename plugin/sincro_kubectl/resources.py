"""SyncSources, SyncSchedules and SyncTasks as this program reads them out of the API server's JSON.

Nothing is decided here. Whatever an object holds or lacks, reading it succeeds: a field of the wrong type counts as
absent, and no text can carry control characters into a terminal. The contract's models are not used, because importing
pydantic alone takes longer than a whole command may; a test holds the words here to the contract's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sincro_kubectl.fields import Document, child, children, instant, maybe, number, text, texts

GROUP_VERSION = "sincro.dev/v1alpha1"
SOURCES, SCHEDULES, TASKS = "syncsources.sincro.dev", "syncschedules.sincro.dev", "synctasks.sincro.dev"
SINGULAR = {"SyncSource": "syncsource", "SyncSchedule": "syncschedule", "SyncTask": "synctask"}

WAITING = ("Queued", "Retrying")
"""States in which a task is in the queue."""
FINAL = ("Succeeded", "DeadLettered", "Cancelled", "Shadowed", "Superseded")
"""States after which nothing more happens to a task."""
MODES = ("Delta", "Full", "Force")

# ---------------------------------------------------------------- shared


@dataclass(frozen=True, slots=True)
class Condition:
    """A Kubernetes condition."""

    type: str
    status: str
    reason: str
    message: str
    since: datetime | None


def _conditions(status: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            text(item, "type"),
            text(item, "status"),
            text(item, "reason"),
            text(item, "message"),
            instant(item, "lastTransitionTime"),
        )
        for item in children(status, "conditions")
    )


def condition(conditions: Iterable[Condition], type_: str) -> Condition | None:
    """The condition of that type."""
    return next((item for item in conditions if item.type == type_), None)


# ---------------------------------------------------------------- SyncTask


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a task; `error` is its class, empty if it went well or goes on."""

    number: int
    job: str
    started: datetime | None
    ended: datetime | None
    error: str
    message: str
    node: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the running attempt is; `total` is 0 while unknown."""

    phase: str
    current: int
    total: int

    @property
    def share(self) -> float | None:
        """0 to 1; None while the total is unknown."""
        return min(1.0, self.current / self.total) if self.total > 0 else None


@dataclass(frozen=True, slots=True)
class Failure:
    """The last error of a task or of a source."""

    error: str
    message: str
    code: str = ""
    fingerprint: str = ""
    artifacts: tuple[str, ...] = ()
    time: datetime | None = None
    type: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What a sync read and changed."""

    mode: str
    created: int
    updated: int
    unchanged: int
    deleted: int
    read: int
    quarantined: int
    declared: int | None
    pages: int
    duration_ms: int
    skipped: str
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A SyncTask. An object without a status is Queued, and `seen` is False: no operator has looked at it."""

    namespace: str
    name: str
    created: datetime | None
    resource_version: str
    source: str
    type: str
    mode: str
    """The mode that it runs in, once the operator has decided; before, the one that was asked for."""
    asked_mode: str
    priority: int
    triggered_by: str
    requested_by: str
    not_before: datetime | None
    schedule: str
    retry_of: str
    dry_run: bool
    cancel: bool
    cancelled_by: str
    max_attempts: int
    seen: bool
    state: str
    waiting_reason: str
    waiting_message: str
    waiting_since: datetime | None
    position: int | None
    estimated_start: datetime | None
    attempt: int
    attempts: tuple[Attempt, ...]
    next_attempt: datetime | None
    progress: Progress | None
    queued: datetime | None
    started: datetime | None
    completed: datetime | None
    job: str
    result: Result | None
    failure: Failure | None
    merged: tuple[tuple[str, str], ...]
    """(who, SyncTask) of each request that joined."""
    superseded_by: str
    document: Document = field(compare=False, repr=False)

    @property
    def final(self) -> bool:
        """True when nothing more happens to it."""
        return self.state in FINAL

    @property
    def asker(self) -> str:
        """Who asked, for a column: the person, else what it was triggered by."""
        return self.requested_by or (f"schedule {self.schedule}" if self.schedule else self.triggered_by)


def task_of(document: Document) -> Task:
    """Read a SyncTask."""
    metadata, spec, status = child(document, "metadata"), child(document, "spec"), child(document, "status")
    waiting = child(status, "waitingFor")
    return Task(
        namespace=text(metadata, "namespace"),
        name=text(metadata, "name"),
        created=instant(metadata, "creationTimestamp"),
        resource_version=text(metadata, "resourceVersion"),
        source=text(child(spec, "sourceRef"), "name"),
        type=text(spec, "type"),
        mode=text(status, "effectiveMode") or text(spec, "mode", "Delta"),
        asked_mode=text(spec, "mode", "Delta"),
        priority=number(status, "effectivePriority", number(spec, "priority", 100)),
        triggered_by=text(spec, "triggeredBy", "Manual"),
        requested_by=text(spec, "requestedBy"),
        not_before=instant(spec, "notBefore"),
        schedule=text(spec, "scheduleRef"),
        retry_of=text(spec, "retryOf"),
        dry_run=spec.get("dryRun") is True,
        cancel=spec.get("cancel") is True,
        cancelled_by=text(spec, "cancelledBy"),
        max_attempts=number(child(spec, "retryPolicy"), "maxAttempts", 3),
        seen=bool(status),
        state=text(status, "state", "Queued"),
        waiting_reason=text(waiting, "reason"),
        waiting_message=text(waiting, "message"),
        waiting_since=instant(waiting, "since"),
        position=maybe(status, "queuePosition"),
        estimated_start=instant(status, "estimatedStart"),
        attempt=number(status, "attempt"),
        attempts=tuple(_attempt(item) for item in children(status, "attempts")),
        next_attempt=instant(status, "nextAttemptAt"),
        progress=_progress(child(status, "progress")),
        queued=instant(status, "queuedAt"),
        started=instant(status, "startedAt"),
        completed=instant(status, "completedAt"),
        job=text(status, "job"),
        result=_result(child(status, "result")),
        failure=_failure(child(status, "lastError")),
        merged=tuple((text(item, "requestedBy"), text(item, "name")) for item in children(status, "merged")),
        superseded_by=text(status, "supersededBy"),
        document=document,
    )


def _attempt(node: Mapping[str, Any]) -> Attempt:
    return Attempt(
        number(node, "number", 1),
        text(node, "job"),
        instant(node, "startedAt"),
        instant(node, "endedAt"),
        text(node, "class"),
        text(node, "message"),
        text(node, "node"),
    )


def _progress(node: Mapping[str, Any]) -> Progress | None:
    return Progress(text(node, "phase"), number(node, "current"), number(node, "total")) if node else None


def _failure(node: Mapping[str, Any]) -> Failure | None:
    if not node:
        return None
    return Failure(
        text(node, "class") or "Unknown",
        text(node, "message"),
        text(node, "code"),
        text(node, "fingerprint"),
        texts(node, "artifacts"),
        instant(node, "time"),
        text(node, "type"),
    )


def _result(node: Mapping[str, Any]) -> Result | None:
    if not node:
        return None
    return Result(
        mode=text(node, "mode", "Delta"),
        created=number(node, "created"),
        updated=number(node, "updated"),
        unchanged=number(node, "unchanged"),
        deleted=number(node, "deleted"),
        read=number(node, "read"),
        quarantined=number(node, "quarantined"),
        declared=maybe(node, "declared"),
        pages=number(node, "pages"),
        duration_ms=number(node, "durationMs"),
        skipped=text(node, "skipped"),
        dry_run=node.get("dryRun") is True,
    )


# ---------------------------------------------------------------- SyncSchedule and SyncSource


@dataclass(frozen=True, slots=True)
class Statistics:
    """How the syncs of one type have gone."""

    type: str
    last_sync: datetime | None
    last_success: datetime | None
    last_failure: datetime | None
    succeeded: int
    failed: int
    success_rate: str
    average: str


def _statistics(node: Mapping[str, Any], type_: str, last_sync: str) -> Statistics:
    return Statistics(
        type_,
        instant(node, last_sync),
        instant(node, "lastSuccessTime"),
        instant(node, "lastFailureTime"),
        number(node, "succeeded"),
        number(node, "failed"),
        text(node, "successRate"),
        text(node, "averageDuration"),
    )


@dataclass(frozen=True, slots=True)
class Schedule:
    """A SyncSchedule."""

    namespace: str
    name: str
    source: str
    type: str
    suspended: bool
    suspended_by: str
    suspend_reason: str
    rollout: str
    full: str
    """The cadence as it was written: `24h` or `30 6 * * *`; empty when there is none."""
    delta: str
    quiet_hours: tuple[tuple[str, str], ...]
    time_zone: str
    seen: bool
    conditions: tuple[Condition, ...]
    next_full: datetime | None
    next_delta: datetime | None
    interval: str
    interval_reason: str
    active_task: str
    skipped: int
    last_skip_reason: str
    statistics: Statistics
    document: Document = field(compare=False, repr=False)

    @property
    def next(self) -> tuple[datetime, str] | None:
        """The next instant for which a run is due, and its mode."""
        due = [(at, mode) for at, mode in ((self.next_full, "Full"), (self.next_delta, "Delta")) if at is not None]
        return min(due, default=None, key=lambda item: item[0])


def schedule_of(document: Document) -> Schedule:
    """Read a SyncSchedule."""
    metadata, spec, status = child(document, "metadata"), child(document, "spec"), child(document, "status")
    upcoming, interval = child(status, "next"), child(status, "effectiveInterval")
    return Schedule(
        namespace=text(metadata, "namespace"),
        name=text(metadata, "name"),
        source=text(child(spec, "sourceRef"), "name"),
        type=text(spec, "type"),
        suspended=spec.get("suspend") is True,
        suspended_by=text(spec, "suspendedBy"),
        suspend_reason=text(spec, "suspendReason"),
        rollout=text(spec, "rollout", "Active"),
        full=_cadence(child(spec, "full")),
        delta=_cadence(child(spec, "delta")),
        quiet_hours=tuple((text(item, "start"), text(item, "end")) for item in children(spec, "quietHours")),
        time_zone=text(spec, "timeZone"),
        seen=bool(status),
        conditions=_conditions(status),
        next_full=instant(upcoming, "full"),
        next_delta=instant(upcoming, "delta"),
        interval=text(interval, "interval"),
        interval_reason=text(interval, "reason"),
        active_task=text(status, "activeTask"),
        skipped=number(status, "skipped"),
        last_skip_reason=text(status, "lastSkipReason"),
        statistics=_statistics(status, text(spec, "type"), "lastRunTime"),
        document=document,
    )


def _cadence(node: Mapping[str, Any]) -> str:
    return text(node, "every") or text(node, "cron")


@dataclass(frozen=True, slots=True)
class Source:
    """A SyncSource."""

    namespace: str
    name: str
    url: str
    time_zone: str
    max_concurrent: int
    paused: bool
    paused_by: str
    pause_reason: str
    seen: bool
    conditions: tuple[Condition, ...]
    queued: int
    running: int
    retrying: int
    dead_lettered: int
    active_tasks: tuple[str, ...]
    failure: Failure | None
    circuit: str
    circuit_message: str
    circuit_retry: datetime | None
    types: tuple[Statistics, ...]
    document: Document = field(compare=False, repr=False)


def source_of(document: Document) -> Source:
    """Read a SyncSource."""
    metadata, spec, status = child(document, "metadata"), child(document, "spec"), child(document, "status")
    circuit = child(status, "circuit")
    return Source(
        namespace=text(metadata, "namespace"),
        name=text(metadata, "name"),
        url=text(spec, "baseUrl"),
        time_zone=text(spec, "timeZone", "Europe/Rome"),
        max_concurrent=number(spec, "maxConcurrent", 1),
        paused=spec.get("paused") is True,
        paused_by=text(spec, "pausedBy"),
        pause_reason=text(spec, "pauseReason"),
        seen=bool(status),
        conditions=_conditions(status),
        queued=number(status, "queued"),
        running=number(status, "running"),
        retrying=number(status, "retrying"),
        dead_lettered=number(status, "deadLettered"),
        active_tasks=texts(status, "activeTasks"),
        failure=_failure(child(status, "lastError")),
        circuit=text(circuit, "state", "Closed"),
        circuit_message=text(circuit, "message"),
        circuit_retry=instant(circuit, "retryAt"),
        types=tuple(_statistics(item, text(item, "type"), "lastSyncTime") for item in children(status, "types")),
        document=document,
    )
