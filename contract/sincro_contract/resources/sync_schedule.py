"""SyncSchedule: a cadence for one type of data of one source."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from sincro_contract.cron import CronExpression
from sincro_contract.durations import Duration
from sincro_contract.model import Observed
from sincro_contract.resources.conditions import Conditions, Message, ObjectName, StreamName, TimeZoneName, UserName
from sincro_contract.resources.sync_task import RetryPolicy
from sincro_contract.rules import DurationRange, Explained, Rule, at_most, fixed

LocalTime = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", max_length=5),
    Explained("must be a time of day from 00:00 to 24:00, with two digits each, such as 06:30"),
]


class SourceReference(Observed):
    """The SyncSource to sync, in the same namespace."""

    name: ObjectName = Field(description="Name of the SyncSource")


class Cadence(Observed):
    """How often: `every` (an interval) or `cron`, exactly one of them."""

    cel_rules = (Rule("has(self.every) != has(self.cron)", "state exactly one of every and cron"),)

    every: Annotated[Duration, DurationRange("1m", "8760h")] | None = Field(
        default=None, description="An interval of at least one minute, such as 1h or 24h"
    )
    cron: CronExpression | None = Field(
        default=None, description="Five cron fields in the schedule's time zone, such as 30 6 * * MON-FRI"
    )


class AdaptiveRange(Observed):
    """The bounds between which the delta's interval follows how often the data changes."""

    cel_rules = (Rule(at_most("self.min", "self.max"), "min must not be longer than max", "min"),)

    min: Annotated[Duration, DurationRange("1m", "8760h")] = Field(description="The shortest interval")
    max: Annotated[Duration, DurationRange("1m", "8760h")] = Field(description="The longest interval")


class QuietHours(Observed):
    """A daily stretch of local time without scheduled syncs; an end before the start lies on the next day."""

    cel_rules = (
        Rule("self.start != '24:00'", "start must be before 24:00: write 00:00 for midnight", "start"),
        Rule(
            "self.start != self.end && !(self.start == '00:00' && self.end == '24:00')",
            "end must differ from start: to hold syncs all day, set suspend on the schedule",
            "end",
        ),
    )

    start: LocalTime = Field(description="First quiet minute, for example 00:00")
    end: LocalTime = Field(description="First minute that is not quiet any more, for example 06:00")


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
    """How many ended SyncTasks of a schedule stay in the cluster; the history keeps them all."""

    succeeded: int = Field(default=3, ge=0, le=100, description="Of those that succeeded")
    failed: int = Field(default=5, ge=0, le=100, description="Of those that failed")


