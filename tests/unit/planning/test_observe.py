"""What Kubernetes says of a Job and its pods, and what it means."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.planning.actions import StopJob, WriteTask
from sincro_operator.planning.model import Limits, Pod
from tests.unit.planning.facts import (
    MINUTE,
    NOW,
    SECOND,
    job_of,
    of_kind,
    plan_of,
    pod,
    pod_done,
    running,
    said_error,
    said_ok,
    source,
    task,
    written,
)

RUNS = running(task())
LIMITS = Limits()


def seen(pods: tuple[Pod, ...], *, after: timedelta = MINUTE, **changes: Any):  # type: ignore[no-untyped-def]
    """The status that follows, so long after the launch."""
    return written(plan_of(source(), RUNS, job_of(RUNS, pods, **changes), now=NOW + after))


@pytest.mark.parametrize(
    ("pods", "job", "error", "said"),
    [
        ((pod_done(said_error(ErrorClass.SESSION_LOST, "logged out"), 32),), {}, "SessionLost", "logged out"),
        # The exit code is the class; a document that says otherwise gives its words.
        ((pod_done(said_error(ErrorClass.SESSION_LOST, "logged out"), 23),), {}, "SchemaDrift", "logged out"),
        # A code that nobody agreed on: the document's class.
        ((pod_done(said_error(ErrorClass.TIMEOUT, "too slow"), 1),), {}, "Timeout", "too slow"),
        # No document of ours.
        ((pod_done("", 1),), {}, "Unknown", "ended with code 1 and left no message"),
        ((pod_done("Traceback: boom", 1),), {}, "Unknown", "code 1: Traceback: boom"),
        ((pod_done('{"broken', 30),), {}, "SourceUnavailable", 'code 30: {"broken'),
        ((pod_done("", 137),), {}, "Unknown", "killed"),
        # An end with code 0 that reports an error is not believed to be one.
        ((pod_done(said_error(ErrorClass.UNKNOWN, "half"), 0),), {}, "Unknown", "half"),
        # Memory.
        ((pod_done("", 137, termination_reason="OOMKilled"),), {}, "OutOfMemory", "resources.limits.memory"),
        # Drained, evicted, tainted.
        ((pod_done("", 143, disrupted="node drained"),), {}, "Disrupted", "node drained"),
        ((pod(phase="Failed", started_at=None, disrupted="evicted: disk"),), {}, "Disrupted", "evicted: disk"),
        # ... but a verdict that was reached before stands.
        ((pod_done(said_error(ErrorClass.SCHEMA_DRIFT, "gone"), 23, disrupted="drain"),), {}, "SchemaDrift", "gone"),
        ((pod(phase="Failed", started_at=None),), {}, "Unknown", "failed before its container started"),
        # Deleted by hand while it ran.
        ((pod_done("", 143, deleting=True),), {}, "Disrupted", "was deleted while the sync ran"),
        ((pod_done("", 143),), {"deleting": True}, "Disrupted", "was deleted while the sync ran"),
        # The Job's own time limit.
        ((), {"failed": True, "failed_reason": "DeadlineExceeded"}, "Timeout", "time limit"),
        ((pod_done("", 143),), {"failed": True, "failed_reason": "DeadlineExceeded"}, "Timeout", "time limit"),
        (
            (pod_done("", 137, after=31 * MINUTE, deleting=True),),
            {},
            "Timeout",
            "time limit",
        ),
        # The pod was gone before anybody looked.
        ((), {"failed": True, "failed_reason": "BackoffLimitExceeded"}, "Unknown", "pod was gone"),
    ],
)
def test_how_it_ended(pods: tuple[Pod, ...], job: dict[str, Any], error: str, said: str) -> None:
    status = seen(pods, after=3 * MINUTE, **job)
    assert status.last_error is not None
    assert status.last_error.error_class.value == error
    assert said in status.last_error.message
    assert status.attempts[-1].message == status.last_error.message


def test_success_is_taken_from_the_pods_end_at_once() -> None:
    status = seen((pod_done(said_ok(created=3, mode=Mode.FULL)),))
    assert status.state is TaskState.SUCCEEDED
    assert status.result is not None
    assert status.result.created == 3
    assert status.effective_mode is Mode.FULL, "the scraper may have read more than it was asked"
    last = status.attempts[-1]
    assert (last.started_at, last.ended_at, last.node) == (NOW + SECOND, NOW + MINUTE, "node-1")


@pytest.mark.parametrize(
    ("pods", "job"),
    [
        ((), {"complete": True}),
        ((pod_done(""),), {}),
        ((pod_done("no document"),), {"complete": True}),
        ((pod_done(said_ok(duration_ms=10**18)),), {}),
        ((pod_done(said_ok(created=10**30)),), {}),
        ((pod_done(said_ok(phases={"read": 10**400})),), {}),
        ((pod_done(said_ok(phases={"read": -1})),), {}),
        ((pod_done(said_ok(phases={f"p{n}": 1 for n in range(65)})),), {}),
        ((pod(phase="Succeeded"),), {}),
    ],
)
def test_success_without_counts(pods: tuple[Pod, ...], job: dict[str, Any]) -> None:
    status = seen(pods, after=3 * MINUTE, **job)
    assert (status.state, status.result) == (TaskState.SUCCEEDED, None)


@pytest.mark.parametrize("end", [{"complete": True}, {"failed": True, "failed_reason": "BackoffLimitExceeded"}])
def test_a_job_that_is_said_to_have_ended_before_any_pod_of_its_is_known_waits_for_what_the_pod_says(
    end: dict[str, Any],
) -> None:
    early = job_of(RUNS, (), ended_at=NOW + MINUTE, **end)
    waits = plan_of(source(), RUNS, early, now=NOW + 2 * MINUTE)
    assert of_kind(waits, WriteTask) == []
    assert waits.wake_at is not None
    assert waits.wake_at <= NOW + 3 * MINUTE
    told = replace(early, pods=(pod_done(said_ok(created=3)),))
    status = written(plan_of(source(), RUNS, told, now=NOW + 2 * MINUTE))
    assert status.result is not None
    assert status.result.created == 3


def test_one_that_succeeded_counts_whatever_another_pod_did() -> None:
    failed, well = pod_done("", 1, created=NOW), pod_done(said_ok(), created=NOW + SECOND)
    assert seen((failed, well)).state is TaskState.SUCCEEDED


PENDING = {"phase": "Pending", "started_at": None}


@pytest.mark.parametrize(
    ("pods", "error", "said", "reason"),
    [
        ((), "Unschedulable", "ResourceQuota", "NoPod"),
        (
            (pod(**PENDING, scheduled=False, unschedulable="0/2 nodes: Insufficient memory."),),
            "Unschedulable",
            "Insufficient memory",
            "Unschedulable",
        ),
        (
            (pod(**PENDING, waiting_reason="ImagePullBackOff", waiting_message="not found"),),
            "ImageUnavailable",
            "cannot be pulled (ImagePullBackOff: not found)",
            "ImageUnavailable",
        ),
        (
            (pod(**PENDING, waiting_reason="CreateContainerConfigError", waiting_message='secret "erp" not found'),),
            "ConfigInvalid",
            'secret "erp" not found',
            "ConfigurationMissing",
        ),
        (
            (pod(**PENDING, waiting_reason="ContainerCreating"),),
            "Unknown",
            "Usually a Secret or ConfigMap that does not exist",
            "Starting",
        ),
    ],
)
def test_what_does_not_start_is_explained_then_stopped(
    pods: tuple[Pod, ...], error: str, said: str, reason: str
) -> None:
    job = job_of(RUNS, pods)
    assert not plan_of(source(status=source().status), RUNS, job, now=NOW + 5 * SECOND).actions
    early = written(plan_of(source(), RUNS, job, now=NOW + 20 * SECOND))
    assert early.waiting_for is not None
    assert early.waiting_for.reason == reason
    assert said in early.waiting_for.message
    told = replace(RUNS, status=early)
    before = NOW + LIMITS.start_deadline - SECOND
    assert not of_kind(plan_of(source(), told, job, now=before), StopJob)
    plan = plan_of(source(), told, job, now=before + SECOND)
    (stop,) = of_kind(plan, StopJob)
    last = written(plan).attempts[-1]
    assert (last.error_class.value if last.error_class else None, last.ended_at) == (error, None)
    assert said in last.message
    assert not stop.force
    gone = written(plan_of(source(), replace(told, status=written(plan)), now=before + MINUTE))
    assert gone.last_error is not None
    assert gone.last_error.error_class.value == error


def test_an_image_name_that_cannot_be_right_is_not_waited_for() -> None:
    bad = pod(**PENDING, waiting_reason="InvalidImageName")
    assert of_kind(plan_of(source(), RUNS, job_of(RUNS, (bad,)), now=NOW + SECOND), StopJob)


def test_a_pod_that_starts_after_all_has_nothing_to_explain() -> None:
    slow = seen((pod(**PENDING, waiting_reason="ContainerCreating"),), after=20 * SECOND)
    started = plan_of(source(), replace(RUNS, status=slow), job_of(RUNS), now=NOW + 30 * SECOND)
    assert written(started).waiting_for is None


def test_a_sync_that_nothing_ends_is_stopped_far_beyond_its_timeout() -> None:
    deaf = job_of(RUNS)
    last = NOW + SECOND + RUNS.timeout + LIMITS.start_deadline + LIMITS.stop_deadline
    assert not of_kind(plan_of(source(), RUNS, deaf, now=last - SECOND), StopJob)
    plan = plan_of(source(), RUNS, deaf, now=last)
    assert of_kind(plan, StopJob)
    assert written(plan).attempts[-1].error_class is ErrorClass.TIMEOUT


def test_the_planner_wakes_for_each_deadline() -> None:
    waiting = job_of(RUNS, (pod(**PENDING, waiting_reason="ContainerCreating"),))
    assert plan_of(source(), RUNS, waiting, now=NOW + SECOND).wake_at == NOW + 15 * SECOND
