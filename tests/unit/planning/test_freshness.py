"""What counts as fresh, and whose stale data are owed to nobody."""

from datetime import datetime
from typing import Any

import pytest

from sincro_contract.resources.sync_schedule import Rollout
from sincro_operator.planning import freshness
from sincro_operator.planning.model import ScheduleStatus, Source
from tests.unit.planning.facts import HOUR, MINUTE, NOW, schedule, source

CREATED = NOW - 3 * HOUR


@pytest.mark.parametrize(
    ("objective", "last_success", "verdict", "stale_at"),
    [
        (None, NOW, (None, "NoObjective"), None),
        (4 * HOUR, None, (None, "NeverSynced"), CREATED + 4 * HOUR),
        (3 * HOUR, None, (False, "Stale"), None),
        (HOUR, NOW - 59 * MINUTE, (True, "Fresh"), NOW + MINUTE),
        (HOUR, NOW - HOUR, (False, "Stale"), None),
    ],
    ids=["no objective", "never, but not yet owed", "never", "fresh", "as old as the objective"],
)
def test_fresh(
    objective: Any, last_success: datetime | None, verdict: tuple[bool | None, str], stale_at: datetime | None
) -> None:
    plain = schedule(freshness_objective=objective, created=CREATED)
    found, until = freshness.judge(plain, ScheduleStatus(last_success=last_success), NOW)
    assert (found[:2], until) == (verdict, stale_at)


@pytest.mark.parametrize("rollout", [Rollout.SHADOW, Rollout.DRY_RUN])
@pytest.mark.parametrize("last_success", [None, NOW - HOUR])
def test_a_schedule_that_writes_nothing_is_not_judged(rollout: Rollout, last_success: datetime | None) -> None:
    """Neither stale, for nobody owes fresh data, nor fresh after a dry run."""
    trial = schedule(freshness_objective=2 * HOUR, created=CREATED, rollout=rollout)
    found, until = freshness.judge(trial, ScheduleStatus(last_success=last_success), NOW)
    assert (found[:2], until) == ((None, rollout.value), None)


@pytest.mark.parametrize(
    ("changes", "of", "reasons"),
    [
        ({}, source(), ()),
        ({}, None, ()),
        ({"suspend": True}, source(), ("Suspended",)),
        ({}, source(paused=True), ("Paused",)),
        ({"rollout": Rollout.SHADOW}, source(), ("Shadow",)),
        ({"rollout": Rollout.DRY_RUN}, None, ("DryRun",)),
        ({"suspend": True, "rollout": Rollout.SHADOW}, source(paused=True), ("Suspended", "Paused", "Shadow")),
    ],
    ids=["active", "without a source", "suspended", "paused", "shadow", "dry run", "all at once"],
)
def test_held(changes: dict[str, Any], of: Source | None, reasons: tuple[str, ...]) -> None:
    assert freshness.held(schedule(**changes), of) == reasons
