"""Quiet hours: stretches of the local day in which no scheduled sync starts.

Decided here: when they hold and when they end, across midnight and across changes of the clock: they begin and end when
the local clock shows it (a local time that does not exist counts as the jump, one that comes twice begins at its first
and ends at its last). Runs that fall into them are not made then: at their end one is, however many they were.
What runs already goes on; a person's sync is never held.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sincro_operator.planning.clock import NEVER
from sincro_operator.planning.local_time import instant_of
from sincro_operator.planning.model import QuietHours

_DAY = 24 * 60
_DAYS_SEEN = 3
"""Days that are looked ahead: stretches that touch each other longer than this cover every day."""
Hours = tuple[QuietHours, ...]
Stretch = tuple[datetime, datetime]


def ends(hours: Hours, zone: ZoneInfo, instant: datetime) -> datetime | None:
    """When the quiet hours end that hold at this instant; None when none hold, NEVER when they cover the whole day."""
    return next((end for start, end in _around(hours, zone, instant) if start <= instant < end), None)


def begins(hours: Hours, zone: ZoneInfo, instant: datetime) -> datetime | None:
    """When quiet hours begin next after the instant; None without any."""
    return next((start for start, _ in _around(hours, zone, instant) if start > instant), None)


def hold(hours: Hours, zone: ZoneInfo, instant: datetime) -> bool:
    """Whether quiet hours hold at this instant."""
    return ends(hours, zone, instant) is not None


def release(hours: Hours, zone: ZoneInfo, instant: datetime) -> datetime:
    """When a run that is due at this instant may start."""
    return ends(hours, zone, instant) or instant


def _around(hours: Hours, zone: ZoneInfo, instant: datetime) -> tuple[Stretch, ...]:
    if not hours:
        return ()
    try:
        return _stretches(hours, zone, instant.astimezone(UTC).date())
    except OverflowError:
        return ()


@lru_cache(maxsize=8192)
def _stretches(hours: Hours, zone: ZoneInfo, day: date) -> tuple[Stretch, ...]:
    """The quiet stretches around a day of UTC, in order; those that touch are one."""
    found: list[Stretch] = []
    for offset in range(-2, _DAYS_SEEN + 1):
        midnight = datetime.combine(day, time()) + timedelta(days=offset)
        for quiet in hours:
            length = quiet.end - quiet.start if quiet.end > quiet.start else quiet.end + _DAY - quiet.start
            start = instant_of(midnight + timedelta(minutes=quiet.start), zone, last=False)
            end = instant_of(midnight + timedelta(minutes=quiet.start + length), zone, last=True)
            if start < end:
                found.append((start, end))
    joined: list[Stretch] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple((start, NEVER if end - start > timedelta(days=_DAYS_SEEN) else end) for start, end in joined)
