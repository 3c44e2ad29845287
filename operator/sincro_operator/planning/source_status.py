"""What a source's status says: counts, statistics, its last error, its circuit.

Decided here: what is counted once and when it is written. Ends are counted by the instant at which the operator took
note of them, from the status as it stands in the cluster: a crash between two writes counts nothing twice and loses
nothing. Counts of what runs and waits are written with other news, or
when they have lasted a minute: a short sync costs one write.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning import circuit_breaker, track_record
from sincro_operator.planning.actions import EventNote, WriteSource
from sincro_operator.planning.clock import after, soonest
from sincro_operator.planning.model import Circuit, Source, SourceStatus, Task, TaskStatus, TypeStatistics
from sincro_operator.planning.schedule_plan import LASTING
from sincro_operator.planning.snapshot import Shard

_ACTIVE_NAMED = 100
End = tuple[datetime, str, Task, TaskStatus]


@dataclass(frozen=True, slots=True)
class Record:
    """A source's past: its circuit and the statistics of its types."""

    circuit: Circuit
    types: Mapping[str, TypeStatistics]
    counted_until: datetime | None = None
    last_error: tuple[str, datetime, str, str] | None = None


def seen(shard: Shard, wanted: Mapping[str, TaskStatus]) -> Record:
    """The past with everything that is known now, written down or not: what decisions are made by."""
    if shard.source is None:
        return Record(Circuit(), {})
    tasks = (*((task, wanted[task.uid]) for task in shard.open.values()), *_ended(shard))
    return _fold(shard.source, tasks)


def plan_source_status(shard: Shard, now: datetime) -> tuple[WriteSource | None, datetime | None]:
    """The write of the source's status, if there is news, and when there may be some."""
    source = shard.source
    if source is None or source.deleting or source.pending is not None:
        return None, None
    before = source.status
    tasks = [(task, task.status) for task in shard.open.values()]
    record = Record(before.circuit, {one.type: one for one in before.types}, before.counted_until, before.last_error)
    settled = shard.past.settled and all(task.pending is None for task in shard.open.values())
    if settled:
        record = _fold(source, (*tasks, *_ended(shard)))
    status = replace(
        _counts(shard),
        circuit=circuit_breaker.shown(record.circuit, source, now),
        types=tuple(record.types[type_] for type_ in sorted(record.types)),
        counted_until=record.counted_until,
        last_error=record.last_error,
        ready=(True, "Ready", "") if source.problem is None else (False, *source.problem),
        observed_generation=source.generation,
    )
    again = circuit_breaker.wakes_at(record.circuit, now)
    urgent = (status.circuit, status.ready, status.observed_generation) != (
        before.circuit,
        before.ready,
        before.observed_generation,
    )
    if status == before or not (settled or urgent):
        return None, again
    if not urgent and status.counted_until == before.counted_until:
        # Nothing but the counts has changed: they wait until they have lasted, or something else is to be said.
        happened = _last_event(shard)
        lasting = after(happened, LASTING) if happened is not None else now
        if lasting > now:
            return None, soonest(again, lasting)
    return WriteSource(source, status, _events(source, before.circuit, status.circuit)), again


def counted_until(source: Source) -> datetime:
    """Up to when ends are counted. What an older namesake has left is no news of this source: who deletes a source and
    makes it again has done more than edit it."""
    return source.status.counted_until or source.created


def _ended(shard: Shard) -> Iterable[tuple[Task, TaskStatus]]:
    """Ended tasks that may not be counted yet."""
    counted = counted_until(shard.source) if shard.source is not None else None
    for task in shard.past.tasks:
        done = task.status.completed_at
        if counted is None or (done is not None and done > counted):
            yield task, task.status


def _fold(source: Source, tasks: Iterable[tuple[Task, TaskStatus]]) -> Record:
    before = source.status
    counted = counted_until(source)
    ends: list[tuple[datetime, str, Task, TaskStatus]] = []
    for task, status in tasks:
        at = _ended_at(status)
        if at is not None and at > counted:
            ends.append((at, task.uid, task, status))
    if not ends:
        return Record(before.circuit, {one.type: one for one in before.types}, before.counted_until, before.last_error)
    ends.sort(key=lambda end: end[:2])
    types = {one.type: one for one in before.types}
    last_error = before.last_error
    attempts: list[circuit_breaker.EndOfAttempt] = []
    for at, _, task, status in ends:
        error = None if status.state is TaskState.SUCCEEDED else status.last_error
        began = status.attempts[-1].started_at if status.attempts else None
        attempts.append(circuit_breaker.EndOfAttempt(at, error, status.source_revision, began))
        if error is not None:
            last_error = (error.message, at, task.type, error.error_class.value)
        if track_record.counts(status):
            record = types.get(task.type, TypeStatistics(task.type))
            types[task.type] = track_record.of_type(record, task, status, at)
    return Record(circuit_breaker.fold(before.circuit, source, attempts), types, ends[-1][0], last_error)


def _ended_at(status: TaskStatus) -> datetime | None:
    """When the operator took note of the task's latest end that counts: a success, or a failed attempt."""
    if status.state is TaskState.SUCCEEDED:
        return status.completed_at
    return status.last_error.at if status.last_error is not None else None


def _counts(shard: Shard) -> SourceStatus:
    """What waits and runs."""
    states = Counter(task.status.state for task in shard.open.values())
    running = sorted(name.name for name, task in shard.open.items() if task.status.state is TaskState.RUNNING)
    return SourceStatus(
        queued=states[TaskState.QUEUED],
        running=states[TaskState.RUNNING],
        retrying=states[TaskState.RETRYING],
        dead_lettered=shard.past.dead_lettered,
        active_tasks=tuple(running[:_ACTIVE_NAMED]),
    )


def _last_event(shard: Shard) -> datetime | None:
    """When something happened last that changed the counts."""
    instants: list[datetime] = [] if shard.past.latest is None else [shard.past.latest]
    for task in shard.open.values():
        status = task.status
        instants.append(status.completed_at or task.created)
        if status.attempts and not status.state.final:
            last = status.attempts[-1]
            instants += [instant for instant in (last.started_at, last.ended_at) if instant is not None]
    return max(instants, default=None)


def _events(source: Source, before: Circuit, circuit: Circuit) -> tuple[EventNote, ...]:
    if before.state == circuit.state:
        return ()
    if circuit.state == circuit_breaker.OPEN:
        return (EventNote("CircuitOpened", circuit.message, warning=True),)
    if circuit.state == circuit_breaker.CLOSED:
        return (EventNote("CircuitClosed", f"{source.name.name} answers again."),)
    return ()
