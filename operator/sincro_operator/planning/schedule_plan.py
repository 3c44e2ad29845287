"""One schedule, planned: the SyncTask it makes now, the runs it skips, and what its status says.

Nothing is decided here but the order of the questions: at most one thing is done for a schedule at a time, so that each
write is whole before the next follows from it. What is only news about a run under way waits until the run has lasted
a minute: a short run costs its schedule one write, at its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sincro_contract.resources.sync_schedule import Rollout
from sincro_contract.run import Mode
from sincro_operator.planning import (
    adaptive,
    coalescing,
    due,
    eligibility,
    freshness,
    mode_choice,
    naming,
    pause,
    priority,
    track_record,
)
from sincro_operator.planning.actions import Action, CreateTask, EventNote, WriteSchedule
from sincro_operator.planning.clock import NEVER, after, clock_time, soonest
from sincro_operator.planning.cron import CronInvalid
from sincro_operator.planning.due import Owed, Standing
from sincro_operator.planning.hold import Hold
from sincro_operator.planning.model import Circuit, Schedule, ScheduleStatus, Source, Task, TaskStatus, TypeStatistics

LASTING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a schedule has to know of its source. `mine` and `open` are pairs of a task and its status as planned."""

    source: Source | None
    circuit: Circuit
    record: TypeStatistics | None
    mine: Sequence[tuple[Task, TaskStatus]]
    """The tasks that this schedule made."""
    removed: Sequence[Task]
    """Those that it made and somebody has deleted before its status spoke of them (see Snapshot.removed)."""
    open: Sequence[tuple[Task, TaskStatus]]
    """The source's tasks that are not final, whoever made them."""
    past: Sequence[Task]
    """Ended tasks of the schedule's type, whoever made them."""
    settled: bool
    """No write about the source's tasks is under way: what they say may be counted."""


@dataclass(frozen=True, slots=True)
class _Skip:
    """Runs of a cadence that are settled without being made."""

    cadence: Mode
    until: datetime
    many: int
    why: str
    warning: bool = True


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """What to do for one schedule, and when to look again."""

    actions: tuple[Action, ...] = ()
    again: datetime | None = None


def plan_schedule(schedule: Schedule, around: Surroundings, now: datetime) -> SchedulePlan:
    """What this schedule does now."""
    if schedule.deleting or schedule.pending is not None or eligibility.is_unread(around.source):
        return SchedulePlan()
    status = _common(schedule, around)
    # What has just been learned about the interval counts for the next run: both are written at once.
    adapted = schedule
    if status.interval != schedule.status.interval:
        adapted = replace(schedule, status=replace(schedule.status, interval=status.interval))
    try:
        zone = around.source.time_zone if around.source is not None else "UTC"
        standing = due.standing(adapted, [*(task for task, _ in around.mine), *around.removed], zone, now)
    except CronInvalid as error:
        status = replace(status, ready=(False, "CadenceInvalid", f"{error}."))
        return _write(schedule, replace(status, next_full=None, next_delta=None), (), around, now, None)
    hold = _hold(schedule, around, now)
    runs = [run for mode in due.CADENCES if (run := due.owed(standing, schedule, mode, now)) is not None]
    action: CreateTask | None = None
    skipped: _Skip | None = None
    if hold is None and runs:
        action, skipped = _settle(runs, schedule, around, standing, now)
    if action is not None:
        return SchedulePlan((action,))
    return _report(schedule, status, around, standing, hold, runs, skipped, now)


def _settle(
    runs: Sequence[Owed], schedule: Schedule, around: Surroundings, standing: Standing, now: datetime
) -> tuple[CreateTask | None, _Skip | None]:
    """Make one run, or settle some that are not made."""
    for run in runs:
        if run.lost_until is not None:
            return None, _Skip(run.cadence, run.lost_until, run.lost, "nothing could run when they were due")
        reason = due.given_up(run, schedule, now)
        if reason is None:
            host = coalescing.covers_due(around.open, schedule, run.cadence, now)
            if host is None:
                return _create(run, schedule, around, standing), None
            return None, _Skip(run.cadence, run.due, 1, f"{host.name.name} does the same", warning=False)
        return None, _Skip(run.cadence, run.due, 1, reason)
    return None, None


