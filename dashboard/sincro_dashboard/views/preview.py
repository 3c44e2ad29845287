"""When each schedule runs in the coming days: as the operator's planner sees it, else as far as its status says.

Decided here: what is shown of the planner's outlook, and what is said without it: the next instants are the operator's
(`status.next`), what follows them is counted on by the interval; of a cron expression only the next run is known then.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import Field

from sincro_contract.durations import parse_duration
from sincro_contract.model import Document
from sincro_contract.outlook import Outlook, OutlookRun
from sincro_contract.resources.sync_schedule import Cadence, QuietHours, SyncSchedule
from sincro_contract.run import Mode
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.resources import name_of, namespace_of, read_schedule
from sincro_dashboard.views.schedules import zone_of

_LONGEST = 2000
_MOST_SKIPS = 500
_SHORTEST_STEP = timedelta(minutes=1)
_NOTICED = timedelta(seconds=30)
"""A wait shorter than this is none."""


class PreviewOrigin(StrEnum):
    """Where the coming days come from."""

    PLANNER = "planner"
    """The operator's planner has played them through: limits, quiet hours, how long syncs take."""
    STATUS = "status"
    """The operator could not be asked: what the schedules' status says, counted on."""


class PreviewRun(Document):
    """One run that is due."""

    schedule: str
    namespace: str
    source: str
    type: str
    mode: Mode
    at: datetime = Field(description="When it starts")
    until: datetime | None = Field(default=None, description="When it is expected to end; null where nobody knows")
    expected: bool = Field(description="True when it is counted on from the next run rather than fixed")
    delayed_from: datetime | None = Field(description="Its due instant, when it is held back until `at`")
    waited_for: str | None = Field(default=None, description="Why, in one word and a sentence")


class PreviewSkip(Document):
    """A run that is not made."""

    at: datetime
    schedule: str
    namespace: str
    reason: str


class PreviewClockChange(Document):
    """Summer time begins or ends."""

    at: datetime
    time_zone: str


class Preview(Document):
    """The coming days."""

    since: datetime
    until: datetime = Field(description="How far it looks; less far than asked where there are very many runs")
    origin: PreviewOrigin
    notice: str | None = Field(description="Why the planner could not be asked")
    runs: list[PreviewRun] = Field(description="Earliest first; at most 2,000")
    skipped: list[PreviewSkip] = Field(default_factory=list, description="At most 500")
    clock_changes: list[PreviewClockChange] = Field(default_factory=list)
    only_next: list[str] = Field(description="Schedules (namespace/name) of which only the next run is known")


def planned(outlook: Outlook, schedules: Collection[Object], now: datetime, days: int) -> Preview:
    """What the planner sees of these schedules. It may have looked a little earlier: what has begun is left out."""
    names = {(namespace_of(obj), name_of(obj)) for obj in schedules}
    shown = [run for run in outlook.runs if (run.namespace, run.schedule) in names]
    runs = sorted(
        (view for run in shown if (view := _planned(run)) is not None and view.at >= now),
        key=lambda run: (run.at, run.namespace, run.schedule),
    )
    return Preview(
        since=now,
        until=_seen_until(runs, min(outlook.until, now + timedelta(days=days))),
        origin=PreviewOrigin.PLANNER,
        notice=None,
        runs=runs[:_LONGEST],
        skipped=[
            PreviewSkip(at=skip.at, schedule=skip.schedule, namespace=skip.namespace, reason=skip.reason)
            for skip in outlook.skipped
            if (skip.namespace, skip.schedule) in names
        ][:_MOST_SKIPS],
        clock_changes=[
            PreviewClockChange(at=change.at, time_zone=change.time_zone) for change in outlook.clock_changes
        ],
        only_next=[],
    )


