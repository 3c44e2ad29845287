"""The screen that one wants: `kubectl sincro status`.

Decided here: how what views.survey found is laid out. Not here: what is worth saying.
"""

from collections.abc import Sequence
from datetime import datetime

from sincro_kubectl.instants import ago, ahead, span
from sincro_kubectl.palette import Palette
from sincro_kubectl.resources import Statistics, Task
from sincro_kubectl.table import plural, table
from sincro_kubectl.views.survey import SourceBlock, Status, TypeRow
from sincro_kubectl.views.tasks import attempt_words, identity, progress_words, running_for

WAITING_SHOWN = 20
"""Tasks of the queue that are listed without -o wide."""


def lines(
    status: Status, now: datetime, palette: Palette, *, everywhere: bool = False, wide: bool = False
) -> list[str]:
    """The screen."""
    if not status.blocks:
        return ["No SyncSources here. Another namespace: -n NAMESPACE, all of them: -A."]
    found: list[str] = []
    for block in status.blocks:
        found += [*_block_lines(block, now, palette, everywhere=everywhere, wide=wide), ""]
    if status.running:
        found += [
            palette.strong("Running"),
            *_running(status.running, now, palette, everywhere=everywhere, wide=wide),
            "",
        ]
    if status.waiting:
        found += [
            palette.strong("Waiting"),
            *_waiting(status.waiting, now, palette, everywhere=everywhere, wide=wide),
            "",
        ]
    if status.dead_letters:
        flag = " -A" if everywhere else ""
        words = f"{plural(status.dead_letters, 'sync was', 'syncs were')} given up: kubectl sincro dead-letters{flag}"
        found += [palette.bad(words), ""]
    return found[:-1]


def _block_lines(block: SourceBlock, now: datetime, palette: Palette, *, everywhere: bool, wide: bool) -> list[str]:
    name = f"{block.namespace}/{block.name}" if everywhere else block.name
    source = block.source
    heading = [palette.strong(name), _source_word(block.state, palette)]
    if source is not None:
        sessions = plural(source.max_concurrent, "session")
        heading += [palette.faint(source.url), palette.faint(f"{sessions}, {source.time_zone}") if wide else ""]
    notes = [f"  {palette.doubt(note)}" for note in block.notes]
    headings = ["TYPE", "STATE", "LAST SYNC", "SUCCESS", "AVERAGE", "NEXT", "QUEUED"]
    if wide:
        headings += ["SUCCEEDED", "FAILED", "LAST SUCCESS", "INTERVAL", "SCHEDULE"]
    rows = [_type_cells(row, now, palette, wide=wide) for row in block.types]
    return ["   ".join(part for part in heading if part), *notes, *table(headings, rows, palette, "  ")]


def _type_cells(row: TypeRow, now: datetime, palette: Palette, *, wide: bool) -> list[str]:
    one = row.statistics
    cells = [
        row.type,
        _type_word(row.state, palette) + (palette.bad(", stale") if row.stale else ""),
        _last_sync(one, now, palette),
        one.success_rate,
        one.average,
        _next(row, now),
        str(row.queued) if row.queued else "",
    ]
    if not wide:
        return cells
    intervals = [schedule.interval or schedule.delta or schedule.full for schedule in row.schedules]
    names = [s.name + (f" ({s.rollout})" if s.rollout != "Active" else "") for s in row.schedules]
    last_success = ago(one.last_success, now) if one.last_success is not None else ""
    return [*cells, str(one.succeeded), str(one.failed), last_success, ", ".join(intervals), ", ".join(names)]


def _last_sync(one: Statistics, now: datetime, palette: Palette) -> str:
    success, failure = one.last_success, one.last_failure
    if failure is not None and (success is None or success < failure):
        return palette.bad(f"failed {ago(failure, now)}")
    return f"ok {ago(success, now)}" if success is not None else "never"


def _next(row: TypeRow, now: datetime) -> str:
    if row.next is None:
        return ""
    instant, mode = row.next
    shadow = any(schedule.rollout == "Shadow" for schedule in row.schedules)
    return f"{mode} {ahead(instant, now)}" + (" (shadow)" if shadow else "")


def _source_word(state: str, palette: Palette) -> str:
    match state:
        case "error" | "missing" | "circuit open":
            return palette.bad(state)
        case "running":
            return palette.busy(state)
        case "paused" | "waiting" | "unknown":
            return palette.doubt(state)
        case _:
            return palette.good(state)


def _type_word(state: str, palette: Palette) -> str:
    match state:
        case "failed":
            return palette.bad(state)
        case "running":
            return palette.busy(state)
        case "idle":
            return palette.good(state)
        case _:
            return palette.doubt(state)


def _running(tasks: Sequence[Task], now: datetime, palette: Palette, *, everywhere: bool, wide: bool) -> list[str]:
    headings = ["TASK", "SOURCE", "TYPE", "MODE", "PROGRESS", "FOR", "BY"] + (["ATTEMPT", "JOB"] if wide else [])
    rows = []
    for task in tasks:
        mode = f"{task.mode} (dry run)" if task.dry_run else task.mode
        progress = palette.doubt("stopping") if task.cancel else palette.busy(progress_words(task.progress))
        if task.waiting_message and not task.cancel:
            progress = palette.doubt(task.waiting_message)
        cells = [identity(task, everywhere=everywhere), task.source, task.type, mode, progress]
        cells += [running_for(task, now), task.asker]
        rows.append(cells + ([attempt_words(task), task.job] if wide else []))
    return table(headings, rows, palette, "  ")


def _waiting(tasks: Sequence[Task], now: datetime, palette: Palette, *, everywhere: bool, wide: bool) -> list[str]:
    headings = ["#", "TASK", "SOURCE", "TYPE", "MODE", "BY", "WAITS", "STARTS", "WHY"]
    if wide:
        headings[6:6] = ["PRIORITY", "ATTEMPT"]
    shown = tasks if wide else tasks[:WAITING_SHOWN]
    rows = []
    for task in shown:
        since = task.queued or task.created
        cells = [
            str(task.position or ""),
            identity(task, everywhere=everywhere),
            task.source,
            task.type,
            task.mode,
            task.asker,
            span(now - since) if since is not None else "",
            ahead(task.estimated_start, now) if task.estimated_start is not None else "",
            task.waiting_message or ("" if task.seen else "No operator has looked at it yet."),
        ]
        if wide:
            cells[6:6] = [str(task.priority), attempt_words(task) if task.attempt else ""]
        rows.append(cells)
    found = table(headings, rows, palette, "  ")
    if len(tasks) > len(shown):
        found.append(palette.faint(f"  ... and {len(tasks) - len(shown):,} more: -o wide shows them all"))
    return found
