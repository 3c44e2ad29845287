"""What has been synced: the SyncTasks of the cluster that have ended, the newest first.

Decided here: which of them a filter lets through. Not here: how long the cluster keeps them (the operator), nor what is
older (the history database, which this program does not talk to).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sincro_kubectl.instants import ago, span
from sincro_kubectl.palette import Palette
from sincro_kubectl.resources import Task
from sincro_kubectl.table import table
from sincro_kubectl.views.outcome import outcome, took
from sincro_kubectl.views.tasks import identity, state_word

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show; empty means everything."""

    sources: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    since: timedelta | None = None


def select(tasks: Iterable[Task], wanted: Filter, now: datetime, limit: int) -> list[Task]:
    """Ended tasks that pass, the newest first, at most so many (0: all)."""
    found = [
        task
        for task in tasks
        if task.final
        and _among(task.source, wanted.sources)
        and _among(task.type, wanted.types)
        and _among(task.state, wanted.states)
        and (not wanted.users or not {task.requested_by, *(who for who, _ in task.merged)}.isdisjoint(wanted.users))
        and (wanted.since is None or _ended(task) >= now - wanted.since)
    ]
    found.sort(key=lambda task: (_ended(task), task.name), reverse=True)
    return found[:limit] if limit else found


def _among(value: str, wanted: Sequence[str]) -> bool:
    return not wanted or value in wanted


def _ended(task: Task) -> datetime:
    return task.completed or task.created or _EARLIEST


def lines(
    tasks: Sequence[Task], now: datetime, palette: Palette, *, everywhere: bool = False, wide: bool = False
) -> list[str]:
    """One line a sync."""
    if not tasks:
        return ["No sync that has ended matches. The cluster keeps the last few of each type."]
    headings = ["ENDED", "TASK", "SOURCE", "TYPE", "MODE", "STATE", "TOOK", "CREATED", "UPDATED", "DELETED", "BY"]
    headings += ["UNCHANGED", "READ", "PAGES", "ATTEMPTS", "PRIORITY", "JOB"] if wide else []
    return table([*headings, "SAID"], [_cells(task, now, palette, everywhere, wide) for task in tasks], palette)


def _cells(task: Task, now: datetime, palette: Palette, everywhere: bool, wide: bool) -> list[str]:
    result, time = task.result, took(task)
    counts = [f"{n:,}" for n in (result.created, result.updated, result.deleted)] if result else ["", "", ""]
    cells = [
        ago(task.completed or task.created, now),
        identity(task, everywhere=everywhere),
        task.source,
        task.type,
        task.mode + (" (dry run)" if task.dry_run else ""),
        state_word(task.state, palette),
        span(time) if time is not None else "",
        *counts,
        task.asker,
    ]
    if wide:
        numbers = [f"{n:,}" for n in (result.unchanged, result.read, result.pages)] if result else ["", "", ""]
        cells += [*numbers, str(task.attempt or ""), str(task.priority), task.job]
    return [*cells, _said(task)]


def _said(task: Task) -> str:
    """What the columns do not tell."""
    if task.state == "Succeeded":
        return task.result.skipped if task.result is not None else ""
    if task.state == "DeadLettered" and task.failure is not None:
        return f"{task.failure.error}: {task.failure.message}"
    return outcome(task)
