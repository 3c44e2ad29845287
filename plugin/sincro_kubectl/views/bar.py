"""The live lines of syncs that are followed on a terminal.

Decided here: their layout, and the guess at what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sincro_kubectl.instants import span
from sincro_kubectl.palette import Palette, cut, width_of
from sincro_kubectl.resources import Task
from sincro_kubectl.views.tasks import place, running_for

_BLOCKS = " ▏▎▍▌▋▊▉█"
_SHORTEST, _LONGEST = 8, 24
_ENOUGH = timedelta(seconds=2)
"""Time that has to pass between two looks before a guess is made."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The first look at a phase whose total is known: what a guess at the rest is made from."""

    phase: str
    at: datetime
    share: float


def pace_of(before: Pace | None, task: Task, now: datetime) -> Pace | None:
    """The pace to remember after this look; None while nothing can be measured."""
    progress = task.progress
    if task.state != "Running" or progress is None or progress.share is None:
        return None
    if before is None or before.phase != progress.phase or progress.share < before.share:
        return Pace(progress.phase, now, progress.share)
    return before


def left(pace: Pace | None, task: Task, now: datetime) -> timedelta | None:
    """How long the phase goes on at this pace; None while there is not enough to go by."""
    progress = task.progress
    if pace is None or progress is None or progress.share is None:
        return None
    done, passed = progress.share - pace.share, now - pace.at
    if done <= 0 or passed < _ENOUGH:
        return None
    return passed * ((1 - progress.share) / done)


def bar(share: float, width: int, *, unicode: bool) -> str:
    """A bar of exactly so many columns; eighths of a column where the terminal has them."""
    share = min(1.0, max(0.0, share))
    if not unicode:
        full = int(share * width)
        return "#" * full + "." * (width - full)
    eighths = int(share * width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (_BLOCKS[part] if part else "")).ljust(width)


def live_line(task: Task, pace: Pace | None, now: datetime, width: int, palette: Palette, *, unicode: bool) -> str:
    """One line of at most so many columns about a task that is not over."""
    passed = running_for(task, now) if task.state == "Running" else _since_queued(task, now)
    if task.state != "Running":
        why = task.waiting_message or ("queued" if task.seen else "waits for the operator")
        where = place(task, now)
        return palette.doubt(
            cut(f"{task.name}  {task.state.lower()} {passed}  {where + ': ' if where else ''}{why}", width)
        )
    if task.cancel:
        return palette.doubt(cut(f"{task.name}  stopping  {passed}", width))
    progress = task.progress
    if progress is None or progress.share is None:
        phase = progress.phase if progress is not None and progress.phase else "starting"
        rows = f"  {progress.current:,}" if progress is not None and progress.current else ""
        text = task.waiting_message or f"{phase}{rows}"
        return palette.busy(cut(f"{task.name}  {text}  {passed}", width))
    counts = f"{int(progress.share * 100):>3}%  {progress.current:,} of {progress.total:,}  {passed}"
    head = f"{task.name}  {progress.phase}"
    room = width - len(head) - len("  []  ")
    if room - len(counts) < _SHORTEST:
        return palette.busy(cut(f"{head} {counts.strip()}", width))
    # Room for all that may come (the full count, the guess), so that the bar keeps its length while it grows.
    steady = room - len(f"100%  {progress.total:,} of {progress.total:,}  59m59s{_about(timedelta(hours=1))}")
    drawn = bar(progress.share, min(_LONGEST, max(_SHORTEST, steady)), unicode=unicode)
    line = f"{head}  {palette.busy(f'[{drawn}]')}  {counts}"
    guess = _about(left(pace, task, now))
    return line + guess if width_of(line) + len(guess) <= width else line


def _about(rest: timedelta | None) -> str:
    return f"  about {span(rest)} left" if rest is not None and rest >= timedelta(seconds=1) else ""


def _since_queued(task: Task, now: datetime) -> str:
    since = task.queued or task.created
    return span(now - since) if since is not None else ""


def live_lines(
    tasks: Sequence[Task],
    paces: dict[str, Pace | None],
    now: datetime,
    size: tuple[int, int],
    palette: Palette,
    *,
    unicode: bool,
) -> list[str]:
    """The lines of all that are not over; `size` is columns and rows of the terminal, and they always fit."""
    columns, rows = max(20, size[0] - 1), max(1, size[1] - 2)
    shown = tasks if len(tasks) <= rows else tasks[: rows - 1]
    found = [live_line(task, paces.get(task.name), now, columns, palette, unicode=unicode) for task in shown]
    if len(shown) < len(tasks):
        found.append(palette.faint(f"... and {len(tasks) - len(shown)} more"))
    return found
