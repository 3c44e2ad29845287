"""Arithmetic on instants that cannot fail: what lies beyond the calendar is its end.

Nothing is decided here.
"""

from datetime import UTC, datetime, timedelta

NEVER = datetime.max.replace(tzinfo=UTC)
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def after(instant: datetime, *delays: timedelta) -> datetime:
    """The instant and all delays; NEVER or BEFORE_ALL where that is beyond the calendar."""
    for delay in delays:
        try:
            instant += delay
        except OverflowError:
            return NEVER if delay > timedelta(0) else BEFORE_ALL
    return instant


def soonest(*instants: datetime | None) -> datetime | None:
    """The earliest of the instants that are there."""
    return min((instant for instant in instants if instant is not None), default=None)


def clock_time(instant: datetime) -> str:
    """An instant as messages name it, for example `2026-11-23 06:00:00 UTC`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
