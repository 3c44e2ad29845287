"""SyncSchedule: a cadence for one type of data of one source."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from sincro_contract.durations import Duration
from sincro_contract.model import Observed
from sincro_contract.resources.conditions import Condition, Message, ObjectName, StreamName, TimeZoneName, UserName
from sincro_contract.resources.sync_task import RetryPolicy

CronExpression = Annotated[str, StringConstraints(min_length=1, max_length=128)]
"""Five fields: minute, hour, day of month, month, day of week, read in the schedule's time zone."""
LocalTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


class SourceReference(Observed):
    """A SyncSource of the same namespace."""

    name: ObjectName


class Cadence(Observed):
    """How often: `every` (an interval) or `cron`, exactly one of them."""

    every: Duration | None = None
    cron: CronExpression | None = None


class AdaptiveRange(Observed):
    """The bounds between which the delta's interval follows how often the data changes."""

    min: Duration
    max: Duration


class QuietHours(Observed):
    """A daily stretch of local time without scheduled syncs; an end at or before the start lies on the next day."""

    start: LocalTime
    end: LocalTime


class MissedRuns(StrEnum):
    """What is owed after a time in which nothing could run."""

    SKIP = "Skip"
    RUN_ONCE = "RunOnce"


class Rollout(StrEnum):
    """How far a schedule is trusted."""

    SHADOW = "Shadow"
    """Records what would have run and when; starts nothing."""
    DRY_RUN = "DryRun"
    """Reads and compares; writes nothing."""
    ACTIVE = "Active"


class HistoryLimits(Observed):
    """How many ended SyncTasks of a schedule stay in the cluster."""

    succeeded: int = Field(default=3, ge=0, le=100)
    failed: int = Field(default=5, ge=0, le=100)


class SyncScheduleSpec(Observed):
    """What a person states about a cadence."""

    source_ref: SourceReference
    type: StreamName
    suspend: bool = False
    suspended_by: UserName | None = None
    suspend_reason: Message | None = None
    full: Cadence | None = None
    delta: Cadence | None = None
    adaptive: AdaptiveRange | None = None
    time_zone: TimeZoneName | None = Field(default=None, description="Default: the source's time zone")
    quiet_hours: list[QuietHours] = Field(
        default_factory=lambda: [QuietHours(start="00:00", end="06:00")], max_length=8
    )
    priority: int | None = Field(
        default=None, ge=1, le=100, description="Default by type: customers 80, orders 60, products 40, prices 20"
    )
    max_concurrent: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Syncs of this type at once over all sources of the namespace; the smallest stated one holds",
    )
    retry_policy: RetryPolicy = Field(default_factory=RetryPolicy)
    timeout: Duration = "30m"
    starting_deadline: Duration | None = Field(default=None, description="A run later than this is skipped")
    missed_runs: MissedRuns = MissedRuns.RUN_ONCE
    rollout: Rollout = Rollout.ACTIVE
    freshness_objective: Duration | None = None
    probe: bool = Field(default=True, description="Ask the profile's cheap probe before a delta, where it has one")
    history_limits: HistoryLimits = Field(default_factory=HistoryLimits)


class NextRuns(Observed):
    """When the next runs are due."""

    full: datetime | None = None
    delta: datetime | None = None


class EffectiveInterval(Observed):
    """The delta's interval as it is now, and why."""

    interval: str = Field(max_length=32)
    reason: Message
    changes_per_hour: str | None = Field(default=None, max_length=32)


class RateEstimate(Observed):
    """The change-rate estimator's memory (decayed sums; see planning/adaptive.py). Numbers as decimal strings."""

    observations: str = Field(default="0", max_length=32)
    changed: str = Field(default="0", max_length=32)
    exposure_hours: str = Field(default="0", max_length=32)
    updated_at: datetime | None = None


class SyncScheduleStatus(Observed):
    """What the operator says about a schedule."""

    observed_generation: int | None = None
    conditions: list[Condition] = Field(default_factory=list, max_length=16)
    next: NextRuns = Field(default_factory=NextRuns)
    last_due: NextRuns = Field(default_factory=NextRuns, description="The last instants that were settled")
    anchor: datetime | None = Field(default=None, description="Where the counting of `every` began")
    cadence_hash: str | None = Field(default=None, max_length=64, description="The cadence that lastDue belongs to")
    effective_interval: EffectiveInterval | None = None
    rate: RateEstimate | None = None
    last_run_time: datetime | None = None
    last_success_time: datetime | None = None
    last_failure_time: datetime | None = None
    last_full_time: datetime | None = None
    succeeded: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    success_rate: str | None = Field(default=None, max_length=8)
    average_duration: str | None = Field(default=None, max_length=32)
    average_duration_ms: int | None = Field(default=None, ge=0)
    active_task: str | None = Field(default=None, max_length=253)
    skipped: int = Field(default=0, ge=0, description="Runs that were skipped, with an Event each")
    last_skip_reason: Message | None = None
