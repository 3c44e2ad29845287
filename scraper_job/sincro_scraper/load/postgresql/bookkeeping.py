"""The tables that Sincro keeps for itself beside the targets: stream state, browser sessions, quarantine.

They stand in the first schema of the connection's search_path (`public`, unless the user's role or URL says otherwise).
"""

from collections.abc import Iterable
from datetime import datetime

from psycopg import Cursor, sql
from psycopg.types.json import Jsonb

from sincro_scraper.load.canonical import named
from sincro_scraper.load.specification import TableSpec
from sincro_scraper.load.target import LoadOptions, QuarantinedRow, StreamState

_TABLES = {
    "sincro_state": (
        "CREATE TABLE sincro_state (source text, stream text, table_name text NOT NULL, watermark jsonb,"
        " profile_hash text NOT NULL, last_full_at timestamp with time zone,"
        " last_load_at timestamp with time zone NOT NULL, row_count bigint NOT NULL, PRIMARY KEY (source, stream))"
    ),
    "sincro_sessions": (
        "CREATE TABLE sincro_sessions (source text PRIMARY KEY, blob bytea NOT NULL,"
        " saved_at timestamp with time zone NOT NULL)"
    ),
    "sincro_quarantine": (
        "CREATE TABLE sincro_quarantine (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source text NOT NULL,"
        " stream text NOT NULL, task_id text NOT NULL, at timestamp with time zone NOT NULL, page bigint NOT NULL,"
        " row bigint NOT NULL, column_name text NOT NULL, found text NOT NULL, expected text NOT NULL,"
        " key jsonb, cells jsonb NOT NULL)"
    ),
}
_CREATION_LOCK = 0x53696E63726F


def exists(cursor: Cursor, table: str) -> bool:
    """True when the bookkeeping table is there.

    Asked of the catalogue's rows: to_regclass goes by a cache that does not yet know what another session has just
    created while we waited for it.
    """
    found = "SELECT FROM pg_class WHERE relname = %s AND relkind IN ('r', 'p') AND pg_table_is_visible(oid)"
    return cursor.execute(found, (table,)).fetchone() is not None


def ensure(cursor: Cursor, *tables: str) -> None:
    """Create the bookkeeping tables that are missing. Two loads that do so at once take turns."""
    missing = [table for table in tables if not exists(cursor, table)]
    if missing:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_CREATION_LOCK,))
    for table in missing:
        if not exists(cursor, table):
            cursor.execute(_TABLES[table])


def read_state(cursor: Cursor, source: str, stream: str) -> StreamState | None:
    """The state of a stream; None where there is none, or where its table has lost rows since."""
    if not exists(cursor, "sincro_state"):
        return None
    row = cursor.execute(
        "SELECT source, stream, table_name, watermark, profile_hash, last_full_at, last_load_at, row_count"
        " FROM sincro_state WHERE source = %s AND stream = %s",
        (source, stream),
    ).fetchone()
    if row is None:
        return None
    state = StreamState(*row)
    return state if _rows_of(cursor, state.table) >= state.row_count else None


def _rows_of(cursor: Cursor, table: str) -> int:
    """The rows of a table by its schema and name; -1 where there is none."""
    found = cursor.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname || '.' || c.relname = %s AND c.relkind = 'r'",
        (table,),
    ).fetchone()
    if found is None:
        return -1
    row = cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*found))).fetchone()
    return int(row[0]) if row else -1


def write_state(cursor: Cursor, state: StreamState) -> None:
    """Put the state in place of the one before; a watermark or last_full_at of None keeps the stored one."""
    ensure(cursor, "sincro_state")
    watermark = None if state.watermark is None else Jsonb(dict(state.watermark))
    cursor.execute(
        "INSERT INTO sincro_state AS s (source, stream, table_name, watermark, profile_hash, last_full_at,"
        " last_load_at, row_count) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (source, stream) DO UPDATE SET"
        " table_name = excluded.table_name, watermark = coalesce(excluded.watermark, s.watermark),"
        " profile_hash = excluded.profile_hash, last_full_at = coalesce(excluded.last_full_at, s.last_full_at),"
        " last_load_at = excluded.last_load_at, row_count = excluded.row_count",
        (
            state.source,
            state.stream,
            state.table,
            watermark,
            state.profile_hash,
            state.last_full_at,
            state.last_load_at,
            state.row_count,
        ),
    )


def quarantine(
    cursor: Cursor, spec: TableSpec, rows: Iterable[QuarantinedRow], options: LoadOptions, *, complete: bool
) -> None:
    """Keep the rows that did not parse. complete: the read was, so that what stood there before is over."""
    kept = list(rows)
    if not kept and not exists(cursor, "sincro_quarantine"):
        return
    ensure(cursor, "sincro_quarantine")
    if complete:
        cursor.execute(
            "DELETE FROM sincro_quarantine WHERE source = %s AND stream = %s", (options.source, options.stream)
        )
    cursor.executemany(
        "INSERT INTO sincro_quarantine (source, stream, task_id, at, page, row, column_name, found, expected, key,"
        " cells) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            (
                options.source,
                options.stream,
                options.task_id,
                options.now,
                row.page,
                row.row,
                row.column,
                _storable(row.found),
                row.expected,
                None if row.key is None else Jsonb(named(spec.key, row.key)),
                Jsonb({_storable(name): _storable(cell) for name, cell in row.cells.items()}),
            )
            for row in kept
        ],
    )


def _storable(text: str) -> str:
    """The text without what PostgreSQL cannot keep: quarantine takes whatever the source showed."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()


def save_session(cursor: Cursor, source: str, blob: bytes, now: datetime) -> None:
    """Keep the source's encrypted session."""
    ensure(cursor, "sincro_sessions")
    cursor.execute(
        "INSERT INTO sincro_sessions (source, blob, saved_at) VALUES (%s, %s, %s) ON CONFLICT (source) DO UPDATE SET"
        " blob = excluded.blob, saved_at = excluded.saved_at",
        (source, blob, now),
    )


def load_session(cursor: Cursor, source: str) -> bytes | None:
    """The source's encrypted session, or None."""
    if not exists(cursor, "sincro_sessions"):
        return None
    row = cursor.execute("SELECT blob FROM sincro_sessions WHERE source = %s", (source,)).fetchone()
    return None if row is None else bytes(row[0])


def drop_session(cursor: Cursor, source: str) -> None:
    """Forget the source's session."""
    if exists(cursor, "sincro_sessions"):
        cursor.execute("DELETE FROM sincro_sessions WHERE source = %s", (source,))
