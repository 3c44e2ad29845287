"""What a wait is about, in values, so that pages can say it in other languages than the operator's English.

Decided here: which facts belong to which reason. They are read from the same resources as the operator's sentence. Not
here: the reason itself (`status.waitingFor`). Reasons whose sentence is in the words of Kubernetes or of a profile's
errors (a pod that cannot be scheduled, an image that cannot be pulled) have no values: it is shown as it is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sincro_contract.resources.sync_task import SyncTask, TaskState
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.resources import name_of, namespace_of, source_of, state_of, type_of

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else is there: by namespace and source, the sources and the tasks that run."""

    sources: dict[tuple[str, str], Object]
    running: dict[tuple[str, str], list[Object]]

    @classmethod
    def of(cls, sources: Iterable[Object], tasks: Iterable[Object]) -> "Surroundings":
        """From all sources and tasks that may be shown."""
        running: dict[tuple[str, str], list[Object]] = {}
        for task in tasks:
            if state_of(task) is TaskState.RUNNING:
                running.setdefault((namespace_of(task), source_of(task)), []).append(task)
        return cls({(namespace_of(source), name_of(source)): source for source in sources}, running)


NOTHING = Surroundings({}, {})


def waiting_values(obj: Object, task: SyncTask, around: Surroundings) -> dict[str, str]:
    """The values of the task's present wait; instants are called `at`. What is not known is left out."""
    waiting = task.status.waiting_for
    values = _VALUES.get(waiting.reason) if waiting else None
    if values is None:
        return {}
    found = values(_Case(obj, task, around))
    return {name: text for name, value in found.items() if (text := _text(value))}


@dataclass(frozen=True, slots=True)
class _Case:
    obj: Object
    task: SyncTask
    around: Surroundings

    @property
    def where(self) -> tuple[str, str]:
        return namespace_of(self.obj), self.task.spec.source_ref.name

    @property
    def source(self) -> dict[str, object]:
        return (self.around.sources.get(self.where) or {}).get("spec") or {}

    def running(self, type_: str | None = None) -> str:
        names = sorted(
            name_of(task) for task in self.around.running.get(self.where, ()) if type_ in (None, type_of(task))
        )
        return ", ".join(names[:_NAMED]) + (f" +{len(names) - _NAMED}" if len(names) > _NAMED else "")


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)


def _paused(case: _Case) -> dict[str, object]:
    pause = case.source
    return {"source": case.where[1], "by": pause.get("pausedBy"), "why": pause.get("pauseReason")}


def _source_busy(case: _Case) -> dict[str, object]:
    limit = case.source.get("maxConcurrent") or (1 if case.source else None)
    return {"source": case.where[1], "limit": limit, "tasks": case.running()}


def _type_busy(case: _Case) -> dict[str, object]:
    type_ = case.task.spec.type
    return {"source": case.where[1], "type": type_, "tasks": case.running(type_)}


def _behind(case: _Case) -> dict[str, object]:
    position = case.task.status.queue_position
    return {"n": position - 1 if position and position > 1 else None}


def _until(case: _Case) -> dict[str, object]:
    return {"source": case.where[1], "at": case.task.status.estimated_start}


def _again(case: _Case) -> dict[str, object]:
    status, of = case.task.status, case.task.spec.retry_policy.max_attempts
    return {"n": status.attempt + 1, "of": of, "at": status.next_attempt_at}


def _named(case: _Case) -> dict[str, object]:
    return {"source": case.where[1], "type": case.task.spec.type}


_VALUES: dict[str, Callable[[_Case], dict[str, object]]] = {
    "Paused": _paused,
    "SourceBusy": _source_busy,
    "TypeBusy": _type_busy,
    "TypeLimit": _named,
    "GlobalLimit": _named,
    "QueuedBehind": _behind,
    "QuietHours": _until,
    "CircuitOpen": _until,
    "NotBefore": lambda case: {"at": case.task.spec.not_before},
    "BackingOff": _again,
    "SourceNotFound": _named,
    "ProfileNotRead": _named,
    "UnknownStream": _named,
    "Starting": _named,
}
