"""A task that has ended -> its row in `sync_tasks`. Pure."""

import json
from datetime import datetime

from sincro_operator.planning.model import Attempt, Task, TaskStatus

COLUMNS = (
    "id",
    "namespace",
    "name",
    "source",
    "schedule",
    "type",
    "mode",
    "mode_reason",
    "priority",
    "user_id",
    "triggered_by",
    "retry_of",
    "dry_run",
    "scheduled_at",
    "started_at",
    "completed_at",
    "duration_ms",
    "attempts",
    "max_attempts",
    "attempt_log",
    "status",
    "result",
    "error_class",
    "error_code",
    "error_message",
    "fingerprint",
    "artifacts",
    "created_at",
)
"""What is written, in this order; the rest the database fills in."""

Row = tuple[object, ...]


def row_of(task: Task, status: TaskStatus) -> Row:
    """The values of COLUMNS; times are aware datetimes, jsonb values are JSON texts."""
    error, result = status.last_error, status.result
    duration = None
    if status.started_at is not None and status.completed_at is not None:
        duration = max(0, round((status.completed_at - status.started_at).total_seconds() * 1000))
    row: Row = (
        task.uid,
        task.name.namespace,
        task.name.name,
        task.source,
        task.schedule,
        task.type,
        (status.effective_mode or task.mode).value,
        (result.mode_reason if result else None) or status.mode_reason or task.mode_reason,
        status.effective_priority or task.priority,
        task.requested_by,
        task.triggered_by.value,
        task.retry_of,
        task.dry_run,
        task.due or task.not_before or task.created,
        status.started_at,
        status.completed_at,
        duration,
        status.attempt,
        task.retry.max_attempts,
        _json([_attempt(attempt) for attempt in status.attempts]),
        status.state.value,
        _json(result.to_dict()) if result else None,
        error.error_class.value if error else None,
        (error.code or None) if error else None,
        error.message if error else None,
        (error.fingerprint or None) if error else None,
        _json(list(error.artifacts)) if error and error.artifacts else None,
        task.created,
    )
    return tuple(map(_sound, row))


def _json(value: object) -> str:
    return json.dumps(_sound(value))


def _sound(value: object) -> object:
    """The value as PostgreSQL can hold it: no text there has a NUL, and PDFs are full of them."""
    match value:
        case str():
            return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
        case list():
            return [_sound(each) for each in value]
        case dict():
            return {_sound(key): _sound(each) for key, each in value.items()}
        case _:
            return value


def _attempt(attempt: Attempt) -> dict[str, object]:
    document = {
        "number": attempt.number,
        "job": attempt.job,
        "startedAt": _time(attempt.started_at),
        "endedAt": _time(attempt.ended_at),
        "class": attempt.error_class.value if attempt.error_class else None,
        "message": attempt.message or None,
        "node": attempt.node,
    }
    return {key: value for key, value in document.items() if value is not None}


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
