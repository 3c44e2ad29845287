"""The documented commands save the history and bring it back, into the same database and into a new one; the operator
then goes on with it. The commands are taken from the page, and run as they stand there.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.integration.operator.test_history import DONE, running, task
from tests.services import PostgresServer, database, postgres_programs, postgres_server
from tests.unit.docs.page import ROOT, Page

__all__ = ["database", "postgres_server"]

COMMANDS = {line.split()[0]: line for line in Page(ROOT / "docs/how-to/back-up.md").commands}


def documented(program: str, folder: Path, url: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": f"{postgres_programs()}:{os.environ['PATH']}", "HISTORY_URL": url}
    command = ["sh", "-c", COMMANDS[program]]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    with psycopg.connect(url) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # type: ignore[arg-type]  # noqa: S608
            for table in ("sync_tasks", "orchestrator_state", "sincro_migrations")
        }


@pytest.fixture
async def saved(database: str, tmp_path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What the history held when it was saved, by the operator's own code; the dump lies in tmp_path."""
    async with running(database) as history:
        for number in range(1, 4):
            await history.store(task(number), DONE)
        history.note_state({"leader": "one"})
        await history.store(task(4), DONE)
        done = documented("pg_dump", tmp_path, database)
    assert done.returncode == 0, done.stderr
    found = content(database)
    assert len(found["sync_tasks"]) == 4
    assert len(found["orchestrator_state"]) == 1
    return found


async def test_back_into_the_same_database(
    database: str, saved: dict[str, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM sync_tasks WHERE name <> 't1'")
        connection.execute("UPDATE sync_tasks SET status = 'DeadLettered'")
    done = documented("pg_restore", tmp_path, database)
    assert done.returncode == 0, done.stderr
    assert content(database) == saved
    async with running(database) as history:
        await history.store(task(5), DONE)
    assert len(content(database)["sync_tasks"]) == 5


async def test_into_a_new_database(
    postgres_server: PostgresServer, saved: dict[str, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    other = postgres_server.create_database()
    done = documented("pg_restore", tmp_path, other)
    assert done.returncode == 0, done.stderr
    assert content(other) == saved
    async with running(other) as history:
        # A task that is still in the cluster is archived again: its row is replaced, not doubled.
        await history.store(task(1), DONE)
    assert len(content(other)["sync_tasks"]) == 4


async def test_a_restore_that_fails_changes_nothing(
    database: str, saved: dict[str, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    dump = tmp_path / "history.dump"
    dump.write_bytes(dump.read_bytes()[:-200])
    assert documented("pg_restore", tmp_path, database).returncode != 0
    assert content(database) == saved
