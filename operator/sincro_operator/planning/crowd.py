"""The queue for slots that sources share: what those who wait there are told.

Decided here: the place of a contender (among those that wait for the same limit), which limit it waits for, and the
estimate from the slots that will be given back. Not here: the words, and how often they may change (planning.explain).
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime

from sincro_operator.planning import estimate, explain
from sincro_operator.planning.actions import WriteTask
from sincro_operator.planning.clock import soonest
from sincro_operator.planning.contest import Contest, Entry, Lane, Scope, World
from sincro_operator.planning.demand import Slot, Waiting
from sincro_operator.planning.explain import Wait
from sincro_operator.planning.model import Limits, Name
from sincro_operator.planning.snapshot import Snapshot


class Crowd:
    """One round of telling. `after` is how slots stand once everybody who was admitted has started."""

    def __init__(
        self, contest: Contest, after: World, snapshot: Snapshot, limits: Limits, started: set[Name], now: datetime
    ) -> None:
        self._contest = contest
        self._after = after
        self._snapshot = snapshot
        self._limits = limits
        self._started = started
        """Sources in which somebody starts now: their others are told in the next round, when that is a fact."""
        self._now = now
        self._ends: dict[tuple[str, str] | None, list[datetime | None]] = {}
        self._told: set[str] = set()
        self.writes: list[WriteTask] = []
        self.again: dict[Name, datetime] = {}
        """When a source has to be looked at again because something could not be told yet."""

    def tell_sources(self, keys: Iterable[Name]) -> None:
        """Tell the contenders of these sources."""
        for key in sorted(keys):
            for lane, entry in self._contest.entered(key):
                self._tell(lane, entry)

    def tell_lanes(self, lanes: Iterable[Lane]) -> dict[Lane, datetime]:
        """Tell the first of these lanes; when each has to be told anew, because a slot should have come free."""
        again: dict[Lane, datetime] = {}
        for lane in sorted(lanes, key=_lane_name):
            entries = self._contest.lanes.get(lane, [])
            for entry in entries[: explain.DEPTH]:
                self._tell(lane, entry)
            late_at = soonest(*(end for end in self._ends.get(lane.type_key, ()) if end and end > self._now))
            if entries and late_at is not None:
                again[lane] = late_at
        return again

    def _tell(self, lane: Lane, entry: Entry) -> None:
        demand = self._contest.demands[entry.source]
        waiting = demand.queue[entry.place]
        if entry.source in self._started or waiting.held_still or waiting.task.uid in self._told:
            return
        self._told.add(waiting.task.uid)
        wait = self._wait(lane, entry, waiting)
        if wait is None:
            return
        telling = explain.tell(
            waiting.task,
            waiting.status,
            wait,
            self._now,
            self._snapshot.explained_at(waiting.task.name),
            person=waiting.person,
        )
        if telling.status is not None:
            self.writes.append(WriteTask(waiting.task, telling.status))
        elif telling.again is not None:
            self.again[entry.source] = min(telling.again, self.again.get(entry.source, telling.again))

    def _wait(self, lane: Lane, entry: Entry, waiting: Waiting) -> Wait | None:
        position = self._position(lane, entry)
        if position > explain.DEPTH:
            told = waiting.status.waiting_for
            return None if told is not None and told.reason in explain.SHARED else explain.deep()
        demand = self._contest.demands[entry.source]
        scope = self._after.blocked(demand, waiting.task.type)
        if scope is Scope.TYPE and lane.type_key is not None:
            start = estimate.nth_free(self._ends_of(lane.type_key), self._now, position)
            limit = self._contest.type_limit(lane.type_key) or 0
            return explain.type_limit(waiting.task.type, limit, list(self._holders(lane.type_key)), position, start)
        if scope is Scope.ALL:
            start = None
            if lane.type_key is None:
                start = estimate.nth_free(self._ends_of(None), self._now, position)
            return explain.global_limit(self._limits.max_concurrent, position, start)
        return explain.promised(position)

    def _position(self, lane: Lane, entry: Entry) -> int:
        lanes = self._contest.lanes
        return 1 + sum(bisect_left(lanes.get(Lane(lane.type_key, person), []), entry) for person in (True, False))

    def _holders(self, type_key: tuple[str, str] | None) -> Iterator[Slot]:
        return (slot for _, slot in self._slots(type_key))

    def _slots(self, type_key: tuple[str, str] | None) -> Iterator[tuple[Name, Slot]]:
        for key, slot in self._contest.slots():
            if type_key is None or (key.namespace, slot.type) == type_key:
                yield key, slot

    def _ends_of(self, type_key: tuple[str, str] | None) -> list[datetime | None]:
        ends = self._ends.get(type_key)
        if ends is None:
            demands = self._contest.demands
            ends = [estimate.expected_end(slot, demands[key].records) for key, slot in self._slots(type_key)]
            self._ends[type_key] = ends
        return ends


def _lane_name(lane: Lane) -> tuple[str, str, bool]:
    return (*(lane.type_key or ("", "")), lane.person)
