"""One source whose planning raises must not stop the others.

Decided here: what such a source asks for meanwhile: the slots that it holds stay held, nothing of it starts or stops,
its Ready condition says so, and it is tried again when something of it changes, or after a while. Not here: who is told
besides (the loop logs and counts it).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sincro_operator.planning.actions import EventNote, WriteSource
from sincro_operator.planning.clock import after
from sincro_operator.planning.demand import Demand, Slot
from sincro_operator.planning.model import Pending
from sincro_operator.planning.observe import occupies
from sincro_operator.planning.snapshot import Shard

REASON = "PlanningFailed"
RETRY = timedelta(minutes=1)
_SAID = 300


def isolated(shard: Shard, now: datetime, error: Exception) -> Demand:
    """What the source asks for while it cannot be planned."""
    demand = Demand(shard.key, shard.source, again=after(now, RETRY))
    tasks = {task.uid: task for task in (*shard.open.values(), *shard.ended.values())}
    seated = set()
    for job in sorted(shard.jobs.values(), key=lambda job: job.name):
        if occupies(job):
            task = tasks.get(job.task_uid)
            seated.add(job.task_uid)
            # As a person's: what cannot be planned is not taken from either.
            demand.slots.append(Slot(job.type, task, task.status if task is not None else None, job, person=True))
    for task in shard.open.values():
        if task.pending is Pending.LAUNCH and task.uid not in seated:
            demand.slots.append(Slot(task.type, task, task.status, person=True))
    source = shard.source
    if source is not None and not source.deleting and source.pending is None:
        said = f"{type(error).__name__}: {error}"[:_SAID]
        message = f"The operator cannot plan this source ({said}): nothing of it starts. Please report it."
        if source.status.ready != (False, REASON, message):
            status = replace(source.status, ready=(False, REASON, message))
            demand.actions.append(WriteSource(source, status, (EventNote(REASON, message, warning=True),)))
    return demand
