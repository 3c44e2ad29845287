"""Sends traces to a collector by OTLP over HTTP: best effort, in batches, in nobody's way.

Decided here: what a trace is worth: a few attempts, and a bounded place in memory; then it is dropped and counted.
"""

import asyncio
import logging
import random
from collections.abc import Callable

import aiohttp
import orjson

from sincro_operator import VERSION
from sincro_operator.backoff import backoff
from sincro_operator.planning.actions import Action, WriteTask
from sincro_operator.planning.model import Task, TaskStatus
from sincro_operator.tracing.spans import request_of

logger = logging.getLogger(__name__)

_LIMIT = aiohttp.ClientTimeout(total=10, connect=5)
_WAITING, _BATCH, _TRIES = 2000, 100, 5
_AGAIN = frozenset({429, 502, 503, 504})
"""Answers after which the specification allows another attempt."""


class Exporter:
    """Takes syncs as they end; `run` sends them. `endpoint`: a collector's address, as http://collector:4318."""

    def __init__(
        self,
        endpoint: str,
        *,
        headers: Callable[[], dict[str, str]] = dict,
        counted: Callable[[str, int], None] = lambda _outcome, _syncs: None,
        randomness: random.Random | None = None,
    ) -> None:
        """`headers` is asked before every request, may raise OSError; `counted` is told: sent or dropped, how many."""
        self._url = endpoint.rstrip("/") + "/v1/traces"
        self._headers = headers
        self._counted = counted
        self._random = randomness or random.Random()  # noqa: S311 - jitter, not a secret
        self._queue: asyncio.Queue[tuple[Task, TaskStatus]] = asyncio.Queue(_WAITING)

    def acted(self, action: Action, outcome: str) -> None:
        """An action of a plan, and how it went: an end of a sync is taken."""
        if outcome != "done" or not isinstance(action, WriteTask):
            return
        if action.status.state.final and not action.task.status.state.final:
            try:
                self._queue.put_nowait((action.task, action.status))
            except asyncio.QueueFull:
                self._counted("dropped", 1)

    async def run(self) -> None:
        """Send for ever; returns only by cancellation."""
        async with aiohttp.ClientSession(timeout=_LIMIT, cookie_jar=aiohttp.DummyCookieJar()) as session:
            while True:
                batch = [await self._queue.get()]
                while len(batch) < _BATCH and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                sent = await self._send(session, orjson.dumps(request_of(batch, VERSION)))
                self._counted("sent" if sent else "dropped", len(batch))

    async def _send(self, session: aiohttp.ClientSession, body: bytes) -> bool:
        why = ""
        for tried in range(1, _TRIES + 1):
            try:
                headers = self._headers() | {"Content-Type": "application/json"}
                async with session.post(self._url, data=body, headers=headers, allow_redirects=False) as response:
                    if response.ok:
                        return True
                    why = f"status {response.status}"
                    if response.status not in _AGAIN:
                        break
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                why = type(error).__name__
            if tried < _TRIES:
                await asyncio.sleep(backoff(tried, self._random))
        logger.warning("traces_dropped", extra={"error": why})
        return False
