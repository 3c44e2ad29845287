"""Kubernetes Events about our resources, written after the fact: best effort, deduplicated, never in anybody's way.

Decided here: that an equal Event becomes a count on the one that is there. Not here: which Events there are (planning).
"""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sincro_operator.cluster.api import EVENTS, Api, ApiError, NotFound, Object, Resource
from sincro_operator.planning.actions import EventNote
from sincro_operator.planning.model import Name, Schedule, Source, Task

logger = logging.getLogger(__name__)

_SERIES = timedelta(minutes=10)
"""An equal Event within this time counts on the earlier one."""
_PATIENCE = 2.0
"""Seconds that an Event waits at most while there is more important work."""
_REMEMBERED = 4096
_WAITING = 10_000
_NOTE_LIMIT = 1024
"""Bytes; the API server refuses a longer one."""
CONTROLLER = "sincro.dev/operator"


@dataclass(slots=True)
class _Series:
    name: Name
    count: int
    last: datetime


@dataclass(frozen=True, slots=True)
class _Entry:
    resource: Resource
    subject: Task | Schedule | Source
    note: EventNote
    at: datetime


class Recorder:
    """Queues Events and writes them one after another; what does not fit into the queue is dropped and counted."""

    def __init__(
        self, api: Api, instance: str, now: Callable[[], datetime], busy: Callable[[], bool] = lambda: False
    ) -> None:
        """While `busy`, Events wait for a few seconds: what they tell of comes first."""
        self._api = api
        self._instance = instance[:128]
        self._now = now
        self._busy = busy
        self._queue: asyncio.Queue[_Entry] = asyncio.Queue(_WAITING)
        self._series: OrderedDict[str, _Series] = OrderedDict()
        self.dropped = 0

    def note(self, resource: Resource, subject: Task | Schedule | Source, note: EventNote) -> None:
        """An Event about this object."""
        try:
            self._queue.put_nowait(_Entry(resource, subject, note, self._now()))
        except asyncio.QueueFull:
            self.dropped += 1

    async def run(self) -> None:
        """Write what is noted; returns only by cancellation."""
        while True:
            entry = await self._queue.get()
            await self._let_pass()
            try:
                await self._write(entry)
            except ApiError as error:
                self.dropped += 1
                logger.warning("event_not_written", extra={"reason": entry.note.reason, "error": str(error)})
            finally:
                self._queue.task_done()

    async def _let_pass(self) -> None:
        until = asyncio.get_running_loop().time() + _PATIENCE
        while self._busy() and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - a count, not a flag
            await asyncio.sleep(_PATIENCE / 20)

    async def drain(self) -> None:
        """Wait until everything noted so far is written; bound it from outside."""
        await self._queue.join()

    async def _write(self, entry: _Entry) -> None:
        key = _key(entry)
        series = self._series.get(key)
        if series is not None and entry.at - series.last <= _SERIES:
            series.count += 1
            series.last = entry.at
            count = {"series": {"count": series.count, "lastObservedTime": _micro_time(entry.at)}}
            try:
                await self._api.patch(EVENTS, series.name, count)
            except NotFound:
                del self._series[key]
            else:
                return
        namespace = entry.subject.name.namespace
        body = self._document(entry, key)
        await self._api.create(EVENTS, namespace, body)
        self._series[key] = _Series(Name(namespace, body["metadata"]["name"]), 1, entry.at)
        self._series.move_to_end(key)
        if len(self._series) > _REMEMBERED:
            self._series.popitem(last=False)

    def _document(self, entry: _Entry, key: str) -> Object:
        subject, note = entry.subject, entry.note
        stamp = f"{int(entry.at.timestamp() * 1_000_000):x}"
        return {
            "apiVersion": EVENTS.api_version,
            "kind": EVENTS.kind,
            "metadata": {
                "name": f"{subject.name.name[:200].rstrip('-.')}.{stamp}{key[:8]}",
                "namespace": subject.name.namespace,
            },
            "eventTime": _micro_time(entry.at),
            "type": "Warning" if note.warning else "Normal",
            "reason": note.reason[:128],
            "action": note.reason[:128],
            "note": note.message.encode()[:_NOTE_LIMIT].decode(errors="ignore"),
            "regarding": {
                "apiVersion": entry.resource.api_version,
                "kind": entry.resource.kind,
                "namespace": subject.name.namespace,
                "name": subject.name.name,
                "uid": subject.uid,
                "resourceVersion": subject.resource_version,
            },
            "reportingController": CONTROLLER,
            "reportingInstance": self._instance,
        }


def _key(entry: _Entry) -> str:
    text = "\0".join((entry.subject.uid, entry.note.reason, entry.note.message))
    return hashlib.sha256(text.encode()).hexdigest()


def _micro_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
