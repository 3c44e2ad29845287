"""The shared counter in a real Redis: two replicas, and a Redis that goes away and comes back."""

import time

from redis.asyncio import Redis

from sincro_dashboard.rate_limit import RateLimit
from sincro_dashboard.shared_counter import RedisCounter
from tests.services import running_redis
from tests.unit.dashboard.test_rate_limit import allowed


async def test_two_replicas_count_together_in_redis_and_by_themselves_without_it() -> None:
    at = 1_000_000.0
    with running_redis() as redis:
        one, two = RedisCounter(redis.url), RedisCounter(redis.url)
        limits = [RateLimit(5, time.monotonic, each, lambda: at) for each in (one, two)]
        user = "system:serviceaccount:erp:alice \N{SNOWMAN}"
        assert await allowed(limits[0], user, 3) + await allowed(limits[1], user, 9) == 5
        async with Redis.from_url(redis.url, decode_responses=True) as reader:
            keys = [key async for key in reader.scan_iter()]
            assert [(await reader.get(key), 0 < await reader.ttl(key) <= 120) for key in keys] == [("5", True)]
    assert [await allowed(each, user, 9) for each in limits] == [5, 5]
    for each in (one, two):
        await each.close()
