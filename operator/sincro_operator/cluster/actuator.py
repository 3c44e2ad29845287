"""Carries out what plans ask for: several objects at once, one action after another for each.

Decided here: how many at once, and when a failed action may be planned again. Until then its object carries `pending`,
so that the planner leaves it alone; there is no memory of failures beyond that. Not here: the order (cluster.lines).
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence

from sincro_operator.backoff import backoff
from sincro_operator.cluster.api import (
    SCHEDULES,
    TASKS,
    ApiError,
    Conflict,
    Invalid,
    NotFound,
    ServerError,
    TooManyRequests,
    Uncertain,
)
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.events import Recorder
from sincro_operator.cluster.lines import Chain, Lines
from sincro_operator.cluster.writes import ArchiveUnavailable, NotOurs, Writes
from sincro_operator.planning.actions import (
    Action,
    ArchiveTask,
    CreateTask,
    EventNote,
    LaunchJob,
    PruneTask,
    StopJob,
    WriteSchedule,
    WriteSource,
    WriteTask,
)
from sincro_operator.planning.model import Pending, Schedule, Source, Task

logger = logging.getLogger(__name__)

_FORCED_DELAY = 5.0
"""Seconds after pods were removed by force until that is asked for again: the removal has to be seen first."""
_INVALID_DELAY = 60.0
"""Seconds before something is asked again that the API server has refused for good: only a change can help."""

Failure = ApiError | ArchiveUnavailable | NotOurs
Observer = Callable[[Action, str], None]
"""Told of every action, and `done` or the kind of its failure."""


class Actuator:
    """Takes actions and works them off with a bounded number of workers.

    `may_act` is asked before every action: an operator that is not (or no longer) the leader writes nothing.
    """

    def __init__(
        self,
        writes: Writes,
        cache: Cache,
        recorder: Recorder,
        *,
        may_act: Callable[[], bool],
        workers: int = 32,
        source_interval: float = 3.0,
        randomness: random.Random | None = None,
        observe: Observer = lambda _action, _outcome: None,
    ) -> None:
        self._writes = writes
        self._cache = cache
        self._recorder = recorder
        self._may_act = may_act
        self._workers = workers
        self._source_interval = source_interval
        self._random = randomness or random.Random()  # noqa: S311 - jitter, not a secret
        self._observe = observe
        self._lines = Lines()
        self._busy: set[str] = set()
        self._resting: set[str] = set()
        """What is left alone for a while and has no object that could carry `pending`."""
        self._asking: dict[str, tuple[Chain, asyncio.TimerHandle]] = {}
        """Launches whose effect is unknown, until they are asked again."""
        self._failures: dict[str, int] = {}
        self._source_written: dict[str, float] = {}
        self._ready = asyncio.Semaphore(0)
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed_until = 0.0

    # ------------------------------------------------------------ taking in

    def submit(self, actions: Sequence[Action]) -> None:
        """Take a plan's actions. Their objects carry `pending` from now on until the last answer is in."""
        chains: dict[str, Chain] = {}
        for action in actions:
            key, subject, pending = self._about(action)
            if key in self._busy or key in self._resting:
                continue
            if isinstance(action, WriteSource) and self._too_soon(action):
                continue
            chain = chains.get(key)
            if chain is None:
                chains[key] = Chain(key, subject, [action], pending)
            else:
                chain.actions.append(action)
                if pending is not Pending.WRITE:
                    chain.pending = pending
        for chain in chains.values():
            self._busy.add(chain.key)
            self._idle.clear()
            if chain.subject is not None:
                self._cache.begin(chain.subject, chain.pending)
            self._lines.add(chain)
            self._ready.release()

    def _about(self, action: Action) -> tuple[str, Task | Schedule | Source | None, Pending]:
        match action:
            case LaunchJob():
                return action.task.uid, action.task, Pending.LAUNCH
            case StopJob():
                task = self._task_of(action)
                return (task.uid if task is not None else action.job.task_uid), task, Pending.STOP
            case WriteTask() | ArchiveTask() | PruneTask():
                return action.task.uid, action.task, Pending.WRITE
            case CreateTask() | WriteSchedule():
                return action.schedule.uid, action.schedule, Pending.WRITE
            case WriteSource():
                return action.source.uid, action.source, Pending.WRITE

    def _task_of(self, action: StopJob) -> Task | None:
        job = action.job
        task = self._cache.snapshot.task(job.name._replace(name=job.task))
        return task if task is not None and task.uid == job.task_uid else None

    def _too_soon(self, action: WriteSource) -> bool:
        """Counts of a busy source change all the time: they are written now and then, and what matters at once."""
        source, status = action.source, action.status
        if action.events or status.circuit != source.status.circuit or status.ready != source.status.ready:
            return False
        now = asyncio.get_running_loop().time()
        wait = self._source_written.get(source.uid, 0.0) + self._source_interval - now
        if source.uid not in self._source_written or wait <= 0:
            return False
        self._hold(source, Pending.WRITE, wait)
        return True

    def _hold(self, subject: Task | Schedule | Source, pending: Pending, seconds: float) -> None:
        self._cache.begin(subject, pending)
        asyncio.get_running_loop().call_later(seconds, self._let_go, subject)

    def _let_go(self, subject: Task | Schedule | Source) -> None:
        if subject.uid not in self._busy:
            self._cache.end(subject)

    def _leave_alone(self, chain: Chain, pending: Pending, seconds: float) -> None:
        if chain.subject is not None:
            self._hold(chain.subject, pending, seconds)
        else:
            self._resting.add(chain.key)
            asyncio.get_running_loop().call_later(seconds, self._rested, chain.key)

    def _rested(self, key: str) -> None:
        self._resting.discard(key)
        self._cache.wake()

    # ------------------------------------------------------------ working off

    async def run(self) -> None:
        """Work for ever; returns only by cancellation."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())

    async def drain(self) -> None:
        """Wait until nothing is under way; bound it from outside."""
        await self._idle.wait()

    @property
    def under_way(self) -> int:
        """How many objects have actions queued or being carried out."""
        return len(self._busy)

    def abandon(self) -> None:
        """Leadership is lost, or the end has come: forget what is queued. What is being sent cannot be called back."""
        queued = self._lines.clear()
        # Nor is a launch asked again that may not have happened: whoever leads next decides by what there is then.
        for chain, timer in self._asking.values():
            timer.cancel()
            queued.append(chain)
        self._asking.clear()
        for chain in queued:
            self._finish(chain)
        self._source_written.clear()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._ready.acquire()
            while (closed := self._closed_until - loop.time()) > 0:  # noqa: ASYNC110 - a time, not a state
                await asyncio.sleep(closed)
            chain = self._lines.take()
            if chain is not None:
                await self._carry_out(chain)

    async def _carry_out(self, chain: Chain) -> None:
        while chain.actions and self._may_act():
            action = chain.actions[0]
            try:
                if isinstance(action, LaunchJob):
                    if await self._make_job(chain, action):
                        return
                    await self._writes.confirm_launch(action)
                else:
                    await self._writes.carry_out(action)
            except (ApiError, ArchiveUnavailable, NotOurs) as error:
                self._observe(action, type(error).__name__)
                self._fail(chain, action, error)
                return
            except Exception:
                # A mistake of ours about one object must not stop the others, nor be repeated without pause.
                logger.exception("action_failed", extra={"action": type(action).__name__, "key": chain.key})
                self._observe(action, "Unexpected")
                self._fail(chain, action, ApiError("an unexpected error, see the log"))
                return
            self._observe(action, "done")
            chain.done.append(chain.actions.pop(0))
        self._failures.pop(chain.key, None)
        forced = any(isinstance(action, StopJob) and action.force for action in chain.done)
        if isinstance(chain.subject, Source):
            self._source_written[chain.key] = asyncio.get_running_loop().time()
        self._finish(chain)
        if forced:
            self._leave_alone(chain, Pending.STOP, _FORCED_DELAY)

    async def _make_job(self, chain: Chain, action: LaunchJob) -> bool:
        """The first half of a launch. True when the second was put off because other Jobs wait to be made."""
        if chain.job_made:
            return False
        await self._writes.create_job(action)
        chain.job_made = True
        if not self._lines.add_confirmation(chain):
            return False
        self._ready.release()
        return True

    def _finish(self, chain: Chain) -> None:
        self._busy.discard(chain.key)
        if chain.subject is not None:
            self._cache.end(chain.subject)
        if not self._busy:
            self._idle.set()

    def _fail(self, chain: Chain, action: Action, failure: Failure) -> None:
        """Leave the object alone for a while, then let it be planned again on what is known by then."""
        failures = self._failures[chain.key] = self._failures.get(chain.key, 0) + 1
        delay = self._delay(failure, failures)
        if isinstance(failure, TooManyRequests):
            self._closed_until = max(self._closed_until, asyncio.get_running_loop().time() + delay)
        self._report(chain, action, failure, delay)
        uncertain = isinstance(failure, Uncertain | ServerError)
        if isinstance(action, LaunchJob) and uncertain and not chain.job_made:
            # The Job may be there, or come to be. Its slot cannot be given to another until that is known: ask again.
            timer = asyncio.get_running_loop().call_later(delay, self._requeue, chain)
            self._asking[chain.key] = chain, timer
            return
        self._finish(chain)
        if delay > 0 or chain.subject is None:
            # No slot is held by a launch that surely failed; one that did not holds it by its Job.
            self._leave_alone(chain, Pending.STOP if chain.pending is Pending.STOP else Pending.WRITE, delay)

    def _delay(self, failure: Failure, failures: int) -> float:
        """Seconds until the object may be planned again."""
        if isinstance(failure, Conflict | NotFound) and failures == 1:
            return 0.0
        if isinstance(failure, Invalid):
            return _INVALID_DELAY
        return backoff(failures, self._random, failure.retry_after if isinstance(failure, ApiError) else None)

    def _requeue(self, chain: Chain) -> None:
        del self._asking[chain.key]
        self._lines.add_again(chain)
        self._ready.release()

    def _report(self, chain: Chain, action: Action, failure: Failure, delay: float) -> None:
        about: dict[str, object] = {"action": type(action).__name__, "error": str(failure), "again_in": round(delay, 3)}
        if chain.subject is not None:
            about["object"] = chain.subject.name.name
        logger.log(logging.INFO if delay == 0 else logging.WARNING, "action_failed", extra=about)
        if isinstance(action, CreateTask) and delay > 0:
            note = EventNote("RunNotCreated", f"The SyncTask could not be created: {failure}", warning=True)
            self._recorder.note(SCHEDULES, action.schedule, note)
        if isinstance(action, LaunchJob) and delay > 0 and not chain.job_made:
            note = EventNote("JobNotCreated", f"The Job could not be created: {failure}", warning=True)
            self._recorder.note(TASKS, action.task, note)
