"""Until when an ended Job is unread."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.cluster.unread import unread
from sincro_operator.planning.model import Job, Name, Pod, Task, TaskStatus

CREATED = datetime(2026, 3, 23, 8, tzinfo=UTC)
JOB = Job(Name("acme", "t1-2"), "uid-j2", "t1", "uid-t1", launch=2, created=CREATED, complete=True)
RUNNING = TaskStatus(TaskState.RUNNING, launches=2, job="t1-2")
TASK = Task(Name("acme", "t1"), "uid-t1", CREATED, "erp", "customers", status=RUNNING)


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ({"complete": True}, True),
        ({"failed": True}, True),
        ({}, False),
        ({"pods": (Pod("p1", "uid-p1", phase="Running"),)}, False),
        ({"pods": (Pod("p1", "uid-p1", phase="Failed"), Pod("p2", "uid-p2", phase="Running"))}, True),
    ],
)
def test_something_of_it_has_ended(job: dict[str, Any], expected: bool) -> None:
    assert unread(replace(JOB, **{"complete": False} | job), TASK) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (RUNNING, True),
        (replace(RUNNING, job="t1-1"), False),
        (replace(RUNNING, state=TaskState.RETRYING), False),
        (replace(RUNNING, state=TaskState.SUCCEEDED), False),
        (replace(RUNNING, state=TaskState.DEAD_LETTERED, launches=1), False),
        (replace(RUNNING, launches=3, job="t1-3"), False),
        # It was made right before a crash, or by a launch that nobody has confirmed: the task does not know of it.
        (TaskStatus(TaskState.QUEUED), True),
        (TaskStatus(TaskState.RETRYING, launches=1, job="t1-1"), True),
    ],
)
def test_its_task_says_how_it_ended(status: TaskStatus, expected: bool) -> None:
    assert unread(JOB, replace(TASK, status=status)) is expected


@pytest.mark.parametrize("task", [None, replace(TASK, uid="uid-of-another")])
def test_nobody_is_left_to_read_it(task: Task | None) -> None:
    assert not unread(JOB, task)
