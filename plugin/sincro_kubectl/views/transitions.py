"""What is said while a sync is followed: the line for each step from one state to the next.

Decided here: which changes are worth a line. Steps say what happened to the sync; details say how far it is, and only
where no progress bar shows it.
"""

from dataclasses import dataclass
from datetime import datetime

from sincro_kubectl.instants import span
from sincro_kubectl.resources import Progress, Task
from sincro_kubectl.views.outcome import outcome
from sincro_kubectl.views.tasks import attempt_words, place, progress_words

_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Note:
    """One line about a task. `mood` is good, bad, doubt, busy or faint; `detail` is for where there is no bar."""

    task: str
    text: str
    mood: str = "faint"
    detail: bool = False


def notes(before: Task | None, after: Task, now: datetime) -> list[Note]:
    """What to say about a task that was seen as `before` and is `after` now."""
    if before == after:
        return []
    if after.final:
        return [_end(after)] if before is None or not before.final else []
    found = []
    if before is None or before.state != after.state or before.attempt != after.attempt:
        found += _state(before, after, now)
    if after.cancel and (before is None or not before.cancel):
        found.append(Note(after.name, f"is being cancelled{_by(after.cancelled_by)}", "doubt"))
    if after.waiting_message and (before is None or before.waiting_message != after.waiting_message):
        found.append(Note(after.name, _waits(after, now), "doubt"))
    if after.state == "Running":
        progress = _progress(before.progress if before is not None else None, after.progress)
        found += [Note(after.name, progress, detail=True)] if progress else []
    return found


def _by(who: str) -> str:
    return f" by {who}" if who else ""


def _state(before: Task | None, after: Task, now: datetime) -> list[Note]:
    if after.state == "Running":
        return [Note(after.name, f"{after.mode} of {after.type} runs, {attempt_words(after)}", "busy")]
    if after.state == "Retrying":
        failure = f": {after.failure.error}: {after.failure.message}" if after.failure is not None else ""
        again = f"; tries again in {span(after.next_attempt - now)}" if after.next_attempt is not None else ""
        return [Note(after.name, f"{attempt_words(after)} failed{failure.rstrip('.')}{again}", "bad")]
    if before is not None and before.state == "Running":
        last = after.attempts[-1].message if after.attempts else ""
        return [Note(after.name, f"is back in the queue{f': {last}' if last else ''}", "doubt")]
    return [Note(after.name, "is queued")]


def _waits(task: Task, now: datetime) -> str:
    where = place(task, now)
    return f"waits: {task.waiting_message}" + (f" ({where})" if where else "")


def _progress(before: Progress | None, after: Progress | None) -> str:
    """A line for a new phase, each tenth of a known total, and each doubling while the total is unknown."""
    if after is None or not after.phase or after == before:
        return ""
    if before is None or before.phase != after.phase:
        return progress_words(after)
    if after.share is not None:
        crossed = int(after.share * _TENTHS) > int((before.share or 0.0) * _TENTHS)
        return progress_words(after) if crossed else ""
    doubled = after.current.bit_length() > before.current.bit_length()
    return progress_words(after) if doubled else ""


def _end(task: Task) -> Note:
    mood = {"Succeeded": "good", "DeadLettered": "bad", "Cancelled": "doubt"}.get(task.state, "faint")
    return Note(task.name, outcome(task), mood)
