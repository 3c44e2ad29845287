"""GET /api/status: the orchestrator in numbers, in the shape that its first callers know.

Decided here: what counts as running, paused and error. Times are milliseconds since the epoch, as those callers expect.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from sincro_contract.model import Document
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.queue import queue_view
from sincro_dashboard.views.sources import SourceHealth, SourceView, TypeView
from sincro_dashboard.views.tasks import TaskView


class OrchestratorStatus(StrEnum):
    """The whole in one word."""

    RUNNING = "running"
    PAUSED = "paused"
    ERROR = "error"


class MetricsTask(Document):
    """A task in the words of the first callers."""

    id: str
    type: str
    mode: str = Field(description="full, delta or force")
    priority: int
    user_id: str | None
    triggered_by: str = Field(description="scheduler, manual, admin or retry")
    scheduled_at: int
    started_at: int | None
    attempts: int
    max_attempts: int
    source: str
    namespace: str


class TypeMetrics(Document):
    """One type over all sources. Times are 0 before the first such sync."""

    last_sync: int
    last_success: int
    last_failure: int
    success_rate: float = Field(description="Percent, 0 to 100; 100 before the first sync")
    avg_duration: int = Field(description="Milliseconds")
    running: int
    queued: int


class OrchestratorMetrics(Document):
    """The orchestrator in numbers."""

    status: OrchestratorStatus
    current_task: MetricsTask | None = Field(description="The one that has run longest")
    current_tasks: list[MetricsTask]
    queue_depth: int
    total_syncs: int
    successful_syncs: int
    failed_syncs: int
    avg_duration: int = Field(description="Milliseconds, over successful syncs")
    dead_lettered: int
    sources: int
    paused_sources: int
    by_type: dict[str, TypeMetrics]


def orchestrator_metrics(
    tasks: Iterable[Object], sources: Iterable[Object], views: list[SourceView], *, reachable: bool
) -> OrchestratorMetrics:
    """The metrics of these sources and their tasks; `reachable` is False while the cluster cannot be followed."""
    queue = queue_view(tasks, sources)
    types: dict[str, list[TypeView]] = {}
    for source in views:
        for statistics in source.types:
            types.setdefault(statistics.type, []).append(statistics)
    waiting = [*queue.queued, *queue.retrying]
    for task in (*queue.running, *waiting):
        types.setdefault(task.type, [])
    every = [statistics for found in types.values() for statistics in found]
    current = [metrics_task(task) for task in queue.running]
    return OrchestratorMetrics(
        status=_status(views, reachable=reachable),
        current_task=current[0] if current else None,
        current_tasks=current,
        queue_depth=queue.depth,
        total_syncs=sum(each.succeeded + each.failed for each in every),
        successful_syncs=sum(each.succeeded for each in every),
        failed_syncs=sum(each.failed for each in every),
        avg_duration=_average(every),
        dead_lettered=sum(source.dead_lettered for source in views),
        sources=len(views),
        paused_sources=sum(source.pause.paused for source in views),
        by_type={
            name: TypeMetrics(
                last_sync=_latest(each.last_sync for each in found),
                last_success=_latest(each.last_success for each in found),
                last_failure=_latest(each.last_failure for each in found),
                success_rate=_rate(found),
                avg_duration=_average(found),
                running=sum(task.type == name for task in queue.running),
                queued=sum(task.type == name for task in waiting),
            )
            for name, found in sorted(types.items())
        },
    )


def metrics_task(task: TaskView) -> MetricsTask:
    """A task in the words of the first callers."""
    return MetricsTask(
        id=task.id,
        type=task.type,
        mode=task.mode.value.lower(),
        priority=task.priority,
        user_id=task.requested_by,
        triggered_by=task.triggered_by.value.lower(),
        scheduled_at=epoch(task.created_at),
        started_at=epoch(task.started_at) if task.started_at else None,
        attempts=task.attempt,
        max_attempts=task.max_attempts,
        source=task.source,
        namespace=task.namespace,
    )


def epoch(instant: datetime | None) -> int:
    """Milliseconds since the epoch; 0 for never."""
    return round(instant.timestamp() * 1000) if instant else 0


def _status(sources: list[SourceView], *, reachable: bool) -> OrchestratorStatus:
    broken = (SourceHealth.NOT_READY, SourceHealth.CIRCUIT_OPEN)
    if not reachable or any(source.health in broken for source in sources):
        return OrchestratorStatus.ERROR
    if sources and all(source.pause.paused for source in sources):
        return OrchestratorStatus.PAUSED
    return OrchestratorStatus.RUNNING


def _latest(instants: Iterable[datetime | None]) -> int:
    return max((epoch(instant) for instant in instants), default=0)


def _rate(found: Iterable[TypeView]) -> float:
    found = list(found)
    ended = sum(each.succeeded + each.failed for each in found)
    return round(100 * sum(each.succeeded for each in found) / ended, 1) if ended else 100.0


def _average(found: Iterable[TypeView]) -> int:
    known = [(each.average_duration_ms, each.succeeded) for each in found if each.average_duration_ms is not None]
    weight = sum(succeeded for _, succeeded in known)
    return round(sum(duration * succeeded for duration, succeeded in known) / weight) if weight else 0
