"""Rollout Shadow: a run that is due becomes a record of what would have run, and nothing starts.

Decided here: which tasks end in their shadow. A task made while its schedule was a shadow runs if the schedule is
switched on before it was looked at: the schedule is what counts, as it is now.
"""

from dataclasses import replace

from sincro_contract.resources.sync_schedule import Rollout
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.actions import EventNote
from sincro_operator.planning.attempts import Moment
from sincro_operator.planning.model import Schedule, Task, TaskStatus


def applies(task: Task, status: TaskStatus, schedule: Schedule | None) -> bool:
    """Whether this task is to end as a shadow."""
    return (
        schedule is not None
        and schedule.rollout is Rollout.SHADOW
        and not task.triggered_by.by_person
        and not status.merged
        and status.state is TaskState.QUEUED
        and status.launches == 0
    )


def shadowed(task: Task, status: TaskStatus, moment: Moment) -> tuple[TaskStatus, EventNote]:
    """The status of the shadow, and its note."""
    reason = f" ({task.mode_reason})" if task.mode_reason else ""
    note = EventNote("Shadowed", f"A {task.mode.value} of {task.type} would have been queued now{reason}.")
    ended = replace(
        status,
        state=TaskState.SHADOWED,
        effective_mode=task.mode,
        queued_at=task.created,
        completed_at=moment.stamp,
        waiting_for=None,
        queue_position=None,
        estimated_start=None,
    )
    return ended, note
