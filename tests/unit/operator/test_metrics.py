"""What Prometheus is told, and the server that tells it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.cluster.facts import source_of, task_of
from sincro_operator.metrics import Metrics, State, serve
from sincro_operator.planning.actions import WriteTask
from sincro_operator.planning.model import TaskError, TaskStatus
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.operator import objects

NOW = datetime(2026, 3, 23, 8, 0, 5, tzinfo=UTC)
LABELS = {"namespace": "acme", "source": "erp", "type": "customers"}


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_sync_that_ends_is_counted_once_with_its_times_and_rows() -> None:
    metrics, task = Metrics(), task_of(objects.task(status={"state": "Running"}))
    done = TaskStatus(
        state=TaskState.SUCCEEDED,
        started_at=NOW,
        completed_at=NOW + timedelta(seconds=3),
        result=RunResult(created=3, updated=2, mode=Mode.FULL),
    )
    metrics.acted(WriteTask(task, done), "done")
    metrics.acted(WriteTask(task, done), "Conflict")
    metrics.acted(WriteTask(replace(task, status=done), replace(done, archived=True)), "done")
    assert value(metrics, "sincro_syncs_total", **LABELS, state="Succeeded", error_class="") == 1
    assert value(metrics, "sincro_sync_duration_seconds_sum", type="customers") == 3
    assert value(metrics, "sincro_sync_wait_seconds_sum", triggered_by="Manual") == 5
    assert value(metrics, "sincro_rows_total", **LABELS, change="created") == 3
    assert value(metrics, "sincro_actions_total", action="WriteTask", outcome="Conflict") == 1


def test_a_dead_letter_is_counted_by_its_class() -> None:
    metrics, task = Metrics(), task_of(objects.task(status={"state": "Running"}))
    error = TaskError(ErrorClass.SCHEMA_DRIFT, "column gone")
    metrics.acted(WriteTask(task, TaskStatus(state=TaskState.DEAD_LETTERED, last_error=error)), "done")
    assert value(metrics, "sincro_syncs_total", **LABELS, state="DeadLettered", error_class="SchemaDrift") == 1


async def test_the_state_is_counted_when_it_is_asked_for() -> None:
    metrics, snapshot = Metrics(), Snapshot()
    snapshot.put(source_of(objects.source(spec={"paused": True})))
    waiting = {"reason": "SourceBusy", "message": "m", "since": "2026-03-23T08:00:00Z"}
    snapshot.put(task_of(objects.task("a", uid="a", status={"state": "Queued", "waitingFor": waiting})))
    snapshot.put(task_of(objects.task("b", uid="b", status={"state": "Running"})))
    metrics.registry.register(
        State(
            snapshot,
            leading=lambda: True,
            loop_age=lambda: 1.5,
            under_way=lambda: 2,
            connected=lambda: {"history": False},
        )
    )
    ready = [False]
    async with (
        serve(metrics.registry, 0, lambda: ready[0], host="127.0.0.1") as port,
        aiohttp.ClientSession() as session,
    ):
        async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
            assert answer.status == 503
        ready[0] = True
        async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
            assert answer.status == 200
        async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            lines = (await answer.text()).splitlines()
    for expected in (
        'sincro_tasks{source="erp",state="Queued",type="customers"} 1.0',
        'sincro_waiting_tasks{reason="SourceBusy"} 1.0',
        'sincro_source_paused{namespace="acme",source="erp"} 1.0',
        "sincro_leader 1.0",
        "sincro_loop_age_seconds 1.5",
        'sincro_connected{to="history"} 0.0',
    ):
        assert expected in lines
