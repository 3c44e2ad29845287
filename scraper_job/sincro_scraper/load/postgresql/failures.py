"""Decided here: which of the load's errors a PostgreSQL error is. No message repeats a connection string.

| SQLSTATE | meaning | becomes |
| --- | --- | --- |
| none, 08*, 57P* | no connection, connection lost, shutdown, starting up | DatabaseUnavailable |
| 53*, 58*, 25006, 40* | no room, no memory, too many connections, I/O, read only, deadlock | DatabaseUnavailable |
| 55P03 | a lock was not released in time | TableBusy |
| 57014 | cancelled: by `interrupt`, or by the database's own timeout | LoadInterrupted, DatabaseUnavailable |
| 28*, 3D000, 42501 | password, no such database, a right is missing | AccessRejected |
| 42*, 2BP01, 0A000, 22001, 23* | the table is not what it has to be | TableMismatch |
| 22* | a value that the database refuses | RowRejected |
| anything else | | LoadError (Unknown) |
"""

import re

import psycopg

from sincro_scraper.load.errors import (
    AccessRejected,
    DatabaseUnavailable,
    LoadError,
    LoadInterrupted,
    RowRejected,
    TableBusy,
    TableMismatch,
    UnusableDatabaseUrl,
)

_TRANSIENT = ("08", "57P", "53", "58", "25006", "40")
_ACCESS = ("28", "3D000", "42501")
_PLACE = re.compile(r"^COPY _sincro_staged, line (\d+), column (.+?)(?:: .*)?$", re.MULTILINE)
_MISMATCH = ("42", "2BP01", "0A000", "22001", "23")


def load_error(error: psycopg.Error, table: str, *, interrupted: bool = False, secret: str | None = None) -> LoadError:
    """The load's error for a PostgreSQL error while working on `table`; `secret` is blotted out of the message."""
    state = error.sqlstate or ""
    message = _message(error, secret)
    if interrupted and (state == "57014" or not state):
        return LoadInterrupted(f"{table}: the load was stopped; nothing was written")
    if state == "55P03":
        return TableBusy(f"{table} is held by another load or session: {message}")
    if state == "57014" or state.startswith(_TRANSIENT) or (not state and _is_connection_error(error)):
        return DatabaseUnavailable(f"the database is not available: {message}")
    if state.startswith(_ACCESS):
        return AccessRejected(f"the database refuses the user of this source: {message}")
    if state.startswith(_MISMATCH):
        return TableMismatch(f"{table}: {message}", table=table, column=error.diag.column_name)
    if state.startswith("22"):
        place = _PLACE.search(error.diag.context or "")
        row, column = (int(place[1]), place[2]) if place else (None, error.diag.column_name)
        return RowRejected(f"{table}: {message}", row=row, column=column)
    return LoadError(f"{table}: {message}")


def connection_error(error: psycopg.Error, secret: str | None) -> LoadError:
    """The load's error for a connection that could not be made. Refusals carry no SQLSTATE in libpq, only words."""
    message = _message(error, secret)
    refused = (
        "authentication failed",
        "no password supplied",
        "does not exist",
        "no pg_hba.conf entry",
        "permission denied",
    )
    if "connection is bad: invalid" in message:
        return UnusableDatabaseUrl(f"the database URL cannot be used: {message}")
    if (error.sqlstate or "").startswith(_ACCESS) or any(words in message for words in refused):
        return AccessRejected(f"the database refuses the connection: {message}")
    return DatabaseUnavailable(f"the database is not available: {message}")


def _is_connection_error(error: psycopg.Error) -> bool:
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def _message(error: psycopg.Error, secret: str | None) -> str:
    """The first lines of the error in one, with its detail and without the secret."""
    parts = [error.diag.message_primary or str(error).strip() or type(error).__name__]
    parts += [part for part in (error.diag.message_detail, error.diag.context) if part]
    message = "; ".join(" ".join(part.split()) for part in parts)
    if secret:
        message = message.replace(secret, "***")
    return message if len(message) <= 600 else message[:599] + "…"
