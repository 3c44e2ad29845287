"""How often one user may ask: the past minute as estimated, replicas that count together, and a counter that fails."""

from collections import Counter as Count

import pytest

from sincro_dashboard.rate_limit import CounterAway, RateLimit, TooMany, wait_for_room


@pytest.mark.parametrize(
    ("before", "current", "elapsed", "wait"),
    [
        (0, 1, 0, 0),
        (0, 10, 59, 0),
        (10, 1, 0, 6),  # a tenth of the minute before has to fade
        (10, 1, 6, 0),
        (10, 5, 30, 0),
        (10, 6, 30, 6),
        (20, 5, 0, 45),
        (0, 11, 20, 46),  # the eleventh: ten have to become the minute before, and fade by one
        (10, 11, 59.5, 7),
    ],
)
def test_the_past_minute_is_estimated_from_two(before: int, current: int, elapsed: float, wait: int) -> None:
    assert wait_for_room(before, current, elapsed, 10) == wait


@pytest.mark.parametrize("before", range(0, 40, 3))
@pytest.mark.parametrize("current", range(1, 14))
@pytest.mark.parametrize("elapsed", [0.0, 17.2, 59.9])
def test_who_waits_as_long_as_is_said_is_let_through(before: int, current: int, elapsed: float) -> None:
    wait = wait_for_room(before, current, elapsed, 10)
    then = elapsed + wait
    if then < 60:
        assert wait_for_room(before, current, then, 10) == 0
    else:
        assert wait_for_room(current - 1, 1, min(then - 60, 60), 10) == 0


class Shared:
    """A counter in memory that several limits share; it may be away."""

    def __init__(self) -> None:
        self.counts: Count[tuple[str, int]] = Count()
        self.away = False
        self.asked = 0

    async def add(self, user: str, window: int) -> tuple[int, int]:
        self.asked += 1
        if self.away:
            raise CounterAway("no Redis")
        self.counts[user, window] += 1
        return self.counts[user, window], self.counts[user, window - 1]

    async def take_back(self, user: str, window: int) -> None:
        self.counts[user, window] -= 1


class Time:
    """Both clocks."""

    def __init__(self) -> None:
        self.seconds = 1200.0

    def __call__(self) -> float:
        return self.seconds


async def allowed(limit: RateLimit, user: str, times: int) -> int:
    """How many of so many requests are let through."""
    passed = 0
    for _ in range(times):
        try:
            await limit.take(user)
            passed += 1
        except TooMany:
            continue
    return passed


async def test_replicas_count_together_and_users_apart() -> None:
    shared, time = Shared(), Time()
    one, two = RateLimit(5, time, shared, time), RateLimit(5, time, shared, time)
    assert await allowed(one, "alice", 3) + await allowed(two, "alice", 9) == 5
    assert await allowed(two, "bob", 1) == 1
    # What was refused does not count: after a whole quiet minute everything is free again.
    time.seconds += 120
    assert await allowed(one, "alice", 9) == 5


async def test_a_counter_that_is_away_leaves_each_replica_its_own_limit_and_is_asked_again_later() -> None:
    shared, time = Shared(), Time()
    one, two = RateLimit(5, time, shared, time), RateLimit(5, time, shared, time)
    shared.away = True
    assert await allowed(one, "alice", 9) == 5
    assert await allowed(two, "alice", 9) == 5
    assert shared.asked == 2
    shared.away = False
    time.seconds += 6
    assert await allowed(one, "alice", 9) == 5
    assert shared.asked == 11
