"""Which `sync:progress` events a change of a task makes. PURE.

Decided here: how states become the four words that callers know. An end is what the cluster says it is; what a scraper
says of its own end is not the end of the task, because there may be another attempt.
"""

from dataclasses import dataclass

from sincro_contract.progress import Progress, ProgressEvent, ProgressStatus
from sincro_contract.resources.sync_task import SyncTask, TaskState
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.metrics import epoch
from sincro_dashboard.views.resources import name_of, namespace_of, read_task

_STATUS = {
    TaskState.QUEUED: ProgressStatus.QUEUED,
    TaskState.RETRYING: ProgressStatus.QUEUED,
    TaskState.RUNNING: ProgressStatus.RUNNING,
    TaskState.SUCCEEDED: ProgressStatus.COMPLETED,
    TaskState.SHADOWED: ProgressStatus.COMPLETED,
    TaskState.DEAD_LETTERED: ProgressStatus.ERROR,
    TaskState.CANCELLED: ProgressStatus.ERROR,
    # Its work goes on in another task, whose events are sent under this name as well.
    TaskState.SUPERSEDED: ProgressStatus.QUEUED,
}


@dataclass(frozen=True, slots=True)
class Routed:
    """An event and where it belongs."""

    namespace: str
    source: str
    event: ProgressEvent

    @property
    def key(self) -> tuple[str, str]:
        """The task that it is about."""
        return self.namespace, self.event.task_id


def events_of(before: Object | None, after: Object | None) -> list[Routed]:
    """The events of a change: for the task and for each request that joined it; none when there is nothing to tell."""
    if after is None:
        return []
    task = read_task(after)
    earlier = read_task(before) if before is not None else None
    if task is None or (earlier is not None and _telling(earlier) == _telling(task)):
        return []
    names = [name_of(after), *(merged.name for merged in task.status.merged)]
    return [Routed(namespace_of(after), task.spec.source_ref.name, progress_event(name, task)) for name in names]


def progress_event(name: str, task: SyncTask) -> ProgressEvent:
    """Where a task stands, as an event."""
    status = task.status
    progress = Progress(current=0, total=0, percentage=0)
    if status.result is not None:
        total = status.result.declared or status.result.read
        progress = Progress(current=status.result.read, total=total, percentage=100)
    elif status.progress is not None:
        progress = Progress(
            current=status.progress.current, total=status.progress.total, percentage=status.progress.percentage
        )
    if status.state is TaskState.SUCCEEDED:
        progress = progress.model_copy(update={"percentage": 100.0})
    return ProgressEvent(
        task_id=name,
        type=task.spec.type,
        status=_STATUS[status.state],
        progress=progress,
        started_at=epoch(status.started_at) or None,
        completed_at=epoch(status.completed_at) or None,
        error=_error(task),
    )


def _telling(task: SyncTask) -> tuple[object, ...]:
    """What an event is made from: while it stays, there is nothing to tell."""
    status = task.status
    return status.state, status.progress, status.completed_at, status.attempt, len(status.merged)


def _error(task: SyncTask) -> str | None:
    status = task.status
    if status.state is TaskState.CANCELLED:
        by = task.spec.cancelled_by
        return f"Cancelled by {by}" if by else "Cancelled"
    if status.state in (TaskState.DEAD_LETTERED, TaskState.RETRYING) and status.last_error:
        return status.last_error.message[:1024]
    return None
