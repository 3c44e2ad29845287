"""Why a task is where it is, sentence by sentence.

Decided here: the words. The reason itself is the operator's (`status.waitingFor`); nothing is guessed in its place
except that a task nobody has looked at means that nobody is looking.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import Field

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.model import Document
from sincro_contract.resources.sync_task import SyncTask, TaskState
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.resources import created_at, name_of, read_task, source_of, state_of, type_of
from sincro_dashboard.views.waiting import Surroundings, waiting_values

_UNSEEN = timedelta(seconds=20)
_ERROR_CLASSES = frozenset(word.value for word in ErrorClass)

ADVICE: dict[ErrorClass, str] = {
    ErrorClass.CONFIG_INVALID: "Correct the profile or the source, then retry.",
    ErrorClass.CREDENTIALS_REJECTED: "Correct the credentials in the Secret, then retry; nothing logs in before that.",
    ErrorClass.LOCALE_MISMATCH: "The ERP did not speak the expected language: look at the screenshot and the profile.",
    ErrorClass.SCHEMA_DRIFT: "The ERP's page has changed: compare the screenshot with the profile, correct it, retry.",
    ErrorClass.GUARD_TRIPPED: "More rows were missing than the profile allows. If that is right, retry and confirm it.",
}


class Sentence(Document):
    """One sentence, for people and for programs that say it in another language."""

    code: str = Field(description="What is said, in one word", examples=["QueuePosition"])
    text: str = Field(description="The sentence in English", examples=["2 syncs are ahead of it in the queue."])
    values: dict[str, str] = Field(
        default_factory=dict, description="What the sentence is about", examples=[{"n": "2"}]
    )


def explain(
    obj: Object, now: datetime, neighbours: Iterable[Object] = (), sources: Iterable[Object] = ()
) -> list[Sentence]:
    """Sentences about a task. `neighbours`: tasks among which those that hold its slot are looked for."""
    neighbours = list(neighbours)
    around = Surroundings.of(sources, neighbours)
    task = read_task(obj)
    if task is None:
        return [_say("OtherVersion", "This task was written by another version of Sincro and cannot be read.")]
    status = task.status
    if status.state is TaskState.QUEUED:
        return _queued(obj, task, now, neighbours, around)
    if status.state is TaskState.RUNNING:
        return _running(obj, task, around)
    if status.state is TaskState.RETRYING:
        return _retrying(obj, task, around)
    return _ended(task)


def _say(code: str, text: str, **values: object) -> Sentence:
    return Sentence(code=code, text=text, values={name: str(value) for name, value in values.items()})


def _waits(obj: Object, task: SyncTask, around: Surroundings) -> list[Sentence]:
    """The operator's own sentence about its wait, if there is one."""
    waiting = task.status.waiting_for
    if waiting is None or not waiting.message:
        return []
    return [Sentence(code=waiting.reason, text=waiting.message, values=waiting_values(obj, task, around))]


def _queued(
    obj: Object, task: SyncTask, now: datetime, neighbours: Iterable[Object], around: Surroundings
) -> list[Sentence]:
    status = task.status
    if obj.get("status") is None:
        if now - created_at(obj) >= _UNSEEN:
            text = "The operator has not looked at this task yet: it may be down. It takes the task up when it is back."
            return [_say("OperatorAway", text)]
        return [_say("OperatorAboutTo", "The operator is about to look at this task.")]
    sentences = _waits(obj, task, around)
    for holder in _holders(obj, task, neighbours):
        if not any(holder in sentence.text for sentence in sentences):
            sentences.append(_say("HeldBy", f"{holder} is running now.", task=holder))
    if status.queue_position == 1:
        sentences.append(_say("NextToRun", "It is the next one to run."))
    elif status.queue_position:
        before = status.queue_position - 1
        words = f"{before} {'sync is' if before == 1 else 'syncs are'} ahead of it in the queue."
        sentences.append(_say("QueuePosition", words, n=before))
    return sentences or [_say("OperatorAboutTo", "It waits for the operator's next look.")]


def _holders(obj: Object, task: SyncTask, neighbours: Iterable[Object]) -> list[str]:
    """Tasks of the same source and type that run now: there can be only one."""
    return [
        name_of(other)
        for other in neighbours
        if state_of(other) is TaskState.RUNNING
        and source_of(other) == task.spec.source_ref.name
        and type_of(other) == task.spec.type
        and name_of(other) != name_of(obj)
    ]


def _running(obj: Object, task: SyncTask, around: Surroundings) -> list[Sentence]:
    n, of = task.status.attempt, task.spec.retry_policy.max_attempts
    sentences = [_say("AttemptRuns", f"Attempt {n} of {of} is running.", n=n, of=of)]
    if task.spec.cancel:
        sentences.append(_say("Stopping", "It has been asked to stop."))
    # A pod that does not start is a reason too.
    return sentences + _waits(obj, task, around)


def _retrying(obj: Object, task: SyncTask, around: Surroundings) -> list[Sentence]:
    status, of = task.status, task.spec.retry_policy.max_attempts
    sentences = [_say("AttemptFailed", f"Attempt {status.attempt} of {of} failed.", n=status.attempt, of=of)]
    if status.last_error:
        sentences.append(_say("Error", status.last_error.message))
    if status.waiting_for and status.waiting_for.message not in ("", *(sentence.text for sentence in sentences)):
        sentences += _waits(obj, task, around)
    return sentences


def _ended(task: SyncTask) -> list[Sentence]:
    status, spec = task.status, task.spec
    by = status.superseded_by
    if status.state is TaskState.DEAD_LETTERED:
        return _given_up(task)
    if status.state is TaskState.CANCELLED and spec.cancelled_by:
        return [_say("CancelledBy", f"{spec.cancelled_by} cancelled it.", user=spec.cancelled_by)]
    if status.state is TaskState.CANCELLED:
        return [_say("Cancelled", "It was cancelled.")]
    if status.state is TaskState.SUPERSEDED and by:
        return [_say("Superseded", f"{by} does its work too.", task=by)]
    if status.state is TaskState.SHADOWED:
        text = "Its schedule is in shadow mode: it is recorded that it would have run, and nothing ran."
        return [_say("Shadowed", text)]
    if status.result and status.result.skipped:
        return [_say("NothingChanged", f"Nothing had to be read: {status.result.skipped}")]
    return [_say(status.state.value, "It succeeded." if status.state is TaskState.SUCCEEDED else "It is over.")]


def _given_up(task: SyncTask) -> list[Sentence]:
    error, of = task.status.last_error, task.spec.retry_policy.max_attempts
    if error is None:
        return [_say("GivenUp", "It was given up.")]
    advice = advice_for(error.error_class)
    if advice:
        return [_say("Error", error.message), _say(f"Advice{error.error_class}", advice)]
    n = task.status.attempt
    words = f"It was given up after {n} of {of} attempts."
    return [_say("Error", error.message), _say("GivenUpAfter", words, n=n, of=of)]


def advice_for(error_class: str) -> str | None:
    """What a person can do about a class of errors; None where waiting and retrying is all."""
    return ADVICE.get(ErrorClass(error_class)) if error_class in _ERROR_CLASSES else None
