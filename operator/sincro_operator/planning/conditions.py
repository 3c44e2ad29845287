"""The Kubernetes conditions of tasks, schedules and sources, derived from what their status says.

Decided here: which conditions there are, their reasons and messages. Not here: lastTransitionTime (cluster.render).
"""

from typing import NamedTuple

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.clock import clock_time
from sincro_operator.planning.model import Schedule, ScheduleStatus, Source, SourceStatus, Task, TaskStatus


class Condition(NamedTuple):
    """`status` is True, False or Unknown."""

    type: str
    status: str
    reason: str
    message: str = ""


def _word(value: bool | None) -> str:
    return {True: "True", False: "False", None: "Unknown"}[value]


def task_conditions(task: Task, status: TaskStatus) -> tuple[Condition, ...]:
    """Complete (for `kubectl wait --for=condition=Complete`), Failed and Running."""
    state = status.state
    reason = state.value
    complete = Condition("Complete", _word(state is TaskState.SUCCEEDED), reason, _ended_well(task, status))
    error = status.last_error
    failed = Condition(
        "Failed",
        _word(state is TaskState.DEAD_LETTERED),
        error.error_class.value if error is not None and state is TaskState.DEAD_LETTERED else reason,
        error.message if error is not None and state is TaskState.DEAD_LETTERED else "",
    )
    waiting = status.waiting_for
    running = Condition(
        "Running",
        _word(state is TaskState.RUNNING),
        waiting.reason if waiting is not None else reason,
        waiting.message if waiting is not None else "",
    )
    return complete, failed, running


def _ended_well(task: Task, status: TaskStatus) -> str:
    result = status.result
    match status.state:
        case TaskState.SUCCEEDED if result is not None and result.skipped:
            return f"Nothing to read: {result.skipped}"
        case TaskState.SUCCEEDED if result is not None:
            return (
                f"{result.created} created, {result.updated} updated, {result.deleted} deleted, "
                f"{result.unchanged} unchanged"
            )
        case TaskState.SUCCEEDED:
            return "The sync ended well and left no counts"
        case TaskState.SUPERSEDED:
            return f"Superseded by {status.superseded_by}"
        case TaskState.SHADOWED:
            due = f" at {clock_time(task.due)}" if task.due is not None else ""
            return f"Would have run{due}; nothing was started (rollout Shadow)"
        case TaskState.CANCELLED:
            return f"Cancelled by {task.cancelled_by}" if task.cancelled_by else "Cancelled"
        case _:
            return ""


def schedule_conditions(schedule: Schedule, status: ScheduleStatus) -> tuple[Condition, ...]:
    """Ready, Fresh and Suspended."""
    del schedule
    return (
        Condition("Ready", _word(status.ready[0]), *status.ready[1:]),
        Condition("Fresh", _word(status.fresh[0]), *status.fresh[1:]),
        Condition("Suspended", _word(status.suspended[0]), *status.suspended[1:]),
    )


def source_conditions(source: Source, status: SourceStatus) -> tuple[Condition, ...]:
    """Ready, Paused and CircuitClosed."""
    circuit = status.circuit
    paused_by = f"Paused by {source.paused_by}" if source.paused_by else "Paused"
    why = f": {source.pause_reason}" if source.pause_reason else ""
    return (
        Condition("Ready", _word(status.ready[0]), *status.ready[1:]),
        Condition("Paused", "True", "Paused", f"{paused_by}{why}. People's syncs still run.")
        if source.paused
        else Condition("Paused", "False", "Active"),
        Condition("CircuitClosed", _word(circuit.state == "Closed"), circuit.reason or circuit.state, circuit.message),
    )
