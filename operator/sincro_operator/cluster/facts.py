"""API objects -> the planner's facts. Total: whatever an object says, a fact comes out.

Decided here: how a field is read, and what stands for one that cannot be (its default, and a line in the log). Equal
texts and policies become one object, because many thousands of facts are held at once. Raw objects are not kept.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_schedule import MissedRuns, Rollout
from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.cluster.api import Object
from sincro_operator.cluster.fields import (
    EPOCH,
    child,
    children,
    duration,
    instant,
    milliseconds,
    name_of,
    read,
    shared,
    text,
)
from sincro_operator.planning.model import (
    Attempt,
    Cadence,
    Circuit,
    Merged,
    QuietHours,
    Rate,
    RetryPolicy,
    Schedule,
    ScheduleStatus,
    Source,
    SourceStatus,
    Task,
    TaskError,
    TaskStatus,
    TypeStatistics,
    WaitingFor,
)

FINALIZER = "sincro.dev/stop-run"
"""Holds a SyncTask that is being deleted until its Job's pods are gone."""

NOTICED = "sincro.dev/noticed"
"""An annotation of a dead letter: when the webhook was told, or why it will not be."""


@dataclass(frozen=True, slots=True)
class LaunchSettings:
    """What a source says about its Jobs; the planner carries it unread (Source.launch)."""

    base_url: str = ""
    locale: str = "it-IT"
    profile: str = ""
    profile_key: str = "profile.yaml"
    credentials_secret: str = ""
    database_secret: str = ""
    database_key: str = "url"
    image: str | None = None
    resources: Object | None = None
    node_selector: Object | None = None
    tolerations: list[Object] | None = None
    runtime_class: str | None = None


@lru_cache(maxsize=1024)
def _policy(attempts: int, initial: timedelta, multiplier: float, longest: timedelta, jitter: float) -> RetryPolicy:
    return RetryPolicy(attempts, initial, multiplier, longest, jitter)


def _retry_policy(spec: Object) -> RetryPolicy:
    policy, default = child(spec, "retryPolicy"), RetryPolicy()
    return _policy(
        read(policy, "maxAttempts", int, default.max_attempts),
        read(policy, "initialDelay", duration, default.initial_delay),
        read(policy, "backoffMultiplier", float, default.backoff_multiplier),
        read(policy, "maxDelay", duration, default.max_delay),
        read(policy, "jitter", float, default.jitter),
    )


# ---------------------------------------------------------------- SyncTask


def task_of(obj: Object) -> Task:
    """The fact of a SyncTask."""
    metadata, spec = child(obj, "metadata"), child(obj, "spec")
    status = child(obj, "status")
    return Task(
        name=name_of(obj),
        uid=text(metadata.get("uid") or ""),
        created=read(metadata, "creationTimestamp", instant, EPOCH),
        source=read(child(spec, "sourceRef"), "name", shared, ""),
        type=read(spec, "type", shared, ""),
        mode=read(spec, "mode", Mode, Mode.DELTA),
        priority=read(spec, "priority", int, 100),
        triggered_by=read(spec, "triggeredBy", TriggeredBy, TriggeredBy.MANUAL),
        requested_by=read(spec, "requestedBy", shared, None),
        not_before=read(spec, "notBefore", instant, None),
        retry=_retry_policy(spec),
        timeout=read(spec, "timeout", duration, timedelta(minutes=30)),
        dry_run=spec.get("dryRun") is True,
        confirm_deletions=spec.get("confirmDeletions") is True,
        probe=spec.get("probe") is True,
        schedule=read(spec, "scheduleRef", shared, None),
        due=read(spec, "due", instant, None),
        retry_of=read(spec, "retryOf", text, None),
        mode_reason=read(spec, "modeReason", shared, None),
        cancel=spec.get("cancel") is True,
        cancelled_by=read(spec, "cancelledBy", shared, None),
        generation=read(metadata, "generation", int, 1),
        resource_version=text(metadata.get("resourceVersion") or ""),
        deleting=metadata.get("deletionTimestamp") is not None,
        deleted_at=read(metadata, "deletionTimestamp", instant, None),
        noticed=NOTICED in child(metadata, "annotations"),
        finalizer=read(metadata, "finalizers", lambda names: FINALIZER in names, False),
        status=_task_status(status) if status else _NO_TASK_STATUS,
        status_known=bool(status),
    )


