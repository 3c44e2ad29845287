"""Two operators that look after one source: how one of them notices, and what it says.

Decided here: the sign of it is a Job which another operator has made for a source that is ours for a while already, and
such a Job is not taken for an orphan at once. Not here: what keeps a sync from running twice all the same: names that
follow from the task, and versions on writes.
"""

from datetime import datetime, timedelta

from sincro_operator.planning.actions import EventNote
from sincro_operator.planning.clock import after
from sincro_operator.planning.model import Job
from sincro_operator.planning.selection import GRACE
from sincro_operator.planning.snapshot import Shard

REASON = "AnotherOperator"
HANDOVER = timedelta(seconds=30)
"""A source that has just changed hands may still get a Job from the operator that it had."""


def others_job(shard: Shard, operator: str, since: datetime) -> Job | None:
    """The latest Job of this source that another operator made although we look after the source since `since`."""
    if not operator:
        return None
    begun = after(since, HANDOVER)
    jobs = [job for job in shard.jobs.values() if job.operator not in ("", operator) and job.created > begun]
    return max(jobs, key=lambda job: (job.created, job.name), default=None)


def orphan_from(job: Job, operator: str) -> datetime:
    """When a Job whose task is not known counts as one whose task is gone: another's task may only not be seen yet."""
    return job.created if job.operator in ("", operator) else after(job.created, GRACE)


def note(job: Job, operator: str) -> EventNote:
    """What people are told."""
    return EventNote(
        REASON,
        f"The operator {job.operator} has made the Job {job.name.name} of this source, which {operator} looks after "
        "too: give each operator namespaces (watch.namespaces) or sources (watch.sourceSelector) of its own.",
        warning=True,
    )
