"""Reads the progress stream and hands on what scrapers tell of themselves while they run.

Decided here: where reading begins (at the stream's end) and goes on after a loss (behind the last entry that was read).
The end of a task is not taken from here: the cluster says it.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from sincro_contract.progress import PROGRESS_STREAM, ProgressRecord, ProgressStatus
from sincro_contract.redis_address import redis_tls
from sincro_dashboard.cluster.reflector import backoff
from sincro_dashboard.live.transitions import Routed
from sincro_dashboard.measurements import Measurements

logger = logging.getLogger(__name__)

_BLOCK_MILLISECONDS = 5000
_MOST_ENTRIES = 500


Entry = tuple[str, dict[str, str]]
"""An entry's id and its fields."""


class Stream(Protocol):
    """What is asked of the stream. Each raises RedisError or OSError."""

    async def newest(self) -> str:
        """The id of the last entry; "0-0" when there is none."""
        ...

    async def after(self, entry_id: str) -> list[Entry]:
        """Entries behind an id, waiting a few seconds for one."""
        ...


class RedisStream:
    """The real one. It connects when it is used, and may be used again after a failure."""

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        """Raises ValueError for a URL that cannot be used."""
        self._redis = Redis.from_url(
            url,
            **redis_tls(url, ca_file),
            decode_responses=True,
            protocol=2,
            socket_connect_timeout=5,
            socket_timeout=_BLOCK_MILLISECONDS / 1000 + 10,
            health_check_interval=15,
        )

    async def newest(self) -> str:
        """See Stream.newest."""
        entries: Any = await self._redis.xrevrange(PROGRESS_STREAM, count=1)
        return str(entries[0][0]) if entries else "0-0"

    async def after(self, entry_id: str) -> list[Entry]:
        """See Stream.after."""
        answer: Any = await self._redis.xread({PROGRESS_STREAM: entry_id}, _MOST_ENTRIES, _BLOCK_MILLISECONDS)
        return [(entry, fields) for _stream, entries in answer or [] for entry, fields in entries]

    async def close(self) -> None:
        """Give the connection back."""
        await self._redis.aclose()


class ProgressReader:
    """Follows the stream for ever."""

    def __init__(
        self,
        stream: Stream,
        hand_on: Callable[[Routed], None],
        measurements: Measurements,
        wall_clock: Callable[[], float],
    ) -> None:
        self._stream = stream
        self._hand_on = hand_on
        self._measurements = measurements
        self._wall_clock = wall_clock
        self._last = ""
        self._failures = 0

    async def run(self) -> None:
        """Follow; returns only by cancellation."""
        while True:
            try:
                if not self._last:
                    self._last = await self._stream.newest()
                entries = await self._stream.after(self._last)
            except (RedisError, OSError, TimeoutError) as error:
                if not self._failures:
                    logger.warning("progress_stream_lost", extra={"error": str(error)})
                self._failures += 1
                self._measurements.stream_connected.set(0)
                await asyncio.sleep(backoff(self._failures, random.random()))  # noqa: S311 - spread, not a secret
                continue
            self._failures = 0
            self._measurements.stream_connected.set(1)
            for entry_id, fields in entries:
                self._last = entry_id
                self._take(entry_id, fields)

    def _take(self, entry_id: str, fields: dict[str, str]) -> None:
        routed = routed_of(fields)
        if routed is None:
            return
        milliseconds = entry_id.split("-")[0]
        if milliseconds.isdigit():
            self._measurements.progress_delay.observe(max(0.0, self._wall_clock() - int(milliseconds) / 1000))
        self._hand_on(routed)


def routed_of(fields: dict[str, str]) -> Routed | None:
    """The running event of a stream entry; None for what is malformed or tells of an end."""
    try:
        record = ProgressRecord.from_fields(fields)
    except (KeyError, ValueError):
        return None
    if record.event.status is not ProgressStatus.RUNNING:
        return None
    return Routed(record.namespace, record.source, record.event)
