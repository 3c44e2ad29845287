"""The adaptive interval: a Delta comes as often as the data changes.

Decided here: the estimate of the rate of change and the interval that follows from it.
A sync counts what it found, so the rate is changes over time (the estimator for a known history of changes in Cho and
Garcia-Molina, "Estimating frequency of change", ACM TOIT 3(3), 2003, section 4.1), with sums that decay: each visit
leaves 4/5 of those before it, and the last five or so speak. Their improved estimator for visits that see only whether
anything changed was tried first: at the longest interval it cannot tell two changes a visit from twenty, and stays
there (dev.bench.adaptive_freshness). A visit counts at most 20 changes: a bulk import is one event, not ten thousand.
The interval is the one after which a change is as likely as not (ln 2 / rate), within spec.adaptive.

Measured at equal syncs a day it is behind for less of the time than a fixed interval where changes come in office hours
(18% against 23%) or in bursts (6.0%, 6.8%), for more where they are spread evenly (33%, 30%), and the mean change waits
longer for it in all of these: it does not win, so a fixed interval is the default. What it does is to find the number
of syncs that a table needs where nobody knows it.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from sincro_contract.durations import format_duration
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.model import Rate, Task

DECAY = 0.8
COUNTED = 20
"""Changes of one visit, at most."""
LIKELIHOOD = 0.5
"""Of a change within one interval."""
_LONGEST_WATCH = timedelta(days=7)
"""A visit says nothing about what lies further back: the operator was away, or the schedule suspended."""
_ENOUGH = 1.0
_DAY = 24


def observe(rate: Rate | None, at: datetime, *, changes: int, first_watch: timedelta) -> Rate:
    """The memory after one more visit that ended at `at` and found this; the first one watched over `first_watch`."""
    rate = rate or Rate()
    watched = first_watch if rate.updated_at is None else at - rate.updated_at
    hours = max(timedelta(0), min(watched, _LONGEST_WATCH)) / timedelta(hours=1)
    return Rate(
        observations=rate.observations * DECAY + 1,
        changed=rate.changed * DECAY + min(changes, COUNTED),
        exposure_hours=rate.exposure_hours * DECAY + hours,
        updated_at=at,
    )


def visits(past: Iterable[Task], rate: Rate | None) -> list[tuple[datetime, int]]:
    """What successful syncs have found since the memory was kept: when they ended, and how much had changed."""
    since = rate.updated_at if rate is not None else None
    found = []
    for task in past:
        status, at = task.status, task.status.completed_at
        if status.state is not TaskState.SUCCEEDED or status.result is None or at is None or task.dry_run:
            continue
        if since is None or at > since:
            result = status.result
            found.append((at, result.created + result.updated + result.deleted))
    return sorted(found)


def changes_per_hour(rate: Rate) -> float | None:
    """The estimate; None before anything was observed."""
    if rate.observations < _ENOUGH or rate.exposure_hours <= 0:
        return None
    return max(0.0, rate.changed) / rate.exposure_hours


def interval(rate: Rate | None, bounds: tuple[timedelta, timedelta], start: timedelta) -> tuple[timedelta, str]:
    """The interval and why; `start` is the one before anything is known. Whole seconds."""
    shortest, longest = bounds
    estimate = changes_per_hour(rate) if rate is not None else None
    if estimate is None:
        return min(max(start, shortest), longest), "Nothing is known yet about how often the data changes"
    hours = math.inf if estimate <= 0 else -math.log(1 - LIKELIHOOD) / estimate
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
