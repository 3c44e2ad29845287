"""Traces as people look at them: sent to a real Jaeger, and read by the address that its own pages ask."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.actions import WriteTask
from sincro_operator.planning.model import Attempt, Task, TaskError, TaskStatus
from tests.integration.operator.test_traces import DONE, LATER, TASK, WELL, sent
from tests.services import Jaeger, running_jaeger, wait_until


@pytest.fixture(scope="module")
def jaeger() -> Iterator[Jaeger]:
    with running_jaeger() as running:
        yield running


async def shown(jaeger: Jaeger, task: Task, status: TaskStatus) -> list[dict[str, Any]]:
    """The spans that Jaeger shows of a sync, found by the task's uid; each with its tags as one mapping."""
    assert await sent(jaeger.otlp, WriteTask(task, status), wanted=1) == [("sent", 1)]
    found: list[dict[str, Any]] = []

    def there() -> bool:
        answer = httpx.get(f"{jaeger.query}/api/traces/{task.uid.replace('-', '')}").raise_for_status()
        found[:] = answer.json()["data"][0]["spans"]
        return True

    wait_until(there, httpx.HTTPError)
    return [span | {"tags": {tag["key"]: tag["value"] for tag in span["tags"]}} for span in found]


async def test_a_sync_is_found_by_its_uid_with_its_attempt_and_phases(jaeger: Jaeger) -> None:
    spans = await shown(jaeger, TASK, DONE)
    by_name = {span["operationName"]: span for span in spans}
    assert set(by_name) == {"sync customers", "queued", "attempt 1", "launch", "read"}
    root = by_name["sync customers"]
    assert root["tags"]["sincro.task"] == TASK.name.name
    assert (root["references"], root["duration"]) == ([], 30_000_000)
    parents = {name: [ref["spanID"] for ref in span["references"]] for name, span in by_name.items()}
    assert parents["queued"] == parents["attempt 1"] == [root["spanID"]]
    assert parents["launch"] == parents["read"] == [by_name["attempt 1"]["spanID"]]
    assert by_name["read"]["duration"] == 4_000_000
    assert not any(span["warnings"] for span in spans)


async def test_a_dead_letter_shows_as_an_error_with_its_class_and_words(jaeger: Jaeger) -> None:
    task = replace(TASK, uid="6f1c2a34-0000-4000-8000-00000000000b")
    error = TaskError(ErrorClass.SCHEMA_DRIFT, "La colonna «Codice» è sparita")
    first = Attempt(1, "t1-1", WELL.started_at, LATER - timedelta(seconds=9), error_class=ErrorClass.SOURCE_UNAVAILABLE)
    last = Attempt(2, "t1-2", LATER - timedelta(seconds=5), LATER, error_class=error.error_class, message=error.message)
    dead = TaskStatus(TaskState.DEAD_LETTERED, attempts=(first, last), completed_at=LATER, last_error=error)
    spans = {span["operationName"]: span["tags"] for span in await shown(jaeger, task, dead)}
    assert set(spans) == {"sync customers", "queued", "attempt 1", "attempt 2"}
    for name in ("sync customers", "attempt 2"):
        assert spans[name]["error"] is True
        assert spans[name]["otel.status_description"] == "La colonna «Codice» è sparita"
        assert spans[name]["error.type"] == "SchemaDrift"
    assert spans["attempt 1"]["error.type"] == "SourceUnavailable"
    assert "error" not in spans["queued"]
