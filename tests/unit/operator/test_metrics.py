"""What Prometheus is told, and the server that tells it."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator import VERSION
from sincro_operator.cluster.facts import schedule_of, source_of, task_of
from sincro_operator.metrics import Metrics, State, serve
from sincro_operator.planning.actions import CreateTask, WriteTask
from sincro_operator.planning.model import Attempt, Name, TaskError, TaskStatus
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


def test_attempts_are_counted_when_they_end_and_once() -> None:
    metrics, task = Metrics(), task_of(objects.task(status={"state": "Running"}))
    lost = Attempt(1, "a", NOW, NOW, ErrorClass.SOURCE_UNAVAILABLE)
    taken = Attempt(2, "b", NOW, NOW, ErrorClass.PREEMPTED)
    well = Attempt(2, "c", NOW, NOW)
    retrying = TaskStatus(state=TaskState.RETRYING, attempts=(lost,))
    queued = TaskStatus(state=TaskState.QUEUED, attempts=(lost, taken))
    running = TaskStatus(state=TaskState.RUNNING, attempts=(lost, taken, replace(well, ended_at=None)))
    done = TaskStatus(state=TaskState.SUCCEEDED, attempts=(lost, taken, well))
    for status in (retrying, queued, running, done, done):
        metrics.acted(WriteTask(task, status), "done")
        task = replace(task, status=status)
    for error_class in ("SourceUnavailable", "Preempted", ""):
        assert value(metrics, "sincro_attempts_total", **LABELS, error_class=error_class) == 1
    assert value(metrics, "sincro_preemptions_total", **LABELS) == 1


def test_how_late_a_run_was_made() -> None:
    metrics = Metrics(lambda: NOW + timedelta(seconds=7))
    create = CreateTask(schedule_of(objects.schedule()), Name("acme", "x"), Mode.DELTA, NOW, 80)
    metrics.acted(create, "Conflict")
    metrics.acted(create, "done")
    assert value(metrics, "sincro_due_skew_seconds_sum") == 7
    assert value(metrics, "sincro_due_skew_seconds_count") == 1


def test_a_phase_is_counted_under_a_name_that_we_know() -> None:
    metrics, task = Metrics(), task_of(objects.task(status={"state": "Running"}))
    result = RunResult(mode=Mode.FULL, phases={"login": 1500, "x" * 40: 250})
    metrics.acted(WriteTask(task, TaskStatus(state=TaskState.SUCCEEDED, result=result)), "done")
    assert value(metrics, "sincro_phase_seconds_sum", type="customers", phase="login") == 1.5
    assert value(metrics, "sincro_phase_seconds_sum", type="customers", phase="other") == 0.25


def test_no_label_holds_a_user_a_task_or_a_message() -> None:
    metrics = Metrics()
    nothing = State(
        Snapshot(), leading=lambda: True, loop_age=lambda: 0.0, under_way=lambda: 0, connected=lambda: {"redis": True}
    )
    kept = metrics.registry._collector_to_names
    labels = {label for family in (*kept, *nothing.collect()) for label in getattr(family, "_labelnames", ())}
    objects_ = {"namespace", "source", "type", "schedule"}
    words = {"version", "state", "reason", "to", "error_class", "triggered_by", "phase", "change", "action", "outcome"}
    assert labels == objects_ | words | {"verb", "resource", "code"}


async def test_the_state_is_counted_when_it_is_asked_for() -> None:
    metrics, snapshot = Metrics(), Snapshot()
    snapshot.put(source_of(objects.source(spec={"paused": True})))
    waiting = {"reason": "SourceBusy", "message": "m", "since": "2026-03-23T08:00:00Z"}
    snapshot.put(task_of(objects.task("a", uid="a", status={"state": "Queued", "waitingFor": waiting})))
    snapshot.put(task_of(objects.task("b", uid="b", status={"state": "Running"})))
    snapshot.put(task_of(objects.task("c", uid="c", status={"state": "DeadLettered", "completedAt": f"{NOW:%FT%TZ}"})))
    snapshot.put(schedule_of(objects.schedule(spec={"freshnessObjective": "2h", "rollout": "Shadow"})))
    metrics.registry.register(
        State(
            snapshot,
            leading=lambda: True,
            loop_age=lambda: 1.5,
            under_way=lambda: 2,
            connected=lambda: {"history": False},
            now=lambda: NOW,
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
        'sincro_build_info{version="0.1.0"} 1.0',
        'sincro_tasks{namespace="acme",source="erp",state="Queued",type="customers"} 1.0',
        'sincro_waiting_tasks{namespace="acme",reason="SourceBusy",source="erp",type="customers"} 1.0',
        'sincro_oldest_wait_seconds{namespace="acme",reason="SourceBusy",source="erp",type="customers"} 5.0',
        'sincro_open_dead_letters{namespace="acme",source="erp",type="customers"} 1.0',
        'sincro_freshness_objective_seconds{namespace="acme",schedule="customers",source="erp",'
        'type="customers"} 7200.0',
        'sincro_source_paused{namespace="acme",source="erp"} 1.0',
        'sincro_schedule_held{namespace="acme",reason="Paused",schedule="customers"} 1.0',
        'sincro_schedule_held{namespace="acme",reason="Shadow",schedule="customers"} 1.0',
        "sincro_leader 1.0",
        "sincro_loop_age_seconds 1.5",
        'sincro_connected{to="history"} 0.0',
    ):
        assert expected in lines


def test_a_source_that_cannot_be_planned_is_counted() -> None:
    metrics = Metrics()
    metrics.source_failed(Name("acme", "erp"))
    assert value(metrics, "sincro_source_plan_failures_total", namespace="acme", source="erp") == 1


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
