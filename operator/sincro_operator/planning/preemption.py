"""Whose slot a person's sync takes when it would have to wait.

Decided here: the victims. One scheduled sync is stopped for each scope that has no room (same source and type, the
source, the type, all), only if that lets the person's sync start, and only one that would go after it in a queue: so
an aged scheduled sync that has waited its turn is not sent back by the next click. The least valuable goes: lowest
priority with ageing, then the one that started last and loses least. It keeps its place in the queue and its attempts.

A person's request whose equal already runs for a schedule takes its place rather than joining it: what was entered
just before the click may be on a page that was read already. Behind another person's run it waits.
"""

from collections.abc import Iterable, Iterator

from sincro_operator.planning.contest import Contest, Scope, World
from sincro_operator.planning.demand import Demand, Slot, Waiting
from sincro_operator.planning.model import Name

Victim = tuple[Name, Slot]


def victims(
    contest: Contest, future: World, demand: Demand, waiting: Waiting, spared: set[str]
) -> list[Victim] | Scope:
    """The slots to take for a person's sync, given back in `future` already; or the scope in which there is none.

    `spared` are the uids of tasks that are being stopped for somebody else.
    """
    chosen: list[Victim] = []
    while (scope := future.blocked(demand, waiting.task.type)) is not None:
        taken = spared | {slot.task.uid for _, slot in chosen if slot.task is not None}
        candidates = [
            (key, slot)
            for key, slot in _in_scope(contest, scope, demand, waiting)
            if slot.preemptable
            and slot.order is not None
            and slot.order > waiting.order
            and slot.task is not None
            and slot.task.uid not in taken
        ]
        if not candidates:
            for key, slot in chosen:
                future.take(key, slot.type)
            return scope
        victim = max(candidates, key=_worth_least)
        future.free(victim[0], victim[1].type)
        chosen.append(victim)
    return chosen


def _in_scope(contest: Contest, scope: Scope, demand: Demand, waiting: Waiting) -> Iterable[Victim]:
    own: Iterator[Victim] = ((demand.key, slot) for slot in demand.slots)
    if scope is Scope.KEY:
        return (victim for victim in own if victim[1].type == waiting.task.type)
    if scope is Scope.SOURCE:
        return own
    if scope is Scope.TYPE:
        return (
            (key, slot)
            for key, slot in contest.slots()
            if key.namespace == demand.key.namespace and slot.type == waiting.task.type
        )
    return contest.slots()


def _worth_least(victim: Victim) -> tuple[float, float, str, str]:
    _, slot = victim
    assert slot.order is not None  # noqa: S101 - candidates have one
    started = slot.status.attempts[-1].started_at if slot.status is not None and slot.status.attempts else None
    return slot.order.band, started.timestamp() if started is not None else 0.0, slot.order.name, slot.order.namespace