def _create(run: Owed, schedule: Schedule, around: Surroundings, standing: Standing) -> CreateTask:
    mode, reason = run.cadence, None
    if around.source is not None:
        full_due = standing.grids[Mode.FULL].last_until(run.due) if Mode.FULL in standing.grids else None
        # What nothing is written for cannot succeed as a Full; and an edit promises nothing before itself.
        if full_due is not None and (schedule.rollout is not Rollout.ACTIVE or full_due <= standing.anchor):
            full_due = None
        mode, reason = mode_choice.choose(run.cadence, around.source, around.record, full_due)
    return CreateTask(
        schedule=schedule,
        name=naming.task_name(schedule.name, run.cadence, run.due),
        mode=mode,
        due=run.due,
        priority=priority.default_priority(schedule),
        mode_reason=reason,
        dry_run=schedule.rollout is Rollout.DRY_RUN,
    )


def _hold(schedule: Schedule, around: Surroundings, now: datetime) -> Hold | None:
    """Why the schedule makes nothing now."""
    source = around.source
    hold = eligibility.of_source(schedule.source, source, schedule.type)
    if hold is not None or source is None:
        return hold
    return pause.of_schedule(schedule) or eligibility.of_scheduled(schedule, source, around.circuit, now)


_PASSING = frozenset({"Suspended", "Paused", "QuietHours", "CircuitOpen"})
"""Holds of a schedule that is itself in order."""


def _report(
    schedule: Schedule,
    status: ScheduleStatus,
    around: Surroundings,
    standing: Standing,
    hold: Hold | None,
    runs: Sequence[Owed],
    skipped: _Skip | None,
    now: datetime,
) -> SchedulePlan:
    settled = dict(standing.settled)
    events: list[EventNote] = []
    if skipped is not None:
        settled[skipped.cadence] = skipped.until
        runs_ = "runs" if skipped.many > 1 else "run"
        reason = f"{skipped.many} {skipped.cadence.value} {runs_} not made: {skipped.why}"
        status = replace(status, skipped=status.skipped + skipped.many, last_skip_reason=reason)
        events.append(EventNote("RunSkipped", reason, skipped.warning))
    waiting = [run for run in runs if skipped is None or run.cadence is not skipped.cadence]
    coming = {mode: due.upcoming(standing, schedule, mode, settled[mode]) for mode in standing.grids}
    nexts = {mode: start for mode, (_, start) in coming.items()}
    if hold is not None and hold.until is not None and hold.until < NEVER:
        nexts |= {run.cadence: hold.until for run in waiting}
    status = replace(
        status,
        next_full=_calendar(nexts.get(Mode.FULL)),
        next_delta=_calendar(nexts.get(Mode.DELTA)),
        last_due_full=_calendar(settled.get(Mode.FULL)) or status.last_due_full,
        last_due_delta=_calendar(settled.get(Mode.DELTA)) or status.last_due_delta,
        anchor=standing.anchor,
        cadence_hash=standing.fingerprint,
        ready=_ready(hold, waiting, coming),
    )
    again = soonest(*(instant for pair in coming.values() for instant in pair if instant > now))
    if hold is not None and hold.until is not None and hold.until > now:
        again = soonest(again, hold.until)
    return _write(schedule, status, tuple(events), around, now, again)


