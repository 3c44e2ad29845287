"""When each schedule is due in the coming days, as far as its status lets one know.

Decided here: nothing about cadence: the next instants are the operator's (`status.next`). What follows them is counted
on by the interval and marked as expected; a cron expression is the operator's to read: only its next run is known.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from sincro_contract.durations import parse_duration
from sincro_contract.model import Document
from sincro_contract.resources.sync_schedule import Cadence, QuietHours, SyncSchedule
from sincro_contract.run import Mode
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.resources import name_of, namespace_of, read_schedule
from sincro_dashboard.views.schedules import zone_of

_LONGEST = 2000
_SHORTEST_STEP = timedelta(minutes=1)


class PreviewRun(Document):
    """One run that is due."""

    schedule: str
    namespace: str
    source: str
    type: str
    mode: Mode
    at: datetime
    expected: bool = Field(description="True when it is counted on from the next run rather than fixed")
    delayed_from: datetime | None = Field(description="Its due instant, when quiet hours hold it back until `at`")


class Preview(Document):
    """The coming days."""

    since: datetime
    until: datetime
    runs: list[PreviewRun] = Field(description="Earliest first; at most 2,000")
    only_next: list[str] = Field(description="Schedules (namespace/name) of which only the next run is known")


def preview(schedules: Iterable[tuple[Object, Object | None]], now: datetime, days: int) -> Preview:
    """The runs of these schedules (each with its source) from now on."""
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
    return Preview(since=now, until=until, runs=_once_each(runs)[:_LONGEST], only_next=sorted(set(only_next)))


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
