"""Statistics: what is counted, once, and when it is written."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.planning import track_record
from sincro_operator.planning.actions import WriteSchedule, WriteSource
from sincro_operator.planning.model import Attempt, Pending, Task, TaskError, TaskStatus, TypeStatistics
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    ended,
    job_of,
    of_kind,
    plan_of,
    running,
    schedule,
    scheduled,
    source,
    task,
)


def done(name: str = "done", at: timedelta = MINUTE, state: TaskState = TaskState.SUCCEEDED, **status: Any) -> Task:
    """A scheduled task that has ended."""
    defaults: dict[str, Any] = {"result": RunResult(mode=Mode.DELTA, duration_ms=60_000), "source_revision": "1-p1"}
    if state is TaskState.DEAD_LETTERED:
        defaults = {"last_error": TaskError(ErrorClass.SCHEMA_DRIFT, "gone", at=NOW + at)}
    return ended(running(scheduled(name)), state, NOW + at, **(defaults | status))


def statistics(*facts: Any) -> TypeStatistics:
    """What the source says of customers."""
    (write,) = of_kind(plan_of(source(), *facts, now=NOW + 5 * MINUTE), WriteSource)
    return next(one for one in write.status.types if one.type == "customers")


def test_successes_and_dead_letters_are_counted() -> None:
    found = statistics(done("a"), done("b", 2 * MINUTE), done("c", 3 * MINUTE, TaskState.DEAD_LETTERED))
    assert (found.succeeded, found.failed) == (2, 1)
    assert (found.last_success, found.last_failure, found.last_sync) == (
        NOW + 2 * MINUTE,
        NOW + 3 * MINUTE,
        NOW + 3 * MINUTE,
    )


@pytest.mark.parametrize("state", [TaskState.CANCELLED, TaskState.SUPERSEDED, TaskState.SHADOWED])
def test_what_never_ran_to_an_end_is_not(state: TaskState) -> None:
    facts = (source(), done(state=state, result=None))
    writes = of_kind(plan_of(*facts, now=NOW + 5 * MINUTE), WriteSource)
    assert all(one.succeeded == one.failed == 0 for write in writes for one in write.status.types)


def test_each_end_is_counted_once_however_often_it_is_seen() -> None:
    one, other = done("a"), done("b", 2 * MINUTE)
    (write,) = of_kind(plan_of(source(), one, now=NOW + 5 * MINUTE), WriteSource)
    counted = source(status=write.status)
    assert not of_kind(plan_of(counted, one, now=NOW + 5 * MINUTE), WriteSource)
    (again,) = of_kind(plan_of(counted, one, other, now=NOW + 5 * MINUTE), WriteSource)
    assert next(t for t in again.status.types if t.type == "customers").succeeded == 2


def test_nothing_is_counted_while_an_end_is_being_written() -> None:
    """Two ends of one instant, the second of which is not in the cluster yet, would lose that one."""
    under_way = replace(running(scheduled("b", type="orders")), pending=Pending.WRITE)
    assert not of_kind(plan_of(source(), done("a"), under_way, job_of(under_way), now=NOW + 5 * MINUTE), WriteSource)


@pytest.mark.parametrize(
    ("mode", "changes", "full"),
    [
        (Mode.DELTA, {}, False),
        (Mode.FULL, {}, True),
        (Mode.FORCE, {}, True),
        (Mode.FULL, {"dry_run": True}, False),
    ],
)
def test_what_counts_as_a_full(mode: Mode, changes: dict[str, Any], full: bool) -> None:
    one = replace(done(result=RunResult(mode=mode)), **changes)
    found = statistics(one)
    assert (found.last_full == NOW + MINUTE) is full
    if full:
        assert found.full_profile_hash == "p1"


def test_the_average_follows_the_last_durations() -> None:
    assert track_record.average(None, 10 * SECOND) == 10 * SECOND
    assert track_record.average(10 * SECOND, 20 * SECOND) == 12 * SECOND
    assert track_record.average(10 * SECOND, None) == 10 * SECOND


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (TaskStatus(result=RunResult(mode=Mode.DELTA, duration_ms=1500)), timedelta(seconds=1.5)),
        (TaskStatus(attempts=(Attempt(1, "j", NOW, NOW + MINUTE),)), MINUTE),
        (TaskStatus(attempts=(Attempt(1, "j", NOW, NOW - MINUTE),)), timedelta(0)),
        (TaskStatus(attempts=(Attempt(1, "j", NOW),)), None),
        (TaskStatus(), None),
    ],
)
def test_how_long_it_took(status: TaskStatus, expected: timedelta | None) -> None:
    assert track_record.duration(status) == expected


def test_a_schedule_counts_its_own_alone() -> None:
    mine, other = done("mine"), replace(done("other", 2 * MINUTE), schedule="another")
    (write,) = of_kind(plan_of(source(), schedule(suspend=True), mine, other, now=NOW + 5 * MINUTE), WriteSchedule)
    status = write.status
    assert (status.succeeded, status.last_run, status.average_duration) == (1, NOW + MINUTE, MINUTE)


def test_the_last_error_names_the_stream() -> None:
    lost = TaskError(ErrorClass.SESSION_LOST, "logged out", at=NOW + MINUTE)
    one = running(scheduled("one", type="orders"))
    retrying = replace(
        one, status=replace(one.status, state=TaskState.RETRYING, last_error=lost, next_attempt_at=NOW + HOUR)
    )
    (write,) = of_kind(plan_of(source(), retrying, now=NOW + 2 * MINUTE), WriteSource)
    assert write.status.last_error == ("logged out", NOW + MINUTE, "orders", "SessionLost")


def test_counts_wait_until_they_have_lasted() -> None:
    runs = running(task("runs"))
    assert not of_kind(plan_of(source(), runs, job_of(runs), now=NOW + 30 * SECOND), WriteSource)
    (write,) = of_kind(plan_of(source(), runs, job_of(runs), now=NOW + MINUTE), WriteSource)
    assert (write.status.running, write.status.active_tasks) == (1, ("runs",))


def test_a_source_that_is_being_written_is_left_alone_and_holds_nothing_back() -> None:
    under_way = source(pending=Pending.WRITE)
    plan = plan_of(under_way, done("a"), task("asked", type="orders"), now=NOW + 5 * MINUTE)
    assert not of_kind(plan, WriteSource)
    assert len(plan.actions) == 1


def test_a_duration_beyond_the_calendar_does_not_keep_its_source_from_being_planned() -> None:
    endless = done(result=RunResult(mode=Mode.DELTA, duration_ms=10**18))
    found = plan_of(source(), endless, now=NOW + HOUR)
    assert (found.failures, len(of_kind(found, WriteSource))) == ((), 1)
