"""When a cadence is due: a set of instants in UTC, for `every` and for cron alike.

Decided here: `every` counts from the last run that was due (the first is due when the schedule is made), cron means
local clock times; an edit of `every` moves the next run to the last one plus the new interval, an edit of cron promises
nothing before the edit. A run is its instant: asking again, late or with a clock that was set back, gives the same one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2s
from typing import Protocol

from sincro_operator.planning import cron
from sincro_operator.planning.clock import NEVER, after
from sincro_operator.planning.cron import CronInvalid
from sincro_operator.planning.model import Cadence

_COUNTED = 1000


class Grid(Protocol):
    """The instants of a cadence."""

    def next_after(self, instant: datetime) -> datetime:
        """The first one after the instant; NEVER beyond the calendar."""
        ...

    def last_until(self, instant: datetime) -> datetime | None:
        """The last one at or before the instant; None before the first."""
        ...

    def count(self, after_: datetime, until: datetime) -> int:
        """How many lie in (after_, until]; counting ends at 1000."""
        ...


@dataclass(frozen=True, slots=True)
class EveryGrid:
    """`base` and every interval from there on."""

    base: datetime
    every: timedelta

    def next_after(self, instant: datetime) -> datetime:
        """See Grid."""
        if instant < self.base:
            return self.base
        if NEVER - instant <= self.every:
            return NEVER
        return self.base + ((instant - self.base) // self.every + 1) * self.every

    def last_until(self, instant: datetime) -> datetime | None:
        """See Grid."""
        if instant < self.base:
            return None
        return self.base + (instant - self.base) // self.every * self.every

    def count(self, after_: datetime, until: datetime) -> int:
        """See Grid."""
        if until <= after_ or until < self.base:
            return 0
        before = (after_ - self.base) // self.every + 1 if after_ >= self.base else 0
        return min((until - self.base) // self.every + 1 - before, _COUNTED)


@dataclass(frozen=True, slots=True)
class CronGrid:
    """Clock times of a zone, shifted by the schedule's spread."""

    expression: str
    zone: str
    offset: timedelta

    def next_after(self, instant: datetime) -> datetime:
        """See Grid."""
        return after(cron.next_after(self.expression, self.zone, after(instant, -self.offset)), self.offset)

    def last_until(self, instant: datetime) -> datetime | None:
        """See Grid."""
        return after(cron.last_until(self.expression, self.zone, after(instant, -self.offset)), self.offset)

    def count(self, after_: datetime, until: datetime) -> int:
        """See Grid."""
        found = 0
        instant = after_
        while found < _COUNTED and (instant := self.next_after(instant)) <= until:
            found += 1
        return found


def grid(cadence: Cadence, base: datetime, zone: str, offset: timedelta) -> Grid:
    """The instants of a cadence; `base` is the first of them for `every`. Raises CronInvalid."""
    if cadence.every is not None and cadence.every > timedelta(0):
        return EveryGrid(base, cadence.every)
    if cadence.cron is None:
        raise CronInvalid("a cadence needs an interval (every) longer than 0, or cron")
    cron.zone(zone)
    cron.check_once(cadence.cron)
    return CronGrid(cadence.cron, zone, offset)


def fingerprint(full: Cadence | None, delta: Cadence | None, zone: str) -> str:
    """What an edit is seen by: one mark for each cadence."""
    return f"{_mark(full, zone)}.{_mark(delta, zone)}"


@lru_cache(maxsize=4096)
def _mark(cadence: Cadence | None, zone: str) -> str:
    if cadence is None:
        return "-"
    text = f"{cadence.cron}@{zone}" if cadence.cron is not None else f"{cadence.every}"
    return blake2s(text.encode(), digest_size=6).hexdigest()
