"""A local time -> the instant in UTC, where the clock changes too.

Decided here: a local time that a change of the clock leaves out is the instant of the jump; one that comes twice is the
first or the last, as the caller asks. Not here: what follows for a rule (planning.cron, planning.quiet_hours).
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def instant_of(local: datetime, zone: ZoneInfo, *, last: bool) -> datetime:
    """The instant at which the zone's clock shows `local` (naive)."""
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return local.replace(tzinfo=zone, fold=1).astimezone(UTC) if last else first
    # In a gap fold=0 reads with the offset before the jump, fold=1 with the one after: the jump lies between the two.
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    low, high = min(first, second), max(first, second)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
