"""What the planner can ask for. The actuator carries each out idempotently; the order inside one plan is kept.

An Event rides on the action that causes it, so that it is written once, after the write has succeeded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sincro_contract.run import Mode
from sincro_operator.planning.model import (
    Job,
    Name,
    Schedule,
    ScheduleStatus,
    Source,
    SourceStatus,
    Task,
    TaskStatus,
)


@dataclass(frozen=True, slots=True)
class EventNote:
    """A Kubernetes Event about the action's object. `warning` chooses type Warning over Normal."""

    reason: str
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class CreateTask:
    """A schedule owes a run: make its SyncTask under a name that is a function of schedule, mode and due instant."""

    schedule: Schedule
    name: Name
    mode: Mode
    due: datetime
    priority: int
    mode_reason: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class LaunchJob:
    """Give the task a slot: create its Job. `launch` makes the Job's name unique and deterministic."""

    task: Task
    source: Source
    job: Name
    launch: int
    attempt: int
    mode: Mode
    status: TaskStatus
    """The status to write once the Job exists."""
    event: EventNote | None = None
    probe: bool = False
    """Ask the profile's cheap probe first. Not `task.probe`: a person who joined the task wants it read."""


@dataclass(frozen=True, slots=True)
class StopJob:
    """Delete a Job; its pods get SIGTERM and their grace. `force` removes pods whose node is gone."""

    job: Job
    reason: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class WriteTask:
    """Write a task's status. `release` also takes our finalizer off."""

    task: Task
    status: TaskStatus
    events: Sequence[EventNote] = ()
    release: bool = False


@dataclass(frozen=True, slots=True)
class WriteSchedule:
    """Write a schedule's status."""

    schedule: Schedule
    status: ScheduleStatus
    events: Sequence[EventNote] = ()


@dataclass(frozen=True, slots=True)
class WriteSource:
    """Write a source's status."""

    source: Source
    status: SourceStatus
    events: Sequence[EventNote] = ()


@dataclass(frozen=True, slots=True)
class ArchiveTask:
    """Commit the task's row to the history; then (and only then) write `archived`."""

    task: Task
    status: TaskStatus


@dataclass(frozen=True, slots=True)
class PruneTask:
    """Delete an ended SyncTask that history limits no longer keep (archived, where a history is configured)."""

    task: Task
    reason: str


Action = CreateTask | LaunchJob | StopJob | WriteTask | WriteSchedule | WriteSource | ArchiveTask | PruneTask


class Failure(NamedTuple):
    """A source whose planning raised this."""

    source: Name
    error: Exception


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, and when to look again if nothing happens before (None: only when something changes)."""

    actions: tuple[Action, ...]
    wake_at: datetime | None
    failures: tuple[Failure, ...] = ()
