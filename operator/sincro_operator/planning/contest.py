"""All sources' demands, indexed for admission: who contends for a slot, what is taken, what will be free soon.

Nothing is decided here but what follows from one source's own limits: a task contends when its type is free in its
source and its source has room. Every index changes only with the demand of the source that changed.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from sincro_operator.planning.demand import Demand, Slot, Waiting
from sincro_operator.planning.model import Limits, Name
from sincro_operator.planning.priority import Order

TypeKey = tuple[str, str]
"""Namespace and type."""


class Scope(Enum):
    """What can stand between a task and its start."""

    KEY = "key"
    SOURCE = "source"
    TYPE = "type"
    ALL = "all"


class Lane(NamedTuple):
    """Tasks that contend under the same limits. `type_key` is None where their type has no limit of its own."""

    type_key: TypeKey | None
    person: bool


class Entry(NamedTuple):
    """One contender in its lane."""

    order: Order
    source: Name
    place: int
    """In the demand's queue."""


class World:
    """How many slots are taken, and a limit for each scope; a copy may be changed to see what would be."""

    def __init__(self, contest: "Contest", limits: Limits, *, without_stopping: bool) -> None:
        self._contest = contest
        self._limit = limits.max_concurrent
        self._total = contest.total
        self._types: dict[TypeKey, int] = {}
        self._sources: dict[Name, Counter[str]] = {}
        if without_stopping:
            for key in contest.stopping:
                for slot in contest.demands[key].slots:
                    if slot.stopping:
                        self.free(key, slot.type)

    @property
    def full(self) -> bool:
        """No slot is left at all."""
        return self._total >= self._limit

    def load(self, source: Name) -> int:
        """The slots that a source holds."""
        return self._source(source).total()

    def blocked(self, demand: Demand, type_: str) -> Scope | None:
        """The narrowest scope that has no room for this type of this source; None when there is room."""
        held = self._source(demand.key)
        if held[type_] > 0:
            return Scope.KEY
        if demand.source is None or held.total() >= demand.source.max_concurrent:
            return Scope.SOURCE
        type_key = (demand.key.namespace, type_)
        limit = self._contest.type_limit(type_key)
        if limit is not None and self._type(type_key) >= limit:
            return Scope.TYPE
        return Scope.ALL if self.full else None

    def take(self, source: Name, type_: str) -> None:
        """One more slot is taken."""
        self._add(source, type_, 1)

    def free(self, source: Name, type_: str) -> None:
        """One slot is given back."""
        self._add(source, type_, -1)

    def _add(self, source: Name, type_: str, many: int) -> None:
        self._total += many
        type_key = (source.namespace, type_)
        self._types[type_key] = self._type(type_key) + many
        self._source(source)[type_] += many

    def _type(self, key: TypeKey) -> int:
        return self._types.get(key, self._contest.by_type[key])

    def _source(self, key: Name) -> Counter[str]:
        held = self._sources.get(key)
        if held is None:
            demand = self._contest.demands.get(key)
            held = self._sources[key] = Counter(slot.type for slot in demand.slots) if demand else Counter()
        return held


class Contest:
    """Mutable; `put` and `drop` keep every index in step."""

    def __init__(self, type_limits: "TypeLimits") -> None:
        self.demands: dict[Name, Demand] = {}
        self.total = 0
        self.by_type: Counter[TypeKey] = Counter()
        self.occupied: set[Name] = set()
        self.stopping: set[Name] = set()
        self.urgent: set[Name] = set()
        """Sources that hold back a person's sync themselves, and have something that could be or is being stopped."""
        self.lanes: dict[Lane, list[Entry]] = {}
        self.stirred: set[Lane] = set()
        """Lanes in which somebody came, went, or whose slots have changed hands; whoever tells them clears it."""
        self._entered: dict[Name, list[tuple[Lane, Entry]]] = {}
        self._type_limits = type_limits

    def type_limit(self, key: TypeKey) -> int | None:
        """The limit of a type over the sources of a namespace."""
        return self._type_limits.type_limit(*key)

    def put(self, demand: Demand) -> None:
        """The source's demand, instead of the one before."""
        self.drop(demand.key)
        key = demand.key
        self.demands[key] = demand
        self.total += len(demand.slots)
        for slot in demand.slots:
            self.by_type[key.namespace, slot.type] += 1
        if demand.slots:
            self.occupied.add(key)
        if any(slot.stopping for slot in demand.slots):
            self.stopping.add(key)
        entered = self._entered[key] = [
            (self._lane(key, waiting), Entry(waiting.order, key, index)) for index, waiting in contenders(demand)
        ]
        for lane, entry in entered:
            insort(self.lanes.setdefault(lane, []), entry)
        self._stir(demand)
        contending = {entry.place for _, entry in entered}
        if any(slot.preemptable or slot.stopping for slot in demand.slots) and any(
            waiting.person and index not in contending for index, waiting in enumerate(demand.queue)
        ):
            self.urgent.add(key)

    def drop(self, key: Name) -> None:
        """The source has no demand any more."""
        demand = self.demands.pop(key, None)
        if demand is None:
            return
        self._stir(demand)
        self.total -= len(demand.slots)
        for slot in demand.slots:
            self.by_type[key.namespace, slot.type] -= 1
            if not self.by_type[key.namespace, slot.type]:
                del self.by_type[key.namespace, slot.type]
        for index in (self.occupied, self.stopping, self.urgent):
            index.discard(key)
        for lane, entry in self._entered.pop(key):
            entries = self.lanes[lane]
            del entries[bisect_left(entries, entry)]
            if not entries:
                del self.lanes[lane]

    def entered(self, key: Name) -> Sequence[tuple[Lane, Entry]]:
        """A source's contenders."""
        return self._entered.get(key, ())

    def contending(self, key: Name) -> set[int]:
        """The places in a source's queue of those that contend."""
        return {entry.place for _, entry in self._entered.get(key, ())}

    def slots(self) -> Iterator[tuple[Name, Slot]]:
        """All slots that are taken."""
        return ((key, slot) for key in self.occupied for slot in self.demands[key].slots)

    def _stir(self, demand: Demand) -> None:
        """Those who wait for the same limits as this source's tasks, or for what its slots leave."""
        types = {slot.type for slot in demand.slots} | {waiting.task.type for waiting in demand.queue}
        self.stirred |= shared_lanes(demand.key.namespace, types)

    def _lane(self, key: Name, waiting: Waiting) -> Lane:
        type_key = (key.namespace, waiting.task.type)
        return Lane(type_key if self.type_limit(type_key) is not None else None, waiting.person)


class TypeLimits(Protocol):
    """Where the limits of types come from (a Snapshot is one)."""

    def type_limit(self, namespace: str, type_: str) -> int | None:
        """See Snapshot.type_limit."""
        ...


def shared_lanes(namespace: str, types: Iterable[str]) -> set[Lane]:
    """The lanes in which a change of slots of these types is felt."""
    type_keys = (None, *((namespace, type_) for type_ in types))
    return {Lane(type_key, person) for type_key in type_keys for person in (True, False)}


def contenders(demand: Demand) -> Iterator[tuple[int, Waiting]]:
    """The tasks that only other sources can hold back: the first of each type that is free, if there is room."""
    if demand.room <= 0:
        return
    taken = {slot.type for slot in demand.slots}
    for index, waiting in enumerate(demand.queue):
        if waiting.task.type not in taken:
            taken.add(waiting.task.type)
            yield index, waiting
