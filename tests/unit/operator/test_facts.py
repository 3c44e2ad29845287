"""API objects become facts; whatever an object says, a fact comes out."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_schedule import MissedRuns, Rollout
from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_contract.run import Mode
from sincro_operator.cluster.facts import LaunchSettings, schedule_of, source_of, task_of
from sincro_operator.planning.model import Cadence, Name, QuietHours, RetryPolicy
from tests.simulation.server import merge
from tests.unit.operator import objects


def test_a_task_says_who_asked_for_what() -> None:
    fact = task_of(
        objects.task(
            spec={
                "mode": "Full",
                "priority": 80,
                "triggeredBy": "Scheduler",
                "requestedBy": "anna",
                "notBefore": "2026-03-23T10:00:00+02:00",
                "timeout": "1h30m",
                "dryRun": True,
                "scheduleRef": "nightly",
                "due": "2026-03-23T08:00:00Z",
                "cancel": True,
                "cancelledBy": "bruno",
                "retryPolicy": {"maxAttempts": 5, "initialDelay": "1s", "maxDelay": "2m", "jitter": 0.5},
            },
            metadata={"deletionTimestamp": "2026-03-23T09:00:00Z", "finalizers": ["sincro.dev/stop-run"]},
        )
    )
    assert fact.name == Name("acme", "t1")
    assert (fact.uid, fact.source, fact.type, fact.mode) == ("uid-t1", "erp", "customers", Mode.FULL)
    assert (fact.priority, fact.triggered_by, fact.requested_by) == (80, TriggeredBy.SCHEDULER, "anna")
    assert fact.not_before == datetime(2026, 3, 23, 8, 0, tzinfo=UTC)
    assert fact.due == datetime(2026, 3, 23, 8, 0, tzinfo=UTC)
    assert fact.timeout == timedelta(minutes=90)
    assert fact.retry == RetryPolicy(5, timedelta(seconds=1), 2.0, timedelta(minutes=2), 0.5)
    assert (fact.dry_run, fact.cancel, fact.cancelled_by, fact.schedule) == (True, True, "bruno", "nightly")
    assert (fact.deleting, fact.finalizer) == (True, True)
    assert fact.status_known is False


def test_a_status_comes_back_as_it_was_written() -> None:
    fact = task_of(
        objects.task(
            status={
                "state": "Retrying",
                "waitingFor": {"reason": "Backoff", "message": "in 30 s", "since": "2026-03-23T08:00:01Z"},
                "queuePosition": 3,
                "attempt": 1,
                "launches": 2,
                "attempts": [{"number": 1, "job": "t1-1", "class": "SessionLost", "node": "w"}],
                "lastError": {"class": "SessionLost", "code": "X", "message": "m", "artifacts": ["a"]},
                "result": {"created": 1, "mode": "Full"},
                "merged": [{"requestedBy": "anna", "at": "2026-03-23T08:00:02Z", "name": "t2"}],
            }
        )
    ).status
    assert fact.state is TaskState.RETRYING
    assert fact.waiting_for is not None
    assert fact.waiting_for.reason == "Backoff"
    assert (fact.queue_position, fact.attempt, fact.launches) == (3, 1, 2)
    assert fact.attempts[0].error_class is ErrorClass.SESSION_LOST
    assert fact.last_error is not None
    assert fact.last_error.artifacts == ("a",)
    assert fact.result is not None
    assert fact.result.created == 1
    assert fact.merged[0].name == "t2"


def test_a_schedule_keeps_both_cadences() -> None:
    fact = schedule_of(objects.schedule(spec={"rollout": "Shadow", "missedRuns": "Skip", "adaptive": None}))
    assert fact.full == Cadence(cron="0 22 * * 6")
    assert fact.delta == Cadence(every=timedelta(minutes=15))
    assert fact.quiet_hours == (QuietHours(22 * 60 + 30, 360),)
    assert (fact.rollout, fact.missed_runs) == (Rollout.SHADOW, MissedRuns.SKIP)


def test_quiet_hours_default_to_the_night_and_may_be_none() -> None:
    assert schedule_of(objects.schedule(spec={"quietHours": None})).quiet_hours == (QuietHours(0, 360),)
    assert schedule_of(objects.schedule(spec={"quietHours": []})).quiet_hours == ()


def test_a_source_keeps_what_its_jobs_need() -> None:
    fact = source_of(objects.source(spec={"scraper": {"image": "x:1", "nodeSelector": {"a": "b"}}}))
    assert fact.max_concurrent == 2
    assert fact.labels == ()
    assert source_of(objects.source(metadata={"labels": {"b": "2", "a": ""}})).labels == (("a", ""), ("b", "2"))
    assert fact.launch == LaunchSettings(
        base_url="http://erp.acme.svc:8080",
        profile="erp-profile",
        credentials_secret="erp-user",
        database_secret="erp-database",
        image="x:1",
        node_selector={"a": "b"},
    )


def test_a_condition_is_read_back_into_a_schedules_status() -> None:
    conditions = [
        {"type": "Ready", "status": "False", "reason": "SourceNotFound", "message": "no source"},
        {"type": "Fresh", "status": "Unknown", "reason": "NoObjective"},
    ]
    status = schedule_of(objects.schedule(status={"conditions": conditions})).status
    assert status.ready == (False, "SourceNotFound", "no source")
    assert status.fresh == (None, "NoObjective", "")


def test_an_unreadable_field_is_its_default_and_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        fact = task_of(objects.task(spec={"timeout": "soon", "priority": "high", "mode": "Sideways"}))
    assert (fact.timeout, fact.priority, fact.mode) == (timedelta(minutes=30), 100, Mode.DELTA)
    assert {record.__dict__["field"] for record in caplog.records} == {"timeout", "priority", "mode"}


def test_equal_policies_and_texts_are_kept_once() -> None:
    first, second = task_of(objects.task("a")), task_of(objects.task("b"))
    assert first.retry is second.retry
    assert first.source is second.source


junk: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    [
        ("spec", key)
        for key in ("sourceRef", "type", "timeout", "retryPolicy", "due", "full", "delta", "quietHours", "scraper")
    ]
    + [
        ("status", key)
        for key in (
            "state",
            "waitingFor",
            "attempts",
            "result",
            "lastError",
            "conditions",
            "rate",
            "circuit",
            "types",
            "activeTasks",
        )
    ]
    + [("metadata", key) for key in ("finalizers", "labels", "annotations", "generation", "creationTimestamp")]
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FIELDS), junk)
def test_no_object_raises(field: tuple[str, str], value: Any) -> None:
    for build, fact_of in ((objects.task, task_of), (objects.schedule, schedule_of), (objects.source, source_of)):
        obj = merge(build(), {"status": {"observedGeneration": 1}})
        obj[field[0]][field[1]] = value
        assert fact_of(obj).name.namespace == "acme"


@settings(max_examples=100, deadline=None)
@given(junk)
def test_not_even_without_metadata(value: Any) -> None:
    for fact_of in (task_of, schedule_of, source_of):
        fact_of({"metadata": value, "spec": value, "status": value})
