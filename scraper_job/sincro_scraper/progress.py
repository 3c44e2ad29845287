"""Live progress of a run: at most once a second, at every new phase, at the end; to Redis, a terminal, or nowhere.

Nothing here can make a run fail: Redis away means no live progress.
"""

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from typing import IO, Protocol

from sincro_contract.progress import (
    PROGRESS_STREAM,
    PROGRESS_STREAM_MAXLEN,
    Progress,
    ProgressEvent,
    ProgressRecord,
    ProgressStatus,
)
from sincro_contract.redis_address import redis_tls
from sincro_contract.run import RunSpec

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0
_REDIS_SECONDS = 2.0
_BAR = 28


class Sink(Protocol):
    """Where progress goes."""

    async def write(self, record: ProgressRecord) -> None:
        """Pass one record on. Never raises."""
        ...

    async def close(self) -> None:
        """Give connections back. Never raises."""
        ...


class Reporter:
    """What the run tells about itself. `clock` is monotonic seconds; `now_ms` is milliseconds since the epoch."""

    def __init__(
        self,
        spec: RunSpec,
        sink: Sink | None,
        *,
        now_ms: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spec = spec
        self._sink = sink
        self._now_ms = now_ms
        self._clock = clock
        self._started = now_ms()
        self._last = -INTERVAL_SECONDS
        self._phase = ""
        self._current = 0
        self._total = 0

    async def phase(self, phase: str) -> None:
        """A new phase begins: launch, login, read, check, load."""
        self._phase = phase
        await self._send(ProgressStatus.RUNNING)

    async def rows(self, current: int, total: int | None) -> None:
        """So many rows of so many (None: unknown) were read."""
        self._current, self._total = current, total or 0
        if self._clock() - self._last >= INTERVAL_SECONDS:
            await self._send(ProgressStatus.RUNNING)

    async def end(self, error: str | None) -> None:
        """The last record of the run."""
        await self._send(ProgressStatus.COMPLETED if error is None else ProgressStatus.ERROR, error)
        if self._sink is not None:
            await self._sink.close()

    async def _send(self, status: ProgressStatus, error: str | None = None) -> None:
        if self._sink is None:
            return
        self._last = self._clock()
        running = status is ProgressStatus.RUNNING
        event = ProgressEvent(
            task_id=self._spec.task.name,
            type=self._spec.type,
            status=status,
            progress=Progress.of(self._current, self._total),
            started_at=self._started,
            completed_at=None if running else self._now_ms(),
            error=error[:1024] if error else None,
        )
        await self._sink.write(
            ProgressRecord(
                namespace=self._spec.task.namespace,
                source=self._spec.source,
                attempt=self._spec.attempt,
                phase=self._phase,
                event=event,
            )
        )


class RedisSink:
    """Appends to the stream that operator and dashboard read. After an error it is silent for a while."""

    def __init__(self, url: str, ca_file: str | None = None) -> None:
        """Nothing is connected yet. Raises ValueError for a URL that cannot be used."""
        # A fifth of a run's start would be spent on it where there is no Redis.
        import redis.asyncio

        self._client = redis.asyncio.Redis.from_url(
            url,
            **redis_tls(url, ca_file),
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            decode_responses=True,
        )
        self._quiet_until = 0.0

    async def write(self, record: ProgressRecord) -> None:
        """Append one record."""
        if time.monotonic() < self._quiet_until and record.event.completed_at is None:
            return
        fields = dict(record.to_fields())
        await self._guarded(
            lambda: self._client.xadd(
                PROGRESS_STREAM,
                fields,  # type: ignore[arg-type]  # the client's own type is invariant
                maxlen=PROGRESS_STREAM_MAXLEN,
                approximate=True,
            )
        )

    async def close(self) -> None:
        """Close the connection."""
        await self._guarded(self._client.aclose)

    async def _guarded(self, call: Callable[[], Awaitable[object]]) -> None:
        from redis.exceptions import RedisError

        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                await call()
        except (RedisError, OSError, TimeoutError, ValueError) as error:
            self._quiet_until = time.monotonic() + 5 * _REDIS_SECONDS
            log.warning("progress.lost", extra={"reason": type(error).__name__})


class TerminalSink:
    """A line that moves, for a run by hand; plain lines where the output is not a terminal."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._moving = self._stream.isatty()
        self._phase = ""

    async def write(self, record: ProgressRecord) -> None:
        """Show one record."""
        text = bar(record)
        with contextlib.suppress(OSError, ValueError):
            if self._moving:
                end = "" if record.event.completed_at is None else "\n"
                self._stream.write(f"\r\x1b[K{text}{end}")
            elif record.phase != self._phase or record.event.completed_at is not None:
                self._stream.write(text + "\n")
            self._stream.flush()
        self._phase = record.phase

    async def close(self) -> None:
        """Nothing to give back."""


def bar(record: ProgressRecord) -> str:
    """One line: type, phase, a bar where the total is known, rows."""
    progress, event = record.event.progress, record.event
    if event.status is ProgressStatus.ERROR:
        return f"{event.type}: failed"
    word = "done" if event.status is ProgressStatus.COMPLETED else record.phase
    if not progress.total:
        return f"{event.type}: {word}" + (f"  {progress.current} rows" if progress.current else "")
    full = round(_BAR * progress.percentage / 100)
    return f"{event.type}: {word:<6} [{'#' * full}{'.' * (_BAR - full)}] {progress.current}/{progress.total} rows"
