"""What the coming days will look like: the planner itself, in simulated time.

Decided here: what is shown of it (runs with the reason of their mode and of their waiting, runs that are skipped,
changes of the clock), and what is assumed: syncs succeed and take what they have taken on average, a sync of which
nothing is known takes five minutes, and a source whose profile was not read has the streams that its schedules name.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sincro_contract.durations import format_duration
from sincro_operator.planning import cron
from sincro_operator.planning.actions import Action, CreateTask, LaunchJob, WriteSchedule, WriteTask
from sincro_operator.planning.clock import after
from sincro_operator.planning.cron import CronInvalid
from sincro_operator.planning.model import Job, Limits, Name, Schedule, Source, Task
from sincro_operator.planning.rehearsal import End, Rehearsal, succeed
from sincro_operator.planning.snapshot import Snapshot

UNKNOWN_TAKES = timedelta(minutes=5)
_NOTICED = timedelta(seconds=30)
_STEP = timedelta(hours=1)


@dataclass(slots=True)
class Run:
    """One sync to come. Times in UTC."""

    namespace: str
    source: str
    type: str
    mode: str
    due: datetime
    start: datetime | None = None
    end: datetime | None = None
    takes: timedelta = UNKNOWN_TAKES
    schedule: str | None = None
    notes: tuple[str, ...] = ()
    waited_for: str = ""
    """The last reason for which it waited longer than half a minute."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The coming days, in order."""

    runs: tuple[Run, ...]
    skipped: tuple[tuple[datetime, Name, str], ...]
    """(when, schedule, why)."""
    clock_changes: tuple[tuple[datetime, str], ...]
    """(when, zone)."""
    until: datetime
    """How far it looks: less far than was asked where there would be more runs than were asked for."""


def preview(
    facts: Iterable[Source | Schedule | Task | Job],
    now: datetime,
    days: float,
    limits: Limits | None = None,
    *,
    most: int | None = None,
) -> Preview:
    """What will happen in so many days from now, if nobody does anything.

    `most`: once it has that many runs it looks no further than the hour (a run takes the planner some milliseconds).
    """
    snapshot = Snapshot(facts)
    _assume_streams(snapshot)
    show = _Show(snapshot)
    rehearsal = Rehearsal(snapshot, now, show.ending, limits or Limits(), show.seen)
    for job in list(snapshot.jobs()):
        usual = show.takes(Name(job.name.namespace, job.source), job.type)
        rehearsal.expect(job, max(now, after(job.created, usual)), End(usual))
    end, wanted = now, after(now, timedelta(days=days))
    while end < wanted and (most is None or len(show.runs) < most):
        end = min(wanted, after(end, _STEP)) if most is not None else wanted
        rehearsal.run(end)
    zones = {source.time_zone for source in snapshot.sources()}
    zones |= {schedule.time_zone for schedule in snapshot.schedules() if schedule.time_zone is not None}
    runs = sorted(show.runs.values(), key=lambda run: (run.start or run.due, run.due, run.source, run.type))
    return Preview(tuple(runs), tuple(show.skipped), tuple(_clock_changes(zones, now, end)), end)


def _assume_streams(snapshot: Snapshot) -> None:
    for source in list(snapshot.sources()):
        if source.streams is None:
            schedules = snapshot.shards[source.name].schedules.values()
            snapshot.put(replace(source, streams=frozenset(schedule.type for schedule in schedules)))


