"""A sync as a trace: which spans, how they hang together, and when they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.cluster.facts import task_of
from sincro_operator.planning.model import Attempt, Task, TaskError, TaskStatus
from sincro_operator.tracing.spans import Span, span_id, spans_of, trace_id, traceparent
from tests.unit.operator import objects

UID = "6f1c2a34-0000-4000-8000-00000000000a"
ASKED = datetime(2026, 3, 23, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TASK: Task = task_of(objects.task(uid=UID))
LOST = Attempt(1, "t1-1", ASKED + 5 * SECOND, ASKED + 9 * SECOND, ErrorClass.SESSION_LOST, "logged out", "node-a")
WELL = Attempt(2, "t1-2", ASKED + 20 * SECOND, ASKED + 30 * SECOND, node="node-b")
RESULT = RunResult(mode=Mode.FULL, phases={"launch": 1000, "login": 2500, "read": 4000})
DONE = TaskStatus(TaskState.SUCCEEDED, attempts=(LOST, WELL), completed_at=ASKED + 31 * SECOND, result=RESULT)


def shape(spans: list[Span]) -> list[tuple[str, str | None, float, float]]:
    """Name, the parent's name, begin and end in seconds since the request."""
    names = {span["spanId"]: str(span["name"]) for span in spans}
    begun = ASKED.timestamp()
    return [
        (
            str(span["name"]),
            names[span["parentSpanId"]] if "parentSpanId" in span else None,
            round(int(str(span["startTimeUnixNano"])) / 1e9 - begun, 3),
            round(int(str(span["endTimeUnixNano"])) / 1e9 - begun, 3),
        )
        for span in spans
    ]


def attributes(span: Span) -> dict[str, str]:
    found = span["attributes"]
    assert isinstance(found, list)
    return {each["key"]: next(iter(each["value"].values())) for each in found}


def test_wait_attempts_and_phases() -> None:
    assert shape(spans_of(TASK, DONE)) == [
        ("sync customers", None, 0, 31),
        ("queued", "sync customers", 0, 5),
        ("attempt 1", "sync customers", 5, 9),
        ("attempt 2", "sync customers", 20, 30),
        ("launch", "attempt 2", 22.5, 23.5),
        ("login", "attempt 2", 23.5, 26),
        ("read", "attempt 2", 26, 30),
    ]


def test_what_failed_says_so() -> None:
    root, _, first, second, *_ = spans_of(TASK, DONE)
    assert (root["status"], second["status"]) == ({"code": 1}, {"code": 1})
    assert first["status"] == {"code": 2, "message": "logged out"}
    assert attributes(first) == {
        "sincro.attempt": "1",
        "k8s.job.name": "t1-1",
        "k8s.node.name": "node-a",
        "error.type": "SessionLost",
    }
    error = TaskError(ErrorClass.SESSION_LOST, "logged out")
    dead = replace(DONE, state=TaskState.DEAD_LETTERED, attempts=(LOST,), result=None, last_error=error)
    root = spans_of(TASK, dead)[0]
    assert root["status"] == {"code": 2, "message": "logged out"}
    assert attributes(root)["error.type"] == "SessionLost"


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (replace(DONE, completed_at=None), []),
        (TaskStatus(TaskState.CANCELLED, completed_at=ASKED + SECOND), ["sync customers", "queued"]),
        (replace(DONE, attempts=(replace(WELL, ended_at=None),)), ["sync customers", "queued"]),
    ],
)
def test_what_never_ran_or_has_not_ended(status: TaskStatus, names: list[str]) -> None:
    assert [span["name"] for span in spans_of(TASK, status)] == names


def test_every_span_has_an_id_of_its_own_even_of_attempts_of_one_number() -> None:
    taken = replace(WELL, job="t1-1a", error_class=ErrorClass.PREEMPTED)
    spans = spans_of(TASK, replace(DONE, attempts=(LOST, taken, WELL)))
    assert len({span["spanId"] for span in spans}) == len(spans) == 8
    assert {span["traceId"] for span in spans} == {UID.replace("-", "")}


def test_a_job_carries_the_id_of_its_attempts_span() -> None:
    attempt = spans_of(TASK, DONE)[3]
    assert traceparent(UID, 2) == f"00-{trace_id(UID)}-{attempt['spanId']}-01"
    assert attempt["spanId"] == span_id(UID, "attempt", 2)


@pytest.mark.parametrize("uid", ["", "uid-1", "00000000-0000-0000-0000-000000000000"])
def test_an_uid_that_is_no_trace_id_is_hashed(uid: str) -> None:
    assert len(bytes.fromhex(trace_id(uid))) == 16
    assert trace_id(uid) != "0" * 32
