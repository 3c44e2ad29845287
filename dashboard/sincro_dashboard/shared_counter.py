"""The counter behind the rate limit in Redis: INCR and EXPIRE, one key a user and minute. Nothing is decided here."""

import hashlib
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from sincro_contract.redis_address import redis_tls
from sincro_dashboard.rate_limit import WINDOW, CounterAway

_PREFIX = "sincro:manual-syncs"
_SECONDS = 0.5
"""A person has clicked and waits: beyond this the counter counts as away."""


class RedisCounter:
    """A sincro_dashboard.rate_limit.Counter. It connects when it is used, and may be used again after a failure."""

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        """Raises ValueError for a URL that cannot be used."""
        self._redis = Redis.from_url(
            url,
            **redis_tls(url, ca_file),
            protocol=2,
            socket_connect_timeout=_SECONDS,
            socket_timeout=_SECONDS,
        )

    async def add(self, user: str, window: int) -> tuple[int, int]:
        """See Counter.add."""
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.incr(_key(user, window))
                pipeline.expire(_key(user, window), 2 * WINDOW)
                pipeline.get(_key(user, window - 1))
                current, _, before = await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise CounterAway(str(error)) from error
        return int(current), int(before or 0)

    async def take_back(self, user: str, window: int) -> None:
        """See Counter.take_back."""
        try:
            await self._redis.decr(_key(user, window))
        except (RedisError, OSError, TimeoutError) as error:
            raise CounterAway(str(error)) from error

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()


def _key(user: str, window: int) -> str:
    """A user's name may hold anything and be long."""
    return f"{_PREFIX}:{hashlib.sha256(user.encode()).hexdigest()[:32]}:{window}"
