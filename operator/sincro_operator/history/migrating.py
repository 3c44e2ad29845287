"""Brings the history's schema to where this version needs it: numbered SQL files, each applied once, in order.

Decided here: that one process migrates at a time, and that each step is committed with its number or not at all.
"""

import logging
from importlib import resources

from psycopg import AsyncConnection, sql

logger = logging.getLogger(__name__)

_LOCK = 0x53494E43524F
"""Key of the advisory lock: "SINCRO"."""


def migrations() -> list[tuple[int, str]]:
    """Number and SQL of each step, in order."""
    folder = resources.files("sincro_operator.history") / "migrations"
    steps = [
        (int(file.name.split("_", 1)[0]), file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(steps)


async def migrate(connection: AsyncConnection) -> None:
    """Apply what has not been applied. The connection is in autocommit mode. Raises psycopg.Error."""
    await connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    try:
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS sincro_migrations"
            " (number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        cursor = await connection.execute("SELECT number FROM sincro_migrations")
        applied = {row[0] for row in await cursor.fetchall()}
        for number, statements in migrations():
            if number in applied:
                continue
            async with connection.transaction():
                await connection.execute(sql.SQL(statements))
                await connection.execute("INSERT INTO sincro_migrations (number) VALUES (%s)", (number,))
            logger.info("history_migrated", extra={"number": number})
    finally:
        await connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