_NO_TASK_STATUS = TaskStatus()


def _task_status(status: Object) -> TaskStatus:
    return TaskStatus(
        state=read(status, "state", TaskState, TaskState.QUEUED),
        waiting_for=read(status, "waitingFor", _waiting_for, None),
        queue_position=read(status, "queuePosition", int, None),
        estimated_start=read(status, "estimatedStart", instant, None),
        effective_priority=read(status, "effectivePriority", int, None),
        effective_mode=read(status, "effectiveMode", Mode, None),
        mode_reason=read(status, "effectiveModeReason", shared, None),
        source_revision=read(status, "sourceRevision", shared, None),
        attempt=read(status, "attempt", int, 0),
        launches=read(status, "launches", int, 0),
        attempts=tuple(map(_attempt, children(status, "attempts"))),
        next_attempt_at=read(status, "nextAttemptAt", instant, None),
        queued_at=read(status, "queuedAt", instant, None),
        started_at=read(status, "startedAt", instant, None),
        completed_at=read(status, "completedAt", instant, None),
        job=read(status, "job", text, None),
        result=read(status, "result", RunResult.model_validate, None),
        last_error=read(status, "lastError", _task_error, None),
        merged=tuple(map(_merged, children(status, "merged"))),
        superseded_by=read(status, "supersededBy", text, None),
        archived=status.get("archived") is True,
        observed_generation=read(status, "observedGeneration", int, None),
    )


def _waiting_for(value: Object) -> WaitingFor:
    return WaitingFor(
        read(value, "reason", shared, ""), read(value, "message", text, ""), read(value, "since", instant, EPOCH)
    )


def _attempt(value: Object) -> Attempt:
    return Attempt(
        number=read(value, "number", int, 1),
        job=read(value, "job", text, ""),
        started_at=read(value, "startedAt", instant, None),
        ended_at=read(value, "endedAt", instant, None),
        error_class=read(value, "class", ErrorClass, None),
        message=read(value, "message", text, ""),
        node=read(value, "node", shared, None),
    )


def _task_error(value: Object) -> TaskError:
    return TaskError(
        error_class=read(value, "class", ErrorClass, ErrorClass.UNKNOWN),
        message=read(value, "message", text, ""),
        code=read(value, "code", shared, ""),
        fingerprint=read(value, "fingerprint", shared, ""),
        artifacts=tuple(map(text, value.get("artifacts") or ())),
        at=read(value, "time", instant, None),
    )


def _merged(value: Object) -> Merged:
    return Merged(
        read(value, "requestedBy", shared, ""), read(value, "at", instant, EPOCH), read(value, "name", text, "")
    )


# ---------------------------------------------------------------- SyncSchedule


def schedule_of(obj: Object) -> Schedule:
    """The fact of a SyncSchedule."""
    metadata, spec = child(obj, "metadata"), child(obj, "spec")
    limits = child(spec, "historyLimits")
    status = child(obj, "status")
    return Schedule(
        name=name_of(obj),
        uid=text(metadata.get("uid") or ""),
        created=read(metadata, "creationTimestamp", instant, EPOCH),
        source=read(child(spec, "sourceRef"), "name", shared, ""),
        type=read(spec, "type", shared, ""),
        full=read(spec, "full", _cadence, None),
        delta=read(spec, "delta", _cadence, None),
        adaptive=read(spec, "adaptive", lambda value: (duration(value["min"]), duration(value["max"])), None),
        suspend=spec.get("suspend") is True,
        suspended_by=read(spec, "suspendedBy", shared, None),
        suspend_reason=read(spec, "suspendReason", shared, None),
        time_zone=read(spec, "timeZone", shared, None),
        quiet_hours=_quiet_hours(spec),
        priority=read(spec, "priority", int, None),
        max_concurrent=read(spec, "maxConcurrent", int, None),
        retry=_retry_policy(spec),
        timeout=read(spec, "timeout", duration, timedelta(minutes=30)),
        starting_deadline=read(spec, "startingDeadline", duration, None),
        missed_runs=read(spec, "missedRuns", MissedRuns, MissedRuns.RUN_ONCE),
        rollout=read(spec, "rollout", Rollout, Rollout.ACTIVE),
        freshness_objective=read(spec, "freshnessObjective", duration, None),
        probe=spec.get("probe") is not False,
        keep_succeeded=read(limits, "succeeded", int, 3),
        keep_failed=read(limits, "failed", int, 5),
        generation=read(metadata, "generation", int, 1),
        resource_version=text(metadata.get("resourceVersion") or ""),
        deleting=metadata.get("deletionTimestamp") is not None,
        status=_schedule_status(status) if status else _NO_SCHEDULE_STATUS,
    )


