"""Which ended SyncTasks stay in the cluster.

Decided here: historyLimits of a schedule (successes, dead letters; what was superseded, cancelled or shadowed counts
for itself under the limit of successes), and the operator's own limits for what people asked for. A task goes only when
its end is in the statistics, its instant is settled, its row is committed (where a history is configured), and people
were told (where they are to be told of dead letters).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning import due, track_record
from sincro_operator.planning.actions import Action, ArchiveTask, PruneTask
from sincro_operator.planning.clock import after, soonest
from sincro_operator.planning.model import Limits, Name, Schedule, Source, Task
from sincro_operator.planning.notice import owed
from sincro_operator.planning.snapshot import Shard
from sincro_operator.planning.source_status import counted_until


@dataclass(frozen=True, slots=True)
class Keeping:
    """What to archive and what to prune, and when the next one is too old."""

    actions: Sequence[Action] = ()
    again: datetime | None = None
    over: bool = False
    """Some are too many or too old, whether they may go already or not."""


def plan_retention(shard: Shard, now: datetime, limits: Limits) -> Keeping:
    """What is to be kept."""
    actions: list[Action] = []
    by_schedule: dict[tuple[str, TaskState | None], list[Task]] = {}
    by_type: dict[tuple[str, TaskState | None], list[Task]] = {}
    for task in shard.past.tasks:
        if task.pending is not None:
            continue
        if limits.archive and not task.status.archived:
            actions.append(ArchiveTask(task, task.status))
        if _schedule(shard, task) is not None:
            by_schedule.setdefault((task.schedule or "", _kind(task)), []).append(task)
        else:
            by_type.setdefault((task.type, _kind(task)), []).append(task)
    gone: list[tuple[Task, str]] = []
    for (_, kind), tasks in by_schedule.items():
        keep = _keep(_schedule(shard, tasks[0]), kind)
        gone += [(task, f"historyLimits keeps {keep}") for task in _beyond(tasks, keep)]
    why = f"the operator keeps {limits.keep_manual} a type for {limits.keep_manual_for.days} days"
    again: datetime | None = None
    for tasks in by_type.values():
        old: list[Task] = []
        young: list[Task] = []
        for task in tasks:
            (old if after(_end(task), limits.keep_manual_for) <= now else young).append(task)
        gone += [(task, why) for task in (*old, *_beyond(young, limits.keep_manual))]
        if young:
            again = soonest(again, after(min(map(_end, young)), limits.keep_manual_for))
    actions += [
        PruneTask(task, reason)
        for task, reason in gone
        if (task.status.archived or not limits.archive)
        and not (limits.notices and owed(task))
        and _recorded(task, shard.source, _schedule(shard, task))
    ]
    return Keeping(actions, again, over=bool(gone))


def _beyond(tasks: list[Task], keep: int) -> list[Task]:
    """All but the newest ones."""
    if len(tasks) <= keep:
        return []
    tasks.sort(key=lambda task: (_end(task), task.name.name), reverse=True)
    return tasks[keep:]


def _schedule(shard: Shard, task: Task) -> Schedule | None:
    return shard.schedules.get(Name(task.name.namespace, task.schedule)) if task.schedule is not None else None


def _kind(task: Task) -> TaskState | None:
    """What is kept for itself: successes, dead letters, and all else."""
    state = task.status.state
    return state if state is TaskState.SUCCEEDED or state is TaskState.DEAD_LETTERED else None


def _keep(schedule: Schedule | None, kind: TaskState | None) -> int:
    if schedule is None:
        return 0
    return max(0, schedule.keep_failed if kind is TaskState.DEAD_LETTERED else schedule.keep_succeeded)


def _end(task: Task) -> datetime:
    return task.status.completed_at or task.created


def _recorded(task: Task, source: Source | None, schedule: Schedule | None) -> bool:
    """Whether nothing is lost with the task: its end is counted, and the instant it was made for is settled."""
    ended = task.status.completed_at
    if track_record.counts(task.status) and ended is not None:
        if source is not None and not _reached(counted_until(source), ended):
            return False
        if schedule is not None and not _reached(schedule.status.last_run, ended):
            return False
    return schedule is None or due.recorded(schedule, task)


def _reached(instant: datetime | None, target: datetime) -> bool:
    return instant is not None and instant >= target
