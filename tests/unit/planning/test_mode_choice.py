"""Delta when possible, Full when necessary, with the reason."""

from dataclasses import replace

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_schedule import Rollout
from sincro_contract.run import Mode
from sincro_operator.planning import spread
from sincro_operator.planning.actions import CreateTask, LaunchJob
from sincro_operator.planning.mode_choice import choose
from sincro_operator.planning.model import Cadence, ScheduleStatus, SourceStatus, TaskError, TypeStatistics
from tests.unit.planning.facts import HOUR, MINUTE, NOW, of_kind, plan_of, schedule, source, task

FULL_DONE = TypeStatistics("customers", last_full=NOW - HOUR, full_profile_hash="p1")


@pytest.mark.parametrize(
    ("record", "full_due", "code", "mode", "said"),
    [
        (FULL_DONE, None, "", Mode.DELTA, None),
        (None, None, "", Mode.FULL, "No Full has succeeded yet"),
        (TypeStatistics("customers", last_success=NOW), None, "", Mode.FULL, "No Full has succeeded yet"),
        (replace(FULL_DONE, full_profile_hash="p0"), None, "", Mode.FULL, "profile has changed"),
        (replace(FULL_DONE, full_profile_hash=None), None, "", Mode.DELTA, None),
        (FULL_DONE, NOW - 2 * HOUR, "", Mode.DELTA, None),
        (FULL_DONE, NOW - MINUTE, "", Mode.FULL, "due at 2026-06-01 09:59:00 UTC has not succeeded"),
        (FULL_DONE, None, "DeltaIncomplete", Mode.FULL, "own check failed"),
        (FULL_DONE, None, "HeaderRenamed", Mode.DELTA, None),
    ],
)
def test_when_a_delta_becomes_a_full(record, full_due, code, mode, said) -> None:  # type: ignore[no-untyped-def]
    chosen, reason = choose(Mode.DELTA, source(), record, full_due, code)
    assert chosen is mode
    assert reason is None if said is None else said in (reason or "")


@pytest.mark.parametrize("asked", [Mode.FULL, Mode.FORCE])
def test_what_reads_everything_stays_what_it_is(asked: Mode) -> None:
    assert choose(asked, source(), None) == (asked, None)


def test_a_persons_delta_without_a_full_before_it_runs_as_one_and_says_so() -> None:
    (launch,) = of_kind(plan_of(source(status=SourceStatus()), task()), LaunchJob)
    assert launch.mode is Mode.FULL
    assert (launch.status.effective_mode, launch.status.mode_reason) == (Mode.FULL, "No Full has succeeded yet")
    assert launch.event is not None
    assert "No Full has succeeded yet" in launch.event.message


def test_a_retry_of_a_delta_whose_own_check_failed_is_a_full() -> None:
    failed = task(status=replace(task().status, last_error=TaskError(ErrorClass.UNKNOWN, "gap", "DeltaIncomplete")))
    (launch,) = of_kind(plan_of(source(), failed), LaunchJob)
    assert launch.mode is Mode.FULL


def test_a_failed_full_is_made_up_for_by_the_next_delta() -> None:
    plain = schedule(full=Cadence(cron="0 10 * * *"), created=NOW - 48 * HOUR)  # 8:00 UTC in summer
    offset = spread.offset(plain)
    full_due = NOW - 2 * HOUR + offset
    status = ScheduleStatus(last_due_full=full_due, last_due_delta=NOW - HOUR, anchor=NOW - 48 * HOUR)
    plain = replace(plain, status=status)
    stale = replace(FULL_DONE, last_full=full_due - HOUR)
    (create,) = of_kind(plan_of(source(status=SourceStatus(types=(stale,))), plain), CreateTask)
    assert (create.mode, create.mode_reason) == (
        Mode.FULL,
        f"The Full that was due at {full_due:%Y-%m-%d %H:%M:%S} UTC has not succeeded",
    )
    (create,) = of_kind(plan_of(source(), plain), CreateTask)
    assert (create.mode, create.mode_reason) == (Mode.DELTA, None)
    dry = replace(plain, rollout=Rollout.DRY_RUN)
    (create,) = of_kind(plan_of(source(status=SourceStatus(types=(stale,))), dry), CreateTask)
    assert create.mode is Mode.DELTA, "a dry run can never succeed as a Full: it would read everything for ever"
