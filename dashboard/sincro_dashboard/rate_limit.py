"""How often one user may ask for a sync. A bucket a user: full at first, refilled evenly over the minute."""

import math
from collections import OrderedDict
from collections.abc import Callable

_REMEMBERED = 10_000


class TooMany(Exception):
    """The user has asked too often. `retry_after`: whole seconds until the next request is let through."""

    def __init__(self, per_minute: int, retry_after: int) -> None:
        super().__init__(f"At most {per_minute} syncs a minute may be asked for by one user.")
        self.retry_after = retry_after


class RateLimit:
    """Holds in this process only: with several replicas a user has the limit on each."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, user: str) -> None:
        """Take one request from the user's bucket. Raises TooMany when it is empty."""
        now = self._monotonic()
        level, at = self._buckets.get(user, (float(self._per_minute), now))
        level = min(float(self._per_minute), level + (now - at) * self._per_minute / 60)
        if level < 1:
            raise TooMany(self._per_minute, max(1, math.ceil((1 - level) * 60 / self._per_minute)))
        self._buckets[user] = (level - 1, now)
        self._buckets.move_to_end(user)
        while len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
