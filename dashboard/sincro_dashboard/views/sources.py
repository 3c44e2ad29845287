"""What people see of a source: may it run, how does it do, what went wrong last.

Decided here: the one word of `health`. The facts are the operator's.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from sincro_contract.model import Document
from sincro_contract.resources.conditions import Condition
from sincro_contract.resources.sync_source import SyncSource, TypeStatistics
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.resources import name_of, namespace_of, read_source


class SourceHealth(StrEnum):
    """A source in one word, the worst that holds."""

    NOT_READY = "NotReady"
    CIRCUIT_OPEN = "CircuitOpen"
    PAUSED = "Paused"
    FAILING = "Failing"
    RUNNING = "Running"
    IDLE = "Idle"


class ConditionView(Document):
    """One statement about the object that is true, false or unknown."""

    type: str
    status: str
    reason: str
    message: str
    since: datetime


class PauseView(Document):
    """Whether scheduled syncs are held back, by whom and why."""

    paused: bool
    by: str | None
    reason: str | None
    since: datetime | None


class CircuitView(Document):
    """The circuit breaker: Closed lets syncs through, Open does not, HalfOpen lets one probe through."""

    state: str
    consecutive_failures: int
    opened_at: datetime | None
    retry_at: datetime | None
    message: str


class SourceErrorView(Document):
    """The last error of a source."""

    message: str
    time: datetime
    type: str
    error_class: str = Field(alias="class")


class TypeView(Document):
    """How the syncs of one type of a source have gone."""

    type: str
    last_sync: datetime | None
    last_success: datetime | None
    last_failure: datetime | None
    last_full: datetime | None
    succeeded: int
    failed: int
    success_rate: float | None = Field(description="0 to 1; null before the first sync")
    average_duration_ms: int | None


class SourceView(Document):
    """A source."""

    name: str
    namespace: str
    health: SourceHealth
    base_url: str
    locale: str
    time_zone: str
    profile: str
    max_concurrent: int
    pause: PauseView
    circuit: CircuitView
    conditions: list[ConditionView]
    queued: int
    running: int
    retrying: int
    dead_lettered: int
    active_tasks: list[str]
    last_error: SourceErrorView | None
    types: list[TypeView]


def source_view(obj: Object) -> SourceView | None:
    """A source; None when it does not fit the contract."""
    source = read_source(obj)
    if source is None:
        return None
    spec, status = source.spec, source.status
    error = status.last_error
    return SourceView(
        name=name_of(obj),
        namespace=namespace_of(obj),
        health=_health(source),
        base_url=spec.base_url,
        locale=spec.locale,
        time_zone=spec.time_zone,
        profile=spec.profile.name,
        max_concurrent=spec.max_concurrent,
        pause=PauseView(
            paused=spec.paused,
            by=spec.paused_by if spec.paused else None,
            reason=spec.pause_reason if spec.paused else None,
            since=_since(status.conditions, "Paused") if spec.paused else None,
        ),
        circuit=CircuitView(
            state=status.circuit.state,
            consecutive_failures=status.circuit.consecutive_failures,
            opened_at=status.circuit.opened_at,
            retry_at=status.circuit.retry_at,
            message=status.circuit.message,
        ),
        conditions=condition_views(status.conditions),
        queued=status.queued,
        running=status.running,
        retrying=status.retrying,
        dead_lettered=status.dead_lettered,
        active_tasks=status.active_tasks,
        last_error=SourceErrorView.model_validate(
            {"message": error.message, "time": error.time, "type": error.type, "class": error.error_class}
        )
        if error
        else None,
        types=[_type_view(statistics) for statistics in status.types],
    )


def condition_views(conditions: Iterable[Condition]) -> list[ConditionView]:
    """Conditions as they are shown."""
    return [
        ConditionView(
            type=condition.type,
            status=condition.status,
            reason=condition.reason,
            message=condition.message,
            since=condition.last_transition_time,
        )
        for condition in conditions
    ]


def _type_view(statistics: TypeStatistics) -> TypeView:
    ended = statistics.succeeded + statistics.failed
    return TypeView(
        type=statistics.type,
        last_sync=statistics.last_sync_time,
        last_success=statistics.last_success_time,
        last_failure=statistics.last_failure_time,
        last_full=statistics.last_full_time,
        succeeded=statistics.succeeded,
        failed=statistics.failed,
        success_rate=statistics.succeeded / ended if ended else None,
        average_duration_ms=statistics.average_duration_ms,
    )


def _health(source: SyncSource) -> SourceHealth:
    spec, status = source.spec, source.status
    if any(condition.type == "Ready" and condition.status == "False" for condition in status.conditions):
        return SourceHealth.NOT_READY
    if status.circuit.state != "Closed":
        return SourceHealth.CIRCUIT_OPEN
    if spec.paused:
        return SourceHealth.PAUSED
    if any(_failing(statistics) for statistics in status.types):
        return SourceHealth.FAILING
    return SourceHealth.RUNNING if status.running else SourceHealth.IDLE


def _failing(statistics: TypeStatistics) -> bool:
    """Its last sync failed."""
    failure, success = statistics.last_failure_time, statistics.last_success_time
    return failure is not None and (success is None or failure > success)


def _since(conditions: Iterable[Condition], kind: str) -> datetime | None:
    return next((each.last_transition_time for each in conditions if each.type == kind and each.status == "True"), None)
