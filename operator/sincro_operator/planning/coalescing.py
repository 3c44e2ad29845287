"""Requests that are one: who joins whom, and what a due run finds done already.

Decided here: which requests are equal, who is the host, what joining changes, and which run covers which.
"""

from collections.abc import Sequence
from datetime import datetime

from sincro_contract.resources.sync_schedule import Rollout
from sincro_contract.run import Mode
from sincro_operator.planning.attempts import stop_reason
from sincro_operator.planning.model import Schedule, Task, TaskStatus

RANK = {Mode.DELTA: 0, Mode.FULL: 1, Mode.FORCE: 2}


def covers_due(
    open_tasks: Sequence[tuple[Task, TaskStatus]], schedule: Schedule, mode: Mode, now: datetime
) -> Task | None:
    """The open task that does all that this due run would; None when the run has to be made."""
    dry = schedule.rollout is Rollout.DRY_RUN
    for task, status in sorted(open_tasks, key=lambda pair: pair[0].name):
        if task.type != schedule.type or task.cancel or task.deleting or stop_reason(status) is not None:
            continue
        later = task.not_before is not None and task.not_before > now
        if RANK[status.effective_mode or task.mode] >= RANK[mode] and task.dry_run == dry and not later:
            return task
    return None
