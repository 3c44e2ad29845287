"""What the program says to the shell that started it.

Decided here: which code stands for which end, and which one wins when several syncs end differently.
"""

from collections.abc import Iterable
from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit codes; `meaning` is the sentence that help and documentation print."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "ExitStatus":
        """A member that is its code and carries its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "done; with --follow and --wait: every sync ended well"
    ERROR = 1, "it could not be done: refused, not found, the API server or kubectl out of reach"
    USAGE = 2, "the command line is wrong"
    DEAD_LETTERED = 3, "a sync that was waited for was given up: it is a dead letter now"
    CANCELLED = 4, "a sync that was waited for was cancelled"
    TIMED_OUT = 5, "--timeout was over before every sync had ended; the syncs go on"
    INTERRUPTED = 130, "stopped by Ctrl-C; a sync that was followed goes on"


_WORST_FIRST = (ExitStatus.ERROR, ExitStatus.DEAD_LETTERED, ExitStatus.CANCELLED)


def status_of(state: str) -> ExitStatus:
    """The exit code for the final state of a SyncTask; Superseded is its survivor's business, so it counts as done."""
    return {"DeadLettered": ExitStatus.DEAD_LETTERED, "Cancelled": ExitStatus.CANCELLED}.get(state, ExitStatus.OK)


def worst(statuses: Iterable[ExitStatus]) -> ExitStatus:
    """The one code for several ends: what could not be seen, then dead letters, then cancellations."""
    found = set(statuses)
    return next((status for status in _WORST_FIRST if status in found), ExitStatus.OK)


class CommandError(Exception):
    """Why a command could not do what it was told; the text is for people. `status` is the exit code."""

    status = ExitStatus.ERROR


class UsageError(CommandError):
    """The command line fits no object, or more than one."""

    status = ExitStatus.USAGE
