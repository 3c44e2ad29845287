"""One action -> the calls that carry it out. Idempotent: doing it again after any crash or lost answer ends the same.

Decided here: what an answer means for the action, and that it is taken into the cache at once. Not here: when an action
is tried again (`cluster.actuator`), or whether it was right (planning).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sincro_operator.cluster.api import (
    JOBS,
    PODS,
    SCHEDULES,
    SOURCES,
    TASKS,
    AlreadyExists,
    Api,
    Conflict,
    Invalid,
    NotFound,
    Object,
    Resource,
)
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.events import Recorder
from sincro_operator.cluster.facts import FINALIZER
from sincro_operator.cluster.fields import child, children
from sincro_operator.cluster.job import JobSettings, build_job
from sincro_operator.cluster.render import (
    conditions_document,
    difference,
    schedule_document,
    source_document,
    task_document,
)
from sincro_operator.cluster.task import build_task
from sincro_operator.planning.actions import (
    Action,
    ArchiveTask,
    CreateTask,
    EventNote,
    LaunchJob,
    PruneTask,
    StopJob,
    WriteSchedule,
    WriteSource,
    WriteTask,
)
from sincro_operator.planning.conditions import (
    Condition,
    schedule_conditions,
    source_conditions,
    task_conditions,
)
from sincro_operator.planning.model import Name, Schedule, ScheduleStatus, Source, SourceStatus, Task, TaskStatus

logger = logging.getLogger(__name__)

_ARCHIVE_PATIENCE = 1.0
"""Seconds that a final status waits for its row to be committed, so that one write carries both."""


def about(task: Task) -> dict[str, object]:
    """Which task and attempt a line of the log is about."""
    return {"namespace": task.name.namespace, "task": task.name.name, "attempt": task.status.attempt}


class Archive(Protocol):
    """The history, as far as writes need it."""

    async def store(self, task: Task, status: TaskStatus) -> None:
        """Commit the task's row. Raises ArchiveUnavailable."""
        ...


class ArchiveUnavailable(Exception):
    """The row was not committed, or nobody knows."""


class NotOurs(Exception):
    """The name that was to be created is taken by something that belongs to somebody else."""


