"""The whole at a glance: status in numbers, history, dead letters."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Query

from sincro_dashboard.api.services import CursorText, Filtered, Limit, Namespace, Use, Who
from sincro_dashboard.api.tasks import READS, cursor_of
from sincro_dashboard.cluster.door import Kind
from sincro_dashboard.history import (
    HistoryPage,
    HistoryStatistics,
    HistoryUnavailable,
    Origin,
    cluster_page,
    cluster_statistics,
)
from sincro_dashboard.problems import Problem, ProblemKind
from sincro_dashboard.views.dead_letters import DeadLetters, dead_letters
from sincro_dashboard.views.metrics import OrchestratorMetrics, orchestrator_metrics
from sincro_dashboard.views.sources import source_view

router = APIRouter(prefix="/api")

_NO_DATABASE = "No history database is configured: only what the cluster still holds is shown."


@router.get("/status", tags=["status"], summary="The orchestrator in numbers", responses=READS)
async def status(
    services: Use,
    who: Who,
    namespace: Namespace = None,
    source: Annotated[str | None, Query(max_length=253, description="Only this source")] = None,
) -> OrchestratorMetrics:
    """What runs now, the depth of the queue, rates and averages, in all and by type."""
    from_sources = await services.readable(who, Kind.SOURCE, namespace)
    from_tasks = await services.readable(who, Kind.TASK, namespace)

    def of_source(name: Any) -> bool:
        return source is None or name == source

    sources = [obj for obj in services.cache.all(Kind.SOURCE, from_sources) if of_source(obj["metadata"]["name"])]
    tasks = [
        task
        for task in services.cache.all(Kind.TASK, from_tasks)
        if of_source(((task.get("spec") or {}).get("sourceRef") or {}).get("name"))
    ]
    views = [view for view in map(source_view, sources) if view]
    reachable = not any(feed.problem for feed in services.cache.feeds.values())
    return orchestrator_metrics(tasks, sources, views, reachable=reachable)


@router.get("/history", tags=["history"], summary="Tasks that are over", responses=READS)
async def history(
    services: Use, who: Who, wanted: Filtered, namespace: Namespace = None, limit: Limit = 50, cursor: CursorText = None
) -> HistoryPage:
    """Newest first, by user, type, source, state, time. Says so when the database cannot be asked."""
    readable = await services.readable(who, Kind.TASK, namespace)
    after = cursor_of(cursor)
    notice = _NO_DATABASE
    if services.history is not None:
        try:
            items, following = await services.history.page(wanted, readable, limit, after)
            return HistoryPage(items=items, next=following, origin=Origin.DATABASE, notice=None)
        except HistoryUnavailable as error:
            notice = f"{error} Only what the cluster still holds is shown."
    return cluster_page(services.cache.all(Kind.TASK, readable), wanted, limit, after, notice)


@router.get("/history/statistics", tags=["history"], summary="How syncs went, day by day", responses=READS)
async def history_statistics(
    services: Use,
    who: Who,
    wanted: Filtered,
    namespace: Namespace = None,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    zone: Annotated[str, Query(max_length=64, description="Whose days: an IANA time zone")] = "Europe/Rome",
) -> HistoryStatistics:
    """The last days, today included."""
    readable = await services.readable(who, Kind.TASK, namespace)
    try:
        days_of = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Problem(ProblemKind.INVALID, f"zone: {zone!r} is not a time zone; write it like Europe/Rome") from error
    now = services.clock()
    notice = _NO_DATABASE
    if services.history is not None:
        try:
            found = await services.history.statistics(wanted, readable, now, days_of, days)
            return HistoryStatistics(days=found, origin=Origin.DATABASE, notice=None)
        except HistoryUnavailable as error:
            notice = f"{error} Only what the cluster still holds is shown."
    return cluster_statistics(services.cache.all(Kind.TASK, readable), wanted, now, days_of, days, notice)


@router.get("/dead-letters", tags=["dead letters"], summary="Dead letters by cause", responses=READS)
async def letters(
    services: Use,
    who: Who,
    namespace: Namespace = None,
    settled: Annotated[bool, Query(description="Also causes that are settled")] = False,
) -> DeadLetters:
    """What was given up, grouped by what caused it, with what a person can do about it."""
    readable = await services.readable(who, Kind.TASK, namespace)
    return dead_letters(services.cache.all(Kind.TASK, readable), closed_too=settled)
