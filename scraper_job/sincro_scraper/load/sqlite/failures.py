"""Decided here: which of the load's errors an SQLite error is."""

import sqlite3

from sincro_scraper.load.errors import (
    AccessRejected,
    DatabaseUnavailable,
    LoadError,
    LoadInterrupted,
    TableBusy,
    TableMismatch,
    UnusableDatabaseUrl,
)


def load_error(error: sqlite3.Error, table: str, *, interrupted: bool = False) -> LoadError:
    """The load's error for an SQLite error while working on `table`."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if interrupted and code in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_ABORT):
        return LoadInterrupted(f"{table}: the load was stopped; nothing was written")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return TableBusy(f"{table}: somebody else is writing to the database ({error})")
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT):
        return DatabaseUnavailable(f"the database is not available: {error}")
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return AccessRejected(f"the database cannot be opened or written to: {error}")
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return UnusableDatabaseUrl(f"the file is no SQLite database: {error}")
    if code in (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_SCHEMA):
        return TableMismatch(f"{table}: {error}", table=table)
    return LoadError(f"{table}: {error}")
