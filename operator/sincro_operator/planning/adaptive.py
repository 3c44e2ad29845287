"""The adaptive interval: a Delta comes as often as the data changes.

Decided here: the estimate of the rate of change and the interval that follows from it.
The estimator is Cho and Garcia-Molina's ("Estimating frequency of change", ACM TOIT 3(3), 2003, section 4.2): of n
visits X found no change, so the expected number of changes an interval is -ln((X + 0.5) / (n + 0.5)): unlike X/n it is
not biased by changes that hide behind one another, and it is finite when every visit finds something. Visits here are
neither equal nor for ever, so n, the visits that found a change and the time they watched over are sums that decay:
each visit leaves 9/10 of those before it, and the last ten or so speak.
The interval is the one after which a change is as likely as not (ln 2 / rate), within spec.adaptive.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from sincro_contract.durations import format_duration
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.model import Rate, Task

DECAY = 0.9
LIKELIHOOD = 0.5
"""Of a change within one interval."""
_LONGEST_WATCH = timedelta(days=7)
"""A visit says nothing about what lies further back: the operator was away, or the schedule suspended."""
_ENOUGH = 1.0
_DAY = 24


def observe(rate: Rate | None, at: datetime, *, changed: bool, first_watch: timedelta) -> Rate:
    """The memory after one more visit that ended at `at`; the first one watched over `first_watch`."""
    rate = rate or Rate()
    watched = first_watch if rate.updated_at is None else at - rate.updated_at
    hours = max(timedelta(0), min(watched, _LONGEST_WATCH)) / timedelta(hours=1)
    return Rate(
        observations=rate.observations * DECAY + 1,
        changed=rate.changed * DECAY + (1 if changed else 0),
        exposure_hours=rate.exposure_hours * DECAY + hours,
        updated_at=at,
    )


def visits(past: Iterable[Task], rate: Rate | None) -> list[tuple[datetime, bool]]:
    """What successful syncs have found since the memory was kept: when they ended, and whether anything had changed."""
    since = rate.updated_at if rate is not None else None
    found = []
    for task in past:
        status, at = task.status, task.status.completed_at
        if status.state is not TaskState.SUCCEEDED or status.result is None or at is None or task.dry_run:
            continue
        if since is None or at > since:
            result = status.result
            found.append((at, bool(result.created or result.updated or result.deleted)))
    return sorted(found)


def changes_per_hour(rate: Rate) -> float | None:
    """The estimate; None before anything was observed."""
    if rate.observations < _ENOUGH or rate.exposure_hours <= 0:
        return None
    unchanged = max(0.0, rate.observations - rate.changed)
    each = -math.log((unchanged + 0.5) / (rate.observations + 0.5))
    return max(0.0, each) * rate.observations / rate.exposure_hours


def interval(rate: Rate | None, bounds: tuple[timedelta, timedelta], start: timedelta) -> tuple[timedelta, str]:
    """The interval and why; `start` is the one before anything is known. Whole seconds."""
    shortest, longest = bounds
    estimate = changes_per_hour(rate) if rate is not None else None
    if estimate is None:
        return min(max(start, shortest), longest), "Nothing is known yet about how often the data changes"
    if estimate <= 0:
        return longest, f"No change in the last {_visits(rate)}: as rarely as spec.adaptive allows"
    hours = -math.log(1 - LIKELIHOOD) / estimate
    wanted = timedelta(hours=min(hours, 24 * 365))
    said = f"About {_pace(estimate)} in the last {_visits(rate)}"
    if wanted < shortest:
        return shortest, f"{said}: as often as spec.adaptive allows"
    if wanted > longest:
        return longest, f"{said}: as rarely as spec.adaptive allows"
    wanted = timedelta(seconds=round(wanted.total_seconds()))
    return wanted, f"{said}: after {format_duration(wanted)} a change is as likely as not"


def _pace(per_hour: float) -> str:
    return f"{per_hour:.2g} changes an hour" if per_hour >= 1 else f"{per_hour * _DAY:.2g} changes a day"


def _visits(rate: Rate | None) -> str:
    count = round(rate.observations) if rate is not None else 0
    return f"{count} syncs" if count != 1 else "sync"
