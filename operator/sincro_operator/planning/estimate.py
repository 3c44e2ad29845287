"""When a waiting sync will start, from how long such syncs have taken.

Decided here: the estimate within one source (its slots are handed on in the order of its queue, one type at a time). A
sync that runs longer than usual makes the estimate unknown: no guess is better than one that moves away.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from sincro_operator.planning.clock import BEFORE_ALL, NEVER, after, soonest
from sincro_operator.planning.demand import Demand, Slot
from sincro_operator.planning.model import TypeStatistics

_LATE = timedelta(seconds=10)
_LATE_SHARE = 0.25


def expected_end(slot: Slot, records: Mapping[str, TypeStatistics]) -> datetime | None:
    """When a running sync should end; None while nobody can know."""
    record = records.get(slot.type)
    if slot.status is None or not slot.status.attempts or record is None or record.average_duration is None:
        return None
    started = slot.status.attempts[-1].started_at
    return after(started, record.average_duration) if started is not None else None


def starts(demand: Demand, now: datetime, depth: int) -> tuple[list[datetime | None], datetime | None]:
    """The starts of the first `depth` in the source's queue; and when one of its running syncs will be late.

    A slot that is free is not this source's to give (other limits hold its contenders back): its hand-over is unknown.
    """
    late_at: datetime | None = None
    free_at: list[datetime] = []
    key_free: dict[str, datetime] = {}
    for slot in demand.slots:
        end = expected_end(slot, demand.records)
        late = _late(slot, end, demand.records)
        if end is None or late is None or late <= now:
            end = NEVER
        else:
            late_at = soonest(late_at, late)
        free_at.append(end)
        key_free[slot.type] = max(end, key_free.get(slot.type, BEFORE_ALL))
    free_at += [NEVER] * max(0, demand.room)
    heapify(free_at)
    found: list[datetime | None] = []
    for waiting in demand.queue[:depth]:
        start = max(heappop(free_at), key_free.get(waiting.task.type, BEFORE_ALL)) if free_at else NEVER
        record = demand.records.get(waiting.task.type)
        usual = record.average_duration if record is not None else None
        end = after(start, usual) if usual is not None and start < NEVER else NEVER
        heappush(free_at, end)
        key_free[waiting.task.type] = end
        found.append(start if start < NEVER else None)
    return found, late_at


def _late(slot: Slot, end: datetime | None, records: Mapping[str, TypeStatistics]) -> datetime | None:
    """When a running sync has taken so much longer than usual that its end cannot be guessed."""
    record = records.get(slot.type)
    if end is None or record is None or record.average_duration is None:
        return None
    return after(end, record.average_duration * _LATE_SHARE + _LATE)


def nth_free(ends: Sequence[datetime | None], now: datetime, nth: int) -> datetime | None:
    """When the nth (from 1) of these slots is given back; None where that is unknown."""
    known = sorted(end if end is not None and end > now else NEVER for end in ends)
    return known[nth - 1] if nth <= len(known) and known[nth - 1] < NEVER else None
