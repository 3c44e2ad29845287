"""Whether a schedule's data is as fresh as its objective says.

Decided here: fresh means that a sync succeeded within freshnessObjective. Not here: who is alerted.
"""

from datetime import datetime

from sincro_contract.durations import format_duration
from sincro_operator.planning.clock import after
from sincro_operator.planning.model import Schedule, ScheduleStatus

Verdict = tuple[bool | None, str, str]


def judge(schedule: Schedule, status: ScheduleStatus, now: datetime) -> tuple[Verdict, datetime | None]:
    """Status, reason and message of the condition Fresh, and when it changes if nothing succeeds before."""
    objective = schedule.freshness_objective
    if objective is None:
        return (None, "NoObjective", ""), None
    if status.last_success is None:
        stale_at = after(schedule.created, objective)
        if now < stale_at:
            return (None, "NeverSynced", "No sync has succeeded yet."), stale_at
        return (False, "Stale", f"No sync has succeeded yet; the objective is {format_duration(objective)}."), None
    stale_at = after(status.last_success, objective)
    if now < stale_at:
        return (True, "Fresh", ""), stale_at
    return (False, "Stale", f"The last success is older than the objective of {format_duration(objective)}."), None
