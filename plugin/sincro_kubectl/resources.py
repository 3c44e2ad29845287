"""SyncSources, SyncSchedules and SyncTasks as this program reads them out of the API server's JSON.

Nothing is decided here. Whatever an object holds or lacks, reading it succeeds: a field of the wrong type counts as
absent, and no text can carry control characters into a terminal. The contract's models are not used, because importing
pydantic alone takes longer than a whole command may; a test holds the words here to the contract's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sincro_kubectl.instants import parse_instant

Document = dict[str, Any]

GROUP_VERSION = "sincro.dev/v1alpha1"
SOURCES, SCHEDULES, TASKS = "syncsources.sincro.dev", "syncschedules.sincro.dev", "synctasks.sincro.dev"
SINGULAR = {"SyncSource": "syncsource", "SyncSchedule": "syncschedule", "SyncTask": "synctask"}

WAITING = ("Queued", "Retrying")
"""States in which a task is in the queue."""
FINAL = ("Succeeded", "DeadLettered", "Cancelled", "Shadowed", "Superseded")
"""States after which nothing more happens to a task."""
MODES = ("Delta", "Full", "Force")

_CONTROL = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " "),
    **dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))),
}


def printable(text: str) -> str:
    """The text on one line without anything that a terminal obeys: escapes, other controls, changes of direction."""
    return " ".join(text.translate(_CONTROL).split())


def filled(document: Document) -> Document:
    """The document without fields that are None."""
    return {name: value for name, value in document.items() if value is not None}


def _child(node: object, name: str) -> Mapping[str, Any]:
    value = node.get(name) if isinstance(node, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _children(node: object, name: str) -> list[Mapping[str, Any]]:
    value = node.get(name) if isinstance(node, Mapping) else None
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(node: Mapping[str, Any], name: str, default: str = "") -> str:
    value = node.get(name)
    return printable(value) if isinstance(value, str) else default


def _texts(node: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = node.get(name)
    return tuple(printable(item) for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _number(node: Mapping[str, Any], name: str, default: int = 0) -> int:
    value = node.get(name)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else default


def _maybe(node: Mapping[str, Any], name: str) -> int | None:
    return _number(node, name) if name in node else None


def _instant(node: Mapping[str, Any], name: str) -> datetime | None:
    return parse_instant(node.get(name))


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
            _text(item, "type"),
            _text(item, "status"),
            _text(item, "reason"),
            _text(item, "message"),
            _instant(item, "lastTransitionTime"),
        )
        for item in _children(status, "conditions")
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
    metadata, spec, status = _child(document, "metadata"), _child(document, "spec"), _child(document, "status")
    waiting = _child(status, "waitingFor")
    return Task(
        namespace=_text(metadata, "namespace"),
        name=_text(metadata, "name"),
        created=_instant(metadata, "creationTimestamp"),
        resource_version=_text(metadata, "resourceVersion"),
        source=_text(_child(spec, "sourceRef"), "name"),
        type=_text(spec, "type"),
        mode=_text(status, "effectiveMode") or _text(spec, "mode", "Delta"),
        asked_mode=_text(spec, "mode", "Delta"),
        priority=_number(status, "effectivePriority", _number(spec, "priority", 100)),
        triggered_by=_text(spec, "triggeredBy", "Manual"),
        requested_by=_text(spec, "requestedBy"),
        not_before=_instant(spec, "notBefore"),
        schedule=_text(spec, "scheduleRef"),
        retry_of=_text(spec, "retryOf"),
        dry_run=spec.get("dryRun") is True,
        cancel=spec.get("cancel") is True,
        cancelled_by=_text(spec, "cancelledBy"),
        max_attempts=_number(_child(spec, "retryPolicy"), "maxAttempts", 3),
        seen=bool(status),
        state=_text(status, "state", "Queued"),
        waiting_reason=_text(waiting, "reason"),
        waiting_message=_text(waiting, "message"),
        waiting_since=_instant(waiting, "since"),
        position=_maybe(status, "queuePosition"),
        estimated_start=_instant(status, "estimatedStart"),
        attempt=_number(status, "attempt"),
        attempts=tuple(_attempt(item) for item in _children(status, "attempts")),
        next_attempt=_instant(status, "nextAttemptAt"),
        progress=_progress(_child(status, "progress")),
        queued=_instant(status, "queuedAt"),
        started=_instant(status, "startedAt"),
        completed=_instant(status, "completedAt"),
        job=_text(status, "job"),
        result=_result(_child(status, "result")),
        failure=_failure(_child(status, "lastError")),
        merged=tuple((_text(item, "requestedBy"), _text(item, "name")) for item in _children(status, "merged")),
        superseded_by=_text(status, "supersededBy"),
        document=document,
    )


def _attempt(node: Mapping[str, Any]) -> Attempt:
    return Attempt(
        _number(node, "number", 1),
        _text(node, "job"),
        _instant(node, "startedAt"),
        _instant(node, "endedAt"),
        _text(node, "class"),
        _text(node, "message"),
        _text(node, "node"),
    )


def _progress(node: Mapping[str, Any]) -> Progress | None:
    return Progress(_text(node, "phase"), _number(node, "current"), _number(node, "total")) if node else None


def _failure(node: Mapping[str, Any]) -> Failure | None:
    if not node:
        return None
    return Failure(
        _text(node, "class") or "Unknown",
        _text(node, "message"),
        _text(node, "code"),
        _text(node, "fingerprint"),
        _texts(node, "artifacts"),
        _instant(node, "time"),
        _text(node, "type"),
    )


def _result(node: Mapping[str, Any]) -> Result | None:
    if not node:
        return None
    return Result(
        mode=_text(node, "mode", "Delta"),
        created=_number(node, "created"),
        updated=_number(node, "updated"),
        unchanged=_number(node, "unchanged"),
        deleted=_number(node, "deleted"),
        read=_number(node, "read"),
        quarantined=_number(node, "quarantined"),
        declared=_maybe(node, "declared"),
        pages=_number(node, "pages"),
        duration_ms=_number(node, "durationMs"),
        skipped=_text(node, "skipped"),
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
        _instant(node, last_sync),
        _instant(node, "lastSuccessTime"),
        _instant(node, "lastFailureTime"),
        _number(node, "succeeded"),
        _number(node, "failed"),
        _text(node, "successRate"),
        _text(node, "averageDuration"),
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
    metadata, spec, status = _child(document, "metadata"), _child(document, "spec"), _child(document, "status")
    upcoming, interval = _child(status, "next"), _child(status, "effectiveInterval")
    return Schedule(
        namespace=_text(metadata, "namespace"),
        name=_text(metadata, "name"),
        source=_text(_child(spec, "sourceRef"), "name"),
        type=_text(spec, "type"),
        suspended=spec.get("suspend") is True,
        suspended_by=_text(spec, "suspendedBy"),
        suspend_reason=_text(spec, "suspendReason"),
        rollout=_text(spec, "rollout", "Active"),
        full=_cadence(_child(spec, "full")),
        delta=_cadence(_child(spec, "delta")),
        quiet_hours=tuple((_text(item, "start"), _text(item, "end")) for item in _children(spec, "quietHours")),
        time_zone=_text(spec, "timeZone"),
        seen=bool(status),
        conditions=_conditions(status),
        next_full=_instant(upcoming, "full"),
        next_delta=_instant(upcoming, "delta"),
        interval=_text(interval, "interval"),
        interval_reason=_text(interval, "reason"),
        active_task=_text(status, "activeTask"),
        skipped=_number(status, "skipped"),
        last_skip_reason=_text(status, "lastSkipReason"),
        statistics=_statistics(status, _text(spec, "type"), "lastRunTime"),
        document=document,
    )


def _cadence(node: Mapping[str, Any]) -> str:
    return _text(node, "every") or _text(node, "cron")


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
    metadata, spec, status = _child(document, "metadata"), _child(document, "spec"), _child(document, "status")
    circuit = _child(status, "circuit")
    return Source(
        namespace=_text(metadata, "namespace"),
        name=_text(metadata, "name"),
        url=_text(spec, "baseUrl"),
        time_zone=_text(spec, "timeZone", "Europe/Rome"),
        max_concurrent=_number(spec, "maxConcurrent", 1),
        paused=spec.get("paused") is True,
        paused_by=_text(spec, "pausedBy"),
        pause_reason=_text(spec, "pauseReason"),
        seen=bool(status),
        conditions=_conditions(status),
        queued=_number(status, "queued"),
        running=_number(status, "running"),
        retrying=_number(status, "retrying"),
        dead_lettered=_number(status, "deadLettered"),
        active_tasks=_texts(status, "activeTasks"),
        failure=_failure(_child(status, "lastError")),
        circuit=_text(circuit, "state", "Closed"),
        circuit_message=_text(circuit, "message"),
        circuit_retry=_instant(circuit, "retryAt"),
        types=tuple(_statistics(item, _text(item, "type"), "lastSyncTime") for item in _children(status, "types")),
        document=document,
    )