def _ready(
    hold: Hold | None, waiting: Sequence[Owed], coming: Mapping[Mode, tuple[datetime, datetime]]
) -> tuple[bool, str, str]:
    if hold is not None and hold.reason not in _PASSING:
        return False, hold.reason, hold.message
    if hold is None or hold.reason == "QuietHours" or not waiting:
        moved = [
            f"The {mode.value} due at {clock_time(due_)} waits for the end of the quiet hours."
            for mode, (due_, start) in coming.items()
            if start != due_
        ]
        return True, "Scheduled", " ".join(moved)
    kinds = " and ".join(f"a {run.cadence.value}" for run in waiting)
    return True, hold.reason, f"{hold.message} Due and held back: {kinds}."


def _calendar(instant: datetime | None) -> datetime | None:
    """The instant, if it is one that can be written down."""
    return None if instant is None or not 1970 < instant.year < 9999 else instant


def _common(schedule: Schedule, around: Surroundings) -> ScheduleStatus:
    """What follows from the schedule's tasks alone: statistics, suspension."""
    status = schedule.status
    counted = status.last_run
    if around.settled:
        ends = sorted(
            (ended.completed_at, task.name, task, ended)
            for task, ended in ((task, task.status) for task, _ in around.mine)
            if ended.completed_at is not None
            and track_record.counts(ended)
            and (counted is None or ended.completed_at > counted)
        )
        for at, _, task, ended in ends:
            status = track_record.of_schedule(status, task, ended, at)
        status = _interval(schedule, status, around.past)
    held = pause.of_schedule(schedule)
    suspended = (True, "Suspended", held.message) if held is not None else (False, "Active", "")
    return status if status.suspended == suspended else replace(status, suspended=suspended)


def _interval(schedule: Schedule, status: ScheduleStatus, past: Sequence[Task]) -> ScheduleStatus:
    """The Delta's interval as it is now: stated, or learned from what syncs of this type have found."""
    delta = schedule.delta
    if schedule.adaptive is None or delta is None or delta.every is None:
        fixed = delta.every if delta is not None else None
        reason = "As spec.delta.every says" if fixed is not None else ""
        if (status.interval, status.interval_reason, status.rate) == (fixed, reason, None):
            return status
        return replace(status, interval=fixed, interval_reason=reason, rate=None)
    rate = status.rate
    for at, changes in adaptive.visits(past, rate):
        rate = adaptive.observe(rate, at, changes=changes, first_watch=delta.every)
    interval, reason = adaptive.interval(rate, schedule.adaptive, delta.every)
    return replace(status, rate=rate, interval=interval, interval_reason=reason)


def _write(
    schedule: Schedule,
    status: ScheduleStatus,
    events: tuple[EventNote, ...],
    around: Surroundings,
    now: datetime,
    again: datetime | None,
) -> SchedulePlan:
    """The write, if there is news; and when there will be."""
    fresh, stale_at = freshness.judge(schedule, status, now)
    active = [task for task, _ in around.mine if not task.status.state.final]
    lasting = [task for task in active if now >= after(task.created, LASTING)]
    name = min((task.name.name for task in active), default=None)
    status = replace(
        status,
        fresh=fresh,
        active_task=name if lasting else schedule.status.active_task if active else None,
        observed_generation=schedule.generation,
    )
    again = soonest(again, stale_at)
    if active and not lasting:
        again = soonest(again, min(after(task.created, LASTING) for task in active))
    known = schedule.status.cadence_hash is not None
    if status == schedule.status and (known or not events):
        return SchedulePlan((), again)
    minor = replace(
        status,
        next_full=schedule.status.next_full,
        next_delta=schedule.status.next_delta,
        last_due_full=schedule.status.last_due_full,
        last_due_delta=schedule.status.last_due_delta,
        active_task=schedule.status.active_task,
        ready=schedule.status.ready if (status.ready[:2] == schedule.status.ready[:2]) else status.ready,
    )
    if minor == schedule.status and known and not events and not around.settled:
        return SchedulePlan((), again)
    if minor == schedule.status and known and not events and active and not lasting:
        return SchedulePlan((), again)
    return SchedulePlan((WriteSchedule(schedule, status, events),), again)
