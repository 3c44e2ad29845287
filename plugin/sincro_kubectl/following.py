"""Which syncs are followed, where they stand, and what came of them.

Decided here: a sync that joined another is followed there, and when following is over. No I/O and no clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sincro_kubectl.exit_status import ExitStatus, status_of, worst
from sincro_kubectl.resources import Task
from sincro_kubectl.views.bar import Pace, pace_of
from sincro_kubectl.views.transitions import Note, notes


@dataclass(slots=True)
class _Followed:
    asked: str
    name: str
    task: Task | None = None
    pace: Pace | None = None
    gone: bool = False
    joined: tuple[str, ...] = ()
    """Tasks that were followed before, each of which joined the next."""

    @property
    def over(self) -> bool:
        return self.gone or (self.task is not None and self.task.final)


class Following:
    """The SyncTasks of one namespace that somebody waits for, by the names that were asked for."""

    def __init__(self, names: Iterable[str]) -> None:
        """Nothing has been seen yet."""
        self._followed = [_Followed(name, name) for name in dict.fromkeys(names)]

    @property
    def names(self) -> tuple[str, ...]:
        """What has to be watched: those that are not over, each once."""
        return tuple(dict.fromkeys(one.name for one in self._followed if not one.over))

    @property
    def over(self) -> bool:
        """True once every one has ended or is gone."""
        return all(one.over for one in self._followed)

    @property
    def open(self) -> tuple[Task, ...]:
        """Those that have been seen and are not over."""
        found = {one.name: one.task for one in self._followed if not one.over and one.task is not None}
        return tuple(found.values())

    @property
    def paces(self) -> dict[str, Pace | None]:
        """How fast each one goes."""
        return {one.name: one.pace for one in self._followed}

    @property
    def ends(self) -> tuple[Task, ...]:
        """The last that was seen of each, in the order asked for."""
        return tuple(one.task for one in self._followed if one.task is not None)

    @property
    def status(self) -> ExitStatus:
        """The exit code once it is over."""
        return worst(
            status_of(one.task.state) if one.task is not None and not one.gone else ExitStatus.ERROR
            for one in self._followed
        )

    def listed(self, tasks: Sequence[Task], now: datetime) -> list[Note]:
        """What there is: all of the namespace, or at least all that is followed. What is missing is gone."""
        present = {task.name: task for task in tasks}
        found: list[Note] = []
        for name in self.names:
            found += self.seen(present[name], now) if name in present else self.deleted(name)
        return found

    def seen(self, task: Task, now: datetime) -> list[Note]:
        """A task as it is now; one that nobody follows is ignored."""
        concerned = [one for one in self._followed if one.name == task.name and not one.over]
        if not concerned:
            return []
        found = notes(concerned[0].task, task, now)
        for one in concerned:
            one.pace = pace_of(one.pace, task, now)
            if task.state == "Superseded" and task.superseded_by not in ("", task.name, *one.joined):
                one.joined += (task.name,)
                one.name, one.task, one.pace = task.superseded_by, None, None
            else:
                one.task = task
        return found

    def deleted(self, name: str) -> list[Note]:
        """A task is no longer there."""
        concerned = [one for one in self._followed if one.name == name and not one.over]
        for one in concerned:
            one.gone = True
        return [Note(name, "was deleted before its end was seen", "bad")] if concerned else []
