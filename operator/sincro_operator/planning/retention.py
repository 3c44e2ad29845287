"""Which ended SyncTasks stay in the cluster.

Decided here: historyLimits of a schedule (successes, dead letters; what was superseded, cancelled or shadowed counts
for itself under the limit of successes), and the operator's own limits for what people asked for. A task goes only when
its end is in the statistics, its instant is settled, and, where a history is configured, its row is committed.
"""

from collections.abc import Iterable
from datetime import datetime

from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.planning import track_record
from sincro_operator.planning.actions import Action, ArchiveTask, PruneTask
from sincro_operator.planning.clock import BEFORE_ALL, after, soonest
from sincro_operator.planning.model import Limits, Name, Schedule, Source, Task
from sincro_operator.planning.snapshot import Shard


def plan_retention(shard: Shard, now: datetime, limits: Limits) -> tuple[list[Action], datetime | None]:
    """What to archive and what to prune, and when the next one is too old."""
    actions: list[Action] = []
    groups: dict[tuple[bool, str, str], list[Task]] = {}
    for task in shard.ended.values():
        if task.pending is not None:
            continue
        if limits.archive and not task.status.archived:
            actions.append(ArchiveTask(task, task.status))
        made = _schedule(shard, task) is not None
        groups.setdefault((made, (task.schedule or "") if made else task.type, _kind(task)), []).append(task)
    again: datetime | None = None
    for (made, _, kind), tasks in groups.items():
        tasks.sort(key=lambda task: (task.status.completed_at or BEFORE_ALL, task.name.name), reverse=True)
        if made:
            schedule = _schedule(shard, tasks[0])
            keep = _keep(schedule, kind) if schedule is not None else 0
            gone: Iterable[Task] = tasks[keep:]
            why = f"historyLimits keeps {keep}"
        else:
            gone = [*tasks[limits.keep_manual :], *_old(tasks[: limits.keep_manual], now, limits)]
            why = f"the operator keeps {limits.keep_manual} a type for {limits.keep_manual_for.days} days"
            again = soonest(again, _next_old(tasks[: limits.keep_manual], now, limits))
        actions += [
            PruneTask(task, why)
            for task in gone
            if (task.status.archived or not limits.archive) and _recorded(task, shard.source, _schedule(shard, task))
        ]
    return actions, again


def _schedule(shard: Shard, task: Task) -> Schedule | None:
    return shard.schedules.get(Name(task.name.namespace, task.schedule)) if task.schedule is not None else None


def _kind(task: Task) -> str:
    state = task.status.state
    return state.value if state in (TaskState.SUCCEEDED, TaskState.DEAD_LETTERED) else "other"


def _keep(schedule: Schedule, kind: str) -> int:
    return max(0, schedule.keep_failed if kind == TaskState.DEAD_LETTERED.value else schedule.keep_succeeded)


def _age_limit(task: Task, limits: Limits) -> datetime:
    return after(task.status.completed_at or task.created, limits.keep_manual_for)


def _old(tasks: Iterable[Task], now: datetime, limits: Limits) -> list[Task]:
    return [task for task in tasks if _age_limit(task, limits) <= now]


def _next_old(tasks: Iterable[Task], now: datetime, limits: Limits) -> datetime | None:
    return soonest(*(instant for task in tasks if (instant := _age_limit(task, limits)) > now))


def _recorded(task: Task, source: Source | None, schedule: Schedule | None) -> bool:
    """Whether nothing is lost with the task: its end is counted, and the instant it was made for is settled."""
    ended = task.status.completed_at
    if track_record.counts(task.status) and ended is not None:
        if source is not None and not _reached(source.status.counted_until, ended):
            return False
        if schedule is not None and not _reached(schedule.status.last_run, ended):
            return False
    if schedule is None or task.due is None or task.created < schedule.created:
        return True
    full = task.mode is Mode.FULL and task.mode_reason is None
    if full and schedule.full is not None:
        return _reached(schedule.status.last_due_full, task.due)
    return full or schedule.delta is None or _reached(schedule.status.last_due_delta, task.due)


def _reached(instant: datetime | None, target: datetime) -> bool:
    return instant is not None and instant >= target