class _Show:
    """Watches a rehearsal."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.runs: dict[Name, Run] = {}
        self.skipped: list[tuple[datetime, Name, str]] = []

    def takes(self, source: Name, type_: str) -> timedelta:
        """How long a sync of this type usually takes."""
        found = self._snapshot.source(source)
        records = found.status.types if found is not None else ()
        known = next((one.average_duration for one in records if one.type == type_), None)
        return known or UNKNOWN_TAKES

    def ending(self, launch: LaunchJob) -> End:
        """How a launched sync ends."""
        return succeed(launch, self.takes(launch.source.name, launch.task.type))

    def seen(self, now: datetime, action: Action) -> None:
        """One action of the plan."""
        match action:
            case CreateTask():
                self._made(now, action)
            case LaunchJob():
                self._launched(now, action)
            case WriteTask(task, status) if task.name in self.runs:
                run = self.runs[task.name]
                wait = status.waiting_for
                if wait is not None and run.start is None:
                    run.waited_for = f"{wait.reason}: {wait.message}"
                elif status.state.final and status.superseded_by is not None:
                    run.notes = (*run.notes, f"superseded by {status.superseded_by}")
            case WriteSchedule(schedule, status) if status.skipped > schedule.status.skipped:
                self.skipped.append((now, schedule.name, status.last_skip_reason or ""))
            case _:
                pass

    def _made(self, now: datetime, action: CreateTask) -> None:
        schedule = action.schedule
        run = Run(
            schedule.name.namespace,
            schedule.source,
            schedule.type,
            action.mode.value,
            action.due,
            schedule=schedule.name.name,
        )
        if action.mode_reason:
            run.notes = (action.mode_reason,)
        if now - action.due >= _NOTICED:
            run.notes = (
                *run.notes,
                f"held back for {format_duration(now - action.due)} (quiet hours, pause or circuit)",
            )
        self.runs[action.name] = run

    def _launched(self, now: datetime, action: LaunchJob) -> None:
        task = action.task
        run = self.runs.get(task.name)
        if run is None:
            run = Run(task.name.namespace, task.source, task.type, action.mode.value, task.due or task.created)
            self.runs[task.name] = run
        run.start, run.mode = now, action.mode.value
        run.takes = self.takes(action.source.name, task.type)
        run.end = after(now, run.takes)


def _clock_changes(zones: Iterable[str], start: datetime, end: datetime) -> Iterable[tuple[datetime, str]]:
    for name in sorted(zones):
        try:
            zone = cron.zone(name)
        except CronInvalid:
            continue
        instant = start
        while instant < end:
            later = min(end, after(instant, timedelta(hours=1)))
            if instant.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
                yield later, name
            instant = later


def to_json(shown: Preview) -> str:
    """The preview as one JSON document."""
    runs = [
        {
            "namespace": run.namespace,
            "source": run.source,
            "type": run.type,
            "mode": run.mode,
            "schedule": run.schedule,
            "due": run.due.isoformat(),
            "start": run.start.isoformat() if run.start is not None else None,
            "end": run.end.isoformat() if run.end is not None else None,
            "waitSeconds": round((run.start - run.due).total_seconds(), 3) if run.start is not None else None,
            "durationSeconds": run.takes.total_seconds(),
            "waitedFor": run.waited_for or None,
            "notes": list(run.notes),
        }
        for run in shown.runs
    ]
    skipped = [
        {"at": at.isoformat(), "namespace": name.namespace, "schedule": name.name, "reason": why}
        for at, name, why in shown.skipped
    ]
    changes = [{"at": at.isoformat(), "timeZone": zone} for at, zone in shown.clock_changes]
    until = shown.until.isoformat()
    return json.dumps({"runs": runs, "skipped": skipped, "clockChanges": changes, "until": until})


def to_table(shown: Preview, zone: ZoneInfo) -> str:
    """The preview as a table, in local time."""
    rows: list[tuple[datetime, Sequence[str]]] = []
    for run in shown.runs:
        begun = run.start or run.due
        lasts = format_duration(run.takes) if run.start is not None else "-"
        late = format_duration(run.start - run.due) if run.start is not None and run.start - run.due >= _NOTICED else ""
        notes = "; ".join((*run.notes, run.waited_for) if run.waited_for else run.notes)
        rows.append((begun, (_local(begun, zone), run.source, run.type, run.mode, lasts, late, notes)))
    for at, schedule, why in shown.skipped:
        rows.append((at, (_local(at, zone), schedule.name, "", "skipped", "", "", why)))
    for at, name in shown.clock_changes:
        rows.append((at, (_local(at, zone), "", "", "", "", "", f"the clock changes in {name}")))
    header = ("START", "SOURCE", "TYPE", "MODE", "TAKES", "LATE", "NOTES")
    lines = [header, *(row for _, row in sorted(rows, key=lambda pair: pair[0]))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%a %d %b %H:%M:%S")
