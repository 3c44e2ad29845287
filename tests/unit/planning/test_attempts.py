"""The life of one task: adoption, cancellation, deletion, and Jobs that vanish."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.actions import LaunchJob, StopJob, WriteTask
from sincro_operator.planning.model import Limits, Pending
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    ended,
    events,
    job_of,
    launched,
    of_kind,
    plan_of,
    pod,
    pod_done,
    running,
    said_error,
    said_ok,
    scheduled,
    source,
    task,
    written,
)

RUNS = running(task())
LIMITS = Limits()


# ---------------------------------------------------------------- create, then crash before status


def test_a_job_that_was_made_before_the_crash_is_adopted() -> None:
    plan = plan_of(source(), task(), job_of(RUNS))
    assert not of_kind(plan, LaunchJob)
    status = written(plan)
    assert (status.state, status.launches, status.attempt, status.job) == (TaskState.RUNNING, 1, 1, RUNS.status.job)


def test_one_that_has_ended_meanwhile_is_adopted_and_settled_in_one_write() -> None:
    status = written(plan_of(source(), task(), job_of(RUNS, (pod_done(said_ok()),), complete=True)))
    assert (status.state, status.launches, status.attempt) == (TaskState.SUCCEEDED, 1, 1)
    assert len(status.attempts) == 1


def test_the_next_launch_of_a_retry_is_adopted_too() -> None:
    failed = written(plan_of(source(), RUNS, job_of(RUNS, (pod_done("", 1),)), now=NOW + MINUTE))
    retrying = replace(RUNS, status=failed)
    second = running(retrying, launch=2, attempt=2)
    status = written(plan_of(source(), retrying, job_of(RUNS, failed=True), job_of(second), now=NOW + 2 * MINUTE))
    assert (status.state, status.launches, status.attempt) == (TaskState.RUNNING, 2, 2)
    assert [attempt.number for attempt in status.attempts] == [1, 2]


def test_nothing_is_done_about_a_task_that_is_being_written() -> None:
    for pending in Pending:
        plan = plan_of(source(), replace(RUNS, pending=pending), job_of(RUNS, (pod_done(said_ok()),)))
        assert not of_kind(plan, WriteTask)
        assert not of_kind(plan, StopJob)
        assert not of_kind(plan, LaunchJob)


# ---------------------------------------------------------------- Jobs that vanish


def test_a_job_that_vanished_goes_back_to_the_queue_at_no_cost() -> None:
    """Deleted by hand, or removed by its TTL before its result was read."""
    plan = plan_of(source(), RUNS, now=NOW + MINUTE)
    status = written(plan)
    assert (status.state, status.attempt, status.launches) == (TaskState.QUEUED, 0, 1)
    assert status.attempts[-1].error_class is ErrorClass.DISRUPTED
    assert "deleted by hand, or removed before it was read" in status.attempts[-1].message
    (write,) = of_kind(plan, WriteTask)
    assert events(write) == ["Disrupted"]
    again = plan_of(source(), replace(RUNS, status=status), now=NOW + MINUTE)
    (launch,) = of_kind(again, LaunchJob)
    assert (launch.launch, launch.attempt) == (2, 1)


def test_from_the_tenth_disruption_on_each_costs_an_attempt() -> None:
    """Something that always removes our Jobs must not keep a task going for ever."""
    one, now = task(), NOW
    for _ in range(40):
        plan = plan_of(source(), one, now=now)
        starts = of_kind(plan, LaunchJob)
        if starts:
            one = replace(one, status=starts[0].status, status_known=True)
        elif one.status.state.final:
            break
        else:
            one = replace(one, status=written(plan) if of_kind(plan, WriteTask) else one.status, status_known=True)
        now += 10 * MINUTE
    assert one.status.state is TaskState.DEAD_LETTERED
    assert one.status.launches == 13
    assert one.status.attempt == 3


# ---------------------------------------------------------------- cancel


def test_cancel_while_queued() -> None:
    plan = plan_of(source(), task(cancel=True, cancelled_by="anna"))
    assert launched(plan) == []
    status = written(plan)
    assert (status.state, status.completed_at) == (TaskState.CANCELLED, NOW)
    (write,) = of_kind(plan, WriteTask)
    assert write.events[0].message == "Cancelled by anna."


def test_cancel_while_running_stops_the_job_and_waits_for_its_pods() -> None:
    cancelled = replace(RUNS, cancel=True, cancelled_by="anna")
    plan = plan_of(source(), cancelled, job_of(RUNS))
    assert of_kind(plan, StopJob)
    marked = replace(cancelled, status=written(plan))
    assert marked.status.state is TaskState.RUNNING
    ending = job_of(RUNS, (pod(deleting=True),), deleting=True, deleted_at=NOW)
    assert not of_kind(plan_of(source(), marked, ending), WriteTask)
    status = written(plan_of(source(), marked))
    assert status.state is TaskState.CANCELLED
    assert status.attempts[-1].error_class is ErrorClass.CANCELLED


def test_cancel_that_comes_too_late_changes_nothing() -> None:
    cancelled = replace(RUNS, cancel=True)
    status = written(plan_of(source(), cancelled, job_of(RUNS, (pod_done(said_ok()),))))
    assert status.state is TaskState.SUCCEEDED
    done = ended(task(cancel=True))
    assert not of_kind(plan_of(source(), done), WriteTask)


@pytest.mark.parametrize("unwanted", [{"cancel": True}, {"deleting": True, "deleted_at": NOW, "finalizer": True}])
def test_a_job_that_is_complete_is_not_stopped(unwanted: dict[str, Any]) -> None:
    """Its pod's word is on its way, and would go with it. A deletion is not held longer than for any other Job."""
    task_ = replace(RUNS, **unwanted)
    complete = job_of(RUNS, (pod(),), complete=True, ended_at=NOW)
    assert not of_kind(plan_of(source(), task_, complete), StopJob)
    late = NOW + 2 * Limits().stop_deadline
    released = [write.release for write in of_kind(plan_of(source(), task_, complete, now=late), WriteTask)]
    assert any(released) is task_.deleting


