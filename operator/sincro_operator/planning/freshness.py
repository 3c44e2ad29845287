"""Whether a schedule's data is as fresh as its objective says.

Decided here: fresh means that a sync succeeded within freshnessObjective (of a schedule that writes), and which
schedules people themselves keep from making data fresh. Not here: who is alerted.
"""

from datetime import datetime

from sincro_contract.durations import format_duration
from sincro_contract.resources.sync_schedule import Rollout
from sincro_operator.planning.clock import after
from sincro_operator.planning.model import Schedule, ScheduleStatus, Source

Verdict = tuple[bool | None, str, str]


def judge(schedule: Schedule, status: ScheduleStatus, now: datetime) -> tuple[Verdict, datetime | None]:
    """Status, reason and message of the condition Fresh, and when it changes if nothing succeeds before."""
    objective = schedule.freshness_objective
    if objective is None:
        return (None, "NoObjective", ""), None
    if schedule.rollout is not Rollout.ACTIVE:
        rollout = schedule.rollout.value
        return (None, rollout, f"Not judged: with the rollout {rollout} this schedule writes no data."), None
    if status.last_success is None:
        stale_at = after(schedule.created, objective)
        if now < stale_at:
            return (None, "NeverSynced", "No sync has succeeded yet."), stale_at
        return (False, "Stale", f"No sync has succeeded yet; the objective is {format_duration(objective)}."), None
    stale_at = after(status.last_success, objective)
    if now < stale_at:
        return (True, "Fresh", ""), stale_at
    return (False, "Stale", f"The last success is older than the objective of {format_duration(objective)}."), None


def held(schedule: Schedule, source: Source | None) -> tuple[str, ...]:
    """Why stale data of this schedule are what people have asked for; empty where the product owes fresh ones.

    Of Suspended, Paused (the source), Shadow and DryRun (the rollout) each that applies. Quiet hours are none of them:
    whoever states an objective states one that they allow.
    """
    reasons = {
        "Suspended": schedule.suspend,
        "Paused": source is not None and source.paused,
        schedule.rollout.value: schedule.rollout is not Rollout.ACTIVE,
    }
    return tuple(reason for reason, applies in reasons.items() if applies)
