"""Rows, migrations' order, and the orchestrator's state, as far as they need no database."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.cluster.facts import source_of, task_of
from sincro_operator.cluster.writes import ArchiveUnavailable
from sincro_operator.history.archive import History
from sincro_operator.history.migrating import migrations
from sincro_operator.history.rows import COLUMNS, row_of
from sincro_operator.history.state import orchestrator_state
from sincro_operator.planning.model import Attempt, TaskError, TaskStatus
from tests.unit.operator import objects

NOW = datetime(2026, 3, 23, 8, 0, tzinfo=UTC)


def columns(row: tuple[object, ...]) -> dict[str, object]:
    return dict(zip(COLUMNS, row, strict=True))


def test_the_whole_row_of_a_sync_that_went_well() -> None:
    task = task_of(
        objects.task(spec={"triggeredBy": "Scheduler", "scheduleRef": "nightly", "due": "2026-03-23T07:59:00Z"})
    )
    status = TaskStatus(
        state=TaskState.SUCCEEDED,
        attempt=1,
        attempts=(Attempt(1, "t1-1", NOW, NOW + timedelta(seconds=2), node="w1"),),
        started_at=NOW,
        completed_at=NOW + timedelta(seconds=2.5),
        effective_mode=Mode.FULL,
        result=RunResult(created=3, mode=Mode.FULL, mode_reason="no watermark"),
    )
    row = columns(row_of(task, status))
    assert json.loads(str(row.pop("result")))["created"] == 3
    assert json.loads(str(row.pop("attempt_log"))) == [
        {
            "number": 1,
            "job": "t1-1",
            "startedAt": "2026-03-23T08:00:00+00:00",
            "endedAt": "2026-03-23T08:00:02+00:00",
            "node": "w1",
        }
    ]
    assert row == {
        "id": "uid-t1",
        "namespace": "acme",
        "name": "t1",
        "source": "erp",
        "schedule": "nightly",
        "type": "customers",
        "mode": "Full",
        "mode_reason": "no watermark",
        "priority": 100,
        "user_id": None,
        "triggered_by": "Scheduler",
        "retry_of": None,
        "dry_run": False,
        "scheduled_at": NOW - timedelta(minutes=1),
        "started_at": NOW,
        "completed_at": NOW + timedelta(seconds=2.5),
        "duration_ms": 2500,
        "attempts": 1,
        "max_attempts": 3,
        "status": "Succeeded",
        "error_class": None,
        "error_code": None,
        "error_message": None,
        "fingerprint": None,
        "artifacts": None,
        "created_at": NOW,
    }


def test_a_dead_letter_keeps_who_asked_and_why_it_failed() -> None:
    task = task_of(objects.task(spec={"requestedBy": "anna", "retryOf": "t0"}))
    error = TaskError(ErrorClass.SCHEMA_DRIFT, "column gone", "HeaderRenamed", "f1", ("a.png",))
    row = columns(row_of(task, TaskStatus(state=TaskState.DEAD_LETTERED, last_error=error)))
    assert (row["user_id"], row["retry_of"], row["status"]) == ("anna", "t0", "DeadLettered")
    assert (row["error_class"], row["error_code"], row["error_message"]) == (
        "SchemaDrift",
        "HeaderRenamed",
        "column gone",
    )
    assert (row["fingerprint"], row["artifacts"]) == ("f1", '["a.png"]')
    assert (row["duration_ms"], row["scheduled_at"]) == (None, NOW)


def test_a_delta_that_had_to_be_a_full_keeps_why() -> None:
    status = TaskStatus(state=TaskState.DEAD_LETTERED, effective_mode=Mode.FULL, mode_reason="The profile has changed")
    row = columns(row_of(task_of(objects.task()), status))
    assert (row["mode"], row["mode_reason"]) == ("Full", "The profile has changed")


def test_a_nul_in_a_text_does_not_keep_the_row_from_being_written() -> None:
    """PostgreSQL refuses it in text and in jsonb, and a row that is refused is never archived, nor its task pruned."""
    status = TaskStatus(
        state=TaskState.DEAD_LETTERED,
        attempts=(Attempt(1, "t1-1", NOW, NOW, ErrorClass.SCHEMA_DRIFT, "cell \0 \\u0000"),),
        last_error=TaskError(ErrorClass.SCHEMA_DRIFT, "cell \0", "", "", ("a\0.png",)),
        result=RunResult(mode=Mode.DELTA, skipped="\0", phases={"a\0": 1}),
    )
    row = columns(row_of(task_of(objects.task()), status))
    assert row["error_message"] == "cell \N{REPLACEMENT CHARACTER}"
    log = json.loads(str(row["attempt_log"]))
    assert log[0]["message"] == "cell \N{REPLACEMENT CHARACTER} \\u0000"
    for column in ("result", "artifacts", "attempt_log"):
        assert not any("\0" in text for text in _texts(json.loads(str(row[column]))))


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else [str(value)]


def test_a_clock_that_stepped_back_gives_no_negative_duration() -> None:
    status = TaskStatus(state=TaskState.SUCCEEDED, started_at=NOW, completed_at=NOW - timedelta(seconds=5))
    assert columns(row_of(task_of(objects.task()), status))["duration_ms"] == 0


def test_migrations_are_numbered_without_gaps() -> None:
    steps = migrations()
    assert [number for number, _ in steps] == list(range(1, len(steps) + 1))
    assert all(column in steps[0][1] for column in COLUMNS)


async def test_without_a_connection_a_row_is_refused_at_once() -> None:
    history = History(lambda: "postgresql://nowhere")
    with pytest.raises(ArchiveUnavailable):
        await history.store(task_of(objects.task()), TaskStatus())


def test_the_orchestrators_state_in_the_words_of_the_request() -> None:
    source = source_of(objects.source())
    error = ("down", NOW, "customers", "SourceUnavailable")
    failed = replace(source, status=replace(source.status, last_error=error))
    task = task_of(objects.task(status={"state": "Running", "startedAt": "2026-03-23T08:00:00Z"}))
    assert orchestrator_state([failed], [task], NOW, "pod-1") == {
        "status": "running",
        "current_task_id": "uid-t1",
        "last_error": json.dumps({"message": "down", "timestamp": 1774252800000, "type": "customers"}),
        "uptime_started_at": "1774252800000",
        "leader": "pod-1",
    }


@pytest.mark.parametrize(("paused", "status"), [([True, True], "paused"), ([True, False], "running"), ([], "running")])
def test_it_is_paused_when_everything_is(paused: list[bool], status: str) -> None:
    sources = [replace(source_of(objects.source()), paused=each) for each in paused]
    assert orchestrator_state(sources, [], NOW, "x")["status"] == status