def _planned(run: OutlookRun) -> PreviewRun | None:
    """A run with its wait; None for one that does not start in these days: its schedule says why."""
    if run.start is None or run.schedule is None:
        return None
    return PreviewRun(
        schedule=run.schedule,
        namespace=run.namespace,
        source=run.source,
        type=run.type,
        mode=run.mode,
        at=run.start,
        until=run.end,
        expected=True,
        delayed_from=run.due if run.start - run.due >= _NOTICED else None,
        waited_for=run.waited_for if run.start - run.due >= _NOTICED else None,
    )


def preview(
    schedules: Iterable[tuple[Object, Object | None]], now: datetime, days: int, notice: str | None = None
) -> Preview:
    """The runs of these schedules (each with its source) from now on, without the planner."""
    until = now + timedelta(days=days)
    runs: list[PreviewRun] = []
    only_next: list[str] = []
    for obj, source in schedules:
        schedule = read_schedule(obj)
        if schedule is None or schedule.spec.suspend or ((source or {}).get("spec") or {}).get("paused"):
            continue
        zone = ZoneInfo(zone_of(schedule, source))
        for mode, cadence, following in (
            (Mode.FULL, schedule.spec.full, schedule.status.next.full),
            (Mode.DELTA, schedule.spec.delta, schedule.status.next.delta),
        ):
            if cadence is None or following is None:
                continue
            if cadence.every is None:
                only_next.append(f"{namespace_of(obj)}/{name_of(obj)}")
            for count, due in enumerate(_instants(schedule, mode, cadence, following, until)):
                at = held_until(due, schedule.spec.quiet_hours, zone)
                if now <= at < until:
                    runs.append(
                        PreviewRun(
                            schedule=name_of(obj),
                            namespace=namespace_of(obj),
                            source=schedule.spec.source_ref.name,
                            type=schedule.spec.type,
                            mode=mode,
                            at=at,
                            expected=count > 0,
                            delayed_from=due if at != due else None,
                        )
                    )
    runs.sort(key=lambda run: (run.at, run.namespace, run.schedule))
    runs = _once_each(runs)
    return Preview(
        since=now,
        until=_seen_until(runs, until),
        origin=PreviewOrigin.STATUS,
        notice=notice,
        runs=runs[:_LONGEST],
        only_next=sorted(set(only_next)),
    )


def _seen_until(runs: list[PreviewRun], until: datetime) -> datetime:
    """How far the runs that are shown go: to the first of those that are left out."""
    return min(until, runs[_LONGEST].at) if len(runs) > _LONGEST else until


def held_until(due: datetime, quiet_hours: Iterable[QuietHours], zone: ZoneInfo) -> datetime:
    """The instant itself, or the end of the quiet hours that it lies in, in UTC."""
    local = due.astimezone(zone)
    minute = local.hour * 60 + local.minute
    for quiet in quiet_hours:
        start, end = _minutes(quiet.start), _minutes(quiet.end)
        across = end <= start
        if (start <= minute < end) if not across else (minute >= start or minute < end):
            day = local.date() + timedelta(days=1) if across and minute >= start else local.date()
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
            # Wall-clock arithmetic: 06:00 is 06:00 also on the day when the clock changes.
            return (midnight + timedelta(minutes=end)).astimezone(due.tzinfo)
    return due


def _instants(
    schedule: SyncSchedule, mode: Mode, cadence: Cadence, following: datetime, until: datetime
) -> Iterable[datetime]:
    yield following
    if cadence.every is None:
        return
    step = parse_duration(cadence.every)
    interval = schedule.status.effective_interval
    if mode is Mode.DELTA and interval is not None:
        step = parse_duration(interval.interval)
    step = max(step, _SHORTEST_STEP)
    due = following + step
    while due < until:
        yield due
        due += step


def _once_each(runs: list[PreviewRun]) -> list[PreviewRun]:
    """Runs that quiet hours push onto the same instant are one run: the earlier ones are skipped when it comes."""
    seen: set[tuple[str, str, Mode, datetime]] = set()
    kept = []
    for run in runs:
        key = (run.namespace, run.schedule, run.mode, run.at)
        if key not in seen:
            seen.add(key)
            kept.append(run)
    return kept


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
