"""For machines that look after the dashboard: health, liveness, readiness, metrics. No identity is asked for."""

from fastapi import APIRouter, Response

from sincro_contract.model import Document
from sincro_dashboard.api.services import Use
from sincro_dashboard.cluster.door import Kind
from sincro_dashboard.measurements import CONTENT_TYPE
from sincro_dashboard.problems import Problem, ProblemKind, documented
from sincro_dashboard.views.health import Health, health

router = APIRouter(tags=["system"])


class Alive(Document):
    """Yes."""

    status: str = "ok"


@router.get("/health", summary="Whether syncs can run and be seen")
async def health_(services: Use) -> Health:
    """The whole in one word, with the last error of any source. Always 200: it reports, it does not fail."""
    cache = services.cache
    report = health(cache.feeds, cache.all(Kind.TASK), cache.all(Kind.SOURCE), services.started, services.clock())
    # Anybody may ask: what an ERP's error says in detail is for those who may read the sources.
    return report.model_copy(
        update={"last_error": report.last_error.model_copy(update={"message": report.last_error.message[:200]})}
        if report.last_error
        else {}
    )


@router.get("/livez", summary="Whether the process answers")
async def livez() -> Alive:
    """It answers."""
    return Alive()


@router.get("/readyz", summary="Whether there is something to show", responses=documented(ProblemKind.UNAVAILABLE))
async def readyz(services: Use) -> Alive:
    """Ready once each resource has been listed, or it is known why not: a page that says why is better than none."""
    for kind in Kind:
        feed = services.cache.feed(kind)
        if not feed.synced and not feed.problem:
            raise Problem(ProblemKind.UNAVAILABLE, f"The {kind.value} are being read for the first time.")
    return Alive()


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"description": "Text format", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(services: Use) -> Response:
    """Of the dashboard itself; those of the syncs are the operator's."""
    measured = services.measurements
    for kind in Kind:
        measured.objects.labels(resource=kind.value).set(services.cache.count(kind))
        measured.stale.labels(resource=kind.value).set(1 if services.cache.feed(kind).problem else 0)
    return Response(measured.text(), media_type=CONTENT_TYPE)
