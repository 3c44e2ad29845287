"""What stands to be said about sources: each type of data, what runs, what waits and why, what needs a person.

Decided here: which one word stands for the state of a source and of a type, and what is worth a note. Not here: how it
looks (views.status).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sincro_kubectl.fields import Document, filled
from sincro_kubectl.instants import ago, ahead, iso
from sincro_kubectl.resources import WAITING, Schedule, Source, Statistics, Task, condition

_NO_STATISTICS = Statistics("", None, None, None, 0, 0, "", "")


@dataclass(frozen=True, slots=True)
class TypeRow:
    """One type of data of one source."""

    type: str
    state: str
    """running, stopping, retrying, queued, failed, suspended, paused, idle, never synced."""
    stale: bool
    statistics: Statistics
    next: tuple[datetime, str] | None
    """Instant and mode; None when nothing is scheduled or it is held back by a person."""
    queued: int
    schedules: tuple[Schedule, ...]


@dataclass(frozen=True, slots=True)
class SourceBlock:
    """One source. `source` is None for a name that tasks or schedules refer to and that does not exist."""

    namespace: str
    name: str
    source: Source | None
    state: str
    """error, circuit open, paused, running, waiting, idle, unknown, missing."""
    notes: tuple[str, ...]
    types: tuple[TypeRow, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that the screen says."""

    blocks: tuple[SourceBlock, ...]
    running: tuple[Task, ...]
    waiting: tuple[Task, ...]
    """By source; of each first the next one to run."""
    dead_letters: int


def survey(sources: Iterable[Source], schedules: Iterable[Schedule], tasks: Iterable[Task], now: datetime) -> Status:
    """Put together what is there. `tasks` need not hold those that have ended."""
    known = {(source.namespace, source.name): source for source in sources}
    by_source: dict[tuple[str, str], list[Schedule]] = {key: [] for key in known}
    open_tasks: dict[tuple[str, str], list[Task]] = {}
    for schedule in schedules:
        by_source.setdefault((schedule.namespace, schedule.source), []).append(schedule)
    for task in tasks:
        if not task.final:
            by_source.setdefault((task.namespace, task.source), [])
            open_tasks.setdefault((task.namespace, task.source), []).append(task)
    blocks = tuple(
        _block(key, known.get(key), by_source[key], open_tasks.get(key, []), now) for key in sorted(by_source)
    )
    everything = [task for group in open_tasks.values() for task in group]
    running = sorted((task for task in everything if task.state == "Running"), key=_age)
    waiting = sorted(
        (task for task in everything if task.state in WAITING), key=lambda task: (_place(task), _age(task))
    )
    return Status(blocks, tuple(running), tuple(waiting), sum(source.dead_lettered for source in known.values()))


def _age(task: Task) -> tuple[str, str, str]:
    started = task.started or task.queued or task.created
    return (started.isoformat() if started else "", task.namespace, task.name)


def _place(task: Task) -> tuple[str, str, bool, int, int]:
    """Each source has a queue of its own."""
    return (task.namespace, task.source, task.position is None, task.position or 0, -task.priority)


def _block(
    key: tuple[str, str], source: Source | None, schedules: Sequence[Schedule], tasks: Sequence[Task], now: datetime
) -> SourceBlock:
    statistics = {one.type: one for one in source.types} if source is not None else {}
    for schedule in schedules:
        statistics.setdefault(schedule.type, schedule.statistics)
    types = sorted({*statistics, *(schedule.type for schedule in schedules), *(task.type for task in tasks)})
    rows = tuple(
        _type_row(
            type_,
            source,
            statistics.get(type_, _NO_STATISTICS),
            tuple(schedule for schedule in schedules if schedule.type == type_),
            [task for task in tasks if task.type == type_],
        )
        for type_ in types
    )
    return SourceBlock(*key, source, _source_state(source, tasks), _notes(source, schedules, now), rows)


def _source_state(source: Source | None, tasks: Sequence[Task]) -> str:
    if source is None:
        return "missing"
    if not source.seen:
        return "unknown"
    ready = condition(source.conditions, "Ready")
    if ready is not None and ready.status == "False":
        return "error"
    if source.circuit == "Open":
        return "circuit open"
    if source.paused:
        return "paused"
    if any(task.state == "Running" for task in tasks):
        return "running"
    return "waiting" if tasks else "idle"


