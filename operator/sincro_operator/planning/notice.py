"""Which dead letters somebody still has to be told of.

Decided here: every dead letter once, unless it is too old to be news. Not here: how it is said (notices.message), or
what happens when it cannot be delivered (notices.delivery). Whoever was told stands on the SyncTask itself, so that a
restart neither forgets nor repeats.
"""

from datetime import datetime, timedelta

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.clock import after
from sincro_operator.planning.model import Task

NEWS_FOR = timedelta(hours=24)
"""So long a dead letter is news: until then it is tried again and again, and not pruned."""


def owed(task: Task) -> bool:
    """Whether this is a dead letter that nobody has been told of, nor decided not to tell."""
    return task.status.state is TaskState.DEAD_LETTERED and not task.noticed


def stale(task: Task, now: datetime) -> bool:
    """Whether it is too old to be news: because the webhook was away for so long, or was set up only now."""
    return after(task.status.completed_at or task.created, NEWS_FOR) <= now
