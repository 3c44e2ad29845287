"""Phrases about one task that several views share. Nothing is decided here but the words."""

from datetime import datetime

from sincro_kubectl.instants import ahead, span
from sincro_kubectl.palette import Palette
from sincro_kubectl.resources import Progress, Task
from sincro_kubectl.table import ordinal


def identity(task: Task, *, everywhere: bool) -> str:
    """The task's name, with its namespace where several are shown."""
    return f"{task.namespace}/{task.name}" if everywhere else task.name


def progress_words(progress: Progress | None) -> str:
    """`read 45% (540 of 1,200)`, `read 540`, `login`, `starting`."""
    if progress is None or not progress.phase:
        return "starting"
    if progress.share is not None:
        return f"{progress.phase} {int(progress.share * 100)}% ({progress.current:,} of {progress.total:,})"
    return f"{progress.phase} {progress.current:,}" if progress.current else progress.phase


def place(task: Task, now: datetime) -> str:
    """`2nd in the queue, starts in about 3m`; what is not known is left out."""
    parts = [f"{ordinal(task.position)} in the queue"] if task.position else []
    if task.estimated_start is not None:
        when = ahead(task.estimated_start, now)
        parts.append("may start any moment" if when == "now" else f"starts {when.replace('in ', 'in about ')}")
    return ", ".join(parts)


def attempt_words(task: Task) -> str:
    """`attempt 2 of 3`."""
    return f"attempt {max(1, task.attempt)} of {max(task.max_attempts, task.attempt)}"


def running_for(task: Task, now: datetime) -> str:
    """How long the running attempt has been at it; empty while unknown."""
    started = next((one.started for one in reversed(task.attempts) if one.started and not one.ended), task.started)
    return span(now - started) if started is not None else ""


def state_word(state: str, palette: Palette) -> str:
    """A task's state in its colour."""
    match state:
        case "Succeeded":
            return palette.good(state)
        case "DeadLettered":
            return palette.bad(state)
        case "Running":
            return palette.busy(state)
        case "Queued" | "Retrying":
            return palette.doubt(state)
        case _:
            return palette.faint(state)
