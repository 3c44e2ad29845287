"""The names of what the planner makes: functions of what it is for, so that making it twice makes it once.

Decided here: names of SyncTasks (at most 63 characters, so that they fit into a label) and of Jobs (at most 63).
"""

import re
from datetime import UTC, datetime
from hashlib import blake2s

from sincro_contract.run import Mode
from sincro_operator.planning.model import Name

LIMIT = 63


def _mark(text: str, length: int) -> str:
    return blake2s(text.encode(), digest_size=8).hexdigest()[:length]


def _stem(name: str, room: int) -> str:
    """The name with nothing but what a DNS label may hold, cut to the room there is, never ending in a dash."""
    return re.sub(r"[^a-z0-9-]", "-", name.lower())[:room].strip("-") or "sync"


def task_name(schedule: Name, cadence: Mode, due: datetime) -> Name:
    """The SyncTask for the run that this cadence (Full or Delta) of a schedule owes for an instant."""
    utc = due.astimezone(UTC)
    stamp = utc.strftime("%Y%m%d-%H%M%S") + (f"{utc.microsecond:06d}" if utc.microsecond else "")
    tail = f"-{cadence.value.lower()}-{stamp}"
    room = LIMIT - len(tail)
    if len(schedule.name) <= room and _stem(schedule.name, room) == schedule.name:
        return Name(schedule.namespace, schedule.name + tail)
    mark = _mark(schedule.name, 6)
    return Name(schedule.namespace, f"{_stem(schedule.name, room - 7)}-{mark}{tail}")


def job_name(task: Name, uid: str, launch: int) -> Name:
    """The Job of a task's nth launch; a task that was deleted and made again under its name gets other Jobs."""
    tail = f"-{_mark(uid, 8)}-{launch}"
    return Name(task.namespace, _stem(task.name, LIMIT - len(tail)) + tail)
