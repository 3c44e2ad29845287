"""The planner's facts -> status documents, and the smallest patch between two of them. Pure.

Decided here: how a status is spelled, and when a condition's lastTransitionTime moves. Not here: which conditions hold
(planning.conditions), or whether to write at all (an empty patch is not written, by the actuator).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sincro_contract.durations import format_duration
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.cluster.api import Object
from sincro_operator.cluster.cache import Transition
from sincro_operator.planning.adaptive import changes_per_hour
from sincro_operator.planning.conditions import Condition
from sincro_operator.planning.model import (
    Attempt,
    Circuit,
    ScheduleStatus,
    SourceStatus,
    TaskError,
    TaskStatus,
    TypeStatistics,
)

_MESSAGE_LIMIT = 1024


def rfc3339(moment: datetime) -> str:
    """The time as Kubernetes writes it, in UTC: to the second, and finer only where there is more to say."""
    microsecond = moment.microsecond
    precision = "seconds" if microsecond == 0 else "milliseconds" if microsecond % 1000 == 0 else "microseconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def cut(message: str, limit: int = _MESSAGE_LIMIT) -> str:
    """The message within the schema's limit."""
    return message if len(message) <= limit else message[: limit - 1] + "…"


def difference(old: Object, new: Object) -> Object:
    """The merge patch (RFC 7386) that turns `old` into `new`; empty when they are equal."""
    patch: Object = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if before == value:
            continue
        patch[key] = difference(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return patch


def conditions_document(
    conditions: Sequence[Condition], before: Sequence[Transition], now: datetime, generation: int
) -> list[Object]:
    """The conditions as they stand in a status; lastTransitionTime moves only when the status does."""
    known = {type_: (status, moment) for type_, status, moment in before}
    document = []
    for condition in conditions:
        status, moment = known.get(condition.type, ("", ""))
        kept = status == condition.status and moment
        document.append(
            {
                "type": condition.type,
                "status": condition.status,
                "reason": condition.reason,
                "message": cut(condition.message),
                "lastTransitionTime": moment if kept else rfc3339(now.replace(microsecond=0)),
                "observedGeneration": generation,
            }
        )
    return document


def _present(document: Object) -> Object:
    """Without what is None, and without empty lists, texts and objects."""
    return {key: value for key, value in document.items() if value is not None and value not in ([], "", {})}


def _time(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment is not None else None


# ---------------------------------------------------------------- SyncTask


def task_document(status: TaskStatus) -> Object:
    """A task's status without its conditions; of its progress only the end, for what was seen live came before it."""
    waiting = status.waiting_for
    return _present(
        {
            "observedGeneration": status.observed_generation,
            "state": status.state.value,
            "waitingFor": waiting
            and {"reason": waiting.reason, "message": cut(waiting.message), "since": rfc3339(waiting.since)},
            "queuePosition": status.queue_position,
            "estimatedStart": _time(status.estimated_start),
            "effectivePriority": status.effective_priority,
            "effectiveMode": status.effective_mode and status.effective_mode.value,
            "effectiveModeReason": status.mode_reason and cut(status.mode_reason),
            "sourceRevision": status.source_revision,
            "attempt": status.attempt,
            "launches": status.launches,
            "attempts": [_attempt(attempt) for attempt in status.attempts],
            "nextAttemptAt": _time(status.next_attempt_at),
            "queuedAt": _time(status.queued_at),
            "startedAt": _time(status.started_at),
            "completedAt": _time(status.completed_at),
            "job": status.job,
            "progress": _finished(status),
            "result": status.result and status.result.to_dict(),
            "lastError": status.last_error and _task_error(status.last_error),
            "merged": [
                {"requestedBy": merged.requested_by, "at": rfc3339(merged.at), "name": merged.name}
                for merged in status.merged
            ],
            "supersededBy": status.superseded_by,
            "archived": status.archived or None,
        }
    )


def _finished(status: TaskStatus) -> Object | None:
    """All of it, once a task has succeeded: the last that was seen live may have been less."""
    if status.state is not TaskState.SUCCEEDED or status.result is None:
        return None
    read = status.result.read
    return {"phase": "done", "current": read, "total": read, "percentage": 100}


def _attempt(attempt: Attempt) -> Object:
    return _present(
        {
            "number": attempt.number,
            "job": attempt.job,
            "startedAt": _time(attempt.started_at),
            "endedAt": _time(attempt.ended_at),
            "class": attempt.error_class and attempt.error_class.value,
            "message": cut(attempt.message),
            "node": attempt.node,
        }
    )


def _task_error(error: TaskError) -> Object:
    return _present(
        {
            "class": error.error_class.value,
            "code": cut(error.code, 64),
            "message": cut(error.message),
            "fingerprint": cut(error.fingerprint, 64),
            "artifacts": list(error.artifacts[:8]),
            "time": _time(error.at),
        }
    )


# ---------------------------------------------------------------- SyncSchedule


def _effective_interval(status: ScheduleStatus) -> Object | None:
    if not status.interval:
        return None
    pace = changes_per_hour(status.rate) if status.rate is not None else None
    return _present(
        {
            "interval": format_duration(status.interval),
            "reason": cut(status.interval_reason),
            "changesPerHour": None if pace is None else f"{pace:.4g}",
        }
    )


def schedule_document(status: ScheduleStatus) -> Object:
    """A schedule's status without its conditions."""
    rate = status.rate
    return _present(
        {
            "observedGeneration": status.observed_generation,
            "next": _present({"full": _time(status.next_full), "delta": _time(status.next_delta)}),
            "lastDue": _present({"full": _time(status.last_due_full), "delta": _time(status.last_due_delta)}),
            "anchor": _time(status.anchor),
            "cadenceHash": status.cadence_hash,
            "effectiveInterval": _effective_interval(status),
            "rate": rate
            and _present(
                {
                    "observations": repr(rate.observations),
                    "changed": repr(rate.changed),
                    "exposureHours": repr(rate.exposure_hours),
                    "updatedAt": _time(rate.updated_at),
                }
            ),
            "lastRunTime": _time(status.last_run),
            "lastSuccessTime": _time(status.last_success),
            "lastFailureTime": _time(status.last_failure),
            "lastFullTime": _time(status.last_full),
            **_record(status.succeeded, status.failed, status.average_duration),
            "activeTask": status.active_task,
            "skipped": status.skipped,
            "lastSkipReason": cut(status.last_skip_reason) if status.last_skip_reason else None,
        }
    )


def _record(succeeded: int, failed: int, average: timedelta | None) -> Object:
    """How syncs have gone, in numbers and as people read it."""
    ended = succeeded + failed
    return {
        "succeeded": succeeded,
        "failed": failed,
        "successRate": f"{100 * succeeded / ended:.1f}%" if ended else None,
        "averageDuration": format_duration(average) if average is not None else None,
        "averageDurationMs": round(average.total_seconds() * 1000) if average is not None else None,
    }


# ---------------------------------------------------------------- SyncSource


def source_document(status: SourceStatus) -> Object:
    """A source's status without its conditions."""
    error = status.last_error
    return _present(
        {
            "observedGeneration": status.observed_generation,
            "queued": status.queued,
            "running": status.running,
            "retrying": status.retrying,
            "deadLettered": status.dead_lettered,
            "activeTasks": list(status.active_tasks[:100]),
            "lastError": error
            and {"message": cut(error[0]), "time": rfc3339(error[1]), "type": error[2], "class": error[3]},
            "circuit": _circuit(status.circuit),
            "types": [_type_statistics(statistics) for statistics in status.types],
            "countedUntil": _time(status.counted_until),
        }
    )


def _circuit(circuit: Circuit) -> Object:
    return _present(
        {
            "state": circuit.state,
            "consecutiveFailures": circuit.consecutive_failures,
            "openedAt": _time(circuit.opened_at),
            "retryAt": _time(circuit.retry_at),
            "reason": cut(circuit.reason, 64),
            "message": cut(circuit.message),
            "revision": circuit.revision,
            "rejections": circuit.rejections,
        }
    )


def _type_statistics(statistics: TypeStatistics) -> Object:
    return _present(
        {
            "type": statistics.type,
            "lastSyncTime": _time(statistics.last_sync),
            "lastSuccessTime": _time(statistics.last_success),
            "lastFailureTime": _time(statistics.last_failure),
            "lastFullTime": _time(statistics.last_full),
            **_record(statistics.succeeded, statistics.failed, statistics.average_duration),
            "fullProfileHash": statistics.full_profile_hash,
        }
    )
