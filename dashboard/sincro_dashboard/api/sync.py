"""POST /api/{type}/sync, and what else makes a SyncTask: retry, replay. Each checks the caller's rights first."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import BeforeValidator, ConfigDict, Field

from sincro_contract.model import Document
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_dashboard.api.services import Namespace, Services, Use, Who
from sincro_dashboard.cluster.door import ClusterError, Kind, Object
from sincro_dashboard.identity.authorizer import Forbidden
from sincro_dashboard.identity.model import Action, Identity
from sincro_dashboard.problems import Problem, ProblemKind, documented
from sincro_dashboard.rate_limit import TooMany
from sincro_dashboard.task_requests import (
    MANUAL_PRIORITY,
    ORDINARY_PRIORITY,
    Wish,
    retry_objection,
    retry_wish,
    running_twin,
    sources_with_type,
    task_manifest,
)
from sincro_dashboard.views.dead_letters import to_replay
from sincro_dashboard.views.resources import name_of, namespace_of, state_of
from sincro_dashboard.views.tasks import TaskView, task_view

router = APIRouter(prefix="/api")

_TYPE = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"
_NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"


def _capitalised(value: Any) -> Any:
    return value.capitalize() if isinstance(value, str) else value


AnyCaseMode = Annotated[Mode, BeforeValidator(_capitalised)]
"""Delta, Full or Force, in any case."""


class SyncRequest(Document):
    """What may be said about the sync; everything has a default, and so has the whole body."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"source": "acme-erp", "mode": "Full"}, {"mode": "Force", "queue": True}]}
    )

    source: str | None = Field(
        default=None, pattern=_NAME, max_length=253, description="Default: the only source that has this type"
    )
    namespace: str | None = Field(default=None, pattern=_NAME, max_length=63)
    mode: AnyCaseMode | None = Field(default=None, description="Delta (default), Full or Force")
    priority: int | None = Field(
        default=None, ge=1, le=100, description="Default 100; 80 for those without the right to create synctasks/urgent"
    )
    dry_run: bool = Field(default=False, description="Read and compare; write nothing")
    confirm_deletions: bool = Field(default=False, description="Let the deletions pass that the guard held")
    queue: bool | None = Field(default=None, description="Queue it also when the same sync is running now")
    user_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=253,
        description="In whose name; needs the right to create synctasks/behalf. Default: you",
    )


class SyncAccepted(Document):
    """The sync is in the queue."""

    success: bool = True
    message: str = Field(examples=["The sync is in the queue."])
    task_id: str = Field(description="Name of the SyncTask", examples=["acme-erp-customers-manual-x7k2p"])
    namespace: str
    source: str
    type: str
    mode: Mode


class RetryRequest(Document):
    """How a task is repeated."""

    mode: AnyCaseMode | None = Field(default=None, description="Default: that of the task")
    confirm_deletions: bool = Field(default=False, description="Let the deletions pass that the guard held")


class Replayed(Document):
    """What a replay has put into the queue: one task for each source and type."""

    success: bool = True
    tasks: list[SyncAccepted]
    refused: list[str] = Field(description="Why some were not repeated, a sentence each")


_ASKS = documented(
    ProblemKind.UNAUTHENTICATED,
    ProblemKind.FORBIDDEN,
    ProblemKind.CROSS_SITE,
    ProblemKind.NOT_FOUND,
    ProblemKind.INVALID,
    ProblemKind.REFUSED,
    ProblemKind.TOO_MANY,
    ProblemKind.UNAVAILABLE,
)


@router.post(
    "/{type}/sync",
    status_code=202,
    tags=["sync"],
    summary="Ask for a sync",
    responses=_ASKS | documented(ProblemKind.ALREADY_RUNNING, ProblemKind.AMBIGUOUS_SOURCE),
)
async def ask_for_sync(
    services: Use,
    who: Who,
    response: Response,
    type: Annotated[str, Path(pattern=_TYPE, max_length=32, examples=["customers"])],  # noqa: A002
    source: Annotated[str | None, Query(pattern=_NAME, max_length=253, description="As in the body")] = None,
    namespace: Namespace = None,
    mode: Annotated[Mode | None, Query(description="As in the body")] = None,
    queue: Annotated[bool, Query(description="Queue it also when the same sync is running now")] = False,
    body: Annotated[SyncRequest | None, Body()] = None,
) -> SyncAccepted:
    """Put a sync into the queue, ahead of everything that is scheduled. What the body says goes before the query.

    409 names the running task when the same sync is running now, unless `queue` is true.
    """
    said = body or SyncRequest()
    where, name = await _source(services, who, type, said.source or source, said.namespace or namespace)
    await services.authorizer.require(who, Action.SYNC, where)
    requested_by = who.user
    if said.user_id is not None and said.user_id != who.user:
        await services.authorizer.require(who, Action.BEHALF, where)
        requested_by = said.user_id
    wish = Wish(
        source=name,
        type=type,
        requested_by=requested_by,
        mode=said.mode or mode or Mode.DELTA,
        priority=await _priority(services, who, where, said.priority),
        dry_run=said.dry_run,
        confirm_deletions=said.confirm_deletions,
    )
    if not (queue if said.queue is None else said.queue):
        twin = running_twin(services.cache.all(Kind.TASK, {where}), where, name, type)
        if twin is not None:
            raise _already_running(twin)
    accepted = await create_task(services, who, where, wish)
    response.headers["Location"] = f"{services.settings.base_path}/api/tasks/{accepted.task_id}?namespace={where}"
    return accepted


