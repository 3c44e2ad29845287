"""Rollout: Shadow records, DryRun compares, Active writes."""

from dataclasses import replace

import pytest

from sincro_contract.resources.sync_schedule import Rollout
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning import spread
from sincro_operator.planning.actions import CreateTask, WriteTask
from sincro_operator.planning.conditions import task_conditions
from sincro_operator.planning.model import Merged
from tests.unit.planning.facts import (
    NOW,
    ended,
    events,
    launched,
    of_kind,
    plan_of,
    running,
    schedule,
    scheduled,
    source,
    task,
)

SHADOW = schedule(rollout=Rollout.SHADOW)


def test_a_due_run_of_a_shadow_is_recorded_and_nothing_starts() -> None:
    plan = plan_of(source(), SHADOW, scheduled("run", mode_reason="No Full has succeeded yet"))
    assert launched(plan) == []
    (write,) = of_kind(plan, WriteTask)
    assert (write.status.state, write.status.completed_at) == (TaskState.SHADOWED, NOW)
    assert events(write) == ["Shadowed"]
    assert "A Delta of customers would have been queued now" in write.events[0].message
    complete = task_conditions(write.task, write.status)[0]
    assert complete.message == "Would have run at 2026-06-01 10:00:00 UTC; nothing was started (rollout Shadow)"


@pytest.mark.parametrize("rollout", [Rollout.ACTIVE, Rollout.DRY_RUN])
def test_the_schedule_as_it_is_now_counts(rollout: Rollout) -> None:
    """Switching one type on needs one field."""
    assert launched(plan_of(source(), replace(SHADOW, rollout=rollout), scheduled("run"))) == ["run"]


def test_people_are_no_shadows() -> None:
    assert launched(plan_of(source(), SHADOW, task("asked"))) == ["asked"]
    run = scheduled("run")
    joined = replace(run, status=replace(run.status, merged=(Merged("anna", NOW, "x"),)), status_known=True)
    assert launched(plan_of(source(), SHADOW, joined)) == ["run"]


def test_a_shadow_takes_no_part_in_anything() -> None:
    plan = plan_of(source(), SHADOW, scheduled("run"), scheduled("real", type="orders", schedule="orders"))
    assert launched(plan) == ["real"]


@pytest.mark.parametrize(
    ("rollout", "dry"), [(Rollout.ACTIVE, False), (Rollout.DRY_RUN, True), (Rollout.SHADOW, False)]
)
def test_a_dry_run_is_made_as_one(rollout: Rollout, dry: bool) -> None:
    plain = schedule(rollout=rollout)
    (create,) = of_kind(plan_of(source(), plain, now=NOW + spread.offset(plain)), CreateTask)
    assert create.dry_run is (rollout is Rollout.DRY_RUN)


def test_a_shadow_that_has_run_once_is_none() -> None:
    """Switched to Shadow while a task was between two attempts."""
    once = running(scheduled("once"))
    between = replace(once, status=replace(once.status, state=TaskState.QUEUED, attempt=0))
    assert launched(plan_of(source(), SHADOW, between)) == ["once"]
    assert not of_kind(plan_of(source(), SHADOW, ended(once)), WriteTask)
