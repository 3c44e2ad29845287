"""Conditions: what `kubectl wait` and `kubectl describe` read."""

from dataclasses import replace

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.planning.conditions import schedule_conditions, source_conditions, task_conditions
from sincro_operator.planning.model import Circuit, ScheduleStatus, SourceStatus, TaskError, TaskStatus, WaitingFor
from tests.unit.planning.facts import NOW, schedule, source, task

GOOD = RunResult(mode=Mode.DELTA, created=1, updated=2, deleted=3, unchanged=4)
NOTHING_NEW = RunResult(mode=Mode.DELTA, skipped="the list has not changed")
BAD = TaskError(ErrorClass.SCHEMA_DRIFT, "column Prezzo is gone")


@pytest.mark.parametrize(
    ("status", "complete", "failed", "running"),
    [
        (TaskStatus(), ("False", "Queued", ""), ("False", "Queued"), ("False", "Queued")),
        (
            TaskStatus(waiting_for=WaitingFor("Paused", "by anna", NOW)),
            ("False", "Queued", ""),
            ("False", "Queued"),
            ("False", "Paused"),
        ),
        (TaskStatus(TaskState.RUNNING), ("False", "Running", ""), ("False", "Running"), ("True", "Running")),
        (
            TaskStatus(TaskState.SUCCEEDED, result=GOOD),
            ("True", "Succeeded", "1 created, 2 updated, 3 deleted, 4 unchanged"),
            ("False", "Succeeded"),
            ("False", "Succeeded"),
        ),
        (
            TaskStatus(TaskState.SUCCEEDED, result=NOTHING_NEW),
            ("True", "Succeeded", "Nothing to read: the list has not changed"),
            ("False", "Succeeded"),
            ("False", "Succeeded"),
        ),
        (
            TaskStatus(TaskState.DEAD_LETTERED, last_error=BAD),
            ("False", "DeadLettered", ""),
            ("True", "SchemaDrift"),
            ("False", "DeadLettered"),
        ),
        (
            TaskStatus(TaskState.SUPERSEDED, superseded_by="other"),
            ("False", "Superseded", "Superseded by other"),
            ("False", "Superseded"),
            ("False", "Superseded"),
        ),
        (
            TaskStatus(TaskState.CANCELLED),
            ("False", "Cancelled", "Cancelled by anna"),
            ("False", "Cancelled"),
            ("False", "Cancelled"),
        ),
    ],
)
def test_of_a_task(
    status: TaskStatus, complete: tuple[str, str, str], failed: tuple[str, str], running: tuple[str, str]
) -> None:
    found = {one.type: one for one in task_conditions(task(cancelled_by="anna"), status)}
    assert found["Complete"][1:] == complete
    assert found["Failed"][1:3] == failed
    assert found["Running"][1:3] == running


def test_of_a_schedule() -> None:
    status = ScheduleStatus(ready=(False, "CadenceInvalid", "five fields"), fresh=(None, "NoObjective", ""))
    assert [tuple(one) for one in schedule_conditions(schedule(), status)] == [
        ("Ready", "False", "CadenceInvalid", "five fields"),
        ("Fresh", "Unknown", "NoObjective", ""),
        ("Suspended", "False", "Active", ""),
    ]


def test_of_a_source() -> None:
    opened = SourceStatus(circuit=Circuit("Open", 5, reason="SessionLost", message="5 failures in a row"))
    assert [tuple(one) for one in source_conditions(source(), opened)] == [
        ("Ready", "True", "Ready", ""),
        ("Paused", "False", "Active", ""),
        ("CircuitClosed", "False", "SessionLost", "5 failures in a row"),
    ]
    closed = replace(opened, circuit=Circuit())
    assert tuple(source_conditions(source(), closed)[2]) == ("CircuitClosed", "True", "Closed", "")
