"""Why a task is where it is, sentence by sentence.

Decided here: the words. The reason itself is the operator's (`status.waitingFor`); nothing is guessed in its place
except that a task nobody has looked at means that nobody is looking.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import SyncTask, TaskState
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.resources import created_at, name_of, read_task, source_of, state_of, type_of

_UNSEEN = timedelta(seconds=20)

ADVICE: dict[ErrorClass, str] = {
    ErrorClass.CONFIG_INVALID: "Correct the profile or the source, then retry.",
    ErrorClass.CREDENTIALS_REJECTED: "Correct the credentials in the Secret, then retry; nothing logs in before that.",
    ErrorClass.LOCALE_MISMATCH: "The ERP did not speak the expected language: look at the screenshot and the profile.",
    ErrorClass.SCHEMA_DRIFT: "The ERP's page has changed: compare the screenshot with the profile, correct it, retry.",
    ErrorClass.GUARD_TRIPPED: "More rows were missing than the profile allows. If that is right, retry and confirm it.",
}


def explain(obj: Object, now: datetime, neighbours: Iterable[Object] = ()) -> list[str]:
    """Sentences about a task. `neighbours`: tasks among which those that hold its slot are looked for."""
    task = read_task(obj)
    if task is None:
        return ["This task was written by another version of Sincro and cannot be read."]
    status = task.status
    if status.state is TaskState.QUEUED:
        return _queued(obj, task, now, neighbours)
    if status.state is TaskState.RUNNING:
        return _running(task)
    if status.state is TaskState.RETRYING:
        return _retrying(task)
    return _ended(task)


def _queued(obj: Object, task: SyncTask, now: datetime, neighbours: Iterable[Object]) -> list[str]:
    status = task.status
    if obj.get("status") is None:
        if now - created_at(obj) >= _UNSEEN:
            return [
                "The operator has not looked at this task yet: it may be down. It takes the task up when it is back."
            ]
        return ["The operator is about to look at this task."]
    sentences = [status.waiting_for.message] if status.waiting_for and status.waiting_for.message else []
    holders = [
        name_of(other)
        for other in neighbours
        if state_of(other) is TaskState.RUNNING
        and source_of(other) == task.spec.source_ref.name
        and type_of(other) == task.spec.type
        and name_of(other) != name_of(obj)
    ]
    for holder in holders:
        if not any(holder in sentence for sentence in sentences):
            sentences.append(f"{holder} is running now.")
    if status.queue_position == 1:
        sentences.append("It is the next one to run.")
    elif status.queue_position:
        before = status.queue_position - 1
        sentences.append(f"{before} {'sync is' if before == 1 else 'syncs are'} ahead of it in the queue.")
    return sentences or ["It waits for the operator's next look."]


def _running(task: SyncTask) -> list[str]:
    attempt = f"Attempt {task.status.attempt} of {task.spec.retry_policy.max_attempts} is running."
    return [attempt, "It has been asked to stop."] if task.spec.cancel else [attempt]


def _retrying(task: SyncTask) -> list[str]:
    status = task.status
    sentences = [f"Attempt {status.attempt} of {task.spec.retry_policy.max_attempts} failed."]
    if status.last_error:
        sentences.append(status.last_error.message)
    if status.waiting_for and status.waiting_for.message and status.waiting_for.message not in sentences:
        sentences.append(status.waiting_for.message)
    return sentences


def _ended(task: SyncTask) -> list[str]:
    status, spec = task.status, task.spec
    if status.state is TaskState.DEAD_LETTERED:
        return [*_given_up(task)]
    if status.state is TaskState.CANCELLED:
        return [f"{spec.cancelled_by} cancelled it." if spec.cancelled_by else "It was cancelled."]
    if status.state is TaskState.SUPERSEDED:
        by = status.superseded_by
        return [f"{by} does its work too." if by else "Another task does its work too."]
    if status.state is TaskState.SHADOWED:
        return ["Its schedule is in shadow mode: it is recorded that it would have run, and nothing ran."]
    if status.result and status.result.skipped:
        return [f"Nothing had to be read: {status.result.skipped}"]
    return ["It succeeded."]


def _given_up(task: SyncTask) -> Iterable[str]:
    error = task.status.last_error
    if error is None:
        yield "It was given up."
        return
    yield error.message
    advice = advice_for(error.error_class)
    if advice:
        yield advice
    else:
        yield f"It was given up after {task.status.attempt} of {task.spec.retry_policy.max_attempts} attempts."


def advice_for(error_class: str) -> str | None:
    """What a person can do about a class of errors; None where waiting and retrying is all."""
    return ADVICE.get(ErrorClass(error_class)) if error_class in set(ErrorClass) else None