def test_cancel_between_attempts() -> None:
    failed = written(plan_of(source(), RUNS, job_of(RUNS, (pod_done("", 1),)), now=NOW + MINUTE))
    cancelled = replace(RUNS, status=failed, cancel=True)
    assert written(plan_of(source(), cancelled, now=NOW + MINUTE)).state is TaskState.CANCELLED


# ---------------------------------------------------------------- deletion mid-run


DELETING = replace(RUNS, deleting=True, deleted_at=NOW, finalizer=True)


def test_a_task_that_is_deleted_while_it_runs_is_held_until_its_pods_are_gone() -> None:
    plan = plan_of(source(), DELETING, job_of(RUNS))
    assert of_kind(plan, StopJob)
    marked = replace(DELETING, status=written(plan))
    ending = job_of(RUNS, (pod(deleting=True),), deleting=True, deleted_at=NOW)
    assert not of_kind(plan_of(source(), marked, ending, now=NOW + MINUTE), WriteTask)
    (write,) = of_kind(plan_of(source(), marked, now=NOW + MINUTE), WriteTask)
    assert (write.status.state, write.release) == (TaskState.CANCELLED, True)


def test_the_finalizer_has_a_deadline() -> None:
    marked = replace(DELETING, status=written(plan_of(source(), DELETING, job_of(RUNS))))
    stuck = job_of(RUNS, (pod(deleting=True, phase="Unknown"),), deleting=True, deleted_at=NOW - 9 * HOUR)
    late = NOW + 2 * LIMITS.stop_deadline
    unforced = replace(stuck, deleted_at=None)
    assert not of_kind(plan_of(source(), marked, unforced, now=late - SECOND), WriteTask)
    (write,) = of_kind(plan_of(source(), marked, unforced, now=late), WriteTask)
    assert write.release


def test_an_ended_task_that_is_deleted_is_released_at_once() -> None:
    done = replace(ended(task()), deleting=True, deleted_at=NOW, finalizer=True)
    (write,) = of_kind(plan_of(source(), done), WriteTask)
    assert (write.release, write.status) == (True, done.status)
    without = replace(done, finalizer=False)
    assert not of_kind(plan_of(source(), without), WriteTask)


def test_a_job_whose_task_is_gone_is_stopped_and_forced_after_the_deadline() -> None:
    left = job_of(RUNS)
    (stop,) = of_kind(plan_of(source(), left), StopJob)
    assert not stop.force
    ending = replace(left, deleting=True, deleted_at=NOW)
    assert not of_kind(plan_of(source(), ending, now=NOW + MINUTE), StopJob)
    (stop,) = of_kind(plan_of(source(), ending, now=NOW + LIMITS.stop_deadline), StopJob)
    assert stop.force


# ---------------------------------------------------------------- what is written


def test_attempts_are_bounded_and_numbered() -> None:
    """Unbounded status."""
    many = RUNS
    for launch in range(2, 40):
        many = running(replace(many, status=replace(many.status)), launch=launch)
    status = written(plan_of(source(), many, job_of(many, (pod_done(said_ok()),)), now=NOW + HOUR))
    assert len(status.attempts) <= 40
    again = replace(task(), status=replace(many.status, state=TaskState.QUEUED, attempts=many.status.attempts[:20]))
    (launch_,) = of_kind(plan_of(source(), again), LaunchJob)
    assert len(launch_.status.attempts) == 20


def test_a_persons_sync_says_when_it_starts_and_ends_a_scheduled_one_is_silent() -> None:
    (launch,) = of_kind(plan_of(source(), task()), LaunchJob)
    assert launch.event is not None
    assert launch.event.reason == "Started"
    done = job_of(RUNS, (pod_done(said_ok(created=2)),))
    (write,) = of_kind(plan_of(source(), RUNS, done), WriteTask)
    assert [event.message for event in write.events] == ["customers: 2 created, 0 updated, 0 deleted"]
    (launch,) = of_kind(plan_of(source(), scheduled()), LaunchJob)
    assert launch.event is None
    quiet = running(scheduled())
    (write,) = of_kind(plan_of(source(), quiet, job_of(quiet, (pod_done(said_ok()),))), WriteTask)
    assert write.events == ()


@pytest.mark.parametrize("step", [timedelta(0), timedelta(hours=-3)])
def test_what_is_recorded_never_lies_before_what_is_recorded_already(step: timedelta) -> None:
    """Clock stepping back: an end is counted after those that were counted before it."""
    counted = NOW + MINUTE
    past = source(status=replace(source().status, counted_until=counted))
    failed = job_of(RUNS, (pod_done(said_error(ErrorClass.SESSION_LOST), 32),))
    status = written(plan_of(past, RUNS, failed, now=counted + step))
    assert status.last_error is not None
    assert status.last_error.at is not None
    assert status.last_error.at > counted
