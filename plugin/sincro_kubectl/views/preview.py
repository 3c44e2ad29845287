"""The coming days: what the planner's own preview found, a line a day and type, or a line a run.

Decided here: how it is put together by days, and what is told of it. What runs when is the planner's alone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from textwrap import wrap
from typing import TypeVar

from sincro_kubectl.instants import span
from sincro_kubectl.palette import Palette
from sincro_kubectl.resources import Schedule, Source
from sincro_kubectl.table import table
from sincro_kubectl.views.survey import by_why
from sincro_operator.planning.preview import Preview, Run

ASSUMPTIONS = (
    "It is assumed that syncs succeed and take as long as they have taken on average (5m where nothing is known), that"
    " nobody asks for one, and that the operator's own limits are the default ones."
)
_Entry = TypeVar("_Entry")
_LISTED = 3
_WIDTH = 100
_LATE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Days:
    """A preview cut down to what was asked for. `zone` is that of its days and times; `zone_name` is its name."""

    shown: Preview
    zone: tzinfo | None
    zone_name: str
    idle: tuple[str, ...]
    """Sentences about schedules that make no run at all."""


def days(
    shown: Preview, schedules: Sequence[Schedule], sources: Sequence[Source], zone: tzinfo | None, zone_name: str
) -> Days:
    """Keep what belongs to these schedules and their sources and types."""
    wanted = {(one.namespace, one.source, one.type) for one in schedules}
    names = {(one.namespace, one.name) for one in schedules}
    runs = tuple(run for run in shown.runs if (run.namespace, run.source, run.type) in wanted)
    skipped = tuple(entry for entry in shown.skipped if entry[1] in names)
    busy = {(run.namespace, run.schedule) for run in runs}
    by_name = {(source.namespace, source.name): source for source in sources}
    idle = tuple(
        _idle(one, by_name.get((one.namespace, one.source)))
        for one in schedules
        if (one.namespace, one.name) not in busy
    )
    return Days(Preview(runs, skipped, shown.clock_changes, shown.until), zone, zone_name, idle)


def _idle(schedule: Schedule, source: Source | None) -> str:
    if schedule.suspended:
        why = f"it is suspended{by_why(schedule.suspended_by, schedule.suspend_reason)}"
    elif source is None:
        why = f"there is no SyncSource {schedule.source}"
    elif source.paused:
        why = f"{source.name} is paused{by_why(source.paused_by, source.pause_reason)}"
    else:
        why = f"kubectl sincro why schedule/{schedule.name}"
    return f"No run of {schedule.name}: {why}."


def lines(found: Days, palette: Palette, *, everywhere: bool = False, wide: bool = False) -> list[str]:
    """A table a day; `wide`: one table with every run."""
    shown = _runs(found, palette, everywhere) if wide else _by_day(found, palette, everywhere)
    idle = [palette.doubt(sentence) for sentence in found.idle]
    zone = [palette.faint(line) for line in wrap(f"Times are of {found.zone_name}. {ASSUMPTIONS}", _WIDTH)]
    return [*(shown or ["Nothing runs."]), *([""] if idle else []), *idle, "", *zone]


def _by_day(found: Days, palette: Palette, everywhere: bool) -> list[str]:
    runs, skipped, changes = (
        _dated(found, ((run.start or run.due, run) for run in found.shown.runs)),
        _dated(found, ((at, (name.name, _how_many(why))) for at, name, why in found.shown.skipped)),
        _dated(found, found.shown.clock_changes),
    )
    lines: list[str] = []
    for day in sorted({*runs, *skipped, *changes}):
        lines += ["", palette.strong(f"{day:%a %d %b}")] if lines else [palette.strong(f"{day:%a %d %b}")]
        lines += [
            palette.doubt(f"  The clock changes in {zone} at {at.astimezone(found.zone):%H:%M}.")
            for at, zone in changes.get(day, ())
        ]
        counted: Counter[str] = Counter()
        for _, (name, number) in skipped.get(day, ()):
            counted[name] += number
        lines += _day(found, [run for _, run in runs.get(day, ())], counted, palette, everywhere)
    return lines


def _how_many(why: str) -> int:
    """`3 Delta runs not made: ...` is three; anything else is one."""
    first = why.partition(" ")[0]
    return int(first) if first.isascii() and first.isdigit() else 1


def _dated(found: Days, entries: Iterable[tuple[datetime, _Entry]]) -> dict[date, list[tuple[datetime, _Entry]]]:
    result: dict[date, list[tuple[datetime, _Entry]]] = {}
    for at, entry in entries:
        result.setdefault(at.astimezone(found.zone).date(), []).append((at, entry))
    return result


def _day(found: Days, runs: Sequence[Run], skipped: Counter[str], palette: Palette, everywhere: bool) -> list[str]:
    groups: dict[tuple[str, str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.namespace, run.source, run.type), []).append(run)
    rows = []
    for (namespace, source, type_), group in sorted(groups.items()):
        names = {run.schedule for run in group if run.schedule}
        passed = sum(skipped.pop(name, 0) for name in names)
        rows.append(
            [
                f"{namespace}/{source}" if everywhere else source,
                type_,
                _times(found, [run for run in group if run.mode != "Delta"]),
                _times(found, [run for run in group if run.mode == "Delta"]),
                span(busy) if (busy := sum((run.takes for run in group if run.start is not None), timedelta())) else "",
                palette.doubt(_waits(group)),
                str(passed or ""),
                "; ".join(dict.fromkeys(note for run in group for note in run.notes)),
            ]
        )
    found_lines = table(["SOURCE", "TYPE", "FULL", "DELTA", "BUSY", "WAITS", "SKIPPED", "NOTES"], rows, palette, "  ")
    return found_lines + [f"  {name}: {count} skipped" for name, count in sorted(skipped.items())]


def _times(found: Days, runs: Sequence[Run]) -> str:
    """`06:00`, `06:00 12:00`, or `18 from 06:30 to 23:30`."""
    times = [f"{(run.start or run.due).astimezone(found.zone):%H:%M}" for run in runs]
    return " ".join(times) if len(times) <= _LISTED else f"{len(times)} from {times[0]} to {times[-1]}"


def _waits(runs: Sequence[Run]) -> str:
    """`18 (SourceBusy)`, `1 does not start (Paused)`."""
    waiting = [run for run in runs if run.waited_for and run.start is not None]
    stuck = [run for run in runs if run.start is None]
    parts = [f"{len(waiting)} ({_reasons(waiting)})"] if waiting else []
    if stuck:
        reasons = _reasons(stuck)
        parts.append(f"{len(stuck)} not started" + (f" ({reasons})" if reasons else ""))
    return ", ".join(parts)


def _reasons(runs: Sequence[Run]) -> str:
    counted = Counter(run.waited_for.partition(":")[0] for run in runs if run.waited_for)
    return ", ".join(reason for reason, _ in counted.most_common(2))


def _runs(found: Days, palette: Palette, everywhere: bool) -> list[str]:
    rows: list[tuple[datetime, list[str]]] = []
    for run in found.shown.runs:
        begun = run.start or run.due
        late = run.start - run.due if run.start is not None else None
        source = f"{run.namespace}/{run.source}" if everywhere else run.source
        notes = [*run.notes, *([run.waited_for] if run.waited_for else [])]
        takes = span(run.takes) if run.start is not None else palette.doubt("does not start")
        cells = ["", source, run.type, run.mode, takes, span(late) if late and late >= _LATE else "", "; ".join(notes)]
        rows.append((begun, cells))
    rows += [(at, ["", "", name.name, palette.faint("skipped"), "", "", why]) for at, name, why in found.shown.skipped]
    rows += [
        (at, ["", "", "", "", "", "", palette.doubt(f"The clock changes in {zone}.")])
        for at, zone in found.shown.clock_changes
    ]
    rows.sort(key=lambda row: row[0])
    for at, cells in rows:
        cells[0] = f"{at.astimezone(found.zone):%a %d %b %H:%M:%S}"
    headings = ["START", "SOURCE", "TYPE", "MODE", "TAKES", "LATE", "NOTES"]
    return table(headings, [cells for _, cells in rows], palette)
