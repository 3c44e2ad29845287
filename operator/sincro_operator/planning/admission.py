"""Who starts now: slots are given out over all sources at once.

Decided here: the order in which contenders are asked (planning.priority), and what holds one back: one running sync per
source and type, the source's maxConcurrent, the type's over the sources of a namespace, the operator's. A person's sync
that is held back takes a slot (planning.preemption), or reserves one that is being given back: what is scheduled starts
only if that leaves room for everybody who was promised a slot.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

from sincro_operator.planning import preemption
from sincro_operator.planning.contest import Contest, Entry, Lane, Scope, World
from sincro_operator.planning.demand import Demand, Slot, Waiting
from sincro_operator.planning.model import Limits
from sincro_operator.planning.priority import Order


@dataclass(slots=True)
class Admission:
    """Who starts, in order, and which slots are taken for whom."""

    after: World
    """How slots stand once all of them have started."""
    started: list[tuple[Demand, Waiting]] = field(default_factory=list)
    preempted: list[tuple[Slot, Waiting]] = field(default_factory=list)
    """(slot, for whom)"""


def admit(contest: Contest, limits: Limits) -> Admission:
    """Give out what is free. The contest is not changed: what starts is seen in the next plan's facts."""
    return _Round(contest, limits).run()


class _Round:
    def __init__(self, contest: Contest, limits: Limits) -> None:
        self._contest = contest
        self._now = World(contest, limits, without_stopping=False)
        self._future = World(contest, limits, without_stopping=True)
        self._result = Admission(self._now)
        self._spared: set[str] = set()
        self._closed: set[Lane] = set()
        self._scheduled_closed = False
        self._heap: list[tuple[Order, int, Lane, Demand, Waiting]] = []
        self._streams: dict[Lane, Iterator[Entry]] = {}
        self._pushed = 0

    def run(self) -> Admission:
        for lane in self._contest.lanes:
            self._streams[lane] = iter(self._contest.lanes[lane])
            self._advance(lane)
        self._call_urgent()
        while self._heap:
            order, _, lane, demand, waiting = heappop(self._heap)
            if waiting.order is order:
                self._advance(lane)
            if lane in self._closed or (self._scheduled_closed and not lane.person):
                continue
            load = self._now.load(demand.key)
            if load != order.load:
                self._push(order._replace(load=load), lane, demand, waiting)
            elif not self._ask(lane, demand, waiting):
                break
        return self._result

    def _advance(self, lane: Lane) -> None:
        """Bring the next contender of the lane into the round."""
        if lane in self._closed or lane not in self._streams or (self._scheduled_closed and not lane.person):
            return
        entry = next(self._streams[lane], None)
        if entry is not None:
            demand = self._contest.demands[entry.source]
            waiting = demand.queue[entry.place]
            self._push(waiting.order, lane, demand, waiting)

    def _call_urgent(self) -> None:
        """People's syncs that their own source holds back, where a slot could be taken or is being given back."""
        for key in sorted(self._contest.urgent):
            demand = self._contest.demands[key]
            types: set[str] = set()
            contending = self._contest.contending(key)
            for index, waiting in enumerate(demand.queue):
                if waiting.person and waiting.task.type not in types and index not in contending:
                    types.add(waiting.task.type)
                    self._push(waiting.order, Lane(("", key.namespace + "/" + key.name), True), demand, waiting)

    def _push(self, order: Order, lane: Lane, demand: Demand, waiting: Waiting) -> None:
        self._pushed += 1
        heappush(self._heap, (order, self._pushed, lane, demand, waiting))

    def _ask(self, lane: Lane, demand: Demand, waiting: Waiting) -> bool:
        """Whether the task starts, waits for a promised slot, or just waits. False when nobody else can start."""
        type_ = waiting.task.type
        blocked = self._now.blocked(demand, type_)
        later = self._future.blocked(demand, type_)
        if blocked is None and later is None:
            self._now.take(demand.key, type_)
            self._future.take(demand.key, type_)
            if not waiting.held_still:
                self._result.started.append((demand, waiting))
            return True
        if not waiting.person:
            self._close_scheduled(lane, {blocked, later})
            return True
        return self._take_or_reserve(lane, demand, waiting, later)

    def _close_scheduled(self, lane: Lane, scopes: set[Scope | None]) -> None:
        if Scope.ALL in scopes:
            self._scheduled_closed = True
        elif Scope.TYPE in scopes:
            self._closed.add(lane)

    def _take_or_reserve(self, lane: Lane, demand: Demand, waiting: Waiting, later: Scope | None) -> bool:
        if later is not None:
            if waiting.held_still:
                return True
            found = preemption.victims(self._contest, self._future, demand, waiting, self._spared)
            if isinstance(found, Scope):
                if found is Scope.ALL:
                    return False
                if found is Scope.TYPE:
                    self._closed.add(lane)
                return True
            for _, slot in found:
                if slot.task is not None:
                    self._spared.add(slot.task.uid)
                self._result.preempted.append((slot, waiting))
        self._future.take(demand.key, waiting.task.type)
        return True
