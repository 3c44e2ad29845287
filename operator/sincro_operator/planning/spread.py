"""A cheap deterministic spread: keeps a thousand schedules off the same second.

Decided here: by how much a schedule's runs are shifted, always by the same amount, at most a twentieth of the interval
and at most a minute (10 seconds for cron, whose readers expect a clock time).
"""

from datetime import timedelta
from functools import lru_cache
from hashlib import blake2s

from sincro_operator.planning.model import Schedule

_LONGEST = timedelta(minutes=1)
_LONGEST_FOR_CRON = timedelta(seconds=10)
_SHARE = 20


def offset(schedule: Schedule) -> timedelta:
    """Whole seconds, from 0; the same for both cadences, so that a Full meets the Delta that it replaces."""
    cadences = [cadence for cadence in (schedule.full, schedule.delta) if cadence is not None]
    longest = _LONGEST_FOR_CRON if any(cadence.cron for cadence in cadences) else _LONGEST
    for cadence in cadences:
        if cadence.every is not None:
            longest = min(longest, cadence.every / _SHARE)
    if schedule.adaptive is not None:
        longest = min(longest, schedule.adaptive[0] / _SHARE)
    return _drawn(schedule.uid, max(0, int(longest.total_seconds())))


@lru_cache(maxsize=32_768)
def _drawn(uid: str, longest: int) -> timedelta:
    digest = blake2s(uid.encode(), digest_size=4).digest()
    return timedelta(seconds=int.from_bytes(digest, "big") % (longest + 1))
