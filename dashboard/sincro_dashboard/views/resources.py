"""Reading resources as they come from the API server: cheap questions for thousands, whole models for those shown.

Decided here: what an object without a status counts as. Not here: what is shown of it.
"""

from datetime import UTC, datetime
from typing import TypeVar

from pydantic import ValidationError

from sincro_contract.resources.sync_schedule import SyncSchedule
from sincro_contract.resources.sync_source import SyncSource
from sincro_contract.resources.sync_task import SyncTask, TaskState
from sincro_dashboard.cluster.door import Object

T = TypeVar("T", SyncTask, SyncSchedule, SyncSource)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def name_of(obj: Object) -> str:
    """The object's name."""
    return str(obj["metadata"]["name"])


def namespace_of(obj: Object) -> str:
    """The object's namespace."""
    return str(obj["metadata"].get("namespace") or "")


def created_at(obj: Object) -> datetime:
    """When the object was created."""
    return instant(obj["metadata"].get("creationTimestamp")) or _BEGINNING


def instant(text: object) -> datetime | None:
    """An RFC 3339 instant as the API server writes it; None for nothing and for what is none."""
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def state_of(task: Object) -> TaskState:
    """A task's state; one that nobody has looked at yet is Queued."""
    try:
        return TaskState((task.get("status") or {}).get("state") or TaskState.QUEUED)
    except ValueError:
        return TaskState.QUEUED


def source_of(obj: Object) -> str:
    """The source that a task or schedule belongs to."""
    return str(((obj.get("spec") or {}).get("sourceRef") or {}).get("name") or "")


def type_of(obj: Object) -> str:
    """The type of a task or schedule."""
    return str((obj.get("spec") or {}).get("type") or "")


def completed_at(task: Object) -> datetime | None:
    """When a task came to its final state."""
    return instant((task.get("status") or {}).get("completedAt"))


def requested_by(task: Object) -> str:
    """Who asked for a task; "" for a schedule."""
    return str((task.get("spec") or {}).get("requestedBy") or "")


def read_task(task: Object) -> SyncTask | None:
    """The whole task; None when it does not fit the contract (another version wrote it)."""
    return _read(SyncTask, task)


def read_schedule(schedule: Object) -> SyncSchedule | None:
    """The whole schedule; None when it does not fit the contract."""
    return _read(SyncSchedule, schedule)


def read_source(source: Object) -> SyncSource | None:
    """The whole source; None when it does not fit the contract."""
    return _read(SyncSource, source)


def _read(model: type[T], obj: Object) -> T | None:
    try:
        return model.model_validate({"spec": obj.get("spec"), "status": obj.get("status") or {}})
    except ValidationError:
        return None
