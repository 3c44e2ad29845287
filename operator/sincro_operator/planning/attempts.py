"""The life of one task: what the end of an attempt, a cancellation or a deletion makes of it.

Decided here: every change of a task's state between its launch and its end, and which Jobs are stopped for it. A stop
is first written down (the last attempt gets its class before it has an end) and then carried out, so that a restart in
between knows why the Job ends. Not here: when a task is launched (planning.admission), or how an end is read (outcome).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.planning import dead_letter, retry
from sincro_operator.planning.actions import EventNote, StopJob
from sincro_operator.planning.clock import after, clock_time, soonest
from sincro_operator.planning.model import Attempt, Job, Limits, Task, TaskError, TaskStatus, WaitingFor
from sincro_operator.planning.observe import Alive, Stuck, look, occupies
from sincro_operator.planning.outcome import Ended
from sincro_operator.planning.priority import for_person

ATTEMPTS_KEPT = 20


@dataclass(frozen=True, slots=True)
class Step:
    """What a task's status should be, what else is to be done for it, and when to look at it again."""

    status: TaskStatus
    events: tuple[EventNote, ...] = ()
    stop: StopJob | None = None
    release: bool = False
    again: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """`now` decides; `stamp` dates what is recorded: never before what is recorded already, whatever the clock does."""

    now: datetime
    stamp: datetime


def advance(task: Task, jobs: Sequence[Job], moment: Moment, limits: Limits) -> Step:
    """The next step of a task that is not final, or is being deleted; `jobs` are all that belong to its uid."""
    status = task.status
    if status.state.final:
        return Step(status, release=task.deleting and task.finalizer)
    adopted = next((job for job in sorted(jobs, key=lambda j: j.launch) if job.launch > status.launches), None)
    if status.state is not TaskState.RUNNING and adopted is not None:
        mode = adopted.mode or status.effective_mode or task.mode
        status = launched(task, status, adopted.name.name, adopted.launch, adopted.created, mode)
        status = replace(status, source_revision=adopted.revision)
    if status.state is TaskState.RUNNING:
        current = next((job for job in jobs if job.name.name == status.job), None)
        return _running(task, status, current, moment, limits)
    if not (task.cancel or task.deleting):
        return Step(status)
    left = next((job for job in jobs if occupies(job)), None)
    if left is not None:
        return _stop(task, status, left, moment.now, limits)
    return _cancelled(task, status, moment)


def launched(task: Task, status: TaskStatus, job: str, launch: int, at: datetime, mode: Mode) -> TaskStatus:
    """The status of a task whose Job has been made."""
    number = status.attempt + 1
    return replace(
        status,
        state=TaskState.RUNNING,
        waiting_for=None,
        queue_position=None,
        estimated_start=None,
        effective_mode=mode,
        attempt=number,
        launches=launch,
        attempts=(*status.attempts, Attempt(number, job, at))[-ATTEMPTS_KEPT:],
        next_attempt_at=None,
        queued_at=status.queued_at or task.created,
        started_at=status.started_at or at,
        job=job,
    )


def stopping(status: TaskStatus, error: ErrorClass, message: str) -> TaskStatus:
    """The status of a running task whose Job is to be stopped, and why."""
    if not status.attempts:
        return status
    last = replace(status.attempts[-1], error_class=error, message=message)
    return replace(status, attempts=(*status.attempts[:-1], last))


def stop_reason(status: TaskStatus) -> ErrorClass | None:
    """Why the running attempt is being stopped; None when it is not."""
    if status.state is not TaskState.RUNNING or not status.attempts or status.attempts[-1].ended_at is not None:
        return None
    return status.attempts[-1].error_class


def _running(task: Task, status: TaskStatus, job: Job | None, moment: Moment, limits: Limits) -> Step:
    intent = stop_reason(status)
    unwanted = task.cancel or task.deleting
    sight = look(job, task.timeout, moment.now, limits) if job is not None else _vanished(status)
    if isinstance(sight, Ended):
        if sight.error is None:
            return _succeeded(task, status, sight, moment)
        if unwanted or intent is ErrorClass.CANCELLED:
            return _cancelled(task, _attempt_ended(status, ErrorClass.CANCELLED, "Stopped.", sight, moment), moment)
        if intent is not None:
            return _failed(task, status, TaskError(intent, status.attempts[-1].message), sight, moment)
        return _failed(task, status, _by_whom(task, job, sight, sight.error), sight, moment)
    assert job is not None  # noqa: S101 - only a Job that is there can be alive or stuck
    if intent is not None or unwanted:
        if intent is None:
            who = f" by {task.cancelled_by}" if task.cancelled_by and not task.deleting else ""
            status = stopping(
                status, ErrorClass.CANCELLED, "The task was deleted." if task.deleting else f"Cancelled{who}."
            )
        return _stop(task, status, job, moment.now, limits)
    if isinstance(sight, Stuck):
        return _stop(task, stopping(status, sight.error_class, sight.message), job, moment.now, limits)
    return Step(_told(status, sight, moment.now), again=sight.again)


def _vanished(status: TaskStatus) -> Ended:
    return Ended(
        TaskError(
            ErrorClass.DISRUPTED,
            f"The Job {status.job} is gone and left no result: it was deleted by hand, or removed before it was read.",
        )
    )


def _by_whom(task: Task, job: Job | None, end: Ended, error: TaskError) -> TaskError:
    """A pod that was deleted under a running sync dies with a code that nobody agreed on: say what happened instead."""
    deleted = job is not None and (job.deleting or any(pod.deleting for pod in job.pods))
    if error.error_class is not ErrorClass.UNKNOWN or not deleted:
        return error
    if end.started_at is not None and end.ended_at is not None and end.ended_at - end.started_at >= task.timeout:
        return TaskError(ErrorClass.TIMEOUT, "The sync ran into its time limit and was stopped by Kubernetes.")
    return TaskError(ErrorClass.DISRUPTED, "The Job or its pod was deleted while the sync ran.")