class SyncScheduleSpec(Observed):
    """What a person states about a cadence: what is synced, how often, when not, how urgently."""

    cel_rules = (
        Rule("has(self.full) || has(self.delta)", "state full, delta or both: a schedule without a cadence never runs"),
        Rule(
            "!has(self.adaptive) || (has(self.delta) && has(self.delta.every))",
            "adaptive needs delta.every: it is the delta's interval that it moves",
            "adaptive",
        ),
        Rule(
            "!(has(self.full) && has(self.full.every) && has(self.delta) && has(self.delta.every))"
            f" || {at_most('self.delta.every', 'self.full.every')}",
            "delta.every must not be longer than full.every: a full sync would come before each delta",
            "delta",
        ),
        Rule(
            "!has(self.freshnessObjective) || !has(self.delta) || !has(self.delta.every)"
            f" || {at_most('self.delta.every', 'self.freshnessObjective')}",
            "freshnessObjective must not be shorter than delta.every: it could never be met",
            "freshnessObjective",
        ),
    )

    source_ref: Annotated[SourceReference, fixed("sourceRef", "SyncSchedule")]
    type: Annotated[StreamName, fixed("type", "SyncSchedule")] = Field(
        description="The stream of the source's profile: customers, orders, products, prices, ..."
    )
    suspend: bool = Field(default=False, description="Make no further syncs; those that were made still run")
    suspended_by: UserName | None = Field(default=None, description="Who suspended it")
    suspend_reason: Message | None = Field(default=None, description="Why it is suspended")
    full: Cadence | None = Field(default=None, description="How often everything is read, so that deletions are seen")
    delta: Cadence | None = Field(default=None, description="How often what changed is read")
    adaptive: AdaptiveRange | None = Field(
        default=None, description="Let the delta's interval follow how often the data changes, between these bounds"
    )
    time_zone: TimeZoneName | None = Field(default=None, description="Default: the source's time zone")
    quiet_hours: list[QuietHours] = Field(
        default_factory=lambda: [QuietHours(start="00:00", end="06:00")],
        max_length=8,
        description="Stretches of the day without scheduled syncs, in local time; [] for none",
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
    timeout: Annotated[Duration, DurationRange("1s", "24h")] = Field(
        default="30m", description="How long one attempt may take"
    )
    starting_deadline: Annotated[Duration, DurationRange("1s", "8760h")] | None = Field(
        default=None, description="A run that would start later than this after it was due is skipped"
    )
    missed_runs: MissedRuns = Field(
        default=MissedRuns.RUN_ONCE,
        description="What is owed after a time in which nothing could run: Skip (nothing) or RunOnce (one sync)",
    )
    rollout: Rollout = Field(
        default=Rollout.ACTIVE,
        description="Shadow: record what would have run. DryRun: read and compare, write nothing. Active: sync",
    )
    freshness_objective: Annotated[Duration, DurationRange("1m", "8760h")] | None = Field(
        default=None, description="How old the data may become before the schedule counts as not fresh"
    )
    probe: bool = Field(default=True, description="Ask the profile's cheap probe before a delta, where it has one")
    history_limits: HistoryLimits = Field(default_factory=HistoryLimits)


class NextRuns(Observed):
    """An instant for the full and one for the delta cadence."""

    full: datetime | None = Field(default=None, description="Of the full cadence")
    delta: datetime | None = Field(default=None, description="Of the delta cadence")


class EffectiveInterval(Observed):
    """The delta's interval as it is now, and why."""

    interval: str = Field(max_length=32, description="For example 45m")
    reason: Message = Field(description="Why it is that long")
    changes_per_hour: str | None = Field(default=None, max_length=32, description="Estimated from the syncs so far")


class RateEstimate(Observed):
    """The change-rate estimator's memory (decayed sums). Numbers as decimal strings."""

    observations: str = Field(default="0", max_length=32, description="Syncs that were looked at")
    changed: str = Field(default="0", max_length=32, description="Those that found a change")
    exposure_hours: str = Field(default="0", max_length=32, description="Hours that those syncs looked back over")
    updated_at: datetime | None = Field(default=None, description="When the sums were last decayed")


class SyncScheduleStatus(Observed):
    """What the operator says about a schedule."""

    observed_generation: int | None = Field(default=None, description="The generation of the spec that was looked at")
    conditions: Conditions = Field(default_factory=list)
    next: NextRuns = Field(default_factory=NextRuns, description="When the next runs are due")
    last_due: NextRuns = Field(default_factory=NextRuns, description="The last instants that were settled")
    anchor: datetime | None = Field(default=None, description="Where the counting of `every` began")
    cadence_hash: str | None = Field(default=None, max_length=64, description="The cadence that lastDue belongs to")
    effective_interval: EffectiveInterval | None = None
    rate: RateEstimate | None = None
    last_run_time: datetime | None = Field(default=None, description="End of the last sync, good or bad")
    last_success_time: datetime | None = Field(default=None, description="End of the last sync that succeeded")
    last_failure_time: datetime | None = Field(default=None, description="End of the last sync that failed")
    last_full_time: datetime | None = Field(default=None, description="End of the last sync that read everything")
    succeeded: int = Field(default=0, ge=0, description="Syncs that succeeded")
    failed: int = Field(default=0, ge=0, description="Syncs that ended as a dead letter")
    success_rate: str | None = Field(default=None, max_length=8, description="Percent, for example 99.2%")
    average_duration: str | None = Field(default=None, max_length=32, description="Of successful syncs, for people")
    average_duration_ms: int | None = Field(default=None, ge=0, description="The same in milliseconds")
    active_task: str | None = Field(default=None, max_length=253, description="The SyncTask that waits or runs now")
    skipped: int = Field(default=0, ge=0, description="Runs that were skipped, with an Event each")
    last_skip_reason: Message | None = Field(default=None, description="Why the last skipped run was skipped")


class SyncSchedule(Observed):
    """A cadence for one type of data of one source: how often it is read in full and by delta, and when not."""

    spec: SyncScheduleSpec
    status: SyncScheduleStatus = Field(default_factory=SyncScheduleStatus)
