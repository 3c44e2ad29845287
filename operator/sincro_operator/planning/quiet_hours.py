"""Quiet hours: stretches of the local day in which no scheduled sync starts.

Decided here: when they hold and when they end, across midnight and across changes of the clock: they begin and end when
the local clock shows it (a local time that does not exist counts as the jump, one that comes twice begins at its first
and ends at its last). Runs that fall into them are not made then: at their end one is, however many they were.
What runs already goes on; a person's sync is never held.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sincro_operator.planning.clock import NEVER
from sincro_operator.planning.local_time import instant_of
from sincro_operator.planning.model import QuietHours

_DAY = 24 * 60
_CHAIN = 17
"""Stretches that touch are one. A schedule may state 8: more than twice as many in a row are all day."""


def ends(hours: Sequence[QuietHours], zone: ZoneInfo, instant: datetime) -> datetime | None:
    """When the quiet hours end that hold at this instant; None when none hold, NEVER when they cover the whole day."""
    end = instant
    for _ in range(_CHAIN):
        later = max((one for quiet in hours if (one := _end(quiet, zone, end)) is not None), default=None)
        if later is None:
            return end if end > instant else None
        end = later
    return NEVER


def begins(hours: Sequence[QuietHours], zone: ZoneInfo, instant: datetime) -> datetime | None:
    """When quiet hours begin next after the instant; None without any."""
    found: list[datetime] = []
    try:
        today = instant.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        for quiet in hours:
            starts = (
                instant_of(today + timedelta(days=day, minutes=quiet.start), zone, last=False) for day in (0, 1, 2)
            )
            found += [start for start in starts if start > instant]
    except OverflowError:
        return None
    return min(found, default=None)


def hold(hours: Sequence[QuietHours], zone: ZoneInfo, instant: datetime) -> bool:
    """Whether quiet hours hold at this instant."""
    return any(_end(quiet, zone, instant) is not None for quiet in hours)


def release(hours: Sequence[QuietHours], zone: ZoneInfo, instant: datetime) -> datetime:
    """When a run that is due at this instant may start."""
    return ends(hours, zone, instant) or instant


def _end(quiet: QuietHours, zone: ZoneInfo, instant: datetime) -> datetime | None:
    """The end of the occurrence that holds at the instant. Each day has one, which may reach into the next."""
    length = quiet.end - quiet.start if quiet.end > quiet.start else quiet.end + _DAY - quiet.start
    try:
        today = instant.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        for day in (today, today - timedelta(days=1)):
            start = instant_of(day + timedelta(minutes=quiet.start), zone, last=False)
            end = instant_of(day + timedelta(minutes=quiet.start + length), zone, last=True)
            if start <= instant < end:
                return end
    except OverflowError:
        return None
    return None
