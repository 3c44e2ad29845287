"""Why a task is not running: the reason, who is in the way, its place in the queue, and when it should start.

Decided here: the words, and when they are written. A person's task is explained at once and then at most once a second.
A scheduled one is explained when it has waited half a minute, its reason at most every 5 seconds and its place at most
once a minute. Only the first ten of a queue have a place; behind them the words do not depend on who comes and goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sincro_operator.planning.clock import NEVER, after, clock_time
from sincro_operator.planning.demand import Demand, Slot
from sincro_operator.planning.hold import Hold
from sincro_operator.planning.model import Task, TaskStatus, WaitingFor

DEPTH = 10
LASTING = timedelta(seconds=30)
"""A wait shorter than this is not worth a write of its own where nobody waits for the answer."""
_PERSON = timedelta(seconds=1)
_REASON = timedelta(seconds=5)
_PLACE = timedelta(seconds=60)
_SAME_ESTIMATE = timedelta(seconds=15)
_NAMED = 3
SHARED = frozenset({"GlobalLimit", "TypeLimit", "QueuedBehind"})
"""Reasons that lie outside the task's own source, or do not say which."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What there is to say about a task that waits."""

    reason: str
    message: str
    position: int | None = None
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """The status with the explanation in it, to be written now; or when it may be."""

    status: TaskStatus | None = None
    again: datetime | None = None


def told(status: TaskStatus, wait: Wait, task: Task, now: datetime) -> TaskStatus:
    """The status that says this, as near to the old one as the truth allows."""
    before = status.waiting_for
    since = before.since if before is not None and before.reason == wait.reason else now
    start, old = wait.start, status.estimated_start
    if start is not None and old is not None and abs(start - old) <= _SAME_ESTIMATE:
        start = old
    return replace(
        status,
        waiting_for=WaitingFor(wait.reason, wait.message, since),
        queue_position=wait.position,
        estimated_start=start,
        queued_at=status.queued_at or task.created,
    )


def tell(
    task: Task, status: TaskStatus, wait: Wait, now: datetime, changed_at: datetime | None, *, person: bool
) -> Telling:
    """Whether the explanation is written now; `changed_at` is when it was last seen to change."""
    if task.status_known:
        since = status.waiting_for.since if status.waiting_for is not None else now
        if told(status, wait, task, since) == status:
            return Telling()
    if changed_at is not None and changed_at > now:
        changed_at = None  # the clock was set back since
    allowed = _allowed_at(task, status, wait, changed_at, person=person)
    if allowed is not None and now < allowed:
        return Telling(again=allowed)
    return Telling(told(status, wait, task, now))


def _allowed_at(
    task: Task, status: TaskStatus, wait: Wait, changed_at: datetime | None, *, person: bool
) -> datetime | None:
    if not task.status_known and not person:
        return after(task.created, LASTING)
    if changed_at is None:
        return None
    if person:
        return after(changed_at, _PERSON)
    same = status.waiting_for is not None and status.waiting_for.reason == wait.reason
    return after(changed_at, _PLACE if same else _REASON)


def held(hold: Hold) -> Wait:
    """A task that a rule holds back."""
    start = hold.until if hold.until is not None and hold.until < NEVER else None
    return Wait(hold.reason, hold.message, None, start)


def behind(source: str) -> Wait:
    """A task deep in its source's queue."""
    return Wait("QueuedBehind", f"More than {DEPTH} syncs of {source} go first.")


def deep() -> Wait:
    """A task deep in the queue for slots that sources share."""
    return Wait("QueuedBehind", f"More than {DEPTH} syncs go first.")


def in_own_source(demand: Demand, place: int, start: datetime | None) -> Wait:
    """A task that its own source has no room for, or that another of its type goes before."""
    waiting = demand.queue[place]
    type_, position = waiting.task.type, place + 1
    holders = [slot for slot in demand.slots if slot.type == type_]
    if holders:
        return Wait("TypeBusy", _busy(f"{type_} of {demand.key.name} is being synced", holders), position, start)
    if demand.room <= 0:
        limit = demand.source.max_concurrent if demand.source is not None else 0
        return Wait("SourceBusy", _busy(f"{demand.key.name} allows {limit} at a time", demand.slots), position, start)
    first = next((other for other in demand.queue[:place] if other.task.type == type_), waiting)
    return Wait("QueuedBehind", f"{first.task.name.name} goes first.", position, start)


def type_limit(type_: str, limit: int, holders: Sequence[Slot], position: int, start: datetime | None) -> Wait:
    """A task that other sources' syncs of its type hold back."""
    return Wait("TypeLimit", _busy(f"At most {limit} syncs of {type_} run at once", holders), position, start)


def global_limit(limit: int, position: int, start: datetime | None) -> Wait:
    """A task that nothing but the operator's own limit holds back."""
    return Wait("GlobalLimit", f"All {limit} slots are taken.", position, start)


def promised(position: int) -> Wait:
    """A task that could start, if the slot that is free were not promised to a person's sync."""
    return Wait("QueuedBehind", "The slot that is free is promised to a sync that a person asked for.", position)


def _busy(what: str, holders: Sequence[Slot]) -> str:
    names = _names(holders)
    return f"{what}: {names}." if names else f"{what}."


def _names(slots: Sequence[Slot]) -> str:
    """Who holds these slots, and since when; the first few."""
    named = sorted((slot for slot in slots), key=lambda slot: _name(slot))
    parts = []
    for slot in named[:_NAMED]:
        since = slot.status.attempts[-1].started_at if slot.status is not None and slot.status.attempts else None
        when = f" since {clock_time(since)}" if since is not None else ""
        parts.append(f"{_name(slot)}{' (being stopped)' if slot.stopping else when}")
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(parts) + more


def _name(slot: Slot) -> str:
    if slot.task is not None:
        return slot.task.name.name
    return f"Job {slot.job.name.name}" if slot.job is not None else "a sync"
