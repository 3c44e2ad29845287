"""What holds a task back before any slot is asked for.

Decided here: the order of the reasons (the first is the one that people read), and that pause, quiet hours and a
tripped circuit hold scheduled work alone; a person's sync passes them all, but for rejected credentials.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sincro_operator.planning import circuit_breaker, cron, pause, quiet_hours
from sincro_operator.planning.clock import NEVER, clock_time
from sincro_operator.planning.cron import CronInvalid
from sincro_operator.planning.hold import Hold
from sincro_operator.planning.model import Circuit, Schedule, Source, Task, TaskStatus

FOR_PEOPLE = frozenset({"SourceNotFound", "ProfileNotFound", "ProfileInvalid", "UnknownStream"})
"""What lasts until a person changes something."""


def is_unread(source: Source | None) -> bool:
    """Whether nobody has looked at the source's profile since the operator began: a matter of seconds, in which its
    schedules are left as they are, for else each start would write ten thousand of them twice."""
    return source is not None and not source.deleting and source.problem is None and source.streams is None


def of_source(name: str, source: Source | None, type_: str) -> Hold | None:
    """What stands in the way of every sync of this type of a source."""
    if source is None or source.deleting:
        return Hold("SourceNotFound", f"There is no SyncSource {name} in this namespace.")
    if source.problem is not None:
        return Hold(*source.problem)
    if source.streams is None:
        return Hold("ProfileNotRead", "The source's profile has not been read yet.")
    if type_ not in source.streams:
        known = ", ".join(sorted(source.streams)) or "none"
        return Hold("UnknownStream", f"The profile declares no stream {type_!r} (it declares: {known}).")
    return None


def of_scheduled(schedule: Schedule | None, source: Source, circuit: Circuit, now: datetime) -> Hold | None:
    """What holds scheduled work of a source that could run. Quiet hours come last: all else outlasts them."""
    hold = pause.of_source(source) or circuit_breaker.hold(circuit, source, person=False, now=now)
    if hold is not None or schedule is None:
        return hold
    zone = _zone(schedule, source)
    until = quiet_hours.ends(schedule.quiet_hours, zone, now) if zone is not None else None
    if until is None:
        return None
    end = "they cover the whole day" if until == NEVER else f"until {clock_time(until)}"
    return Hold("QuietHours", f"Quiet hours: nothing scheduled starts ({end}).", until)


def quiet_from(schedule: Schedule | None, source: Source | None, now: datetime) -> datetime | None:
    """When quiet hours begin next for a schedule's work; None when it has none."""
    zone = _zone(schedule, source) if schedule is not None and source is not None else None
    return quiet_hours.begins(schedule.quiet_hours, zone, now) if schedule is not None and zone is not None else None


def _zone(schedule: Schedule, source: Source) -> ZoneInfo | None:
    try:
        return cron.zone(schedule.time_zone or source.time_zone)
    except CronInvalid:
        return None


def of_task(
    task: Task,
    status: TaskStatus,
    schedule: Schedule | None,
    source: Source | None,
    circuit: Circuit,
    *,
    person: bool,
    now: datetime,
) -> Hold | None:
    """Why this task cannot start even if every slot were free; None when it can."""
    if task.not_before is not None and task.not_before > now:
        return Hold("NotBefore", f"Asked not to start before {clock_time(task.not_before)}.", task.not_before)
    hold = of_source(task.source, source, task.type)
    if hold is not None or source is None:
        return hold
    if person:
        hold = circuit_breaker.hold(circuit, source, person=True, now=now)
    else:
        hold = of_scheduled(schedule, source, circuit, now)
    if hold is not None:
        return hold
    if status.next_attempt_at is not None and status.next_attempt_at > now:
        said = f": {status.last_error.message}" if status.last_error is not None else ""
        return Hold(
            "BackingOff",
            f"Tries again at {clock_time(status.next_attempt_at)} after{said or ' a failure.'}",
            status.next_attempt_at,
        )
    return None
