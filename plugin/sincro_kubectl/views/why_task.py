"""Why a sync does not run, when it will, who holds its slot, who asked, what failed last, what to do.

Decided here: which questions are answered for which state, and who is named as the blocker: the operator's own reason
comes first and word for word; the syncs that are in its way, and what they in turn wait for, are added to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sincro_kubectl.fields import Document, filled
from sincro_kubectl.instants import ago, ahead, clock, iso, span
from sincro_kubectl.resources import WAITING, Task
from sincro_kubectl.table import ordinal, plural
from sincro_kubectl.views import advice
from sincro_kubectl.views.outcome import outcome
from sincro_kubectl.views.tasks import attempt_words, progress_words, running_for

_UNSEEN = timedelta(seconds=15)
_UNSEEN_SCHEDULED = timedelta(seconds=60)
"""How long a task may go without a status before somebody should ask whether the operator is there: it explains a
person's task at once and a scheduled one after half a minute."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `question` is a word for the margin: Why, Queue, Slot, Start, Asked, Failed, Evidence, Do."""

    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say about one object."""

    kind: str
    namespace: str
    name: str
    headline: str
    answers: tuple[Answer, ...]
    facts: Document
    """The same in words and instants for programs."""


def why_task(task: Task, neighbours: Iterable[Task], now: datetime, zone: tzinfo | None) -> Explanation:
    """Answer for one task. `neighbours` are tasks of its namespace that have not ended; zone is the reader's."""
    others = [other for other in neighbours if other.name != task.name and not other.final]
    chain = blockers(task, others)
    answers = [
        *_why(task, now),
        *_queue(task, others),
        *(Answer("Slot" if one.state == "Running" else "Before", blocker_words(one, now)) for one in chain),
        *_start(task, now, zone),
        Answer("Asked", _asked(task, now)),
        *_failed(task, now, zone),
        *_evidence(task),
        *_do(task, chain, now),
    ]
    return Explanation("SyncTask", task.namespace, task.name, _headline(task, now), tuple(answers), _facts(task, chain))


def blockers(task: Task, others: Sequence[Task]) -> tuple[Task, ...]:
    """Who is in the way of a task that waits, and who is in the way of those that wait themselves, and so on.

    At most three of each; none where a rule holds it back rather than somebody. Limits over all namespaces are the
    operator's to know: there it is those that can be seen from here.
    """
    found: dict[str, Task] = {}
    asked = [task]
    while asked:
        one = asked.pop(0)
        for other in _in_the_way(one, others)[:_NAMED]:
            if other.name not in found and other.name != task.name:
                found[other.name] = other
                asked.append(other)
    return tuple(found.values())


def _in_the_way(task: Task, others: Sequence[Task]) -> list[Task]:
    if task.state not in WAITING:
        return []
    running = [other for other in others if other.state == "Running"]
    own = [other for other in running if other.source == task.source]
    match task.waiting_reason:
        case "TypeBusy":
            return [other for other in own if other.type == task.type]
        case "SourceBusy":
            return own
        case "TypeLimit":
            return [other for other in running if other.type == task.type]
        case "GlobalLimit":
            return running
        case "QueuedBehind":
            words = set(task.waiting_message.replace(",", " ").split())
            return [other for other in others if other.name in words] or _before(task, others)[:1]
        case _:
            return []


def _before(task: Task, others: Sequence[Task]) -> list[Task]:
    """Those of the same source that go first, the first one first."""
    ahead_of_it = (
        other
        for other in others
        if other.state in WAITING and other.source == task.source and (other.position or 0) < (task.position or 0)
    )
    return sorted((one for one in ahead_of_it if one.position), key=lambda one: (one.position or 0, one.name))


def blocker_words(blocker: Task, now: datetime) -> str:
    """Who is in the way, for whom, for how long, and how far it is or what it waits for itself."""
    words = f"{blocker.name}: {blocker.mode} of {blocker.type} for {blocker.asker}"
    if blocker.state != "Running":
        return f"{words}, waits itself: {blocker.waiting_message or 'the operator has given no reason yet.'}"
    passed = running_for(blocker, now)
    words += f", runs for {passed}" if passed else ""
    if blocker.cancel:
        return f"{words}; it is being cancelled, and the slot is free when its pod is gone."
    if blocker.waiting_message:
        return f"{words}; it does not get on: {blocker.waiting_message}"
    return f"{words}, {progress_words(blocker.progress)}."


def _headline(task: Task, now: datetime) -> str:
    what = f"{task.mode} of {task.type} from {task.source}" + (" (dry run)" if task.dry_run else "")
    match task.state:
        case "Running":
            passed = running_for(task, now)
            words = f"is {'being cancelled' if task.cancel else 'running'}" + (f", for {passed}" if passed else "")
            return f"{what}: {words}, {attempt_words(task)}, {progress_words(task.progress)}."
        case "Queued" | "Retrying":
            since = task.queued or task.created
            word = "queued" if task.state == "Queued" else f"waiting for another attempt ({attempt_words(task)} failed)"
            return f"{what}: {word}" + (f", for {span(now - since)}." if since is not None else ".")
        case _:
            return f"{what}: {outcome(task).rstrip('.')}, {ago(task.completed, now)}."


def _why(task: Task, now: datetime) -> list[Answer]:
    if not task.seen and not task.final:
        young = _young(task, now)
        return [
            Answer(
                "Why", "The operator has not looked at it yet" + (", it is quite new." if young else ": is it running?")
            )
        ]
    if task.waiting_message:
        since = f" (for {span(now - task.waiting_since)})" if task.waiting_since is not None else ""
        return [Answer("Why", f"{task.waiting_message}{since}")]
    if task.state == "Queued":
        return [Answer("Why", "The operator has given no reason yet.")]
    return []


