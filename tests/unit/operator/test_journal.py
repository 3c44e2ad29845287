"""What the operator's log says of syncs, and that no log of ours says a password."""

import io
import json
import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.cluster.facts import schedule_of, source_of, task_of
from sincro_operator.history.archive import History
from sincro_operator.journal import tell
from sincro_operator.logs import JsonFormatter
from sincro_operator.planning.actions import Action, CreateTask, LaunchJob, WriteTask
from sincro_operator.planning.model import Name, TaskError, TaskStatus
from tests.unit.operator import objects

NOW = datetime(2026, 3, 23, 8, 0, tzinfo=UTC)
TASK = task_of(objects.task(status={"state": "Running", "attempt": 2}))
ABOUT = {"namespace": "acme", "task": "t1", "attempt": 2, "source": "erp", "type": "customers"}
PASSWORD = "gehe1m/wort"


@contextmanager
def log_of(name: str, level: int = logging.INFO) -> Iterator[list[dict[str, object]]]:
    """The lines of a logger, as a program that reads them gets them."""
    stream = io.StringIO()
    lines: list[dict[str, object]] = []
    handler, logger = logging.StreamHandler(stream), logging.getLogger(name)
    handler.setFormatter(JsonFormatter())
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        lines += [json.loads(line) for line in stream.getvalue().splitlines()]


DRIFT = TaskError(ErrorClass.SCHEMA_DRIFT, "column Prezzo is gone\non page 3")
DEAD = TaskStatus(state=TaskState.DEAD_LETTERED, attempt=2, last_error=DRIFT)
DONE = TaskStatus(state=TaskState.SUCCEEDED, attempt=2, result=RunResult(mode=Mode.FULL, created=3, read=9))
LAUNCH = LaunchJob(TASK, source_of(objects.source()), Name("acme", "t1-2"), 2, 2, Mode.FULL, DONE)
CREATE = CreateTask(schedule_of(objects.schedule()), Name("acme", "t1"), Mode.DELTA, NOW, 80)
DUE = {
    "namespace": "acme",
    "task": "t1",
    "attempt": 0,
    "source": "erp",
    "type": "customers",
    "schedule": "customers",
    "mode": "Delta",
}


@pytest.mark.parametrize(
    ("action", "outcome", "line"),
    [
        (CREATE, "done", {"level": "info", "event": "sync_due", "due": "2026-03-23T08:00:00+00:00"} | DUE),
        (LAUNCH, "done", {"level": "info", "event": "sync_started", "job": "t1-2", "mode": "Full"} | ABOUT),
        (
            WriteTask(TASK, DONE),
            "done",
            {"level": "info", "event": "sync_state", "state": "Succeeded", "mode": "Full"}
            | {"rows": {"created": 3, "updated": 0, "deleted": 0, "read": 9}}
            | ABOUT,
        ),
        (
            WriteTask(TASK, DEAD),
            "done",
            {"level": "warning", "event": "sync_state", "state": "DeadLettered", "error_class": "SchemaDrift"}
            | {"error": "column Prezzo is gone\non page 3"}
            | ABOUT,
        ),
        (WriteTask(TASK, TaskStatus(state=TaskState.RUNNING, attempt=2)), "done", None),
        (WriteTask(TASK, DONE), "Conflict", None),
    ],
)
def test_one_line_for_what_happened(action: Action, outcome: str, line: dict[str, object] | None) -> None:
    with log_of("sincro_operator.journal") as lines:
        tell(action, outcome)
    kept = [{key: value for key, value in each.items() if key not in ("time", "logger")} for each in lines]
    assert kept == ([line] if line is not None else [])


@pytest.mark.parametrize(
    "url", [f"postgres//sincro:{PASSWORD}@db/sincro", f"sincro:{PASSWORD}", f"postgresql://sincro:{PASSWORD}@db:x/s"]
)
async def test_a_url_that_cannot_be_read_is_not_quoted(url: str) -> None:
    tries = iter([url])

    def once() -> str:
        return next(tries)

    history = History(once, randomness=random.Random(1))
    with log_of("sincro_operator.history.archive") as lines, pytest.raises(RuntimeError):  # no second URL
        await history.run()
    assert [line["event"] for line in lines] == ["history_away"]
    assert "gehe1m" not in json.dumps(lines)
