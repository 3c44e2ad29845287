"""An event loop whose time passes only when nothing is left to do: a simulated day takes as long as its work.

Everything that waits through asyncio (sleep, timeouts, call_later) waits in this time; nothing may block on the world.
"""

import asyncio
import selectors
from collections import deque
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from heapq import heappop
from typing import Any, TypeVar

T = TypeVar("T")


class Stalled(Exception):
    """Everybody waits for somebody else, and no timer is set: a deadlock."""


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting for a timeout, moves the loop's clock on by it. Nothing is ever read: there are no sockets."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stalled("no task can go on and no timer is set")
        if timeout > 0:
            self.loop.advance(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module. `time()` counts simulated seconds from 0."""

    # What asyncio's own loop keeps, and no stub says.
    _scheduled: list[Any]
    _ready: "deque[Any]"
    _stopping: bool
    _clock_resolution: float

    def __init__(self) -> None:
        selector = _JumpingSelector()
        super().__init__(selector)
        selector.loop = self
        self._virtual = 0.0

    def time(self) -> float:
        """Simulated seconds since the loop was made."""
        return self._virtual

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self._virtual += seconds

    def _run_once(self) -> None:
        """asyncio's own turn without its selector: a life is made of millions of these."""
        scheduled, ready = self._scheduled, self._ready
        while scheduled and scheduled[0]._cancelled:
            heappop(scheduled)._scheduled = False
        if not ready and not self._stopping:
            if not scheduled:
                raise Stalled("no task can go on and no timer is set")
            self._virtual = max(self._virtual, scheduled[0]._when)
        end = self._virtual + self._clock_resolution
        while scheduled and scheduled[0]._when < end:
            handle = heappop(scheduled)
            handle._scheduled = False
            if not handle._cancelled:
                ready.append(handle)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()


class Clock:
    """Wall-clock time of one process: the loop's time from a given start, plus steps (NTP, a suspended machine)."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self.step = timedelta(0)

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=asyncio.get_running_loop().time()) + self.step


START = datetime(2026, 3, 23, 0, 0, tzinfo=UTC)
"""A Monday; the change to summer time is on the following Sunday."""


def simulate(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in simulated time."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        leftovers = asyncio.all_tasks(loop)
        for task in leftovers:
            task.cancel()
        if leftovers:
            loop.run_until_complete(asyncio.gather(*leftovers, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
