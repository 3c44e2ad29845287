"""What `orchestrator_state` says, in the words of the request that the history grew from, and keeping it said."""

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import datetime

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.history.archive import History
from sincro_operator.planning.model import Source, Task
from sincro_operator.planning.snapshot import Snapshot

_EVERY = 10.0
"""Seconds between two looks; only what has changed is written."""


async def keep_state(
    history: History, snapshot: Snapshot, *, started_at: datetime, identity: str, may_act: Callable[[], bool]
) -> None:
    """Write the state for ever, while we lead; returns only by cancellation."""
    while True:
        if may_act():
            history.note_state(orchestrator_state(snapshot.sources(), snapshot.tasks(), started_at, identity))
        await asyncio.sleep(_EVERY)


def orchestrator_state(
    sources: Iterable[Source], tasks: Iterable[Task], started_at: datetime, leader: str
) -> dict[str, str]:
    """Keys and values: status, current_task_id, last_error, uptime_started_at, leader."""
    sources = list(sources)
    running = sorted(
        (task.status.started_at or task.created, task.uid) for task in tasks if task.status.state is TaskState.RUNNING
    )
    errors = [source.status.last_error for source in sources if source.status.last_error is not None]
    last = max(errors, key=lambda error: error[1], default=None)
    paused = bool(sources) and all(source.paused for source in sources)
    return {
        "status": "paused" if paused else "running",
        "current_task_id": running[0][1] if running else "",
        "last_error": json.dumps({"message": last[0], "timestamp": _milliseconds(last[1]), "type": last[2]})
        if last
        else "",
        "uptime_started_at": str(_milliseconds(started_at)),
        "leader": leader,
    }


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
