"""Live progress: reads what scrapers say in the Redis stream, and writes it into `status.progress` now and then.

Decided here: how often a task's progress is written. Redis being away costs live progress and nothing else.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError

from sincro_contract.progress import PROGRESS_STREAM, ProgressRecord, ProgressStatus
from sincro_contract.redis_address import redis_tls
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.backoff import backoff
from sincro_operator.cluster.api import TASKS, Api, ApiError, Object
from sincro_operator.cluster.cache import Cache
from sincro_operator.planning.model import Name

logger = logging.getLogger(__name__)

_EVERY = 2.0
"""Seconds between two writes of one task's progress."""
_BLOCK_MILLISECONDS = 5000
_BATCH = 500


class ProgressIntake:
    """Follows the stream from now on. Only the leader writes; only tasks that run are written."""

    def __init__(
        self,
        api: Api,
        cache: Cache,
        url: Callable[[], str],
        *,
        may_act: Callable[[], bool],
        ca_file: Path | None = None,
        randomness: random.Random | None = None,
    ) -> None:
        self._api = api
        self._cache = cache
        self._url = url
        self._may_act = may_act
        self._ca_file = ca_file
        self._random = randomness or random.Random()  # noqa: S311 - jitter, not a secret
        self._latest: dict[Name, ProgressRecord] = {}
        self._written: dict[Name, float] = {}
        self.connected = False

    async def run(self) -> None:
        """Follow and write for ever; returns only by cancellation."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            group.create_task(self._write())

    async def _follow(self) -> None:
        failures, position = 0, ""
        while True:
            try:
                url = self._url()
                async with redis.Redis.from_url(
                    url,
                    **redis_tls(url, self._ca_file),
                    decode_responses=True,
                    socket_connect_timeout=5,
                    # A read that blocks must be answered before the socket gives up on it.
                    socket_timeout=_BLOCK_MILLISECONDS / 1000 + 5,
                    health_check_interval=15,
                ) as client:
                    await client.ping()
                    logger.info("redis_connected")
                    self.connected, failures = True, 0
                    position = position or await self._end(client)
                    while True:
                        position = await self._read(client, position)
            except (RedisError, OSError, ValueError) as error:
                failures += 1
                # A URL that cannot be read is quoted by what cannot read it, with the password in it.
                unreadable = isinstance(error, ValueError)
                logger.warning("redis_away", extra={"error": "the URL cannot be read" if unreadable else str(error)})
            finally:
                self.connected = False
            await asyncio.sleep(backoff(failures, self._random))

    @staticmethod
    async def _end(client: Any) -> str:
        """The position of the last entry: what came before it is of no interest."""
        last = await client.xrevrange(PROGRESS_STREAM, count=1)
        return str(last[0][0]) if last else "0-0"

    async def _read(self, client: Any, position: str) -> str:
        """Take in what came after `position`; returns the new position."""
        answer = await client.xread({PROGRESS_STREAM: position}, count=_BATCH, block=_BLOCK_MILLISECONDS)
        for _stream, entries in answer.items() if isinstance(answer, dict) else answer:
            for entry, fields in entries:
                position = entry
                self.take(fields)
        return position

    def take(self, fields: dict[str, str]) -> None:
        """One entry of the stream; a malformed one is ignored."""
        with suppress(ValueError, KeyError, TypeError):
            record = ProgressRecord.from_fields(fields)
            if record.event.status is ProgressStatus.RUNNING:
                self._latest[Name(record.namespace, record.event.task_id)] = record

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_EVERY / 8)
            if not self._may_act():
                self._latest.clear()
                continue
            now = loop.time()
            due = [name for name in self._latest if now - self._written.get(name, 0.0) >= _EVERY]
            for name in due:
                record = self._latest.pop(name)
                self._written[name] = now
                await self._write_one(name, record)
            for name in [name for name, at in self._written.items() if now - at > 60 * _EVERY]:
                del self._written[name]

    async def _write_one(self, name: Name, record: ProgressRecord) -> None:
        task = self._cache.snapshot.task(name)
        if task is None or task.pending is not None or task.status.state is not TaskState.RUNNING:
            return
        if not self._cache.snapshot.looks_after(Name(name.namespace, task.source)):
            return
        if record.attempt != task.status.attempt:
            return
        # On the version that is known, so that a progress that comes late never stands in an ended task.
        body = {
            "metadata": {"resourceVersion": task.resource_version},
            "status": {"progress": progress_document(record)},
        }
        try:
            self._cache.tasks.upsert(await self._api.patch(TASKS, name, body, subresource="status"))
        except ApiError as error:
            about = {"namespace": name.namespace, "task": name.name, "attempt": record.attempt}
            logger.debug("progress_not_written", extra=about | {"error": str(error)})


def progress_document(record: ProgressRecord) -> Object:
    """What stands in `status.progress`."""
    return {"phase": record.phase, **record.event.progress.to_dict()}
