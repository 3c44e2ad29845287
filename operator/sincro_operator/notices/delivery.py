"""What to deliver next, and when to try again. Pure.

Decided here: the oldest first; what failed waits, doubling, without holding up the others; whose answer says that the
receiver itself is away holds up all. What is too old to be news is let go.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sincro_operator.planning.clock import after
from sincro_operator.planning.model import Task
from sincro_operator.planning.notice import owed, stale

_FIRST, _LONGEST = timedelta(seconds=1), timedelta(minutes=5)
_BUSY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request. `status` is None where nobody answered; `wait` is what Retry-After asked for."""

    status: int | None
    wait: timedelta | None = None
    words: str = ""

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def away(self) -> bool:
        """Whether it would say the same to any other request now."""
        return self.status is None or self.status >= 500 or self.status in _BUSY


@dataclass(frozen=True, slots=True)
class Deliver:
    """Send this now."""

    task: Task


@dataclass(frozen=True, slots=True)
class LetGo:
    """Nobody will be told of this."""

    task: Task


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do until then (None: until there is a new dead letter)."""

    until: datetime | None


Step = Deliver | LetGo | Wait


@dataclass(frozen=True, slots=True)
class Failure:
    """How often in a row it failed, and when it may be tried again."""

    times: int
    again: datetime


@dataclass(slots=True)
class Outbox:
    """The memory of failures. Lost with the process: then everything that is owed is tried at once."""

    receiver: Failure | None = None
    failed: dict[str, Failure] = field(default_factory=dict)

    def next_step(self, tasks: Iterable[Task], now: datetime) -> Step:
        """The next step for these tasks, of whatever kind they are."""
        open_ones = sorted((task for task in tasks if owed(task)), key=_ended)
        for task in open_ones:
            if stale(task, now):
                return LetGo(task)
        instants: list[datetime] = []
        for task in open_ones:
            held_by = (self.receiver, self.failed.get(task.uid))
            at = max((failure.again for failure in held_by if failure is not None), default=now)
            if at <= now:
                return Deliver(task)
            instants.append(at)
        return Wait(min(instants, default=None))

    def answered(self, task: Task, answer: Answer, now: datetime) -> None:
        """Remember what became of a delivery. Never raises."""
        if answer.taken:
            self.receiver = None
            self.failed.pop(task.uid, None)
        elif answer.away:
            self.receiver = _again(self.receiver, answer, now)
        else:
            self.receiver = None
            self.failed[task.uid] = _again(self.failed.get(task.uid), answer, now)

    def settled(self, task: Task) -> None:
        """It stands on the SyncTask: nothing more to remember."""
        self.failed.pop(task.uid, None)


def _again(before: Failure | None, answer: Answer, now: datetime) -> Failure:
    times = before.times + 1 if before is not None else 1
    wait = min(_LONGEST, _FIRST * 2 ** min(times - 1, 16))
    return Failure(times, after(now, max(wait, min(answer.wait or wait, timedelta(hours=1)))))


def _ended(task: Task) -> datetime:
    return task.status.completed_at or task.created
