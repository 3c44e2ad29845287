"""The queue: what runs, what waits and in which order, what comes back after a failure, and whose slots are taken.

Decided here: how the lists are ordered for people. The order of running is the operator's (`status.queuePosition`).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import Field

from sincro_contract.model import Document
from sincro_contract.resources.sync_task import TaskState
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.resources import created_at, instant, name_of, namespace_of, source_of, state_of
from sincro_dashboard.views.tasks import TaskView, task_view
from sincro_dashboard.views.waiting import Surroundings

_LONGEST = 500
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class SlotsView(Document):
    """The sessions of one source."""

    namespace: str
    source: str
    used: int
    allowed: int
    waiting: int


class QueueView(Document):
    """Everything that is not over."""

    running: list[TaskView] = Field(description="Longest running first")
    queued: list[TaskView] = Field(description="Next one first; at most 500")
    retrying: list[TaskView] = Field(description="Next attempt first; at most 500")
    depth: int = Field(description="Tasks that wait, also those beyond 500")
    slots: list[SlotsView]


def queue_view(tasks: Iterable[Object], sources: Iterable[Object]) -> QueueView:
    """The queue of these tasks on these sources."""
    tasks, sources = list(tasks), list(sources)
    around = Surroundings.of(sources, tasks)
    by_state: dict[TaskState, list[Object]] = {TaskState.RUNNING: [], TaskState.QUEUED: [], TaskState.RETRYING: []}
    used: Counter[tuple[str, str]] = Counter()
    waiting: Counter[tuple[str, str]] = Counter()
    for task in tasks:
        state = state_of(task)
        if state not in by_state:
            continue
        by_state[state].append(task)
        where = (namespace_of(task), source_of(task))
        (used if state is TaskState.RUNNING else waiting)[where] += 1
    return QueueView(
        running=_shown(sorted(by_state[TaskState.RUNNING], key=_started), around),
        queued=_shown(sorted(by_state[TaskState.QUEUED], key=_position), around),
        retrying=_shown(sorted(by_state[TaskState.RETRYING], key=_next_attempt), around),
        depth=len(by_state[TaskState.QUEUED]) + len(by_state[TaskState.RETRYING]),
        slots=[
            SlotsView(
                namespace=namespace_of(source),
                source=name_of(source),
                used=used[(namespace_of(source), name_of(source))],
                allowed=int((source.get("spec") or {}).get("maxConcurrent") or 1),
                waiting=waiting[(namespace_of(source), name_of(source))],
            )
            for source in sorted(sources, key=lambda source: (namespace_of(source), name_of(source)))
        ],
    )


def _shown(tasks: list[Object], around: Surroundings) -> list[TaskView]:
    return [view for task in tasks[:_LONGEST] if (view := task_view(task, around))]


def _started(task: Object) -> tuple[datetime, str]:
    return instant((task.get("status") or {}).get("startedAt")) or _LAST, name_of(task)


def _position(task: Object) -> tuple[int, int, datetime, str]:
    """By the operator's position; what has none yet comes after, by priority and age."""
    position = (task.get("status") or {}).get("queuePosition")
    priority = int((task.get("spec") or {}).get("priority") or 0)
    return (int(position) if position else 1_000_000), -priority, created_at(task), name_of(task)


def _next_attempt(task: Object) -> tuple[datetime, str]:
    return instant((task.get("status") or {}).get("nextAttemptAt")) or _FIRST, name_of(task)
