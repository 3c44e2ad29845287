"""Retries: which failures, after how long, and what costs an attempt."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning import retry
from sincro_operator.planning.actions import WriteTask
from sincro_operator.planning.model import Attempt, RetryPolicy, TaskStatus
from tests.unit.planning.facts import (
    MINUTE,
    NOW,
    SECOND,
    events,
    job_of,
    launched,
    of_kind,
    plan_of,
    pod_done,
    running,
    said_error,
    source,
    task,
    written,
)

STEADY = RetryPolicy(jitter=0)


@pytest.mark.parametrize(
    ("policy", "delays"),
    [
        (STEADY, [30, 60, 120, 240, 480, 600, 600]),
        (replace(STEADY, backoff_multiplier=1), [30, 30, 30]),
        (replace(STEADY, initial_delay=timedelta(0)), [0, 0]),
        (replace(STEADY, initial_delay=timedelta(hours=1)), [600, 600]),
        (replace(STEADY, backoff_multiplier=10, max_delay=timedelta(days=400)), [30, 300, 3000, 30000, 86400]),
    ],
)
def test_the_delay_grows_to_its_cap(policy: RetryPolicy, delays: list[int]) -> None:
    assert [retry.backoff("uid", n + 1, policy) for n in range(len(delays))] == [
        timedelta(seconds=seconds) for seconds in delays
    ]


@given(st.text(max_size=8), st.integers(1, 20), st.floats(0, 1))
def test_jitter_stays_in_its_share_and_is_always_the_same(uid: str, attempt: int, jitter: float) -> None:
    plain, moved = retry.backoff(uid, attempt, STEADY), retry.backoff(uid, attempt, replace(STEADY, jitter=jitter))
    assert abs(moved - plain) <= plain * jitter + timedelta(milliseconds=1)
    assert moved == retry.backoff(uid, attempt, replace(STEADY, jitter=jitter))


def test_jitter_differs_between_tasks() -> None:
    assert len({retry.backoff(f"uid{n}", 1, RetryPolicy()) for n in range(50)}) > 40


def test_what_the_source_asked_for_is_a_floor() -> None:
    assert retry.backoff("uid", 1, STEADY, timedelta(minutes=20)) == timedelta(minutes=20)
    assert retry.backoff("uid", 1, STEADY, timedelta(seconds=1)) == timedelta(seconds=30)
    assert retry.backoff("uid", 1, STEADY, timedelta(days=900)) == timedelta(days=1), "but nobody waits for ever"


@pytest.mark.parametrize(
    ("code", "error", "attempt", "state"),
    [
        (30, ErrorClass.SOURCE_UNAVAILABLE, 1, TaskState.RETRYING),
        (31, ErrorClass.DATABASE_UNAVAILABLE, 2, TaskState.RETRYING),
        (32, ErrorClass.SESSION_LOST, 3, TaskState.DEAD_LETTERED),
        (1, ErrorClass.UNKNOWN, 1, TaskState.RETRYING),
        (20, ErrorClass.CONFIG_INVALID, 1, TaskState.DEAD_LETTERED),
        (21, ErrorClass.CREDENTIALS_REJECTED, 1, TaskState.DEAD_LETTERED),
        (22, ErrorClass.LOCALE_MISMATCH, 1, TaskState.DEAD_LETTERED),
        (23, ErrorClass.SCHEMA_DRIFT, 1, TaskState.DEAD_LETTERED),
        (24, ErrorClass.GUARD_TRIPPED, 1, TaskState.DEAD_LETTERED),
    ],
)
def test_transient_classes_are_tried_again_and_permanent_ones_never(
    code: int, error: ErrorClass, attempt: int, state: TaskState
) -> None:
    failed = running(task(), attempt=attempt, launch=attempt)
    plan = plan_of(source(), failed, job_of(failed, (pod_done(said_error(error), code),)), now=NOW + MINUTE)
    status = written(plan)
    assert status.state is state
    assert status.last_error is not None
    assert status.last_error.error_class is error
    (write,) = of_kind(plan, WriteTask)
    if state is TaskState.RETRYING:
        assert events(write) == ["AttemptFailed"]
        assert status.next_attempt_at is not None
        assert status.waiting_for is not None
        assert status.waiting_for.reason == "BackingOff", "explained in the same write"
    else:
        assert events(write) == ["DeadLettered"]
        assert status.completed_at == NOW + MINUTE


def test_it_starts_again_when_its_time_has_come() -> None:
    status = TaskStatus(TaskState.RETRYING, attempt=1, launches=1, next_attempt_at=NOW + MINUTE)
    waiting = task(status=status, status_known=True)
    assert launched(plan_of(source(), waiting, now=NOW + MINUTE - SECOND)) == []
    plan = plan_of(source(), waiting, now=NOW + MINUTE)
    assert launched(plan) == ["t1"]


def test_disruption_and_preemption_cost_nothing_but_not_for_ever() -> None:
    disrupted = [Attempt(1, f"job-{n}", error_class=ErrorClass.DISRUPTED) for n in range(12)]
    assert not retry.costs_attempt(ErrorClass.DISRUPTED, disrupted[:9])
    assert retry.costs_attempt(ErrorClass.DISRUPTED, disrupted[:10])
    preempted = [Attempt(1, f"job-{n}", error_class=ErrorClass.PREEMPTED) for n in range(20)]
    assert not retry.costs_attempt(ErrorClass.PREEMPTED, preempted)


def test_a_bad_node_is_not_hammered() -> None:
    disrupted = [Attempt(1, f"job-{n}", error_class=ErrorClass.DISRUPTED) for n in range(4)]
    pauses = [retry.pause_after_disruption(disrupted[:n]) for n in range(1, 5)]
    assert pauses == [timedelta(seconds=seconds) for seconds in (0, 5, 20, 45)]
