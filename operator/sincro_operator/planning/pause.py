"""Pause of a source and suspension of a schedule.

Decided here: both hold scheduled work alone; what runs goes on, and people's syncs start. A pause of the source holds
what is queued too; a suspended schedule makes no further runs (like a CronJob), and what it has made goes on.
"""

from sincro_operator.planning.hold import Hold
from sincro_operator.planning.model import Schedule, Source


def of_source(source: Source) -> Hold | None:
    """Why scheduled work of this source waits."""
    if not source.paused:
        return None
    return Hold("Paused", f"The source {source.name.name} is paused{_who_why(source.paused_by, source.pause_reason)}.")


def of_schedule(schedule: Schedule) -> Hold | None:
    """Why this schedule makes no runs."""
    if not schedule.suspend:
        return None
    who_why = _who_why(schedule.suspended_by, schedule.suspend_reason)
    return Hold("Suspended", f"The schedule {schedule.name.name} is suspended{who_why}.")


def _who_why(who: str | None, why: str | None) -> str:
    return (f" by {who}" if who else "") + (f": {why}" if why else "")