_NO_SCHEDULE_STATUS = ScheduleStatus()


def _cadence(value: Object) -> Cadence:
    return _shared_cadence(read(value, "every", duration, None), read(value, "cron", shared, None))


@lru_cache(maxsize=4096)
def _shared_cadence(every: timedelta | None, cron: str | None) -> Cadence:
    return Cadence(every, cron)


def _quiet_hours(spec: Object) -> tuple[QuietHours, ...]:
    if not isinstance(spec.get("quietHours"), list):
        return _QUIET_NIGHT
    hours = (
        (read(item, "start", minute_of_day, -1), read(item, "end", minute_of_day, -1))
        for item in children(spec, "quietHours")
    )
    return tuple(_shared_hours(start, end) for start, end in hours if start >= 0 and end >= 0)


_QUIET_NIGHT = (QuietHours(0, 360),)


@lru_cache(maxsize=1024)
def _shared_hours(start: int, end: int) -> QuietHours:
    return QuietHours(start, end)


def minute_of_day(value: str) -> int:
    """`06:30` -> 390; `24:00` -> 1440."""
    hours, minutes = value.split(":")
    return int(hours) * 60 + int(minutes)


def _condition(status: Object, type_: str) -> Object | None:
    return next((c for c in children(status, "conditions") if c.get("type") == type_), None)


def _schedule_status(status: Object) -> ScheduleStatus:
    upcoming, last_due = child(status, "next"), child(status, "lastDue")
    interval, default = child(status, "effectiveInterval"), ScheduleStatus()
    ready, suspended = _condition(status, "Ready"), _condition(status, "Suspended")
    fresh = _condition(status, "Fresh")
    return ScheduleStatus(
        next_full=read(upcoming, "full", instant, None),
        next_delta=read(upcoming, "delta", instant, None),
        last_due_full=read(last_due, "full", instant, None),
        last_due_delta=read(last_due, "delta", instant, None),
        anchor=read(status, "anchor", instant, None),
        cadence_hash=read(status, "cadenceHash", shared, None),
        interval=read(interval, "interval", duration, None),
        interval_reason=read(interval, "reason", shared, ""),
        rate=read(status, "rate", _rate, None),
        last_run=read(status, "lastRunTime", instant, None),
        last_success=read(status, "lastSuccessTime", instant, None),
        last_failure=read(status, "lastFailureTime", instant, None),
        last_full=read(status, "lastFullTime", instant, None),
        succeeded=read(status, "succeeded", int, 0),
        failed=read(status, "failed", int, 0),
        average_duration=read(status, "averageDurationMs", milliseconds, None),
        active_task=read(status, "activeTask", text, None),
        skipped=read(status, "skipped", int, 0),
        last_skip_reason=read(status, "lastSkipReason", text, None),
        ready=_verdict(ready) if ready else default.ready,
        fresh=(_truth(fresh), *_verdict(fresh)[1:]) if fresh else default.fresh,
        suspended=_verdict(suspended) if suspended else default.suspended,
        observed_generation=read(status, "observedGeneration", int, None),
    )


def _verdict(condition: Object) -> tuple[bool, str, str]:
    return (
        condition.get("status") == "True",
        read(condition, "reason", shared, ""),
        read(condition, "message", text, ""),
    )


def _truth(condition: Object) -> bool | None:
    return {"True": True, "False": False}.get(str(condition.get("status")))


def _rate(value: Object) -> Rate:
    return Rate(
        observations=read(value, "observations", float, 0.0),
        changed=read(value, "changed", float, 0.0),
        exposure_hours=read(value, "exposureHours", float, 0.0),
        updated_at=read(value, "updatedAt", instant, None),
    )


# ---------------------------------------------------------------- SyncSource