def _young(task: Task, now: datetime) -> bool:
    patience = _UNSEEN_SCHEDULED if task.triggered_by == "Scheduler" else _UNSEEN
    return task.created is not None and now - task.created < patience


def _queue(task: Task, others: Sequence[Task]) -> list[Answer]:
    if task.state not in WAITING or not task.position:
        return []
    if task.position == 1:
        return [Answer("Queue", f"It is the next one, with priority {task.priority}.")]
    before = _before(task, others)
    names = ", ".join(f"{one.name} ({one.asker}, priority {one.priority})" for one in before[-_NAMED:])
    ahead_of_it = f"; before it: {'... ' if len(before) > _NAMED else ''}{names}" if names else ""
    return [Answer("Queue", f"It is the {ordinal(task.position)}, with priority {task.priority}{ahead_of_it}.")]


def _start(task: Task, now: datetime, zone: tzinfo | None) -> list[Answer]:
    if task.state not in WAITING:
        return []
    for instant, words in (
        (task.not_before, "Not before"),
        (task.next_attempt, "The next attempt at"),
        (task.estimated_start, "About"),
    ):
        if instant is not None and instant > now:
            return [Answer("Start", f"{words} {clock(instant, now, zone)} ({ahead(instant, now)}).")]
    if task.estimated_start is not None:
        return [Answer("Start", "Any moment.")]
    return [Answer("Start", "Not known: it depends on what it waits for.")] if task.seen else []


def _asked(task: Task, now: datetime) -> str:
    match task.triggered_by:
        case "Scheduler":
            who = f"The schedule {task.schedule}" if task.schedule else "A schedule"
        case "Retry":
            who = f"{task.requested_by or 'Somebody'}, to repeat {task.retry_of}"
        case trigger:
            who = task.requested_by or f"Somebody ({trigger})"
    words = f"{who}, {ago(task.created, now)}."
    if task.merged:
        others = ", ".join(dict.fromkeys(other or name for other, name in task.merged))
        words += f" {plural(len(task.merged), 'request has', 'requests have')} joined it: {others}."
    return words


def _failed(task: Task, now: datetime, zone: tzinfo | None) -> list[Answer]:
    failures = [attempt for attempt in task.attempts if attempt.error]
    if task.state == "DeadLettered" and len(failures) < 2:
        return []  # the headline has said it
    found = []
    for attempt in failures[-_NAMED:]:
        when = f" at {clock(attempt.ended, now, zone)}" if attempt.ended is not None else ""
        node = f" on {attempt.node}" if attempt.node else ""
        found.append(Answer("Failed", f"Attempt {attempt.number}{when}{node}: {attempt.error}: {attempt.message}"))
    if not found and task.failure is not None and not task.final:
        found.append(Answer("Failed", f"{task.failure.error}: {task.failure.message}"))
    return found


def _evidence(task: Task) -> list[Answer]:
    if task.failure is None or task.state == "Succeeded":
        return []
    return [Answer("Evidence", artifact) for artifact in task.failure.artifacts]


def _do(task: Task, chain: Sequence[Task], now: datetime) -> list[Answer]:
    if task.state == "DeadLettered":
        hint = advice.about_error(task.failure.error) if task.failure is not None else ""
        return [Answer("Do", words) for words in (hint, retry_command(task)) if words]
    if task.state == "Superseded" and task.superseded_by:
        return [Answer("Do", f"kubectl sincro why {task.superseded_by}")]
    if task.state not in WAITING or (task.seen and not task.waiting_reason):
        return []
    if not task.seen:
        look = "kubectl get pods -A -l app.kubernetes.io/part-of=sincro"
        return [] if _young(task, now) else [Answer("Do", f"See whether the operator runs: {look}")]
    if chain and chain[0].triggered_by != "Scheduler":
        return [
            Answer("Do", f"Nothing: it starts by itself. If it is more urgent: kubectl sincro cancel {chain[0].name}")
        ]
    hint = advice.about_waiting(task.waiting_reason, source=task.source, type_=task.type, schedule=task.schedule)
    return [Answer("Do", hint)] if hint else []


def retry_command(task: Task) -> str:
    """The command that repeats a dead letter."""
    confirm = " --confirm-deletions" if task.failure is not None and task.failure.error == "GuardTripped" else ""
    return f"kubectl sincro retry {task.name}{confirm}"


def _facts(task: Task, chain: Sequence[Task]) -> Document:
    failure = task.failure
    return filled(
        {
            "state": task.state,
            "source": task.source,
            "type": task.type,
            "mode": task.mode,
            "priority": task.priority,
            "waitingFor": task.waiting_reason or None,
            "since": iso(task.waiting_since),
            "queuePosition": task.position,
            "estimatedStart": iso(task.estimated_start),
            "nextAttemptAt": iso(task.next_attempt),
            "heldBy": [one.name for one in chain],
            "triggeredBy": task.triggered_by,
            "requestedBy": task.requested_by or None,
            "schedule": task.schedule or None,
            "lastError": filled(
                {
                    "class": failure.error,
                    "message": failure.message,
                    "fingerprint": failure.fingerprint or None,
                    "artifacts": list(failure.artifacts),
                }
            )
            if failure is not None
            else None,
        }
    )
