"""One line in the log for each thing that happened to a sync: what `kubectl describe` forgets, and a log keeps.

Decided here: which actions are told, and that each line says namespace, task and attempt. Pure but for the logger.
"""

import logging

from sincro_operator.planning.actions import Action, CreateTask, LaunchJob, PruneTask, WriteTask
from sincro_operator.planning.model import Task

logger = logging.getLogger(__name__)

_SAID = 500
"""Characters of an error's message: the whole stands in the SyncTask."""


def tell(action: Action, outcome: str) -> None:
    """An action of a plan, and how it went."""
    match action:
        case CreateTask() if outcome == "done":
            schedule = action.schedule
            about = {"namespace": action.name.namespace, "task": action.name.name, "attempt": 0}
            about |= {"source": schedule.source, "type": schedule.type}
            run = {"schedule": schedule.name.name, "mode": action.mode.value, "due": action.due.isoformat()}
            logger.info("sync_due", extra=about | run)
        case LaunchJob() if outcome == "done":
            job = {"job": action.job.name, "mode": action.mode.value}
            logger.info("sync_started", extra=_about(action.task, action.attempt) | job)
        case WriteTask() if outcome == "done" and action.status.state is not action.task.status.state:
            _changed(action)
        case WriteTask() | LaunchJob() | PruneTask() if outcome != "done":
            tried = {"action": type(action).__name__, "outcome": outcome}
            logger.debug("action_again", extra=_about(action.task, action.task.status.attempt) | tried)
        case _:
            pass


def _changed(action: WriteTask) -> None:
    status = action.status
    line = _about(action.task, status.attempt) | {"state": status.state.value}
    if status.last_error is not None and status.result is None:
        line |= {"error_class": status.last_error.error_class.value, "error": status.last_error.message[:_SAID]}
    if status.result is not None:
        rows = status.result.model_dump(include={"created", "updated", "deleted", "read"})
        line |= {"mode": status.result.mode.value, "rows": rows}
    logger.log(logging.WARNING if status.last_error and status.state.final else logging.INFO, "sync_state", extra=line)


def _about(task: Task, attempt: int) -> dict[str, object]:
    return {
        "namespace": task.name.namespace,
        "task": task.name.name,
        "attempt": attempt,
        "source": task.source,
        "type": task.type,
    }
