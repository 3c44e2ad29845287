"""How fast the source may be asked: requests per second, and fewer in the hours in which people work with it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sincro_scraper.profile.model import MannerSpec

Clock = Callable[[], datetime]


def interval_at(manners: MannerSpec, local: time) -> float:
    """Seconds that have to lie between two requests at this time of day; 0 for no limit."""
    rates = [manners.requests_per_second] if manners.requests_per_second else []
    gentle = manners.gentle
    if gentle is not None and _within(local, time.fromisoformat(gentle.start), time.fromisoformat(gentle.end)):
        rates.append(gentle.requests_per_second)
    return 1 / min(rates) if rates else 0.0


def _within(moment: time, start: time, end: time) -> bool:
    return start <= moment < end if start <= end else moment >= start or moment < end


class Pacer:
    """Hands out turns, one after the other, so that requests keep their distance. One for a whole run."""

    def __init__(
        self,
        manners: MannerSpec,
        time_zone: str,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._manners = manners
        self._zone = ZoneInfo(time_zone)
        self._clock = clock
        self._sleep = sleep
        self._free_at = 0.0

    async def turn(self) -> None:
        """Wait until the next request may be sent."""
        now = self._clock()
        interval = interval_at(self._manners, now.astimezone(self._zone).time())
        at = max(now.timestamp(), self._free_at)
        self._free_at = at + interval
        if at > now.timestamp():
            await self._sleep(at - now.timestamp())
