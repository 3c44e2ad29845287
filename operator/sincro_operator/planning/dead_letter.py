"""What makes two dead letters the same, and which of them still want somebody to look.

Decided here: the fingerprint where the scraper gave none, and that a dead letter is open until it is retried or
something of the same source and type succeeds (as the dashboard has it). Not here: when a task becomes one
(planning.retry).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2s

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.model import Source, Task

_CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|https?://\S+|[0-9a-f]{16,}|\d+([.,:/-]\d+)*", re.IGNORECASE
)


def fingerprint(error: ErrorClass, code: str, message: str) -> str:
    """16 hexadecimal digits, equal for messages that differ in numbers, times, addresses and identifiers alone."""
    steady = re.sub(r"\s+", " ", _CHANGING.sub("#", message)).strip().lower()
    return blake2s(f"{error.value}/{code}/{steady}".encode(), digest_size=8).hexdigest()


def open_letters(tasks: Iterable[Task], sources: Iterable[Source]) -> Iterator[Task]:
    """The dead letters among these tasks that were not retried and after which nothing of their kind has succeeded."""
    tasks = tuple(tasks)
    retried = {(task.name.namespace, task.retry_of) for task in tasks if task.retry_of}
    succeeded: dict[tuple[str, str, str], datetime] = {
        (source.name.namespace, source.name.name, of_type.type): of_type.last_success
        for source in sources
        for of_type in source.status.types
        if of_type.last_success is not None
    }
    for task in tasks:
        at = task.status.completed_at
        if task.status.state is TaskState.SUCCEEDED and at is not None:
            key = (task.name.namespace, task.source, task.type)
            succeeded[key] = max(at, succeeded.get(key, at))
    for task in tasks:
        if task.status.state is not TaskState.DEAD_LETTERED or tuple(task.name) in retried:
            continue
        success = succeeded.get((task.name.namespace, task.source, task.type))
        if success is None or success <= (task.status.completed_at or task.created):
            yield task
