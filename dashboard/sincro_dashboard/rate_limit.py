"""How often one user may ask for a sync, over all replicas where Redis is there, else on each replica.

Decided here: the two ways of counting, and that a Redis that does not answer never keeps a sync from being asked for.
"""

import logging
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

logger = logging.getLogger(__name__)

WINDOW = 60
"""Seconds."""
_ROUNDING = 1e-6
_REMEMBERED = 10_000
_LEFT_ALONE = 5.0
"""Seconds for which a counter that failed is not asked again: a click waits for it once, not every time."""


class TooMany(Exception):
    """The user has asked too often. `retry_after`: whole seconds until the next request is let through."""

    def __init__(self, per_minute: int, retry_after: int) -> None:
        super().__init__(f"At most {per_minute} syncs a minute may be asked for by one user.")
        self.retry_after = retry_after


class CounterAway(Exception):
    """The shared counter cannot be asked."""


class Counter(Protocol):
    """Counts that all replicas see. Both raise CounterAway."""

    async def add(self, user: str, window: int) -> tuple[int, int]:
        """Count one request in a window (minutes since 1970): requests in it, this one too, and in the one before."""
        ...

    async def take_back(self, user: str, window: int) -> None:
        """It was not let through, and does not count."""
        ...


def wait_for_room(before: int, current: int, elapsed: float, per_minute: int) -> int:
    """Seconds until the last of `current` requests may pass; 0 when it may now.

    The past minute is estimated from two fixed ones (a sliding window counter): the one before counts for as much as
    of it lies in the past minute. `elapsed`: seconds of the current one that are over.
    """
    if before * (WINDOW - elapsed) + current * WINDOW <= per_minute * WINDOW + _ROUNDING:
        return 0
    # Either enough of the minute before fades away within this minute, or this minute has to be the one before.
    if before and current <= per_minute:
        at = WINDOW * (1 - (per_minute - current) / before)
        return max(1, math.ceil(at - elapsed))
    # Without this request, which will be the first of the next minute.
    at = WINDOW * (1 - (per_minute - 1) / max(1, current - 1))
    return max(1, math.ceil(WINDOW - elapsed + max(0.0, at)))


class Buckets:
    """A bucket a user, in this process only: full at first, refilled evenly over the minute."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, user: str) -> None:
        """Take one request from the user's bucket. Raises TooMany when it is empty."""
        now = self._monotonic()
        level, at = self._buckets.get(user, (float(self._per_minute), now))
        level = min(float(self._per_minute), level + (now - at) * self._per_minute / WINDOW)
        if level < 1:
            raise TooMany(self._per_minute, max(1, math.ceil((1 - level) * WINDOW / self._per_minute)))
        self._buckets[user] = (level - 1, now)
        self._buckets.move_to_end(user)
        while len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)


class RateLimit:
    """The limit. `counter`: what all replicas share; None where there is nothing. `wall_clock`: seconds since 1970."""

    def __init__(
        self,
        per_minute: int,
        monotonic: Callable[[], float],
        counter: Counter | None = None,
        wall_clock: Callable[[], float] | None = None,
    ) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._counter = counter
        self._wall_clock = wall_clock or monotonic
        self._buckets = Buckets(per_minute, monotonic)
        self._ask_again_at = -math.inf

    async def take(self, user: str) -> None:
        """Let one request of the user through. Raises TooMany."""
        if self._counter is not None and self._monotonic() >= self._ask_again_at:
            try:
                await self._take_shared(self._counter, user)
                return
            except CounterAway as error:
                self._ask_again_at = self._monotonic() + _LEFT_ALONE
                logger.warning("rate_limit_not_shared", extra={"error": str(error)})
        self._buckets.take(user)

    async def _take_shared(self, counter: Counter, user: str) -> None:
        now = self._wall_clock()
        window = int(now // WINDOW)
        current, before = await counter.add(user, window)
        wait = wait_for_room(before, current, now % WINDOW, self._per_minute)
        if wait:
            await counter.take_back(user, window)
            raise TooMany(self._per_minute, wait)
