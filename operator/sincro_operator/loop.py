"""The one loop: something changed, or it is time -> plan -> hand the actions over.

Decided here: when to plan. Never before all first lists are complete, never without leadership, at once when idle, and
with pauses in proportion to its own cost when busy.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from sincro_operator.cluster.api import ApiError
from sincro_operator.planning.actions import Action, Plan
from sincro_operator.planning.model import Name

logger = logging.getLogger(__name__)

RESYNC = 30.0
"""Seconds after which it plans although nothing has changed: the answer to a clock that was set, or to a lost wake."""
_SHARE = 4.0
"""Pauses last this many times as long as the plan before them: planning takes a fifth of the process at most."""
_LONGEST_PAUSE = 0.25
_RETRY = 2.0
"""Seconds until the next attempt after a plan or a refresh has failed."""

Plans = Callable[[datetime], Plan]
"""What is to be done at this time (UTC), by what is known."""


class Executor(Protocol):
    """Who carries actions out."""

    def submit(self, actions: Sequence[Action]) -> None:
        """Take them; does not wait."""
        ...

    def abandon(self) -> None:
        """Forget what has not been begun."""
        ...


class Leader(Protocol):
    """Whether this process may act."""

    @property
    def held(self) -> bool:
        """True while it may."""
        ...


class Loop:
    """Plans whenever `woken` is set, when the last plan asked for it, and now and then.

    `new_planner` gives a planner that has worked out nothing yet: at the start, with new leadership, after a failure.
    """

    def __init__(
        self,
        new_planner: Callable[[], Plans],
        executor: Executor,
        leader: Leader,
        *,
        woken: asyncio.Event,
        now: Callable[[], datetime],
        refresh: Callable[[], Awaitable[None]],
        resync: float = RESYNC,
        observe: Callable[[float, int], None] = lambda _seconds, _actions: None,
        failed: Callable[[], None] = lambda: None,
        source_failed: Callable[[Name], None] = lambda _source: None,
    ) -> None:
        self._new_planner = new_planner
        self._plan = new_planner()
        self._executor = executor
        self._leader = leader
        self._now = now
        self._refresh = refresh
        self._resync = resync
        self._observe = observe
        self._failed = failed
        self._source_failed = source_failed
        self._woken = woken
        self._leading = False
        self._stopped = False
        self._turned_at: float | None = None

    def stop(self) -> None:
        """Plan no more: what is under way may end, nothing new begins."""
        self._stopped = True
        self._woken.set()

    @property
    def age(self) -> float:
        """Seconds since the loop last came round; 0 before it began, and while it makes sure of what is known."""
        return 0.0 if self._turned_at is None else asyncio.get_running_loop().time() - self._turned_at

    async def run(self, complete: Awaitable[None]) -> None:
        """Wait until the caches are complete, then loop for ever; once stopped, do nothing until cancelled."""
        await complete
        logger.info("caches_complete")
        clock = asyncio.get_running_loop()
        while not self._stopped:
            self._turned_at = began = clock.time()
            self._woken.clear()
            delay = await self._turn()
            pause = min(_LONGEST_PAUSE, _SHARE * (clock.time() - began))
            await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(max(0.0, delay - pause)):
                    await self._woken.wait()
            except TimeoutError:
                pass
        await asyncio.Event().wait()

    async def _turn(self) -> float:
        """Plan once, if we lead. Returns the seconds after which to come again."""
        if not self._leader.held:
            if self._leading:
                self._leading = False
                self._executor.abandon()
            return self._resync
        try:
            if not self._leading:
                # A predecessor's last writes may not have been delivered yet: no slot is given before they are known.
                # Each of its calls has a limit of its own: an API server that is slow is no loop that hangs.
                self._turned_at = None
                await self._refresh()
                self._turned_at = asyncio.get_running_loop().time()
                self._plan = self._new_planner()
                self._leading = True
            return self._plan_once()
        except ApiError as error:
            logger.warning("refresh_failed", extra={"error": str(error)})
        except Exception:
            # Nothing may end the loop: what it cannot plan now it tries again, and says so.
            logger.exception("plan_failed")
            self._failed()
            self._plan = self._new_planner()
        # However often it is woken meanwhile: what everything there is was listed for is not listed for each change.
        await asyncio.sleep(_RETRY)
        return 0.0

    def _plan_once(self) -> float:
        clock = asyncio.get_running_loop()
        began, now = clock.time(), self._now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        plan = self._plan(now)
        self._observe(clock.time() - began, len(plan.actions))
        for source, error in plan.failures:
            about = {"namespace": source.namespace, "source": source.name}
            logger.error("source_plan_failed", extra=about, exc_info=error)
            self._source_failed(source)
        if plan.actions and self._leader.held and not self._stopped:
            self._executor.submit(plan.actions)
        if plan.wake_at is None:
            return self._resync
        return min(self._resync, max(0.0, (plan.wake_at - now).total_seconds()))
