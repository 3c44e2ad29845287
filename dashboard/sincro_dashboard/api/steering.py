"""Sources and schedules: what they are, and pausing and resuming them with who and why."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import Field

from sincro_contract.model import Document
from sincro_dashboard.api.services import Namespace, Services, Use, Who
from sincro_dashboard.api.tasks import READS, READS_ONE
from sincro_dashboard.cluster.door import Kind, Object
from sincro_dashboard.forecast import ForecastAway
from sincro_dashboard.identity.model import Action, Identity
from sincro_dashboard.problems import Problem, ProblemKind, documented
from sincro_dashboard.views.preview import Preview, planned, preview
from sincro_dashboard.views.resources import name_of, namespace_of, source_of
from sincro_dashboard.views.schedules import ScheduleView, schedule_view
from sincro_dashboard.views.sources import SourceView, source_view

router = APIRouter(prefix="/api")

_NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
Name = Annotated[str, Path(pattern=_NAME, max_length=253)]
_STEERS = READS_ONE | documented(
    ProblemKind.FORBIDDEN, ProblemKind.CROSS_SITE, ProblemKind.INVALID, ProblemKind.REFUSED
)


class PauseRequest(Document):
    """Why it is paused."""

    reason: str | None = Field(
        default=None, max_length=1024, description="Shown wherever something waits for it", examples=["ERP maintenance"]
    )


class Paused(Document):
    """What was paused or resumed."""

    success: bool = True
    paused: bool
    sources: list[str] = Field(description="As namespace/name")


Reason = Annotated[PauseRequest | None, Body()]


@router.get("/sources", tags=["sources"], summary="All sources", responses=READS)
async def sources(services: Use, who: Who, namespace: Namespace = None) -> list[SourceView]:
    """By namespace and name."""
    readable = await services.readable(who, Kind.SOURCE, namespace)
    found = sorted(services.cache.all(Kind.SOURCE, readable), key=lambda obj: (namespace_of(obj), name_of(obj)))
    return [view for view in map(source_view, found) if view]


@router.get("/sources/{name}", tags=["sources"], summary="One source", responses=READS_ONE)
async def source(services: Use, who: Who, name: Name, namespace: Namespace = None) -> SourceView:
    """Its health, its circuit breaker, its types."""
    return _shown_source(await services.find(who, Kind.SOURCE, name, namespace))


@router.post("/sources/{name}/pause", tags=["sources"], summary="Pause a source", responses=_STEERS)
async def pause_source(
    services: Use, who: Who, name: Name, namespace: Namespace = None, body: Reason = None
) -> SourceView:
    """Hold back its scheduled syncs; what people ask for still runs."""
    found = await services.find(who, Kind.SOURCE, name, namespace)
    return _shown_source(await _set_pause(services, who, found, paused=True, reason=body.reason if body else None))


@router.post("/sources/{name}/resume", tags=["sources"], summary="Resume a source", responses=_STEERS)
async def resume_source(services: Use, who: Who, name: Name, namespace: Namespace = None) -> SourceView:
    """Let its scheduled syncs run again."""
    found = await services.find(who, Kind.SOURCE, name, namespace)
    return _shown_source(await _set_pause(services, who, found, paused=False, reason=None))


@router.post("/pause", tags=["sources"], summary="Pause every source", responses=_STEERS)
async def pause_all(services: Use, who: Who, namespace: Namespace = None, body: Reason = None) -> Paused:
    """Hold back all scheduled syncs of the sources that you may pause."""
    return await _set_all(services, who, namespace, paused=True, reason=body.reason if body else None)


@router.post("/resume", tags=["sources"], summary="Resume every source", responses=_STEERS)
async def resume_all(services: Use, who: Who, namespace: Namespace = None) -> Paused:
    """Let all scheduled syncs run again."""
    return await _set_all(services, who, namespace, paused=False, reason=None)


@router.get("/schedules", tags=["schedules"], summary="All schedules", responses=READS)
async def schedules(
    services: Use,
    who: Who,
    namespace: Namespace = None,
    source: Annotated[str | None, Query(max_length=253, description="Only of this source")] = None,
) -> list[ScheduleView]:
    """By namespace, source and type."""
    readable = await services.readable(who, Kind.SCHEDULE, namespace)
    found = [obj for obj in services.cache.all(Kind.SCHEDULE, readable) if source is None or source_of(obj) == source]
    views = [schedule_view(obj, _source_of(services, obj)) for obj in found]
    return sorted(
        (view for view in views if view), key=lambda view: (view.namespace, view.source, view.type, view.name)
    )


@router.get("/schedules/preview", tags=["schedules"], summary="The coming days", responses=READS)
async def schedules_preview(
    services: Use,
    who: Who,
    namespace: Namespace = None,
    source: Annotated[str | None, Query(max_length=253, description="Only of this source")] = None,
    days: Annotated[int, Query(ge=1, le=31)] = 7,
) -> Preview:
    """When each schedule runs, as the operator's planner sees it: limits, quiet hours, how long syncs take.

    While the operator cannot be asked, what the schedules' status says is counted on, and `origin` and `notice` say so.
    """
    readable = await services.readable(who, Kind.SCHEDULE, namespace)
    found = [
        (obj, _source_of(services, obj))
        for obj in services.cache.all(Kind.SCHEDULE, readable)
        if source is None or source_of(obj) == source
    ]
    notice = None
    if services.forecast is not None and found:
        try:
            outlook = await services.forecast.outlook(days)
            return planned(outlook, [obj for obj, _ in found], services.clock(), days)
        except ForecastAway as error:
            notice = str(error)
    return preview(found, services.clock(), days, notice)


@router.get("/schedules/{name}", tags=["schedules"], summary="One schedule", responses=READS_ONE)
async def schedule(services: Use, who: Who, name: Name, namespace: Namespace = None) -> ScheduleView:
    """How often, when next and why then."""
    return _shown_schedule(services, await services.find(who, Kind.SCHEDULE, name, namespace))


@router.post("/schedules/{name}/pause", tags=["schedules"], summary="Suspend a schedule", responses=_STEERS)
async def suspend(
    services: Use, who: Who, name: Name, namespace: Namespace = None, body: Reason = None
) -> ScheduleView:
    """No further runs of this schedule until it is resumed."""
    return await _set_suspend(services, who, name, namespace, suspend=True, reason=body.reason if body else None)


@router.post("/schedules/{name}/resume", tags=["schedules"], summary="Resume a schedule", responses=_STEERS)
async def unsuspend(services: Use, who: Who, name: Name, namespace: Namespace = None) -> ScheduleView:
    """Its runs are due again."""
    return await _set_suspend(services, who, name, namespace, suspend=False, reason=None)


async def _set_pause(services: Services, who: Identity, found: Object, *, paused: bool, reason: str | None) -> Object:
    where = namespace_of(found)
    await services.authorizer.require(who, Action.PAUSE_SOURCE, where)
    spec = {"paused": paused, "pausedBy": who.user[:253] if paused else None, "pauseReason": reason if paused else None}
    patched = await services.cluster.patch(Kind.SOURCE, where, name_of(found), {"spec": spec})
    services.cache.upsert(Kind.SOURCE, patched)
    return patched


async def _set_all(
    services: Services, who: Identity, namespace: str | None, *, paused: bool, reason: str | None
) -> Paused:
    readable = await services.readable(who, Kind.SOURCE, namespace)
    if namespace is None:
        allowed = await services.authorizer.namespaces(who, Action.PAUSE_SOURCE, readable)
        if not allowed:
            await services.authorizer.require(who, Action.PAUSE_SOURCE, services.settings.home_namespace)
        readable = allowed
    changed = []
    for found in services.cache.all(Kind.SOURCE, readable):
        if bool((found.get("spec") or {}).get("paused")) != paused:
            await _set_pause(services, who, found, paused=paused, reason=reason)
            changed.append(f"{namespace_of(found)}/{name_of(found)}")
    return Paused(paused=paused, sources=sorted(changed))


async def _set_suspend(
    services: Services, who: Identity, name: str, namespace: str | None, *, suspend: bool, reason: str | None
) -> ScheduleView:
    found = await services.find(who, Kind.SCHEDULE, name, namespace)
    where = namespace_of(found)
    await services.authorizer.require(who, Action.PAUSE_SCHEDULE, where)
    spec = {
        "suspend": suspend,
        "suspendedBy": who.user[:253] if suspend else None,
        "suspendReason": reason if suspend else None,
    }
    patched = await services.cluster.patch(Kind.SCHEDULE, where, name, {"spec": spec})
    services.cache.upsert(Kind.SCHEDULE, patched)
    return _shown_schedule(services, patched)


def _source_of(services: Services, schedule: Object) -> Object | None:
    return services.cache.get(Kind.SOURCE, namespace_of(schedule), source_of(schedule))


def _shown_source(found: Object) -> SourceView:
    view = source_view(found)
    if view is None:
        raise Problem(ProblemKind.UNAVAILABLE, "This source was written by another version of Sincro.")
    return view


def _shown_schedule(services: Services, found: Object) -> ScheduleView:
    view = schedule_view(found, _source_of(services, found))
    if view is None:
        raise Problem(ProblemKind.UNAVAILABLE, "This schedule was written by another version of Sincro.")
    return view
