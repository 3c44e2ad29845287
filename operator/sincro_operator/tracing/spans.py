"""A sync that has ended -> its trace in OTLP's JSON encoding. Pure.

Decided here: one trace a SyncTask, its id is the task's uid; below it the wait, each attempt, and the phases of the one
that went well. Everything is read off the status and the scraper's result: nothing but the operator sends anything, and
a scraper needs no way to a collector. A scraper says how long its phases took, not when: they are laid end to end, up
to the end of the attempt (a scraper ends when its last phase has).
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.model import Attempt, Task, TaskStatus

Span = dict[str, object]
_INTERNAL, _OK, _ERROR = 1, 1, 2
_SAID = 500


def trace_id(uid: str) -> str:
    """32 hexadecimal digits: a uid's own, or those of its hash where it is none."""
    digits = uid.replace("-", "").lower()
    whole = len(digits) == 32 and not set(digits) - set("0123456789abcdef") and set(digits) != {"0"}
    return digits if whole else hashlib.sha256(uid.encode()).hexdigest()[:32]


def span_id(uid: str, *path: object) -> str:
    """16 hexadecimal digits: the same span has the same id whoever makes it."""
    return hashlib.sha256("/".join((uid, *map(str, path))).encode()).hexdigest()[:16]


def traceparent(uid: str, attempt: int) -> str:
    """The W3C header of an attempt's span: what is done within it can be hung below it."""
    return f"00-{trace_id(uid)}-{span_id(uid, 'attempt', attempt)}-01"


def request_of(syncs: Iterable[tuple[Task, TaskStatus]], version: str) -> dict[str, object]:
    """An ExportTraceServiceRequest for these syncs. `version` is the operator's."""
    spans = [span for task, status in syncs for span in spans_of(task, status)]
    resource = {"attributes": _attributes({"service.name": "sincro", "service.version": version})}
    return {
        "resourceSpans": [
            {"resource": resource, "scopeSpans": [{"scope": {"name": "sincro_operator"}, "spans": spans}]}
        ]
    }


def spans_of(task: Task, status: TaskStatus) -> list[Span]:
    """The spans of one sync, the root first. Empty while it has not ended."""
    if status.completed_at is None:
        return []
    began, ended = min(task.created, status.completed_at), status.completed_at
    failed = status.state is TaskState.DEAD_LETTERED
    error = status.last_error if failed else None
    about: dict[str, object] = {
        "sincro.namespace": task.name.namespace,
        "sincro.task": task.name.name,
        "sincro.source": task.source,
        "sincro.type": task.type,
        "sincro.schedule": task.schedule,
        "sincro.mode": (status.effective_mode or task.mode).value,
        "sincro.state": status.state.value,
        "sincro.triggered_by": task.triggered_by.value,
        "error.type": error.error_class.value if error is not None else None,
    }
    message = error.message if error is not None else None
    root = _span(task.uid, (), f"sync {task.type}", (began, ended), about, failed=failed, message=message)
    attempts = [attempt for attempt in status.attempts if attempt.started_at and attempt.ended_at]
    first = min((attempt.started_at for attempt in attempts if attempt.started_at), default=ended)
    queued = _span(task.uid, ("queued",), "queued", (began, max(began, first)), {})
    return [root, queued, *(span for attempt in attempts for span in _attempt(task, status, attempt))]


def _attempt(task: Task, status: TaskStatus, attempt: Attempt) -> Iterator[Span]:
    assert attempt.started_at is not None  # noqa: S101 - the caller chose
    assert attempt.ended_at is not None  # noqa: S101
    error = attempt.error_class
    about: dict[str, object] = {
        "sincro.attempt": attempt.number,
        "k8s.job.name": attempt.job,
        "k8s.node.name": attempt.node,
        "error.type": error.value if error is not None else None,
    }
    path = ("attempt", attempt.number)
    # Of attempts that cost nothing (preempted, evicted) there may be several of one number: the last has the plain id.
    again = [other.job for other in status.attempts if other.number == attempt.number]
    own = path if attempt.job == again[-1] else (*path, attempt.job)
    times = (attempt.started_at, attempt.ended_at)
    message = attempt.message if error is not None else None
    yield _span(task.uid, own, f"attempt {attempt.number}", times, about, failed=error is not None, message=message)
    if error is None and status.result is not None:
        left = sum(status.result.phases.values())
        for phase, milliseconds in status.result.phases.items():
            begins = attempt.ended_at - timedelta(milliseconds=left)
            left -= milliseconds
            until = attempt.ended_at - timedelta(milliseconds=left)
            yield _span(task.uid, (*own, phase), phase[:64], (begins, until), {}, below=own)


def _span(
    uid: str,
    path: tuple[object, ...],
    name: str,
    times: tuple[datetime, datetime],
    about: dict[str, object],
    *,
    below: tuple[object, ...] = (),
    failed: bool = False,
    message: str | None = None,
) -> Span:
    span: Span = {
        "traceId": trace_id(uid),
        "spanId": span_id(uid, *path),
        "name": name,
        "kind": _INTERNAL,
        "startTimeUnixNano": _nanoseconds(times[0]),
        "endTimeUnixNano": _nanoseconds(times[1]),
        "attributes": _attributes(about),
        "status": {"code": _ERROR, "message": (message or "")[:_SAID]} if failed else {"code": _OK},
    }
    return span | ({"parentSpanId": span_id(uid, *below)} if path else {})


def _nanoseconds(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1_000_000) * 1000)


def _attributes(values: dict[str, object]) -> list[dict[str, object]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}}
        for key, value in values.items()
        if value is not None
    ]