@router.post(
    "/tasks/{id}/retry",
    status_code=202,
    tags=["tasks"],
    summary="Repeat a task that was given up or cancelled",
    responses=_ASKS | documented(ProblemKind.WRONG_STATE),
)
async def retry_task(
    services: Use,
    who: Who,
    id: Annotated[str, Path(pattern=_NAME, max_length=253)],  # noqa: A002
    namespace: Namespace = None,
    body: Annotated[RetryRequest | None, Body()] = None,
) -> SyncAccepted:
    """Put a new task into the queue that repeats this one."""
    said = body or RetryRequest()
    task = await services.find(who, Kind.TASK, id, namespace)
    objection = retry_objection(task, confirm_deletions=said.confirm_deletions)
    if objection:
        raise Problem(ProblemKind.WRONG_STATE, objection, state=state_of(task).value)
    return await _repeat(services, who, task, said)


@router.post(
    "/dead-letters/{group}/replay",
    status_code=202,
    tags=["dead letters"],
    summary="Repeat all dead letters of one cause",
    responses=_ASKS | documented(ProblemKind.WRONG_STATE),
)
async def replay_group(
    services: Use,
    who: Who,
    group: Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")],
    namespace: Namespace = None,
    body: Annotated[RetryRequest | None, Body()] = None,
) -> Replayed:
    """Put one new task into the queue for each source and type that has an open dead letter of this cause."""
    said = body or RetryRequest()
    readable = await services.readable(who, Kind.TASK, namespace)
    chosen = to_replay(services.cache.all(Kind.TASK, readable), group)
    if not chosen:
        raise Problem(ProblemKind.NOT_FOUND, f'There is no open dead letter of the group "{group}".')
    tasks: list[SyncAccepted] = []
    refused: list[str] = []
    failure: Exception | None = None
    for task in chosen:
        objection = retry_objection(task, confirm_deletions=said.confirm_deletions)
        if objection:
            refused.append(f"{name_of(task)}: {objection}")
            continue
        try:
            tasks.append(await _repeat(services, who, task, said))
        except (Forbidden, TooMany, ClusterError) as error:
            # What is in the queue already stays there, and whoever asked has to hear of it.
            failure = failure or error
            refused.append(f"{name_of(task)}: {error}")
    if tasks:
        return Replayed(tasks=tasks, refused=refused)
    raise failure or Problem(ProblemKind.WRONG_STATE, " ".join(refused))


async def _repeat(services: Services, who: Identity, task: Object, said: RetryRequest) -> SyncAccepted:
    priority = await _priority(services, who, namespace_of(task), None)
    wish = retry_wish(task, who.user, mode=said.mode, confirm_deletions=said.confirm_deletions, priority=priority)
    return await create_task(services, who, namespace_of(task), wish)


async def create_task(services: Services, who: Identity, namespace: str, wish: Wish) -> SyncAccepted:
    """Check the rights, then create the SyncTask. Raises Forbidden, TooMany, ClusterError."""
    await services.authorizer.require(who, Action.SYNC, namespace)
    if wish.mode is Mode.FORCE:
        await services.authorizer.require(who, Action.FORCE, namespace)
    await services.rate_limit.take(who.user)
    created = await services.cluster.create(Kind.TASK, namespace, task_manifest(wish))
    services.cache.upsert(Kind.TASK, created)
    services.measurements.manual_syncs.labels(type=wish.type, answer="accepted").inc()
    return SyncAccepted(
        message="The sync is in the queue.",
        task_id=name_of(created),
        namespace=namespace,
        source=wish.source,
        type=wish.type,
        mode=wish.mode,
    )


async def _priority(services: Services, who: Identity, namespace: str, asked: int | None) -> int:
    """The priority that was asked for, else the highest that the caller may ask for."""
    if asked is not None:
        if asked > ORDINARY_PRIORITY:
            await services.authorizer.require(who, Action.URGENT, namespace)
        return asked
    urgent = await services.authorizer.allowed(who, Action.URGENT, namespace)
    return MANUAL_PRIORITY if urgent else ORDINARY_PRIORITY


async def _source(
    services: Services, who: Identity, type_: str, name: str | None, namespace: str | None
) -> tuple[str, str]:
    """Namespace and name of the source that is meant."""
    readable = await services.readable(who, Kind.SOURCE, namespace)
    sources = services.cache.all(Kind.SOURCE, readable)
    if name is not None:
        found = await services.find(who, Kind.SOURCE, name, namespace)
        return namespace_of(found), name_of(found)
    services.require_known(Kind.SCHEDULE)
    candidates = sources_with_type(type_, sources, services.cache.all(Kind.SCHEDULE, readable))
    if not candidates:
        raise Problem(ProblemKind.NOT_FOUND, "There is no source to sync: create a SyncSource first.")
    if len(candidates) > 1:
        names = [f"{where}/{source}" for where, source in candidates]
        raise Problem(
            ProblemKind.AMBIGUOUS_SOURCE,
            f"Say which source is meant: {len(names)} of them may have {type_}.",
            candidates=names[:100],
        )
    return candidates[0]


def _already_running(twin: Object) -> Problem:
    shown: TaskView | None = task_view(twin)
    detail = f"{name_of(twin)} is running. Wait for it, or ask again with queue=true to have another one after it."
    return Problem(
        ProblemKind.ALREADY_RUNNING,
        detail,
        taskId=name_of(twin),
        state=TaskState.RUNNING.value,
        task=shown.to_dict() if shown else None,
    )
