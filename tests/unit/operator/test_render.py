"""Statuses are spelled so that they come back as they were, and patches say only what differs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_schedule import SyncScheduleStatus
from sincro_contract.resources.sync_source import SyncSourceStatus
from sincro_contract.resources.sync_task import SyncTaskStatus, TaskState
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.cluster.facts import schedule_of, source_of, task_of
from sincro_operator.cluster.render import (
    conditions_document,
    cut,
    difference,
    rfc3339,
    schedule_document,
    source_document,
    task_document,
)
from sincro_operator.planning.conditions import Condition
from sincro_operator.planning.model import (
    Attempt,
    Circuit,
    Merged,
    Rate,
    ScheduleStatus,
    SourceStatus,
    TaskError,
    TaskStatus,
    TypeStatistics,
    WaitingFor,
)
from tests.simulation.server import merge
from tests.unit.operator import objects

NOW = datetime(2026, 3, 23, 8, 0, 1, tzinfo=UTC)
TASK_STATUS = TaskStatus(
    state=TaskState.RETRYING,
    waiting_for=WaitingFor("Backoff", "again in 30 s", NOW),
    queue_position=2,
    estimated_start=NOW + timedelta(seconds=30),
    effective_priority=100,
    effective_mode=Mode.FULL,
    mode_reason="no watermark",
    source_revision="r1",
    attempt=1,
    launches=2,
    attempts=(Attempt(1, "t1-1", NOW, NOW + timedelta(milliseconds=1500), ErrorClass.SESSION_LOST, "lost", "w1"),),
    next_attempt_at=NOW + timedelta(seconds=30),
    queued_at=NOW,
    started_at=NOW,
    completed_at=NOW,
    job="t1-1",
    result=RunResult(created=1, mode=Mode.FULL, declared=3),
    last_error=TaskError(ErrorClass.SESSION_LOST, "lost", "LoggedOut", "abc", ("a.png",), at=NOW),
    merged=(Merged("anna", NOW, "t2"),),
    superseded_by="t3",
    archived=True,
    observed_generation=4,
)
SCHEDULE_STATUS = ScheduleStatus(
    next_full=NOW,
    next_delta=NOW,
    last_due_full=NOW,
    last_due_delta=NOW,
    anchor=NOW,
    cadence_hash="h",
    interval=timedelta(minutes=7),
    interval_reason="changes twice an hour",
    rate=Rate(0.1 + 0.2, 1 / 3, 2.0, NOW),
    last_run=NOW,
    last_success=NOW,
    last_failure=NOW,
    last_full=NOW,
    succeeded=7,
    failed=1,
    average_duration=timedelta(milliseconds=61_250),
    active_task="t1",
    skipped=3,
    last_skip_reason="suspended",
    observed_generation=2,
)
SOURCE_STATUS = SourceStatus(
    queued=1,
    running=2,
    retrying=3,
    dead_lettered=4,
    active_tasks=("t1", "t2"),
    last_error=("lost", NOW, "customers", "SessionLost"),
    circuit=Circuit("Open", 5, NOW, NOW, "SourceUnavailable", "down", "r1", 2),
    types=(TypeStatistics("customers", NOW, NOW, NOW, NOW, 3, 1, timedelta(seconds=2), "h"),),
    counted_until=NOW + timedelta(microseconds=1),
    observed_generation=2,
)


def test_a_tasks_status_comes_back_whole() -> None:
    document = task_document(TASK_STATUS)
    assert task_of(objects.task(status=document)).status == TASK_STATUS
    SyncTaskStatus.model_validate(document | {"conditions": []})


def test_a_schedules_status_comes_back_whole() -> None:
    document = schedule_document(SCHEDULE_STATUS)
    assert schedule_of(objects.schedule(status=document)).status == SCHEDULE_STATUS
    assert (document["successRate"], document["averageDuration"]) == ("87.5%", "1m1s")
    assert document["effectiveInterval"] == {"interval": "7m", "reason": "changes twice an hour"}
    SyncScheduleStatus.model_validate(document)


@pytest.mark.parametrize(
    ("rate", "pace"),
    [(Rate(8, 4, 2.0, NOW), "2"), (Rate(9, 1, 30.0, NOW), "0.03333"), (Rate(9, 0, 30.0, NOW), "0"), (None, None)],
)
def test_a_learned_interval_names_the_pace_of_change(rate: Rate | None, pace: str | None) -> None:
    document = schedule_document(replace(SCHEDULE_STATUS, rate=rate))
    assert document["effectiveInterval"].get("changesPerHour") == pace


def test_a_sources_status_comes_back_whole() -> None:
    document = source_document(SOURCE_STATUS)
    assert source_of(objects.source(status=document)).status == SOURCE_STATUS
    SyncSourceStatus.model_validate(document)


def test_empty_statuses_say_little() -> None:
    assert task_document(TaskStatus()) == {"state": "Queued", "attempt": 0, "launches": 0}
    assert "lastError" not in source_document(SourceStatus())


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 23, 8, 0, tzinfo=UTC), "2026-03-23T08:00:00Z"),
        (datetime(2026, 3, 23, 8, 0, 0, 1500, tzinfo=UTC), "2026-03-23T08:00:00.001500Z"),
        (datetime(2026, 3, 23, 8, 0, 0, 1000, tzinfo=UTC), "2026-03-23T08:00:00.001Z"),
        (datetime.fromisoformat("2026-03-23T09:00:00+01:00"), "2026-03-23T08:00:00Z"),
    ],
)
def test_times(moment: datetime, text: str) -> None:
    assert rfc3339(moment) == text


def test_a_long_message_is_cut_with_an_ellipsis() -> None:
    assert cut("x" * 2000) == "x" * 1023 + "…"
    assert cut("short") == "short"


@pytest.mark.parametrize(
    ("old", "new", "patch"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1, "b": 2}, {"b": 2}, {"a": None}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 3}}, {"a": {"y": 3}}),
        ({"a": {"x": 1}}, {"a": {}}, {"a": {"x": None}}),
        ({"a": [1, 2]}, {"a": [1]}, {"a": [1]}),
        ({"a": {"x": 1}}, {"a": "text"}, {"a": "text"}),
        ({"a": "text"}, {"a": {"x": 1}}, {"a": {"x": 1}}),
    ],
)
def test_a_patch_says_what_differs(old: dict[str, Any], new: dict[str, Any], patch: dict[str, Any]) -> None:
    assert difference(old, new) == patch


documents = st.recursive(
    st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
)


@given(st.dictionaries(st.sampled_from("abcd"), documents), st.dictionaries(st.sampled_from("abcd"), documents))
def test_a_patch_turns_the_old_into_the_new(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert merge(old, difference(old, new)) == new


def test_a_conditions_time_moves_only_with_its_status() -> None:
    before = [("Complete", "False", "2026-03-23T07:00:00Z"), ("Failed", "False", "2026-03-23T07:00:00Z")]
    conditions = [Condition("Complete", "True", "Succeeded"), Condition("Failed", "False", "Succeeded", "m")]
    assert conditions_document(conditions, before, NOW, 3) == [
        {
            "type": "Complete",
            "status": "True",
            "reason": "Succeeded",
            "message": "",
            "lastTransitionTime": "2026-03-23T08:00:01Z",
            "observedGeneration": 3,
        },
        {
            "type": "Failed",
            "status": "False",
            "reason": "Succeeded",
            "message": "m",
            "lastTransitionTime": "2026-03-23T07:00:00Z",
            "observedGeneration": 3,
        },
    ]


@pytest.mark.parametrize(
    ("status", "percentage"),
    [
        (TaskStatus(state=TaskState.RUNNING), None),
        (TaskStatus(state=TaskState.SUCCEEDED, result=RunResult(mode=Mode.FULL, read=7)), 100),
        (TaskStatus(state=TaskState.SUCCEEDED, result=RunResult(mode=Mode.DELTA, read=0)), 100),
        (TaskStatus(state=TaskState.DEAD_LETTERED), None),
    ],
)
def test_what_succeeded_is_done_whatever_was_seen_live(status: TaskStatus, percentage: int | None) -> None:
    assert task_document(status).get("progress", {}).get("percentage") == percentage
