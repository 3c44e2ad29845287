"""Cron in a local time zone -> instants in UTC.

Decided here: what a change of the clock does. A local time that the change leaves out means the instant at which the
clock jumps; one that comes twice means the first. Where every hour is named (`*`), the second pass runs too: it is
another hour of the day's work, and leaving it out would double the interval. So no run is skipped and none is doubled.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterError

from sincro_operator.planning.clock import BEFORE_ALL, NEVER, after
from sincro_operator.planning.local_time import instant_of

_FIELDS = 5
_CHANCE = re.compile(r"(?<![a-z])[hr](?![a-z])", re.IGNORECASE)
"""croniter's own H and R: spread is ours to give, and chance has no place here."""
_NEAR = timedelta(hours=4)
"""Changes of the clock reach this far (they are one hour in all but two zones, where they are less or a day)."""

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class CronInvalid(ValueError):
    """The expression or the zone cannot be used; the text says why."""


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The time zone. Raises CronInvalid for a name that the database does not have."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise CronInvalid(f"time zone {name!r} is not known") from error


def check(expression: str) -> None:
    """Raises CronInvalid for an expression that is not five fields or that never comes."""
    if len(expression.split()) != _FIELDS or _CHANCE.search(expression):
        raise CronInvalid(
            f"cron {expression!r} must have five fields (minute, hour, day of month, month, day of week) without H or R"
        )
    try:
        croniter(expression, datetime(2024, 1, 1), max_years_between_matches=12).get_next(datetime)  # noqa: DTZ001
    except (CroniterError, ValueError, KeyError, OverflowError) as error:
        raise CronInvalid(f"cron {expression!r} cannot be read or never comes: {error}") from error


@lru_cache(maxsize=16_384)
def next_after(expression: str, zone_name: str, instant: datetime) -> datetime:
    """The first run after the instant; NEVER beyond what calendars are made for. Raises CronInvalid."""
    check_once(expression)
    tz = zone(zone_name)
    if instant > _LAST:
        return NEVER
    instant = max(instant, _FIRST)
    local = instant.astimezone(tz).replace(tzinfo=None)
    if _steady(tz, instant):
        candidate = _utc(next(_forward(expression, local)), tz)[0]
        if candidate > instant and _steady(tz, candidate):
            return candidate
    found: list[datetime] = []
    for match in _forward(expression, local - _NEAR):
        if found and match > min(found).astimezone(tz).replace(tzinfo=None) + _NEAR:
            break
        found += [run for run in _runs(expression, match, tz) if run > instant]
    return min(found)


@lru_cache(maxsize=16_384)
def last_until(expression: str, zone_name: str, instant: datetime) -> datetime:
    """The last run at or before the instant; BEFORE_ALL where there is none. Raises CronInvalid."""
    check_once(expression)
    tz = zone(zone_name)
    if instant < _FIRST:
        return BEFORE_ALL
    instant = min(instant, _LAST)
    local = instant.astimezone(tz).replace(tzinfo=None)
    if _steady(tz, instant):
        candidate = _utc(next(_backward(expression, local)), tz)[0]
        if candidate <= instant and _steady(tz, candidate):
            return candidate
    found: list[datetime] = []
    for match in _backward(expression, local + _NEAR):
        if found and match < max(found).astimezone(tz).replace(tzinfo=None) - _NEAR:
            break
        found += [run for run in _runs(expression, match, tz) if run <= instant]
    return max(found)


@lru_cache(maxsize=1024)
def _checked(expression: str) -> str | None:
    try:
        check(expression)
    except CronInvalid as error:
        return str(error)
    return None


def check_once(expression: str) -> None:
    """`check`, remembered."""
    problem = _checked(expression)
    if problem is not None:
        raise CronInvalid(problem)


def _forward(expression: str, start: datetime) -> Iterator[datetime]:
    """Local times that match, after `start`."""
    matches = croniter(expression, start.replace(microsecond=0))
    while True:
        yield matches.get_next(datetime)


def _backward(expression: str, start: datetime) -> Iterator[datetime]:
    """Local times that match, at or before `start`."""
    matches = croniter(expression, start.replace(microsecond=0) + timedelta(seconds=1))
    while True:
        yield matches.get_prev(datetime)


def _steady(tz: ZoneInfo, instant: datetime) -> bool:
    """No change of the clock is near."""
    local = instant.astimezone(tz)
    return (
        local.utcoffset()
        == after(instant, -_NEAR).astimezone(tz).utcoffset()
        == after(instant, _NEAR).astimezone(tz).utcoffset()
    )


def _runs(expression: str, local: datetime, tz: ZoneInfo) -> tuple[datetime, ...]:
    """The instants that a local time stands for."""
    first, second = _utc(local, tz)
    return (first, second) if second != first and expression.split()[1] == "*" else (first,)


def _utc(local: datetime, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """Both instants of a local time: equal, but for one that comes twice. One that never comes is the jump itself."""
    return instant_of(local, tz, last=False), instant_of(local, tz, last=True)
