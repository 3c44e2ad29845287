"""Mistakes that the planner, the cache or the loop could have: each breaks one rule, and the simulation has to notice.

A mutation swaps one function of the product for a broken one while it lasts. `seed` and `days` are the cheapest life
that is known to show it, `noticed` is a part of what the broken invariant then says.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from unittest.mock import PropertyMock, patch

from sincro_contract.exit_codes import ErrorClass
from sincro_operator.cluster import render, writes
from sincro_operator.cluster.api import JOBS, PODS
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.lease import Leadership
from sincro_operator.cluster.reflector import Reflector
from sincro_operator.cluster.watches import Watches
from sincro_operator.cluster.writes import Writes
from sincro_operator.planning import (
    attempts,
    circuit_breaker,
    contest,
    due,
    explain,
    naming,
    observe,
    pause,
    preemption,
    priority,
    quiet_hours,
    retention,
    retry,
)
from sincro_operator.planning.contest import Scope, World
from sincro_operator.planning.demand import Demand
from sincro_operator.planning.model import Pod, TaskError
from sincro_operator.planning.outcome import Ended
from sincro_operator.planning.planner import Planner
from sincro_operator.planning.snapshot import Snapshot
from sincro_operator.planning.source_plan import _SourcePlan

Swap = AbstractContextManager[Any]


@dataclass(frozen=True)
class Mutation:
    """One mistake."""

    name: str
    swaps: Callable[[], tuple[Swap, ...]]
    noticed: str
    seed: int
    days: float = 0.5
    in_a_hurry: bool = True

    @contextmanager
    def active(self) -> Iterator[None]:
        """The mistake is made while this lasts."""
        with ExitStack() as stack:
            for swap in self.swaps():
                stack.enter_context(swap)
            yield


# ---------------------------------------------------------------- slots


def _blocked_but(*ignored: Scope) -> Callable[[World, Demand, str], Scope | None]:
    """World.blocked, asked again without the scopes that are ignored."""

    def blocked(self: World, demand: Demand, type_: str) -> Scope | None:
        held = self._source(demand.key)
        type_key = (demand.key.namespace, type_)
        limit = self._contest.type_limit(type_key)
        scopes = {
            Scope.KEY: held[type_] > 0,
            Scope.SOURCE: demand.source is None or held.total() >= demand.source.max_concurrent,
            Scope.TYPE: limit is not None and self._type(type_key) >= limit,
            Scope.ALL: self.full,
        }
        return next((scope for scope, is_so in scopes.items() if is_so and scope not in ignored), None)

    return blocked


def _no_exclusive_key() -> tuple[Swap, ...]:
    def contenders(demand: Demand) -> Iterator[tuple[int, Any]]:
        return iter(enumerate(demand.queue if demand.room > 0 else ()))

    return patch.object(World, "blocked", _blocked_but(Scope.KEY)), patch.object(contest, "contenders", contenders)


def _no_source_limit() -> tuple[Swap, ...]:
    room = PropertyMock(return_value=99)
    return patch.object(World, "blocked", _blocked_but(Scope.SOURCE)), patch.object(Demand, "room", room)


def _no_type_limit() -> tuple[Swap, ...]:
    return (patch.object(Snapshot, "type_limit", lambda *_: None),)


def _no_global_limit() -> tuple[Swap, ...]:
    return (patch.object(World, "full", PropertyMock(return_value=False)),)


def _slot_free_when_deleted() -> tuple[Swap, ...]:
    def occupies(pod: Pod) -> bool:
        return pod.ended_at is None and pod.phase not in ("Succeeded", "Failed") and not pod.deleting

    return (patch.object(Pod, "occupies", property(occupies)),)


def _slot_taken_too_late() -> tuple[Swap, ...]:
    return (patch.object(Cache, "begin", lambda *_: None),)


# ---------------------------------------------------------------- the queue


def _order_by(key: Callable[[Any, Any, Any], float]) -> Swap:
    def order(task: Any, status: Any, limits: Any, load: int = 0) -> priority.Order:
        value = key(task, status, limits)
        return priority.Order(value, load, task.created.timestamp(), task.name.name, task.name.namespace)

    return patch.object(priority, "order", order)


def _no_ageing() -> tuple[Swap, ...]:
    def key(task: Any, status: Any, _limits: Any) -> float:
        return -float(priority.base_priority(task, status) + 100 * priority.for_person(task, status))

    return (_order_by(key),)


def _no_priorities() -> tuple[Swap, ...]:
    return (_order_by(lambda task, _status, _limits: task.created.timestamp()),)


def _lowest_first() -> tuple[Swap, ...]:
    return (_order_by(lambda task, status, _limits: float(priority.base_priority(task, status))),)


def _people_are_nobody() -> tuple[Swap, ...]:
    return (
        patch.object(priority, "PERSON_POINTS", -100),
        patch.object(preemption, "victims", lambda *_: Scope.ALL),
    )


def _no_preemption() -> tuple[Swap, ...]:
    def victims(_contest: Any, future: World, demand: Demand, waiting: Any, _spared: Any) -> Any:
        return future.blocked(demand, waiting.task.type) or []

    return (patch.object(preemption, "victims", victims),)


def _says_nothing() -> tuple[Swap, ...]:
    return patch.object(explain, "tell", lambda *_, **__: explain.Telling()), patch.object(
        explain, "told", lambda status, *_: status
    )


# ---------------------------------------------------------------- failure


def _disruptions_cost() -> tuple[Swap, ...]:
    def costs(error: ErrorClass, _attempts: Any) -> bool:
        return error.costs_attempt or error is ErrorClass.DISRUPTED

    return (patch.object(retry, "costs_attempt", costs),)


def _preemption_costs() -> tuple[Swap, ...]:
    original = retry.costs_attempt

    def costs(error: ErrorClass, earlier: Any) -> bool:
        return error is ErrorClass.PREEMPTED or original(error, earlier)

    return (patch.object(retry, "costs_attempt", costs),)


def _never_gives_up() -> tuple[Swap, ...]:
    return (patch.object(retry, "exhausted", lambda error, *_: error.permanent),)


def _gives_up_too_early() -> tuple[Swap, ...]:
    return (patch.object(retry, "exhausted", lambda error, n, policy: error.permanent or n >= policy.max_attempts - 1),)


def _repeats_the_hopeless() -> tuple[Swap, ...]:
    return (patch.object(retry, "exhausted", lambda _error, n, policy: n >= policy.max_attempts),)


def _logs_in_again() -> tuple[Swap, ...]:
    return (patch.object(circuit_breaker, "passage", lambda *_, **__: circuit_breaker.Passage.FREE),)


def _stopped_cannot_succeed() -> tuple[Swap, ...]:
    original = attempts._running

    def running(task: Any, status: Any, job: Any, moment: Any, limits: Any) -> Any:
        intent = attempts.stop_reason(status)
        if intent is None or job is None:
            return original(task, status, job, moment, limits)

        def look(*arguments: Any) -> Any:
            sight = observe.look(*arguments)
            if isinstance(sight, Ended) and sight.error is None:
                return replace(sight, error=TaskError(intent, "stopped"), result=None)
            return sight

        with patch.object(attempts, "look", look):
            return original(task, status, job, moment, limits)

    return (patch.object(attempts, "_running", running),)


def _patient_with_stuck_pods() -> tuple[Swap, ...]:
    original = observe._unended

    def unended(job: Any, pod: Any, timeout: timedelta, now: Any, limits: Any) -> Any:
        return original(job, pod, timeout, now, replace(limits, start_deadline=timedelta(days=1)))

    return (patch.object(observe, "_unended", unended),)


def _result_lost() -> tuple[Swap, ...]:
    original = attempts._succeeded

    def succeeded(task: Any, status: Any, end: Any, moment: Any) -> Any:
        return original(task, status, replace(end, result=None), moment)

    return (patch.object(attempts, "_succeeded", succeeded),)


# ---------------------------------------------------------------- cadence


def _due_forgotten() -> tuple[Swap, ...]:
    count = itertools.count()
    original = naming.task_name

    def task_name(*arguments: Any) -> Any:
        name = original(*arguments)
        return name._replace(name=f"{name.name[:55]}-{next(count)}")

    return patch.object(due, "_dues", lambda *_: ([], [])), patch.object(naming, "task_name", task_name)


def _every_second_run_lost() -> tuple[Swap, ...]:
    original = due.given_up

    def given_up(owed: Any, schedule: Any, now: Any) -> str | None:
        if int(owed.due.timestamp() / 60) % 2:
            return "an odd minute"
        return original(owed, schedule, now)

    return (patch.object(due, "given_up", given_up),)


def _alarms_forgotten() -> tuple[Swap, ...]:
    return (patch.object(Planner, "_ring", lambda *_: None),)


def _retries_not_woken() -> tuple[Swap, ...]:
    """Whatever waits for a time is not looked at again when it has come."""
    original = _SourcePlan._queue

    def queue(self: Any, frozen: Any) -> None:
        with patch.object(_SourcePlan, "_again", lambda *_: None):
            original(self, frozen)

    return (patch.object(_SourcePlan, "_queue", queue),)


def _late_runs_lost() -> tuple[Swap, ...]:
    """Whatever is more than a minute late is given up, whether missed runs are to be made up for or not."""

    def given_up(owed: Any, _schedule: Any, now: Any) -> str | None:
        return "it is late" if now - owed.start > timedelta(minutes=1) else None

    return (patch.object(due, "given_up", given_up),)


def _awake_at_night() -> tuple[Swap, ...]:
    return (
        patch.object(quiet_hours, "ends", lambda *_: None),
        patch.object(quiet_hours, "release", lambda _hours, _zone, instant: instant),
    )


def _pause_ignored() -> tuple[Swap, ...]:
    return (patch.object(pause, "of_source", lambda _source: None),)


# ---------------------------------------------------------------- what is left behind


def _pruned_too_early() -> tuple[Swap, ...]:
    original = retention._keep
    return (patch.object(retention, "_keep", lambda *arguments: original(*arguments) - 1),)


def _never_pruned() -> tuple[Swap, ...]:
    return (patch.object(retention, "_recorded", lambda *_: False),)


def _active_for_ever() -> tuple[Swap, ...]:
    original = render.difference

    def difference(old: Any, new: Any) -> Any:
        changes = original(old, new)
        return {key: value for key, value in changes.items() if (key, value) != ("activeTask", None)}

    return (patch.object(writes, "difference", difference),)


def _never_let_go() -> tuple[Swap, ...]:
    async def release(self: Any, task: Any) -> None:
        await asyncio.sleep(1800)

    return (patch.object(Writes, "_release", release),)


# ---------------------------------------------------------------- the process


def _hasty() -> tuple[Swap, ...]:
    """It plans with whatever has been listed by then, and the lists of what runs take a while."""
    original = Reflector.run

    async def at_once(self: Any) -> None:
        """Nothing is waited for."""

    async def slowly(self: Any) -> None:
        if self.resource in (JOBS, PODS):
            await asyncio.sleep(5)
        await original(self)

    return (
        patch.object(Watches, "wait_complete", at_once),
        patch.object(Watches, "refresh", at_once),
        patch.object(Reflector, "run", slowly),
    )


def _everybody_leads() -> tuple[Swap, ...]:
    return (patch.object(Leadership, "held", PropertyMock(return_value=True)),)


MUTATIONS = (
    Mutation("the exclusive key is forgotten", _no_exclusive_key, "two syncs of", 9, 0.12),
    Mutation("a source's maxConcurrent is ignored", _no_source_limit, "at once", 9, 0.12),
    Mutation("a type's maxConcurrent is ignored", _no_type_limit, "are allowed at once", 9, 0.12),
    Mutation("the operator's limit is ignored", _no_global_limit, "run already", 9, 0.12),
    Mutation("a slot is free as soon as its pod is being deleted", _slot_free_when_deleted, "two syncs of", 9, 0.12),
    Mutation("a slot counts only once its Job is seen", _slot_taken_too_late, "at once", 24, 0.12),
    Mutation("nothing ages", _no_ageing, "goes before it", 40, 0.2),
    Mutation("first come, first served", _no_priorities, "was asked for by a person", 9, 0.12),
    Mutation("the lowest priority goes first", _lowest_first, "was asked for by a person", 9, 0.12),
    Mutation("people come last", _people_are_nobody, "was asked for by a person", 9, 0.12),
    Mutation("people wait for a slot", _no_preemption, "was asked for by a person", 9, 0.12),
    Mutation("nobody is told why", _says_nothing, "does not say why", 50, 0.12),
    Mutation("a disruption costs an attempt", _disruptions_cost, "is given up after", 6, 0.12),
    Mutation("a preemption costs an attempt", _preemption_costs, "is charged", 9, 0.12),
    Mutation("attempts have no end", _never_gives_up, "attempts that counted", 21, 0.15),
    Mutation("one attempt is kept back", _gives_up_too_early, "is given up after", 1, 0.15),
    Mutation("permanent errors are tried again", _repeats_the_hopeless, "no attempt can help", 21, 0.15),
    Mutation("rejected credentials are used again", _logs_in_again, "rejected its credentials", 21, 0.15),
    Mutation("a stopped Job cannot have succeeded", _stopped_cannot_succeed, "ended well and counts as", 50, 0.12),
    Mutation("a pod that does not start is never stopped", _patient_with_stuck_pods, "has not started for", 16, 0.2),
    Mutation("the result is lost", _result_lost, "without a result", 8, 0.12),
    Mutation("what was made for a due instant is forgotten", _due_forgotten, "was made twice", 50, 0.12),
    Mutation("some due runs are lost", _every_second_run_lost, "has made no run", 50, 0.12),
    Mutation("the planner is not woken for what is due", _alarms_forgotten, "has made no run", 50, 0.12),
    Mutation("the planner is not woken for a retry", _retries_not_woken, "was to try again", 21, 0.15),
    Mutation("what is late is given up", _late_runs_lost, "has made no run", 10, 1, in_a_hurry=False),
    Mutation("quiet hours are ignored", _awake_at_night, "in the quiet hours", 9, 0.12),
    Mutation("a pause is ignored", _pause_ignored, "is paused", 9, 0.12),
    Mutation("history is pruned too early", _pruned_too_early, "that are kept are left", 9, 0.12),
    Mutation("history is never pruned", _never_pruned, "its limits are", 5, 0.06),
    Mutation("a schedule says active for ever", _active_for_ever, "says active", 5, 0.06),
    Mutation("a deleted task is never let go", _never_let_go, "never let go", 34, 0.03),
    Mutation("it plans before the caches are complete", _hasty, "run already", 14, 0.3),
    Mutation("everybody leads", _everybody_leads, "run already", 28, 0.15),
)
