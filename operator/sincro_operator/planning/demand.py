"""What one source asks of the slots that all sources share.

Shapes only: planning.source_plan fills them, planning.admission reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sincro_operator.planning.actions import Action
from sincro_operator.planning.hold import Hold
from sincro_operator.planning.model import Circuit, Job, Name, Source, Task, TaskStatus, TypeStatistics
from sincro_operator.planning.priority import Order


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task that may start as far as the rules of its own go; only slots are missing."""

    task: Task
    status: TaskStatus
    order: Order
    person: bool
    held_still: bool = False
    """A write about it is under way: it cannot start now, and nobody may take its place meanwhile."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot that is taken. `task` is None for a Job whose task is gone."""

    type: str
    task: Task | None = None
    status: TaskStatus | None = None
    job: Job | None = None
    order: Order | None = None
    person: bool = False
    stopping: bool = False
    """It will be free soon: its Job is being stopped, or has been asked to."""

    @property
    def preemptable(self) -> bool:
        """A scheduled sync with a Job that nobody is writing about, and that has not ended well."""
        if self.job is None or self.job.complete:
            return False
        return not (self.person or self.stopping or self.task is None or self.task.pending)


@dataclass(frozen=True, slots=True)
class Held:
    """A task that something else than slots holds back."""

    task: Task
    status: TaskStatus
    hold: Hold


@dataclass(slots=True)
class Demand:
    """One source's share of a plan."""

    key: Name
    source: Source | None = None
    actions: list[Action] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    queue: list[Waiting] = field(default_factory=list)
    """In order."""
    held: list[Held] = field(default_factory=list)
    circuit: Circuit = field(default_factory=Circuit)
    records: Mapping[str, TypeStatistics] = field(default_factory=dict)
    """By type."""
    again: datetime | None = None
    """When this has to be worked out again even if nothing changes."""

    @property
    def room(self) -> int:
        """How many more syncs the source allows now."""
        return (self.source.max_concurrent if self.source is not None else 0) - len(self.slots)
