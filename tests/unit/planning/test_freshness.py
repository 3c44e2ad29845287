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
