"""Which runs a schedule owes.

Decided here: which instants of a cadence are settled, which one is owed now, and which are given up.
- Settled is what the status says, or what a SyncTask was made for: its existence alone is enough, so that a crash
  between making it and writing the status owes nothing twice; and so it is where somebody has deleted it since: who
  takes a run away does not want it again. A Full settles the Deltas up to its instant.
- However many instants have passed, one run is owed: the latest. Those before it are lost (counted, with a reason),
  except where quiet hours were the reason: runs that fall into them are one run at their end, by design.
- missedRuns Skip gives up a run that is more than a minute late, RunOnce makes it; startingDeadline gives up any run
  that is later than this. Lateness counts from the end of the quiet hours where the run fell into some.
- A schedule that is edited counts anew: cron promises nothing before the edit, `every` goes on from its last run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sincro_contract.durations import format_duration
from sincro_contract.resources.sync_schedule import MissedRuns
from sincro_contract.run import Mode
from sincro_operator.planning import cadence, cron, quiet_hours, spread
from sincro_operator.planning.cadence import Grid
from sincro_operator.planning.clock import BEFORE_ALL, after
from sincro_operator.planning.model import Cadence, Schedule, Task

CADENCES = (Mode.FULL, Mode.DELTA)
_TOLERANCE = timedelta(minutes=1)
"""A run this late was not missed: the operator was restarting, or busy."""
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a schedule's cadences are settled."""

    zone: ZoneInfo
    grids: dict[Mode, Grid]
    settled: dict[Mode, datetime]
    anchor: datetime
    fingerprint: str
    edited: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """The run that a cadence owes: its instant, when it may start (later, in quiet hours), and what was lost before."""

    cadence: Mode
    due: datetime
    start: datetime
    lost: int = 0
    lost_until: datetime | None = None


def standing(schedule: Schedule, tasks: Iterable[Task], default_zone: str, now: datetime) -> Standing:
    """How far the schedule is; `tasks` are those that it made, also those that somebody has deleted.

    Raises cron.CronInvalid for what cannot be read.
    """
    status = schedule.status
    zone_name = schedule.time_zone or default_zone
    fingerprint = cadence.fingerprint(schedule.full, schedule.delta, zone_name)
    edited = status.cadence_hash not in (None, fingerprint)
    anchor = status.anchor or schedule.created
    if edited and _cron_edited(status.cadence_hash or "", fingerprint, schedule):
        anchor = max(anchor, now)
    offset = spread.offset(schedule)
    full_dues, delta_dues = _dues(schedule, tasks)
    grids: dict[Mode, Grid] = {}
    settled: dict[Mode, datetime] = {}
    for mode, spec, last, dues, over in (
        (Mode.FULL, schedule.full, status.last_due_full, full_dues, BEFORE_ALL),
        (Mode.DELTA, schedule.delta, status.last_due_delta, delta_dues, max(full_dues, default=BEFORE_ALL)),
    ):
        if spec is None:
            continue
        own = max([*dues, last or BEFORE_ALL])
        first = own if own > BEFORE_ALL else after(anchor, offset)
        grid = cadence.grid(_effective(schedule, mode, spec), first, zone_name, offset)
        if spec.cron is not None:
            own = max(own, anchor)
        if over > own:
            own = grid.last_until(over) or own
        grids[mode], settled[mode] = grid, own
    return Standing(cron.zone(zone_name), grids, settled, anchor, fingerprint, edited)


def owed(standing: Standing, schedule: Schedule, mode: Mode, now: datetime) -> Owed | None:
    """The run that the cadence owes at `now`; None when it owes none."""
    grid, settled = standing.grids.get(mode), standing.settled.get(mode)
    if grid is None or settled is None:
        return None
    # Asked first, because it is the same question each time until the run is settled, and its answer is kept.
    if grid.next_after(settled) > now:
        return None
    due = grid.last_until(now)
    if due is None or due <= settled:
        return None
    start = quiet_hours.release(schedule.quiet_hours, standing.zone, due)
    lost, lost_until = _lost(standing, schedule, grid, settled, due)
    return Owed(mode, due, start, lost, lost_until)


def upcoming(standing: Standing, schedule: Schedule, mode: Mode, settled: datetime) -> tuple[datetime, datetime]:
    """When the first run after what is settled is due, and when it may start (later, in quiet hours)."""
    due = standing.grids[mode].next_after(settled)
    return due, quiet_hours.release(schedule.quiet_hours, standing.zone, due)


def given_up(owed: Owed, schedule: Schedule, now: datetime) -> str | None:
    """Why the owed run is not made any more; None when it is."""
    late = now - owed.start
    deadline = schedule.starting_deadline
    if deadline is not None and late > deadline:
        return f"it is {format_duration(late)} late, startingDeadline is {format_duration(deadline)}"
    if schedule.missed_runs is MissedRuns.SKIP and deadline is None and late > _TOLERANCE:
        return f"it is {format_duration(late)} late, and missedRuns is Skip"
    return None


def _effective(schedule: Schedule, mode: Mode, spec: Cadence) -> Cadence:
    """The cadence as it is now: an adaptive Delta has its own interval."""
    if mode is Mode.DELTA and schedule.adaptive is not None and spec.every is not None:
        low, high = schedule.adaptive
        return Cadence(every=min(max(schedule.status.interval or spec.every, low), high))
    return spec


def _dues(schedule: Schedule, tasks: Iterable[Task]) -> tuple[list[datetime], list[datetime]]:
    """The instants for which tasks were made, Full and Delta. Those of an older namesake do not count."""
    full: list[datetime] = []
    delta: list[datetime] = []
    for task in tasks:
        if task.due is not None and task.created >= schedule.created:
            (full if task.cadence is Mode.FULL else delta).append(task.due)
    return full, delta


def recorded(schedule: Schedule, task: Task) -> bool:
    """Whether the instant that a task was made for stays settled without the task, by the schedule's status."""
    if task.due is None or task.created < schedule.created:
        return True
    stated, last = schedule.delta, schedule.status.last_due_delta
    if task.cadence is Mode.FULL:
        stated, last = schedule.full, schedule.status.last_due_full
    return stated is None or (last is not None and last >= task.due)


def _lost(
    standing: Standing, schedule: Schedule, grid: Grid, settled: datetime, due: datetime
) -> tuple[int, datetime | None]:
    """How many runs before the owed one nobody will make, and the last of them. Those of quiet hours are not lost."""
    passed = grid.count(settled, due) - 1
    if passed <= 0:
        return 0, None
    if not schedule.quiet_hours:
        return passed, grid.last_until(due - _TICK)
    lost, instant, last = 0, settled, None
    for _ in range(passed):
        instant = grid.next_after(instant)
        if not quiet_hours.hold(schedule.quiet_hours, standing.zone, instant):
            lost, last = lost + 1, instant
    return lost, last


def _cron_edited(before: str, fingerprint: str, schedule: Schedule) -> bool:
    marks = zip(before.split("."), fingerprint.split("."), (schedule.full, schedule.delta), strict=False)
    return any(old != new and spec is not None and spec.cron is not None for old, new, spec in marks)
