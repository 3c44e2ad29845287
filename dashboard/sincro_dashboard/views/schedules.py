"""What people see of a schedule: how often, when next and why then, how it has gone.

Nothing is decided here: the facts are the operator's.
"""

from datetime import datetime

from pydantic import Field

from sincro_contract.model import Document
from sincro_contract.resources.sync_schedule import Cadence, Rollout, SyncSchedule
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.resources import name_of, namespace_of, read_schedule
from sincro_dashboard.views.sources import ConditionView, condition_views

_DEFAULT_PRIORITY = {"customers": 80, "orders": 60, "products": 40, "prices": 20}


class CadenceView(Document):
    """How often: an interval or a cron expression; exactly one is there."""

    every: str | None
    cron: str | None


class QuietHoursView(Document):
    """A daily stretch of local time without scheduled syncs."""

    start: str
    end: str


class SuspensionView(Document):
    """Whether the schedule is suspended, by whom and why."""

    suspended: bool
    by: str | None
    reason: str | None


class ScheduleView(Document):
    """A schedule."""

    name: str
    namespace: str
    source: str
    type: str
    time_zone: str
    suspension: SuspensionView
    source_paused: bool
    source_pause: SuspensionView = Field(description="Whether its source is paused, by whom and why")
    full: CadenceView | None
    delta: CadenceView | None
    adaptive: bool
    effective_interval: str | None
    effective_reason: str | None
    quiet_hours: list[QuietHoursView]
    priority: int | None = Field(description="null: the operator's default for this type")
    rollout: Rollout
    next_full: datetime | None
    next_delta: datetime | None
    last_run: datetime | None
    last_success: datetime | None
    last_failure: datetime | None
    succeeded: int
    failed: int
    success_rate: float | None = Field(description="0 to 1; null before the first sync")
    average_duration_ms: int | None
    active_task: str | None
    skipped: int
    last_skip_reason: str | None
    freshness_objective: str | None
    conditions: list[ConditionView]


def schedule_view(obj: Object, source: Object | None) -> ScheduleView | None:
    """A schedule with its source (None: there is none of that name); None when it does not fit the contract."""
    schedule = read_schedule(obj)
    if schedule is None:
        return None
    spec, status = schedule.spec, schedule.status
    ended = status.succeeded + status.failed
    interval = status.effective_interval
    of_source = (source or {}).get("spec") or {}
    return ScheduleView(
        name=name_of(obj),
        namespace=namespace_of(obj),
        source=spec.source_ref.name,
        type=spec.type,
        time_zone=zone_of(schedule, source),
        suspension=SuspensionView(
            suspended=spec.suspend,
            by=spec.suspended_by if spec.suspend else None,
            reason=spec.suspend_reason if spec.suspend else None,
        ),
        source_paused=bool(of_source.get("paused")),
        source_pause=SuspensionView(
            suspended=bool(of_source.get("paused")),
            by=of_source.get("pausedBy") if of_source.get("paused") else None,
            reason=of_source.get("pauseReason") if of_source.get("paused") else None,
        ),
        full=_cadence(spec.full),
        delta=_cadence(spec.delta),
        adaptive=spec.adaptive is not None,
        effective_interval=interval.interval if interval else None,
        effective_reason=interval.reason if interval else None,
        quiet_hours=[QuietHoursView(start=quiet.start, end=quiet.end) for quiet in spec.quiet_hours],
        priority=spec.priority or _DEFAULT_PRIORITY.get(spec.type),
        rollout=spec.rollout,
        next_full=status.next.full,
        next_delta=status.next.delta,
        last_run=status.last_run_time,
        last_success=status.last_success_time,
        last_failure=status.last_failure_time,
        succeeded=status.succeeded,
        failed=status.failed,
        success_rate=status.succeeded / ended if ended else None,
        average_duration_ms=status.average_duration_ms,
        active_task=status.active_task,
        skipped=status.skipped,
        last_skip_reason=status.last_skip_reason,
        freshness_objective=spec.freshness_objective,
        conditions=condition_views(status.conditions),
    )


def zone_of(schedule: SyncSchedule, source: Object | None) -> str:
    """The zone of a schedule's local times: its own, else the source's."""
    return schedule.spec.time_zone or str(((source or {}).get("spec") or {}).get("timeZone") or "Europe/Rome")


def _cadence(cadence: Cadence | None) -> CadenceView | None:
    return CadenceView(every=cadence.every, cron=cadence.cron) if cadence else None