def _notes(source: Source | None, schedules: Sequence[Schedule], now: datetime) -> tuple[str, ...]:
    if source is None:
        return ("There is no such SyncSource; what refers to it waits.",)
    if not source.seen:
        return ("No operator has looked at this source yet: is it running?",)
    notes = []
    ready = condition(source.conditions, "Ready")
    if ready is not None and ready.status == "False":
        notes.append(f"Not ready ({ready.reason}): {ready.message}")
    if source.circuit != "Closed":
        again = f" (one sync tries again {ahead(source.circuit_retry, now)})" if source.circuit_retry else ""
        notes.append(f"Circuit {source.circuit}{again}: {source.circuit_message}")
    if source.paused:
        notes.append(f"Paused{by_why(source.paused_by, source.pause_reason)}; a person's syncs still run.")
    notes += [
        f"Schedule {one.name} suspended{by_why(one.suspended_by, one.suspend_reason)}."
        for one in schedules
        if one.suspended
    ]
    for schedule in schedules:
        trouble = condition(schedule.conditions, "Ready")
        if trouble is not None and trouble.status == "False" and trouble.message and not schedule.suspended:
            notes.append(f"Schedule {schedule.name} not ready ({trouble.reason}): {trouble.message}")
    if source.failure is not None and (ready is None or ready.status != "False") and _unresolved(source):
        failure = source.failure
        notes.append(f"Last error {ago(failure.time, now)}, {failure.type}: {failure.error}: {failure.message}")
    return tuple(notes)


def _unresolved(source: Source) -> bool:
    """Whether the type of the last error has not succeeded since."""
    failure = source.failure
    if failure is None or failure.time is None:
        return failure is not None
    good = [one.last_success for one in source.types if one.type == failure.type and one.last_success is not None]
    return not good or max(good) < failure.time


def by_why(who: str, why: str) -> str:
    """` by anna: Inventory`, as far as it is known."""
    return (f" by {who}" if who else "") + (f": {why.rstrip('.')}" if why else "")


def _type_row(
    type_: str, source: Source | None, statistics: Statistics, schedules: tuple[Schedule, ...], tasks: Sequence[Task]
) -> TypeRow:
    active = [schedule for schedule in schedules if not schedule.suspended]
    held = source is None or source.paused
    upcoming = [due for schedule in active if (due := schedule.next) is not None and not held]
    fresh = [condition(schedule.conditions, "Fresh") for schedule in schedules]
    return TypeRow(
        type=type_,
        state=_type_state(
            statistics, tasks, paused=held and source is not None, suspended=bool(schedules) > bool(active)
        ),
        stale=any(one is not None and one.status == "False" for one in fresh),
        statistics=statistics,
        next=min(upcoming, default=None, key=lambda due: due[0]),
        queued=sum(task.state in WAITING for task in tasks),
        schedules=schedules,
    )


def _type_state(statistics: Statistics, tasks: Sequence[Task], *, paused: bool, suspended: bool) -> str:
    states = {task.state for task in tasks}
    if "Running" in states:
        return "stopping" if all(task.cancel for task in tasks if task.state == "Running") else "running"
    if "Retrying" in states:
        return "retrying"
    if "Queued" in states:
        return "queued"
    failure, success = statistics.last_failure, statistics.last_success
    if failure is not None and (success is None or success < failure):
        return "failed"
    if paused or suspended:
        return "paused" if paused else "suspended"
    return "idle" if success is not None else "never synced"


# ---------------------------------------------------------------- for programs


def document(status: Status) -> Document:
    """The same for programs. Instants are RFC 3339, numbers are numbers, what is not known is left out."""
    return {
        "sources": [
            filled(
                {
                    "namespace": block.namespace,
                    "name": block.name,
                    "state": block.state,
                    "paused": block.source.paused if block.source is not None else None,
                    "circuit": block.source.circuit if block.source is not None else None,
                    "notes": list(block.notes),
                    "types": [_type_document(row) for row in block.types],
                }
            )
            for block in status.blocks
        ],
        "running": [_task_document(task) for task in status.running],
        "waiting": [_task_document(task) for task in status.waiting],
        "deadLetters": status.dead_letters,
    }


def _type_document(row: TypeRow) -> Document:
    one = row.statistics
    return filled(
        {
            "type": row.type,
            "state": row.state,
            "stale": row.stale,
            "lastSuccessTime": iso(one.last_success),
            "lastFailureTime": iso(one.last_failure),
            "succeeded": one.succeeded,
            "failed": one.failed,
            "successRate": one.success_rate or None,
            "averageDuration": one.average or None,
            "next": {"time": iso(row.next[0]), "mode": row.next[1]} if row.next is not None else None,
            "queued": row.queued,
            "schedules": [schedule.name for schedule in row.schedules],
        }
    )


def _task_document(task: Task) -> Document:
    progress = task.progress
    return filled(
        {
            "namespace": task.namespace,
            "name": task.name,
            "source": task.source,
            "type": task.type,
            "mode": task.mode,
            "state": task.state,
            "priority": task.priority,
            "requestedBy": task.requested_by or None,
            "schedule": task.schedule or None,
            "queuePosition": task.position,
            "estimatedStart": iso(task.estimated_start),
            "waitingFor": {"reason": task.waiting_reason, "message": task.waiting_message}
            if task.waiting_reason
            else None,
            "progress": {"phase": progress.phase, "current": progress.current, "total": progress.total}
            if progress is not None
            else None,
            "startedAt": iso(task.started),
        }
    )
