"""The tables that Sincro keeps for itself in an SQLite database: stream state, browser sessions, quarantine."""

import json
from collections.abc import Iterable
from datetime import datetime
from sqlite3 import Connection

from sincro_scraper.load.canonical import named, plain
from sincro_scraper.load.specification import TableSpec
from sincro_scraper.load.target import LoadOptions, QuarantinedRow, StreamState

_TABLES = {
    "sincro_state": (
        "CREATE TABLE IF NOT EXISTS sincro_state (source TEXT, stream TEXT, table_name TEXT NOT NULL, watermark TEXT,"
        " profile_hash TEXT NOT NULL, last_full_at TEXT, last_load_at TEXT NOT NULL, row_count INTEGER NOT NULL,"
        " PRIMARY KEY (source, stream))"
    ),
    "sincro_sessions": (
        "CREATE TABLE IF NOT EXISTS sincro_sessions (source TEXT PRIMARY KEY, blob BLOB NOT NULL,"
        " saved_at TEXT NOT NULL)"
    ),
    "sincro_quarantine": (
        "CREATE TABLE IF NOT EXISTS sincro_quarantine (id INTEGER PRIMARY KEY, source TEXT NOT NULL,"
        " stream TEXT NOT NULL, task_id TEXT NOT NULL, at TEXT NOT NULL, page INTEGER NOT NULL, row INTEGER NOT NULL,"
        " column_name TEXT NOT NULL, found TEXT NOT NULL, expected TEXT NOT NULL, key TEXT, cells TEXT NOT NULL)"
    ),
}


def exists(connection: Connection, table: str) -> bool:
    """True when the table is there."""
    found = connection.execute("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?", (table,))
    return found.fetchone() is not None


def ensure(connection: Connection, table: str) -> None:
    """Create the bookkeeping table where it is missing."""
    connection.execute(_TABLES[table])


def read_state(connection: Connection, source: str, stream: str) -> StreamState | None:
    """The state of a stream; None where there is none, or where its table has lost rows since."""
    if not exists(connection, "sincro_state"):
        return None
    row = connection.execute(
        "SELECT table_name, watermark, profile_hash, last_full_at, last_load_at, row_count FROM sincro_state"
        " WHERE source = ? AND stream = ?",
        (source, stream),
    ).fetchone()
    if row is None:
        return None
    table, watermark, profile_hash, last_full_at, last_load_at, row_count = row
    if _rows_of(connection, table.partition(".")[2]) < row_count:
        return None
    return StreamState(
        source=source,
        stream=stream,
        table=table,
        watermark=None if watermark is None else json.loads(watermark),
        profile_hash=profile_hash,
        last_full_at=None if last_full_at is None else datetime.fromisoformat(last_full_at),
        last_load_at=datetime.fromisoformat(last_load_at),
        row_count=row_count,
    )


def _rows_of(connection: Connection, table: str) -> int:
    """The rows of a table; -1 where there is none."""
    if not exists(connection, table):
        return -1
    name = '"' + table.replace('"', '""') + '"'
    (count,) = connection.execute(f"SELECT count(*) FROM main.{name}").fetchone()  # noqa: S608 - quoted above
    return int(count)


def write_state(connection: Connection, state: StreamState) -> None:
    """Put the state in place of the one before; a watermark or last_full_at of None keeps the stored one."""
    ensure(connection, "sincro_state")
    connection.execute(
        "INSERT INTO sincro_state AS s VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, stream) DO UPDATE SET"
        " table_name = excluded.table_name, watermark = coalesce(excluded.watermark, s.watermark),"
        " profile_hash = excluded.profile_hash, last_full_at = coalesce(excluded.last_full_at, s.last_full_at),"
        " last_load_at = excluded.last_load_at, row_count = excluded.row_count",
        (
            state.source,
            state.stream,
            state.table,
            None if state.watermark is None else json.dumps(dict(state.watermark), ensure_ascii=False),
            state.profile_hash,
            plain(state.last_full_at),
            plain(state.last_load_at),
            state.row_count,
        ),
    )


def quarantine(
    connection: Connection, spec: TableSpec, rows: Iterable[QuarantinedRow], options: LoadOptions, *, complete: bool
) -> None:
    """Keep the rows that did not parse. complete: the read was, so that what stood there before is over."""
    ensure(connection, "sincro_quarantine")
    if complete:
        connection.execute(
            "DELETE FROM sincro_quarantine WHERE source = ? AND stream = ?", (options.source, options.stream)
        )
    connection.executemany(
        "INSERT INTO sincro_quarantine (source, stream, task_id, at, page, row, column_name, found, expected, key,"
        " cells) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                options.source,
                options.stream,
                options.task_id,
                plain(options.now),
                row.page,
                row.row,
                row.column,
                row.found.encode(errors="replace").decode(),
                row.expected,
                None if row.key is None else json.dumps(named(spec.key, row.key), ensure_ascii=False),
                json.dumps(dict(row.cells)),
            )
            for row in rows
        ),
    )
