"""Tasks: lists, one by itself, why it waits, its log and evidence; and cancelling it."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse, Response, StreamingResponse

from sincro_contract.model import Document
from sincro_dashboard import evidence as evidence_files
from sincro_dashboard.api.services import CursorText, Filtered, Limit, Namespace, Services, Use, Who
from sincro_dashboard.cluster.door import ClusterError, Kind, Object
from sincro_dashboard.evidence import EvidenceView
from sincro_dashboard.evidence_bucket import BucketUnavailable
from sincro_dashboard.history import HistoryUnavailable
from sincro_dashboard.identity.model import Action, Identity
from sincro_dashboard.problems import Problem, ProblemKind, documented
from sincro_dashboard.views.explanation import Sentence, explain
from sincro_dashboard.views.lists import BadCursor, Cursor, TaskList, read_cursor, task_list
from sincro_dashboard.views.queue import QueueView, queue_view
from sincro_dashboard.views.resources import name_of, namespace_of, state_of
from sincro_dashboard.views.tasks import TaskDetail, task_detail

router = APIRouter(prefix="/api", tags=["tasks"])

_NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
TaskId = Annotated[str, Path(pattern=_NAME, max_length=253, description="Name of the SyncTask")]
READS = documented(ProblemKind.UNAUTHENTICATED, ProblemKind.FORBIDDEN, ProblemKind.INVALID, ProblemKind.UNAVAILABLE)
_SANDBOX = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=300"}
READS_ONE = READS | documented(ProblemKind.NOT_FOUND)


class Why(Document):
    """Why a task is where it is."""

    task_id: str
    state: str
    sentences: list[Sentence]


@router.get("/queue", summary="What runs, what waits and why", responses=READS)
async def queue(services: Use, who: Who, namespace: Namespace = None) -> QueueView:
    """Everything that is not over: running, waiting in its order with the reasons, and coming back after a failure."""
    tasks = await services.readable(who, Kind.TASK, namespace)
    sources = await services.readable(who, Kind.SOURCE, namespace)
    return queue_view(services.cache.all(Kind.TASK, tasks), services.cache.all(Kind.SOURCE, sources))


@router.get("/tasks", summary="Tasks that the cluster holds", responses=READS)
async def tasks(
    services: Use, who: Who, wanted: Filtered, namespace: Namespace = None, limit: Limit = 50, cursor: CursorText = None
) -> TaskList:
    """Newest first. What has left the cluster is in the history."""
    readable = await services.readable(who, Kind.TASK, namespace)
    return task_list(services.cache.all(Kind.TASK, readable), wanted, limit, cursor_of(cursor))


@router.get("/tasks/{id}", summary="One task", responses=READS_ONE)
async def task(services: Use, who: Who, id: TaskId, namespace: Namespace = None) -> TaskDetail:  # noqa: A002
    """All about one task: attempts, counts, error, and why it is where it is."""
    try:
        found = await services.find(who, Kind.TASK, id, namespace)
    except Problem as problem:
        archived = await _archived(services, who, id, namespace) if problem.kind is ProblemKind.NOT_FOUND else None
        if archived is None:
            raise
        return archived
    shown = task_detail(found, _why(services, found))
    if shown is None:
        raise Problem(ProblemKind.UNAVAILABLE, "This task was written by another version of Sincro.")
    return shown


@router.get("/tasks/{id}/why", summary="Why a task is where it is", responses=READS_ONE)
async def why(services: Use, who: Who, id: TaskId, namespace: Namespace = None) -> Why:  # noqa: A002
    """In sentences: what blocks it, its place in the queue, what failed."""
    found = await services.find(who, Kind.TASK, id, namespace)
    return Why(task_id=name_of(found), state=state_of(found).value, sentences=_why(services, found))


@router.post(
    "/tasks/{id}/cancel",
    status_code=202,
    summary="Cancel a task",
    responses=READS_ONE
    | documented(ProblemKind.CROSS_SITE, ProblemKind.FORBIDDEN, ProblemKind.WRONG_STATE)
    | documented(ProblemKind.INVALID, ProblemKind.REFUSED),
)
async def cancel(services: Use, who: Who, id: TaskId, namespace: Namespace = None) -> TaskDetail:  # noqa: A002
    """Take it out of the queue, or stop it while it runs; what is committed stays."""
    found = await services.find(who, Kind.TASK, id, namespace)
    where = namespace_of(found)
    await services.authorizer.require(who, Action.CANCEL, where)
    state = state_of(found)
    if state.final:
        raise Problem(
            ProblemKind.WRONG_STATE, f"It is {state.value}: there is nothing left to cancel.", state=state.value
        )
    if not (found.get("spec") or {}).get("cancel"):
        patch = {"spec": {"cancel": True, "cancelledBy": who.user[:253]}}
        found = await services.cluster.patch(Kind.TASK, where, id, patch)
        services.cache.upsert(Kind.TASK, found)
    shown = task_detail(found, _why(services, found))
    if shown is None:
        raise Problem(ProblemKind.UNAVAILABLE, "This task was written by another version of Sincro.")
    return shown


@router.get("/tasks/{id}/evidence", summary="Evidence of a failure", responses=READS_ONE)
async def evidence(services: Use, who: Who, id: TaskId, namespace: Namespace = None) -> list[EvidenceView]:  # noqa: A002
    """The files that the scraper left: screenshot, page, trace. Needs the right to get synctasks/evidence."""
    where = await _namespace_of_task(services, who, id, namespace)
    await services.authorizer.require(who, Action.READ_EVIDENCE, where)
    root = services.settings.evidence_folder
    try:
        found = await services.bucket.list(where, id) if services.bucket else []
    except BucketUnavailable as error:
        raise Problem(ProblemKind.UNAVAILABLE, f"{error}.") from error
    return [
        EvidenceView(
            name=name,
            kind=evidence_files.kind_of(name),
            size=size,
            url=f"api/tasks/{id}/evidence/{name}?namespace={where}",
        )
        for name, size in [*found, *(evidence_files.list_evidence(root, where, id) if root else [])]
    ]


@router.get(
    "/tasks/{id}/evidence/{file:path}",
    summary="One file of evidence",
    response_class=FileResponse,
    responses=READS_ONE
    | {200: {"description": "The file", "content": {"application/octet-stream": {}, "image/png": {}}}},
)
async def evidence_file(
    services: Use,
    who: Who,
    id: TaskId,  # noqa: A002
    file: Annotated[str, Path(max_length=400, description="Its name, as the list gives it")],
    namespace: Namespace = None,
) -> Response:
    """Pictures are shown; everything else is a download, because it comes from the ERP and is not trusted."""
    where = await _namespace_of_task(services, who, id, namespace)
    await services.authorizer.require(who, Action.READ_EVIDENCE, where)
    root = services.settings.evidence_folder
    sent = evidence_files.find_evidence(root, where, id, file) if root else None
    if sent is None and services.bucket is not None:
        try:
            stored = await services.bucket.open(where, id, file)
        except BucketUnavailable as error:
            raise Problem(ProblemKind.UNAVAILABLE, f"{error}.") from error
        if stored is not None:
            kind = "inline" if stored.inline else "attachment"
            headers = {"Content-Disposition": f'{kind}; filename="{stored.name}"', "Content-Length": str(stored.size)}
            return StreamingResponse(stored.chunks, media_type=stored.media_type, headers=_SANDBOX | headers)
    if sent is None:
        raise Problem(ProblemKind.NOT_FOUND, f"There is no evidence of that name for {id}.")
    return FileResponse(
        sent.path,
        media_type=sent.media_type,
        filename=sent.path.name,
        content_disposition_type="inline" if sent.inline else "attachment",
        headers=_SANDBOX,
    )


@router.get(
    "/tasks/{id}/log",
    summary="The log of a task's last attempt",
    response_class=StreamingResponse,
    responses=READS_ONE | {200: {"description": "The log", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def log(
    services: Use,
    who: Who,
    id: TaskId,  # noqa: A002
    namespace: Namespace = None,
    follow: Annotated[bool, Query(description="Go on while it runs")] = False,
    tail: Annotated[int, Query(ge=1, le=5000, description="Lines from the end")] = 500,
) -> StreamingResponse:
    """Lines of the scraper. Gone when the pod is gone. Needs the right to get pods/log."""
    found = await services.find(who, Kind.TASK, id, namespace)
    where = namespace_of(found)
    await services.authorizer.require(who, Action.READ_LOG, where)
    job = (found.get("status") or {}).get("job")
    pods = await services.cluster.job_pods(where, job) if job else []
    if not pods:
        raise Problem(ProblemKind.NOT_FOUND, f"{id} has no pod (yet, or any more): there is no log.")
    newest = max(pods, key=lambda pod: pod["metadata"].get("creationTimestamp") or "")
    pieces = services.cluster.pod_log(where, newest["metadata"]["name"], follow=follow, tail_lines=tail)
    # The first piece is waited for here, so that a refusal becomes a problem and not an empty log.
    first = await anext(pieces, b"")
    return StreamingResponse(_log(first, pieces), media_type="text/plain; charset=utf-8")


async def _namespace_of_task(services: Services, who: Identity, name: str, namespace: str | None) -> str:
    """The namespace of a task, also of one that has left the cluster. Raises Problem 404."""
    try:
        return namespace_of(await services.find(who, Kind.TASK, name, namespace))
    except Problem as problem:
        archived = await _archived(services, who, name, namespace) if problem.kind is ProblemKind.NOT_FOUND else None
        if archived is None:
            raise
        return archived.namespace


async def _archived(services: Services, who: Identity, name: str, namespace: str | None) -> TaskDetail | None:
    """A task that has left the cluster; None when the history does not know it or cannot be asked."""
    if services.history is None:
        return None
    try:
        return await services.history.one(name, await services.readable(who, Kind.TASK, namespace))
    except HistoryUnavailable:
        return None


async def _log(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    try:
        async for piece in pieces:
            yield piece
    except ClusterError as error:
        yield f"\n[the log broke off: {error}]\n".encode()


def cursor_of(text: str | None) -> Cursor | None:
    """The cursor of a query. Raises Problem 422."""
    try:
        return read_cursor(text) if text else None
    except BadCursor as error:
        raise Problem(ProblemKind.INVALID, f"cursor: {error}") from error


def _why(services: Services, found: Object) -> list[Sentence]:
    where = {namespace_of(found)}
    tasks, sources = services.cache.all(Kind.TASK, where), services.cache.all(Kind.SOURCE, where)
    return explain(found, services.clock(), tasks, sources)
