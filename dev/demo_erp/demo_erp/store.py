"""The rows that the ERP has right now: the invented ones, minus deletions, plus edits. Held in memory, made when read.

Decides order, filter and slice of a list. Not decided here: which edits are made (edits.py), how rows look (grid.py).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from demo_erp import records
from demo_erp.fields import CHANGED_AT, LISTS, Kind, ListName, Record, Value
from demo_erp.records import World


@dataclass(frozen=True)
class Query:
    """What of a list is wanted: the sort column (canonical name; "" for the list's own order) and the filter."""

    sort: str = ""
    descending: bool = False
    since: datetime | None = None
    """Only rows whose last change is at this local time or later."""


class Table:
    """One list. Rows are named by their ordinal, which never changes while the row lives."""

    def __init__(self, world: World, name: ListName) -> None:
        self.name = name
        self.spec = LISTS[name]
        self._world = world
        self._order = list(range(world.rows(name)))
        self._front, self._next = -1, len(self._order)
        self._edited: dict[int, Record] = {}
        self._sorted: dict[Query, Sequence[int]] = {}

    def __len__(self) -> int:
        return len(self._order)

    @property
    def next_ordinal(self) -> int:
        """The ordinal of a row that comes after all that ever were."""
        return self._next

    @property
    def front_ordinal(self) -> int:
        """The ordinal of a row that comes before all that ever were."""
        return self._front

    def record(self, ordinal: int) -> Record:
        return self._edited.get(ordinal) or records.make(self._world, self.name, ordinal)

    def ordinals(self, query: Query) -> Sequence[int]:
        """All rows that the query wants, in its order."""
        if query not in self._sorted:
            if len(self._sorted) >= 8:
                self._sorted.clear()
            self._sorted[query] = self._arrange(query)
        return self._sorted[query]

    def in_key_order(self) -> Iterator[Record]:
        """Every row there is, by ascending key. The rows that were there at the call, whatever changes meanwhile."""
        return map(self.record, list(self._order))

    def find(self, key: Sequence[str]) -> Record | None:
        """The row whose key fields have these texts (as in an address), or None."""
        low, high = 0, len(self._order)
        wanted = tuple(key)
        while low < high:
            middle = (low + high) // 2
            record = self.record(self._order[middle])
            found = tuple(str(part) for part in self.spec.key_of(record))
            if found == wanted:
                return record
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        return None

    def update(self, ordinal: int, record: Record) -> None:
        self._edited[ordinal] = record
        self._sorted.clear()

    def delete(self, ordinal: int) -> Record:
        """Takes the row away and returns it. KeyError if there is none."""
        record = self.record(ordinal)
        place = bisect_left(self._order, ordinal)
        if place == len(self._order) or self._order[place] != ordinal:
            raise KeyError(ordinal)
        del self._order[place]
        self._edited.pop(ordinal, None)
        self._sorted.clear()
        return record

    def create(self, ordinal: int, changed: datetime) -> Record:
        """Adds the row of that ordinal, which must never have been there, as changed at that local time."""
        record = {**records.make(self._world, self.name, ordinal), CHANGED_AT: changed}
        insort(self._order, ordinal)
        self._front, self._next = min(self._front, ordinal - 1), max(self._next, ordinal + 1)
        self._edited[ordinal] = record
        self._sorted.clear()
        return record

    def _arrange(self, query: Query) -> Sequence[int]:
        wanted: list[int] = self._order.copy()
        if query.since is not None:
            since = query.since
            wanted = [ordinal for ordinal in wanted if self._changed_at(ordinal) >= since]
        if not query.sort:
            return wanted[::-1] if self.spec.newest_first else wanted
        if query.sort == CHANGED_AT:
            return sorted(wanted, key=self._changed_at, reverse=query.descending)
        field = self.spec.field(query.sort)
        keys = {ordinal: _sort_key(self.record(ordinal)[field.name], field.kind) for ordinal in wanted}
        return sorted(wanted, key=keys.__getitem__, reverse=query.descending)

    def _changed_at(self, ordinal: int) -> datetime:
        edited = self._edited.get(ordinal)
        if edited is None:
            return records.changed_at(self._world, self.name, ordinal)
        changed = edited[CHANGED_AT]
        assert isinstance(changed, datetime)
        return changed


class Store:
    """All four lists."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables = {name: Table(world, name) for name in ListName}
        self.rounds = 0
        """How many times a set of edits has been made."""


def _sort_key(value: Value, kind: Kind) -> tuple[bool, Value]:
    # empty cells come first, texts without regard to case
    if kind in (Kind.TEXT, Kind.MULTILINE, Kind.ENUM) and value is not None:
        return True, str(value).casefold()
    return value is not None, value
