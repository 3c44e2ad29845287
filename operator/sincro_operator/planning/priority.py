"""Which of two waiting syncs goes first.

Decided here: the default priority of a type, the head start of a person, ageing, and the order that follows from them.
A person's request counts 100 points more than what is scheduled, so it is first in all but name; and because a point is
worth `Limits.ageing` of waiting (linearly, for everybody), nothing starves: a scheduled sync that has waited some 17
hours longer than a person's goes before it. Linear ageing keeps the order of any two tasks for ever, so a queue is
sorted once: by the moment at which a task would have had to arrive with priority 0.
"""

from datetime import datetime
from typing import NamedTuple

from sincro_operator.planning.fairness import band
from sincro_operator.planning.model import Limits, Schedule, Task, TaskStatus

BY_TYPE = {"customers": 80, "orders": 60, "products": 40, "prices": 20}
OTHER_TYPE = 50
HIGHEST = 100
PERSON_POINTS = 100


class Order(NamedTuple):
    """Smaller goes first. `band` is one point of priority wide; inside it the less loaded source goes first."""

    band: float
    load: int
    moment: float
    """Seconds since the epoch at which the task would have arrived with priority 0."""
    name: str
    namespace: str


def default_priority(schedule: Schedule) -> int:
    """The priority of what a schedule makes."""
    return schedule.priority if schedule.priority is not None else BY_TYPE.get(schedule.type, OTHER_TYPE)


def for_person(task: Task, status: TaskStatus) -> bool:
    """True when somebody waits for the task: a person asked for it, or a person's request joined it."""
    return task.triggered_by.by_person or bool(status.merged)


def base_priority(task: Task, status: TaskStatus) -> int:
    """1-100: as asked, or as lifted by a request that joined."""
    return max(task.priority, status.effective_priority or 0)


def arrival(task: Task, status: TaskStatus) -> datetime:
    """Since when the task waits: its creation, or the first person's request that joined, or its notBefore."""
    since = task.created
    if not task.triggered_by.by_person and status.merged:
        since = max(since, min(merged.at for merged in status.merged))
    return max(since, task.not_before) if task.not_before is not None else since


def order(task: Task, status: TaskStatus, limits: Limits, load: int = 0) -> Order:
    """The task's place; `load` is how many slots its source holds already."""
    points = base_priority(task, status) + (PERSON_POINTS if for_person(task, status) else 0)
    since = arrival(task, status).timestamp()
    worth = limits.ageing.total_seconds()
    if worth <= 0:
        return Order(-points, load, since, task.name.name, task.name.namespace)
    moment = since - points * worth
    return Order(band(moment, worth), load, moment, task.name.name, task.name.namespace)


def effective_priority(task: Task, status: TaskStatus, now: datetime, limits: Limits) -> int:
    """Priority with ageing, as people read it (the head start of a person left out)."""
    if limits.ageing.total_seconds() <= 0:
        return base_priority(task, status)
    waited = max(0.0, (now - min(now, arrival(task, status))) / limits.ageing)
    return base_priority(task, status) + int(waited)