def source_of(obj: Object) -> Source:
    """The fact of a SyncSource, without what only `cluster.preflight` knows."""
    metadata, spec = child(obj, "metadata"), child(obj, "spec")
    breaker, status = child(spec, "circuitBreaker"), child(obj, "status")
    return Source(
        name=name_of(obj),
        uid=text(metadata.get("uid") or ""),
        created=read(metadata, "creationTimestamp", instant, EPOCH),
        time_zone=read(spec, "timeZone", shared, "Europe/Rome"),
        max_concurrent=read(spec, "maxConcurrent", int, 1),
        paused=spec.get("paused") is True,
        paused_by=read(spec, "pausedBy", shared, None),
        pause_reason=read(spec, "pauseReason", text, None),
        failure_threshold=read(breaker, "failureThreshold", int, 5),
        open_duration=read(breaker, "openDuration", duration, timedelta(minutes=5)),
        generation=read(metadata, "generation", int, 1),
        resource_version=text(metadata.get("resourceVersion") or ""),
        deleting=metadata.get("deletionTimestamp") is not None,
        labels=read(metadata, "labels", _labels, ()),
        status=_source_status(status) if status else SourceStatus(),
        launch=_launch_settings(spec),
    )


def _labels(value: Object) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((shared(key), shared(label)) for key, label in value.items()))


def _launch_settings(spec: Object) -> LaunchSettings:
    profile, database, scraper = child(spec, "profile"), child(spec, "databaseSecretRef"), child(spec, "scraper")
    return LaunchSettings(
        base_url=read(spec, "baseUrl", text, ""),
        locale=read(spec, "locale", shared, "it-IT"),
        profile=read(profile, "name", shared, ""),
        profile_key=read(profile, "key", shared, "profile.yaml"),
        credentials_secret=read(child(spec, "credentialsSecretRef"), "name", shared, ""),
        database_secret=read(database, "name", shared, ""),
        database_key=read(database, "key", shared, "url"),
        image=read(scraper, "image", shared, None),
        resources=child(scraper, "resources") or None,
        node_selector=child(scraper, "nodeSelector") or None,
        tolerations=children(scraper, "tolerations") or None,
        runtime_class=read(scraper, "runtimeClassName", shared, None),
    )


def _source_status(status: Object) -> SourceStatus:
    ready = _condition(status, "Ready")
    return SourceStatus(
        queued=read(status, "queued", int, 0),
        running=read(status, "running", int, 0),
        retrying=read(status, "retrying", int, 0),
        dead_lettered=read(status, "deadLettered", int, 0),
        active_tasks=read(status, "activeTasks", lambda names: tuple(map(text, names)), ()),
        last_error=read(status, "lastError", _last_error, None),
        circuit=read(status, "circuit", _circuit, Circuit()),
        types=tuple(map(_type_statistics, children(status, "types"))),
        ready=_verdict(ready) if ready else SourceStatus().ready,
        counted_until=read(status, "countedUntil", instant, None),
        observed_generation=read(status, "observedGeneration", int, None),
    )


def _last_error(value: Object) -> tuple[str, datetime, str, str]:
    return str(value["message"]), instant(value["time"]), str(value["type"]), str(value.get("class") or "")


def _circuit(value: Object) -> Circuit:
    return Circuit(
        state=read(value, "state", shared, "Closed"),
        consecutive_failures=read(value, "consecutiveFailures", int, 0),
        opened_at=read(value, "openedAt", instant, None),
        retry_at=read(value, "retryAt", instant, None),
        reason=read(value, "reason", shared, ""),
        message=read(value, "message", text, ""),
        revision=read(value, "revision", shared, ""),
        rejections=read(value, "rejections", int, 0),
    )


def _type_statistics(value: Object) -> TypeStatistics:
    return TypeStatistics(
        type=read(value, "type", shared, ""),
        last_sync=read(value, "lastSyncTime", instant, None),
        last_success=read(value, "lastSuccessTime", instant, None),
        last_failure=read(value, "lastFailureTime", instant, None),
        last_full=read(value, "lastFullTime", instant, None),
        succeeded=read(value, "succeeded", int, 0),
        failed=read(value, "failed", int, 0),
        average_duration=read(value, "averageDurationMs", milliseconds, None),
        full_profile_hash=read(value, "fullProfileHash", shared, None),
    )
