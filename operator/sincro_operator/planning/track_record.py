"""How syncs have gone: the statistics of a type of a source, and of a schedule.

Decided here: what is counted (ends well or in the dead letter; a dry run is no Full), and the moving average of the
durations. A run is counted by the instant of its end, once: whoever asks again adds nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.planning.model import ScheduleStatus, Task, TaskStatus, TypeStatistics

_WEIGHT = 0.2
"""Of the newest duration in the average: the last ten runs or so speak."""
_LONGEST_MS = 10**12


def counts(status: TaskStatus) -> bool:
    """Whether this end is a success or a failure; cancelled, superseded and shadowed tasks are neither."""
    return status.completed_at is not None and status.state in (TaskState.SUCCEEDED, TaskState.DEAD_LETTERED)


def duration(status: TaskStatus) -> timedelta | None:
    """How long the last attempt took: as the scraper says, else from its container's times."""
    if status.result is not None and status.result.duration_ms:
        return timedelta(milliseconds=min(status.result.duration_ms, _LONGEST_MS))
    if not status.attempts:
        return None
    last = status.attempts[-1]
    if last.started_at is None or last.ended_at is None:
        return None
    return max(timedelta(0), last.ended_at - last.started_at)


def average(before: timedelta | None, newest: timedelta | None) -> timedelta | None:
    """The moving average with one more duration, to the millisecond."""
    if newest is None or before is None:
        return newest if before is None else before
    mixed = before * (1 - _WEIGHT) + newest * _WEIGHT
    return timedelta(milliseconds=round(mixed / timedelta(milliseconds=1)))


def read_everything(task: Task, status: TaskStatus) -> bool:
    """Whether a success read everything and wrote it."""
    mode = status.result.mode if status.result is not None else status.effective_mode or task.mode
    dry = task.dry_run or (status.result is not None and status.result.dry_run)
    return mode is not Mode.DELTA and not dry


def of_type(record: TypeStatistics, task: Task, status: TaskStatus, at: datetime) -> TypeStatistics:
    """The statistics of a type with one more end."""
    record = replace(record, last_sync=at)
    if status.state is not TaskState.SUCCEEDED:
        return replace(record, failed=record.failed + 1, last_failure=at)
    record = replace(
        record,
        succeeded=record.succeeded + 1,
        last_success=at,
        average_duration=average(record.average_duration, duration(status)),
    )
    if not read_everything(task, status):
        return record
    profile = (status.source_revision or "").partition("-")[2] or None
    return replace(record, last_full=at, full_profile_hash=profile)


def of_schedule(record: ScheduleStatus, task: Task, status: TaskStatus, at: datetime) -> ScheduleStatus:
    """The statistics of a schedule with one more end."""
    record = replace(record, last_run=at)
    if status.state is not TaskState.SUCCEEDED:
        return replace(record, failed=record.failed + 1, last_failure=at)
    record = replace(
        record,
        succeeded=record.succeeded + 1,
        last_success=at,
        average_duration=average(record.average_duration, duration(status)),
    )
    return replace(record, last_full=at) if read_everything(task, status) else record
