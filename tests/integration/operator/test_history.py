"""The history in a real PostgreSQL: migrated once, rows replaced not doubled, and away means away and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from sincro_contract.resources.sync_task import TaskState
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.cluster.facts import task_of
from sincro_operator.cluster.writes import ArchiveUnavailable
from sincro_operator.history.archive import History
from sincro_operator.history.migrating import migrations
from sincro_operator.planning.model import Task, TaskStatus
from tests.services import database, postgres_server
from tests.unit.operator import objects

__all__ = ["database", "postgres_server"]

NOW = datetime(2026, 3, 23, 8, 0, tzinfo=UTC)
DONE = TaskStatus(
    state=TaskState.SUCCEEDED,
    attempt=1,
    started_at=NOW,
    completed_at=NOW,
    result=RunResult(created=3, mode=Mode.FULL),
)


@asynccontextmanager
async def running(url: str) -> AsyncIterator[History]:
    history = History(lambda: url)
    runner = asyncio.ensure_future(history.run())
    try:
        async with asyncio.timeout(30):
            while not history.connected:  # noqa: ASYNC110 - a plain flag
                await asyncio.sleep(0.01)
        yield history
    finally:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)


def task(number: int = 1) -> Task:
    return task_of(objects.task(f"t{number}", uid=f"uid-{number}", spec={"requestedBy": "anna"}))


STATE_TIMES = "SELECT key, updated_at FROM orchestrator_state"


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


async def test_a_row_is_there_once_it_is_stored_and_once_only(database: str) -> None:
    async with running(database) as history:
        await history.store(task(), replace(DONE, state=TaskState.CANCELLED))
        await history.store(task(), DONE)
    query = "SELECT id, status, result->>'created', requested_by, scheduled_at FROM sync_tasks"
    assert rows(database, query) == [("uid-1", "Succeeded", "3", "anna", NOW)]


async def test_many_at_once_are_all_committed(database: str) -> None:
    async with running(database) as history:
        await asyncio.gather(*(history.store(task(number), DONE) for number in range(1000)))
        assert rows(database, "SELECT count(*) FROM sync_tasks") == [(1000,)]


async def test_two_operators_that_start_together_migrate_once(database: str) -> None:
    async with running(database) as first, running(database) as second:
        await first.store(task(1), DONE)
        await second.store(task(2), DONE)
    applied = rows(database, "SELECT number FROM sincro_migrations ORDER BY number")
    assert applied == [(number,) for number, _ in migrations()]


async def test_a_connection_that_is_lost_fails_soon_and_comes_back(database: str) -> None:
    async with running(database) as history:
        await history.store(task(1), DONE)
        rows(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sincro-operator'",
        )
        failed = 0
        async with asyncio.timeout(30):
            while True:
                try:
                    await history.store(task(2), DONE)
                    break
                except ArchiveUnavailable:
                    failed += 1
                    await asyncio.sleep(0.02)
        assert failed > 0
        assert rows(database, "SELECT count(*) FROM sync_tasks") == [(2,)]


async def test_state_is_written_where_it_has_changed(database: str) -> None:
    async with running(database) as history:
        history.note_state({"status": "running", "leader": "a"})
        await history.store(task(1), DONE)
        first = {row[0]: row[1] for row in rows(database, STATE_TIMES)}
        history.note_state({"status": "paused", "leader": "a"})
        await history.store(task(2), DONE)
        then = {row[0]: row[1] for row in rows(database, STATE_TIMES)}
        assert rows(database, "SELECT value FROM orchestrator_state WHERE key = 'status'") == [("paused",)]
    assert then["leader"] == first["leader"]
    assert then["status"] > first["status"]


async def test_a_database_that_is_not_there_refuses_rows_at_once() -> None:
    history = History(lambda: "postgresql://nobody@127.0.0.1:1/none")
    runner = asyncio.ensure_future(history.run())
    try:
        await asyncio.sleep(0.2)
        async with asyncio.timeout(1):
            with pytest.raises(ArchiveUnavailable):
                await history.store(task(), DONE)
    finally:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)


async def test_a_server_that_takes_no_writes_any_more_is_left_for_the_one_that_the_url_names_now(database: str) -> None:
    """After a failover the connection to what was the primary may stand: it says read_only_sql_transaction for ever."""
    asked: list[str] = []

    def url() -> str:
        asked.append(database)
        return database

    history = History(url)
    runner = asyncio.ensure_future(history.run())
    try:
        async with asyncio.timeout(30):
            while not history.connected:  # noqa: ASYNC110 - a plain flag
                await asyncio.sleep(0.01)
            with psycopg.connect(database, autocommit=True) as other:
                other.execute(
                    "CREATE FUNCTION demoted() RETURNS trigger LANGUAGE plpgsql AS"
                    " $$ BEGIN RAISE EXCEPTION 'read-only' USING ERRCODE = '25006'; END $$"
                )
                other.execute("CREATE TRIGGER demoted BEFORE INSERT ON sync_tasks EXECUTE FUNCTION demoted()")
                with pytest.raises(ArchiveUnavailable):
                    await history.store(task(1), DONE)
                other.execute("DROP TRIGGER demoted ON sync_tasks")
            while len(asked) < 2 or not history.connected:  # noqa: ASYNC110 - plain values
                await asyncio.sleep(0.01)
            await history.store(task(1), DONE)
    finally:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)
    assert rows(database, "SELECT count(*) FROM sync_tasks") == [(1,)]