class Writes:
    """Carries out actions. Raises ApiError, ArchiveUnavailable or NotOurs; then the action has to be planned again."""

    def __init__(
        self,
        api: Api,
        cache: Cache,
        jobs: JobSettings,
        recorder: Recorder,
        archive: Archive | None,
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._cache = cache
        self._jobs = jobs
        self._recorder = recorder
        self._archive = archive
        self._now = now

    async def carry_out(self, action: Action) -> None:
        """Do what the action says; afterwards the cache holds the result and its Events are noted."""
        match action:
            case LaunchJob():
                await self.create_job(action)
                await self.confirm_launch(action)
            case StopJob():
                await self._stop(action)
            case WriteTask():
                await self._write_task(action)
            case CreateTask():
                await self._create_task(action)
            case WriteSchedule():
                await self._write_schedule(action)
            case WriteSource():
                await self._write_source(action)
            case ArchiveTask():
                await self._archive_task(action)
            case PruneTask():
                await self._delete(TASKS, action.task.name, action.task.uid)

    # ------------------------------------------------------------ Jobs

    async def create_job(self, action: LaunchJob) -> None:
        """The first half of a launch: the Job is there, and it is this task's."""
        try:
            job = await self._api.create(JOBS, action.job.namespace, build_job(action, self._jobs))
        except AlreadyExists:
            job = await self._api.get(JOBS, action.job)
            if not _owned_by(job, action.task.uid):
                raise NotOurs(f"the Job {action.job.name} exists and belongs to another object") from None
            logger.info("job_adopted", extra=about(action.task) | {"job": action.job.name})
        except Invalid as error:
            self._cache.checks.reject(action.source, str(error))
            raise
        self._cache.jobs.upsert(job)

    async def confirm_launch(self, action: LaunchJob) -> None:
        """The second half: the task says that it runs."""
        await self._patch_task(action.task, action.status)
        self._note(TASKS, action.task, [action.event] if action.event is not None else [])

    async def _stop(self, action: StopJob) -> None:
        job = action.job
        if action.force or not job.uid:
            for pod in job.pods:
                await self._delete(PODS, Name(job.name.namespace, pod.name), pod.uid, force=action.force)
        held = self._cache.snapshot.job(job.name)
        if job.uid and not job.deleting and not (held is not None and held.uid == job.uid and held.complete):
            # As it is known here: one that has ended well meanwhile takes its result with it when it is deleted.
            version = self._cache.jobs.version(job.name)
            await self._delete(JOBS, job.name, job.uid, version=version, wait_for_pods=True)

    async def _delete(
        self,
        resource: Resource,
        name: Name,
        uid: str,
        *,
        version: str | None = None,
        force: bool = False,
        wait_for_pods: bool = False,
    ) -> None:
        """Delete this very object, at this version; one that is gone or is another by now is taken in as it is."""
        shelf = self._cache.shelves[resource]
        try:
            answer = await self._api.delete(
                resource,
                name,
                uid=uid,
                version=version,
                grace_seconds=0 if force else None,
                propagation="Foreground" if wait_for_pods else "Background",
            )
        except NotFound:
            shelf.forget(name)
        except Conflict:
            shelf.upsert(await self._api.get(resource, name))
        else:
            if child(answer, "metadata").get("deletionTimestamp") is not None:
                shelf.upsert(answer)
            else:
                shelf.forget(name)

    # ------------------------------------------------------------ tasks

    async def _create_task(self, action: CreateTask) -> None:
        try:
            task = await self._api.create(TASKS, action.name.namespace, build_task(action))
        except AlreadyExists:
            task = await self._api.get(TASKS, action.name)
            if not _owned_by(task, action.schedule.uid):
                raise NotOurs(f"the SyncTask {action.name.name} exists and belongs to another object") from None
        self._cache.tasks.upsert(task)

    async def _write_task(self, action: WriteTask) -> None:
        status = action.status
        if self._archive is not None and status.state.final and not status.archived:
            status = await self._archived(action.task, status)
        await self._patch_task(action.task, status)
        self._note(TASKS, action.task, action.events)
        if action.release and action.task.finalizer:
            await self._release(action.task)

    async def _archived(self, task: Task, status: TaskStatus) -> TaskStatus:
        """The status with `archived` set where its row could be committed at once; else as it is."""
        assert self._archive is not None  # noqa: S101 - the caller looked
        done = replace(status, archived=True)
        try:
            async with asyncio.timeout(_ARCHIVE_PATIENCE):
                await self._archive.store(task, done)
        except (ArchiveUnavailable, TimeoutError) as error:
            logger.warning("archive_later", extra=about(task) | {"error": str(error)})
            return status
        return done

    async def _archive_task(self, action: ArchiveTask) -> None:
        if self._archive is None:
            raise ArchiveUnavailable("no history is configured")
        status = replace(action.status, archived=True)
        await self._archive.store(action.task, status)
        await self._patch_task(action.task, status)

    async def _patch_task(self, task: Task, status: TaskStatus) -> None:
        status = replace(status, observed_generation=task.generation)
        old = task_document(task.status) | self._conditions(task, task.status, task_conditions(task, task.status))
        new = task_document(status) | self._conditions(task, status, task_conditions(task, status))
        planned = replace(task, status=status)
        await self._patch_status(TASKS, planned, old if task.status_known else {}, new)

    async def _release(self, task: Task) -> None:
        current = await self._api.get(TASKS, task.name)
        finalizers = [f for f in child(current, "metadata").get("finalizers") or [] if f != FINALIZER]
        version = child(current, "metadata").get("resourceVersion")
        body = {"metadata": {"finalizers": finalizers, "resourceVersion": version}}
        self._cache.tasks.upsert(await self._api.patch(TASKS, task.name, body))

    # ------------------------------------------------------------ schedules and sources

    async def _write_schedule(self, action: WriteSchedule) -> None:
        schedule = action.schedule
        status = replace(action.status, observed_generation=schedule.generation)
        old_conditions = schedule_conditions(schedule, schedule.status)
        new_conditions = schedule_conditions(schedule, status)
        old = schedule_document(schedule.status) | self._conditions(schedule, schedule.status, old_conditions)
        new = schedule_document(status) | self._conditions(schedule, status, new_conditions)
        known = bool(self._cache.transitions(schedule.uid))
        await self._patch_status(SCHEDULES, replace(schedule, status=status), old if known else {}, new)
        self._note(SCHEDULES, schedule, action.events)

    async def _write_source(self, action: WriteSource) -> None:
        source = action.source
        status = replace(action.status, observed_generation=source.generation)
        old_conditions = source_conditions(source, source.status)
        new_conditions = source_conditions(source, status)
        old = source_document(source.status) | self._conditions(source, source.status, old_conditions)
        new = source_document(status) | self._conditions(source, status, new_conditions)
        known = bool(self._cache.transitions(source.uid))
        await self._patch_status(SOURCES, replace(source, status=status), old if known else {}, new)
        self._note(SOURCES, source, action.events)

    # ------------------------------------------------------------ all of them

    def _conditions(
        self,
        fact: Task | Schedule | Source,
        status: TaskStatus | ScheduleStatus | SourceStatus,
        conditions: Sequence[Condition],
    ) -> Object:
        before, generation = self._cache.transitions(fact.uid), status.observed_generation or fact.generation
        return {"conditions": conditions_document(conditions, before, self._now(), generation)}

    async def _patch_status(self, resource: Resource, fact: Task | Schedule | Source, old: Object, new: Object) -> None:
        """Write what differs, on the version that was planned on; the answer, or a newer version, is taken in."""
        changes = difference(old, new)
        if not changes:
            # Two statuses that are spelled alike (a microsecond, a cut message): the planned one counts as written.
            self._cache.accept(fact)
            return
        shelf = self._cache.shelves[resource]
        body = {"metadata": {"resourceVersion": fact.resource_version}, "status": changes}
        try:
            answer = await self._api.patch(resource, fact.name, body, subresource="status")
        except NotFound:
            shelf.forget(fact.name)
            raise
        except Conflict:
            await self._look_again(resource, fact.name)
            raise
        shelf.upsert(answer)

    async def _look_again(self, resource: Resource, name: Name) -> None:
        try:
            self._cache.shelves[resource].upsert(await self._api.get(resource, name))
        except NotFound:
            self._cache.shelves[resource].forget(name)

    def _note(self, resource: Resource, fact: Task | Schedule | Source, events: Sequence[EventNote]) -> None:
        for event in events:
            self._recorder.note(resource, fact, event)


def _owned_by(obj: Object, uid: str) -> bool:
    return any(owner.get("uid") == uid for owner in children(child(obj, "metadata"), "ownerReferences"))
