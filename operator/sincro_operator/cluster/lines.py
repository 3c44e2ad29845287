"""What waits to be carried out, and in which order.

Decided here: what is urgent goes first, then what starts syncs, then the news of it, then all the rest, of which now
and then something is taken out of turn. Of the schedules' statuses the one whose schedule is due soonest goes first:
nothing else is planned for a schedule while a write about it waits, and ten thousand of them may wait. Not here: what
is done.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import count

from sincro_operator.planning.actions import Action, CreateTask, LaunchJob, StopJob, WriteSchedule
from sincro_operator.planning.clock import soonest
from sincro_operator.planning.model import Pending, Schedule, Source, Task

_LATE = 500
"""So many launches that nobody has been told of yet come before further Jobs."""
_TURN = 5
"""Every so many-th turn is for what starts nothing and is not urgent, so that a crowd of starts does not hold it up."""
_AT_ONCE = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Chain:
    """The actions about one object, in their order."""

    key: str
    subject: Task | Schedule | Source | None
    actions: list[Action]
    pending: Pending
    done: list[Action] = field(default_factory=list)
    job_made: bool = False
    """The first half of the launch at the head is done."""


class Lines:
    """Chains that wait."""

    def __init__(self) -> None:
        self._urgent: deque[Chain] = deque()
        self._starts: deque[Chain] = deque()
        """What a sync's start waits for: its task is to be made, or its Job."""
        self._confirmations: deque[Chain] = deque()
        """Launches whose Job is made: saying so can wait until the other Jobs are made, which others wait for."""
        self._rest: deque[Chain] = deque()
        self._schedules: list[tuple[datetime, int, Chain]] = []
        self._order = count()
        self._taken = 0

    def add(self, chain: Chain) -> None:
        """A chain that nothing was done of yet."""
        first = chain.actions[0]
        if isinstance(first, StopJob) or (isinstance(first, LaunchJob) and first.task.triggered_by.by_person):
            self._urgent.append(chain)
        elif isinstance(first, LaunchJob | CreateTask):
            self._starts.append(chain)
        elif isinstance(first, WriteSchedule):
            due = soonest(first.status.next_full, first.status.next_delta) or _AT_ONCE
            heappush(self._schedules, (due, next(self._order), chain))
        else:
            self._rest.append(chain)

    def add_again(self, chain: Chain) -> None:
        """A launch whose effect is not known: its slot is nobody's until it is."""
        self._urgent.append(chain)

    def add_confirmation(self, chain: Chain) -> bool:
        """A launch whose Job is made. False when no start waits: then it is best confirmed at once."""
        if not (self._urgent or self._starts):
            return False
        self._confirmations.append(chain)
        return True

    def take(self) -> Chain | None:
        """What is to be done next; None when nothing waits."""
        self._taken += 1
        if self._urgent:
            return self._urgent.popleft()
        if self._taken % _TURN == 0 and (other := self._other()) is not None:
            return other
        if len(self._confirmations) > _LATE:
            return self._confirmations.popleft()
        for line in (self._starts, self._confirmations):
            if line:
                return line.popleft()
        return self._other()

    def _other(self) -> Chain | None:
        """Of schedules' statuses and of all the rest, by turns."""
        if self._schedules and (not self._rest or self._taken // _TURN % 2 == 0):
            return heappop(self._schedules)[-1]
        return self._rest.popleft() if self._rest else None

    def clear(self) -> list[Chain]:
        """Nothing waits any more; what did."""
        lines = (self._urgent, self._starts, self._rest, self._confirmations)
        left = [chain for line in lines for chain in line] + [chain for _, _, chain in self._schedules]
        for line in (*lines, self._schedules):
            line.clear()
        return left
