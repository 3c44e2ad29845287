"""The history from a real PostgreSQL: filters, pages, days of a zone, tasks that left the cluster, and its absence."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from sincro_contract.resources.sync_task import TaskState
from sincro_dashboard.archive import Archive
from sincro_dashboard.history import HistoryUnavailable
from sincro_dashboard.views.lists import Filter, read_cursor
from tests.services import PostgresServer
from tests.unit.dashboard.fake_cluster import NOW, FakeCluster
from tests.unit.dashboard.objects import ago
from tests.unit.dashboard.served import client_for, fill, services_for

MIGRATIONS = Path(__file__).parents[3] / "operator" / "sincro_operator" / "history" / "migrations"
ERP = frozenset({"erp"})


def write(url: str, *rows: dict[str, Any]) -> None:
    """Rows as the operator writes them; what is not said is an ordinary good sync."""
    with psycopg.connect(url) as connection:
        for number, row in enumerate(rows):
            ended: datetime = row.pop("ended", NOW)
            values = {
                "id": f"uid-{number}-{row['name']}",
                "namespace": "erp",
                "source": "acme",
                "type": "customers",
                "mode": "Delta",
                "priority": 100,
                "user_id": "alice",
                "triggered_by": "Manual",
                "scheduled_at": ended - timedelta(minutes=1),
                "started_at": ended - timedelta(seconds=30),
                "completed_at": ended,
                "duration_ms": 30_000,
                "attempts": 1,
                "status": "Succeeded",
                "created_at": ended - timedelta(minutes=1),
                **row,
            }
            for name in ("result", "attempt_log", "artifacts"):
                if name in values:
                    values[name] = json.dumps(values[name])
            names = ", ".join(values)
            places = ", ".join(f"%({name})s" for name in values)
            connection.execute(f"INSERT INTO sync_tasks ({names}) VALUES ({places})", values)  # type: ignore[arg-type]  # noqa: S608


@pytest.fixture
async def archive(database: str) -> AsyncIterator[Archive]:
    with psycopg.connect(database) as connection:
        for migration in sorted(MIGRATIONS.glob("*.sql")):
            connection.execute(migration.read_text())  # type: ignore[arg-type]
    archive = Archive(database)
    yield archive
    await archive.close()


async def ids(archive: Archive, wanted: Filter, namespaces: frozenset[str] = ERP) -> list[str]:
    items, _ = await archive.page(wanted, namespaces, 100, None)
    return [item.id for item in items]


async def test_filters_narrow_and_namespaces_are_kept_apart(archive: Archive, database: str) -> None:
    write(
        database,
        {"name": "a", "ended": ago(hours=1)},
        {"name": "b", "ended": ago(hours=2), "type": "orders", "user_id": "bob"},
        {"name": "c", "ended": ago(hours=3), "source": "beta", "status": "DeadLettered", "error_class": "SchemaDrift"},
        {"name": "d", "ended": ago(days=2), "user_id": None, "triggered_by": "Scheduler"},
        {"name": "theirs", "namespace": "other"},
    )
    assert await ids(archive, Filter()) == ["a", "b", "c", "d"]
    assert await ids(archive, Filter(), frozenset({"erp", "other"})) == ["theirs", "a", "b", "c", "d"]
    assert await ids(archive, Filter(), frozenset()) == []
    assert await ids(archive, Filter(user="bob")) == ["b"]
    assert await ids(archive, Filter(types=frozenset({"orders", "prices"}))) == ["b"]
    assert await ids(archive, Filter(sources=frozenset({"beta"}))) == ["c"]
    assert await ids(archive, Filter(states=frozenset({TaskState.DEAD_LETTERED}))) == ["c"]
    assert await ids(archive, Filter(error_class="SchemaDrift")) == ["c"]
    assert await ids(archive, Filter(since=ago(hours=2), until=ago(hours=1))) == ["b"]
    assert await ids(archive, Filter(user="'; DROP TABLE sync_tasks; --")) == []


async def test_pages_go_on_where_the_last_one_ended_also_within_one_instant(archive: Archive, database: str) -> None:
    write(database, *({"name": f"t{n}", "ended": ago(hours=n // 3)} for n in range(10)))
    seen: list[str] = []
    cursor = None
    for _ in range(6):
        items, following = await archive.page(Filter(), ERP, 4, cursor)
        seen += [item.id for item in items]
        if following is None:
            break
        cursor = read_cursor(following)
    assert seen == ["t2", "t1", "t0", "t5", "t4", "t3", "t8", "t7", "t6", "t9"]


async def test_days_are_those_of_the_zone(archive: Archive, database: str) -> None:
    late = datetime.fromisoformat("2026-03-09T23:30:00+00:00")
    write(
        database,
        {"name": "a", "ended": late, "duration_ms": 10_000},
        {"name": "b", "ended": NOW, "duration_ms": 20_000},
        {"name": "c", "ended": NOW, "status": "DeadLettered", "error_class": "Unknown", "duration_ms": 99_000},
        {"name": "d", "ended": NOW - timedelta(days=40)},
    )
    in_rome = await archive.statistics(Filter(), ERP, NOW, ZoneInfo("Europe/Rome"), 2)
    assert [
        (str(day.day), day.succeeded, day.failed, day.average_duration_ms, day.longest_duration_ms) for day in in_rome
    ] == [
        ("2026-03-09", 0, 0, None, None),
        ("2026-03-10", 2, 1, 15_000, 20_000),
    ]
    in_utc = await archive.statistics(Filter(), ERP, NOW, ZoneInfo("UTC"), 2)
    assert [(day.succeeded, day.failed) for day in in_utc] == [(1, 0), (1, 1)]


async def test_a_task_that_has_left_the_cluster_is_still_shown(archive: Archive, database: str) -> None:
    write(
        database,
        {
            "name": "gone",
            "status": "DeadLettered",
            "error_class": "SchemaDrift",
            "error_code": "HeaderRenamed",
            "error_message": "Column gone",
            "fingerprint": "f1",
            "artifacts": ["erp_gone_1/screenshot.png"],
            "attempt_log": [{"number": 1, "job": "j", "class": "SchemaDrift", "startedAt": "2026-03-10T09:00:00Z"}],
        },
        {"name": "good", "result": {"mode": "Full", "created": 3, "read": 9, "phases": {"read": 5}, "skipped": None}},
    )
    services = services_for(FakeCluster(), history=archive)
    await fill(services)
    async with client_for(services) as client:
        shown = (await client.get("/api/tasks/gone")).json()
        assert (shown["archived"], shown["error"]["permanent"], len(shown["attempts"])) == (True, True, 1)
        assert [each["code"] for each in shown["why"]] == ["Error", "Archived"]
        good = (await client.get("/api/tasks/good")).json()
        assert (good["mode"], good["modeAsked"], good["result"]["created"], good["phases"]) == (
            "Full",
            "Delta",
            3,
            {"read": 5},
        )
        assert (await client.get("/api/tasks/never")).status_code == 404
        listed = (await client.get("/api/history")).json()
        assert (listed["origin"], listed["notice"], len(listed["items"])) == ("database", None, 2)


async def test_a_database_without_tables_is_said(database: str) -> None:
    archive = Archive(database)
    with pytest.raises(HistoryUnavailable, match="no tables yet"):
        await archive.page(Filter(), ERP, 10, None)
    await archive.close()


async def test_reading_never_writes(archive: Archive) -> None:
    await archive.page(Filter(), ERP, 1, None)
    assert archive._connection is not None
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await archive._connection.execute("DELETE FROM sync_tasks")


async def test_a_lost_database_costs_one_answer_and_comes_back(
    archive: Archive, database: str, postgres_server: PostgresServer
) -> None:
    write(database, {"name": "a"})
    services = services_for(FakeCluster(), history=archive)
    await fill(services)
    async with client_for(services) as client:
        assert (await client.get("/api/history")).json()["origin"] == "database"
        with psycopg.connect(postgres_server.url(), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sincro-dashboard'"
            )
        lost = (await client.get("/api/history")).json()
        assert (lost["origin"], lost["items"]) == ("cluster", [])
        assert "does not answer" in lost["notice"]
        archive._rest_until = 0.0
        assert (await client.get("/api/history")).json()["origin"] == "database"
        assert (await client.get("/api/history/statistics")).json()["origin"] == "database"


async def test_nobody_at_the_address_is_found_out_quickly() -> None:
    archive = Archive("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(HistoryUnavailable, match="does not answer"):
        await archive.page(Filter(), ERP, 10, None)