def _told(status: TaskStatus, sight: Alive, now: datetime) -> TaskStatus:
    """Where the pod does not start, people see why."""
    before = status.waiting_for
    if sight.trouble is None:
        return replace(status, waiting_for=None) if before is not None else status
    reason, message = sight.trouble
    if before is not None and before.reason == reason:
        return replace(status, waiting_for=replace(before, message=message))
    return replace(status, waiting_for=WaitingFor(reason, message, now))


def _stop(task: Task, status: TaskStatus, job: Job, now: datetime, limits: Limits) -> Step:
    reason = status.attempts[-1].message if status.attempts else "Stopped."
    if job.complete:
        # Nothing is left to stop. What its pod says of the result is on its way, and would go with the Job.
        return _given_up(task, status, now, limits, None)
    if not job.deleting:
        return Step(status, stop=StopJob(job, reason))
    again = None
    if job.deleted_at is not None:
        deadline = after(job.deleted_at, limits.stop_deadline)
        if now >= deadline and any(pod.occupies for pod in job.pods):
            return Step(status, stop=StopJob(job, f"{reason} Its pods did not end in time.", force=True))
        again = deadline if deadline > now else None
    return _given_up(task, status, now, limits, again)


def _given_up(task: Task, status: TaskStatus, now: datetime, limits: Limits, again: datetime | None) -> Step:
    """A deletion is not held for ever: after twice the deadline the task goes, its Job keeps the slot."""
    if not (task.deleting and task.finalizer and task.deleted_at is not None):
        return Step(status, again=again)
    last = after(task.deleted_at, limits.stop_deadline, limits.stop_deadline)
    return Step(status, release=now >= last, again=soonest(again, last if last > now else None))


# ---------------------------------------------------------------- ends


def _attempt_ended(
    status: TaskStatus, error: ErrorClass | None, message: str, end: Ended, moment: Moment
) -> TaskStatus:
    if not status.attempts:
        return status
    last = status.attempts[-1]
    last = replace(
        last,
        started_at=end.started_at or last.started_at,
        ended_at=end.ended_at or moment.stamp,
        error_class=error,
        message=message,
        node=end.node or last.node,
    )
    return replace(status, attempts=(*status.attempts[:-1], last), waiting_for=None)


def _succeeded(task: Task, status: TaskStatus, end: Ended, moment: Moment) -> Step:
    status = replace(
        _attempt_ended(status, None, "", end, moment),
        state=TaskState.SUCCEEDED,
        completed_at=moment.stamp,
        effective_mode=end.result.mode if end.result is not None else status.effective_mode,
        result=end.result,
        last_error=None,
    )
    if not for_person(task, status):
        return Step(status)
    result = end.result
    said = f"{result.created} created, {result.updated} updated, {result.deleted} deleted" if result else "no counts"
    return Step(status, (EventNote("Completed", f"{task.type}: {said}"),))


def _failed(task: Task, status: TaskStatus, error: TaskError, end: Ended, moment: Moment) -> Step:
    kind = error.error_class
    earlier = status.attempts[:-1]
    if not error.fingerprint:
        error = replace(error, fingerprint=dead_letter.fingerprint(kind, error.code, error.message))
    error = replace(error, at=moment.stamp)
    status = _attempt_ended(status, kind, error.message, end, moment)
    if not retry.costs_attempt(kind, earlier):
        return _given_back(status, error, moment)
    status = replace(status, last_error=error)
    if retry.exhausted(kind, status.attempt, task.retry):
        why = "no attempt can help before a person acts" if kind.permanent else f"attempt {status.attempt} was the last"
        dead = replace(status, state=TaskState.DEAD_LETTERED, completed_at=moment.stamp)
        return Step(dead, (EventNote("DeadLettered", f"{kind.value}: {error.message} ({why})", warning=True),))
    wait = retry.backoff(task.uid, status.attempt, task.retry, error.retry_after)
    status = replace(status, state=TaskState.RETRYING, next_attempt_at=after(moment.now, wait))
    note = f"Attempt {status.attempt} of {task.retry.max_attempts}: {kind.value}: {error.message}"
    return Step(status, (EventNote("AttemptFailed", note, warning=True),))


def _given_back(status: TaskStatus, error: TaskError, moment: Moment) -> Step:
    """Back to the queue, at its old place, at no cost."""
    status = replace(status, state=TaskState.QUEUED, attempt=max(0, status.attempt - 1))
    if error.error_class is ErrorClass.PREEMPTED:
        return Step(status, (EventNote("Preempted", error.message),))
    pause = retry.pause_after_disruption(status.attempts)
    status = replace(status, last_error=error, next_attempt_at=after(moment.now, pause) if pause else None)
    when = f"again at {clock_time(status.next_attempt_at)}" if status.next_attempt_at else "again at once"
    return Step(status, (EventNote("Disrupted", f"{error.message} It costs no attempt; {when}.", warning=True),))


def _cancelled(task: Task, status: TaskStatus, moment: Moment) -> Step:
    status = replace(
        status,
        state=TaskState.CANCELLED,
        completed_at=moment.stamp,
        waiting_for=None,
        queue_position=None,
        estimated_start=None,
        next_attempt_at=None,
    )
    by = f" by {task.cancelled_by}" if task.cancelled_by else ""
    note = EventNote("Cancelled", "The task was deleted." if task.deleting else f"Cancelled{by}.")
    return Step(status, (note,), release=task.deleting and task.finalizer)
