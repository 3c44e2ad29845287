"""Watches SyncTasks until they end, and shows it: used by follow, sync, retry and cancel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus
from sincro_kubectl.following import Following
from sincro_kubectl.kubectl import Unavailable, Watch
from sincro_kubectl.resources import task_of
from sincro_kubectl.terminal import Live, Terminal
from sincro_kubectl.views.bar import live_lines
from sincro_kubectl.views.transitions import Note

_TICK = 0.5
"""Seconds between two looks at the clock."""
_PATIENCE = timedelta(minutes=2)
"""How long an API server that was there may stay away before following is given up."""
_LONGEST_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How to follow: until when, whether to say more than the ends, and where."""

    until: datetime | None
    quiet: bool
    screen: Terminal


def follow(context: Context, namespace: str, names: Sequence[str], manner: Manner) -> tuple[ExitStatus, Following]:
    """Until all have ended, the time is over, or Ctrl-C. Raises KubectlError when the API server is gone for good."""
    following = Following(names)
    live = Live(manner.screen)
    round_ = _Round(context, following, live, manner)
    try:
        while not following.over:
            if not round_.watch(namespace):
                live.draw([])
                live.say([Note(name, "goes on; no longer waited for", "doubt") for name in following.names])
                return ExitStatus.TIMED_OUT, following
    except KeyboardInterrupt:
        live.draw([])
        live.say(
            [Note(name, f"goes on; to stop it: kubectl sincro cancel {name}", "doubt") for name in following.names]
        )
        return ExitStatus.INTERRUPTED, following
    live.draw([])
    return following.status, following


class _Round:
    """One watch after another."""

    def __init__(self, context: Context, following: Following, live: Live, manner: Manner) -> None:
        self._context, self._following, self._live, self._manner = context, following, live, manner
        self._last_contact: datetime | None = None
        self._pause = _TICK

    def watch(self, namespace: str) -> bool:
        """Begin a watch and read it until it ends, or something else has to be watched. False when the time is over."""
        if self._late():
            return False
        names = self._following.names
        try:
            watch = self._context.kubectl.watch(namespace, names)
        except Unavailable:
            now = self._context.clock()
            if self._last_contact is None or now - self._last_contact > _PATIENCE:
                raise
            return self._wait()
        self._last_contact = self._context.clock()
        try:
            self._say(self._following.listed([task_of(one) for one in watch.listed], self._context.clock()))
            return self._read(watch, names)
        except EOFError:
            return self._wait()
        finally:
            watch.close()

    def _read(self, watch: Watch, names: Sequence[str]) -> bool:
        while self._following.names and set(self._following.names) <= set(names):
            self._draw()
            if self._late():
                return False
            change = watch.next(self._tick())
            if change is None:
                continue
            self._pause = _TICK
            now = self._last_contact = self._context.clock()
            task = task_of(change.document)
            gone = change.type == "DELETED"
            self._say(self._following.deleted(task.name) if gone else self._following.seen(task, now))
        return True

    def _wait(self) -> bool:
        """Let some time pass before the next watch, longer each time in a row."""
        self._draw()
        self._context.pause(self._pause)
        self._pause = min(_LONGEST_PAUSE, self._pause * 2)
        return not self._late()

    def _say(self, notes: Sequence[Note]) -> None:
        ends = {task.name for task in self._following.ends if task.final}
        self._live.say([note for note in notes if not self._manner.quiet or note.task in ends])

    def _draw(self) -> None:
        if not self._manner.quiet:
            screen, following = self._manner.screen, self._following
            now = self._context.clock()
            lines = live_lines(
                following.open, following.paces, now, screen.size, screen.palette, unicode=screen.unicode
            )
            self._live.draw(lines)

    def _late(self) -> bool:
        return self._manner.until is not None and self._context.clock() >= self._manner.until

    def _tick(self) -> float:
        if self._manner.until is None:
            return _TICK
        return max(0.0, min(_TICK, (self._manner.until - self._context.clock()).total_seconds()))
