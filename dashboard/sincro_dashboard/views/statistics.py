"""How syncs went, day by day, from tasks that are over.

Decided here: what a day is (that of the given zone) and what counts as failed. The history's own SQL follows the same
words (`history`).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sincro_contract.model import Document
from sincro_contract.resources.sync_task import TaskState
from sincro_dashboard.views.tasks import TaskView


class DayView(Document):
    """One day."""

    day: date
    succeeded: int
    failed: int
    average_duration_ms: int | None
    longest_duration_ms: int | None


def days_back(now: datetime, zone: ZoneInfo, days: int) -> list[date]:
    """The last `days` days in the zone, today included, oldest first."""
    today = now.astimezone(zone).date()
    return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]


def by_day(tasks: Iterable[TaskView], now: datetime, zone: ZoneInfo, days: int) -> list[DayView]:
    """The last days; each is there, also one without syncs."""
    wanted = days_back(now, zone, days)
    ended: dict[date, list[TaskView]] = {day: [] for day in wanted}
    for task in tasks:
        if task.completed_at is not None:
            ended.get(task.completed_at.astimezone(zone).date(), []).append(task)
    return [_day(day, ended[day]) for day in wanted]


def _day(day: date, tasks: list[TaskView]) -> DayView:
    good = [task for task in tasks if task.state is TaskState.SUCCEEDED]
    durations = [task.duration_ms for task in good if task.duration_ms is not None]
    return DayView(
        day=day,
        succeeded=len(good),
        failed=sum(task.state is TaskState.DEAD_LETTERED for task in tasks),
        average_duration_ms=round(sum(durations) / len(durations)) if durations else None,
        longest_duration_ms=max(durations, default=None),
    )
