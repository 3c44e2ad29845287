"""What a sync came to, in a sentence. Nothing is decided here but the words."""

from datetime import timedelta

from sincro_kubectl.instants import span
from sincro_kubectl.resources import Result, Task


def counts(result: Result) -> str:
    """`3 created, 12 updated, 1 deleted, 1,184 unchanged`."""
    words = f"{result.created:,} created, {result.updated:,} updated, {result.deleted:,} deleted"
    words += f", {result.unchanged:,} unchanged"
    return words + (f", {result.quarantined:,} put aside" if result.quarantined else "")


def took(task: Task) -> timedelta | None:
    """How long the sync took: what the scraper measured, else from its first start to its end."""
    if task.result is not None and task.result.duration_ms:
        return timedelta(milliseconds=task.result.duration_ms)
    if task.started is not None and task.completed is not None:
        return task.completed - task.started
    return None


def outcome(task: Task) -> str:
    """How a task that is over ended; for one that is not, its state."""
    match task.state:
        case "Succeeded":
            return _success(task)
        case "DeadLettered":
            attempts = f" after {task.attempt} of {task.max_attempts} attempts" if task.attempt else ""
            said = f": {task.failure.error}: {task.failure.message}" if task.failure is not None else ""
            return f"given up{attempts}{said}"
        case "Cancelled":
            return f"cancelled by {task.cancelled_by}" if task.cancelled_by else "cancelled"
        case "Superseded":
            return f"joined {task.superseded_by}, which does its work too" if task.superseded_by else "superseded"
        case "Shadowed":
            return "would have run (rollout Shadow: nothing was started)"
        case state:
            return state.lower()


def _success(task: Task) -> str:
    if task.result is None:
        return "succeeded"
    if task.result.skipped:
        return f"succeeded, nothing to read: {task.result.skipped}"
    time = took(task)
    words = "succeeded" + (f" in {span(time) if time >= timedelta(seconds=1) else 'under 1s'}" if time else "")
    return f"{words}{' as a dry run: would be' if task.result.dry_run else ':'} {counts(task.result)}"
