"""PostgreSQL as a target: one connection, one transaction a load. The steps of a load stand here, in their order."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from threading import Lock
from time import monotonic, sleep
from types import TracebackType
from typing import Self

import psycopg
from psycopg import Connection, Cursor, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sincro_contract.run import Mode
from sincro_scraper.load.canonical import column_names, plain
from sincro_scraper.load.errors import DatabaseUnavailable, LoadInterrupted, UnusableDatabaseUrl
from sincro_scraper.load.postgresql import bookkeeping
from sincro_scraper.load.postgresql.failures import connection_error, load_error
from sincro_scraper.load.postgresql.names import Names
from sincro_scraper.load.postgresql.steps import PostgresSteps
from sincro_scraper.load.procedure import Load
from sincro_scraper.load.specification import TableSpec
from sincro_scraper.load.target import LoadCounts, LoadOptions, LoadPhase, Row, StreamState

_CONNECTION_DEFAULTS = {
    "application_name": "sincro-scraper",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_FIRST_PAUSE = 0.2
_SESSION = "SET temp_buffers = '32MB'"
# A load may take minutes of reading inside one COPY, so the role's statement timeout does not count. The keepalives
# make the server notice within a minute that a loader's machine is gone, and give back its locks.
_TRANSACTION = (
    "SET LOCAL statement_timeout = 0; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL jit = off;"
    " SET LOCAL row_security = off; SET LOCAL work_mem = '64MB'; SET LOCAL maintenance_work_mem = '64MB';"
    " SET LOCAL client_min_messages = warning; SET LOCAL tcp_keepalives_idle = 30;"
    " SET LOCAL tcp_keepalives_interval = 10; SET LOCAL tcp_keepalives_count = 3"
)


class PostgresTarget:
    """See `sincro_scraper.load.target.Target`."""

    def __init__(self, url: str, patience_seconds: float) -> None:
        try:
            parameters = conninfo_to_dict(url)
        except psycopg.Error:
            raise UnusableDatabaseUrl(
                "the database URL cannot be read: write postgresql://user:password@host:port/database, with special "
                "characters of the password percent-encoded"
            ) from None
        password = parameters.get("password")
        self._secret = str(password) if password else None
        defaults = {name: value for name, value in _CONNECTION_DEFAULTS.items() if name not in parameters}
        self._conninfo = make_conninfo(url, **defaults)
        self._patience = patience_seconds
        self._lock = Lock()
        self._interrupted = False
        self._connection = self._connect()

    def state(self, source: str, stream: str) -> StreamState | None:
        """See Target."""
        with self._transaction("sincro_state") as cursor:
            return bookkeeping.read_state(cursor, source, stream)

    def save_session(self, source: str, blob: bytes, now: datetime) -> None:
        """See Target."""
        with self._transaction("sincro_sessions") as cursor:
            bookkeeping.save_session(cursor, source, blob, now)

    def load_session(self, source: str) -> bytes | None:
        """See Target."""
        with self._transaction("sincro_sessions") as cursor:
            return bookkeeping.load_session(cursor, source)

    def drop_session(self, source: str) -> None:
        """See Target."""
        with self._transaction("sincro_sessions") as cursor:
            bookkeeping.drop_session(cursor, source)

    def dump(self, spec: TableSpec, time_zone: tzinfo = UTC) -> Iterator[dict[str, object]]:
        """See Target."""
        names = column_names(spec)
        order = sql.SQL(", ").join(
            sql.SQL('{} COLLATE "C"' if spec.columns[position].type.value == "text" else "{}").format(
                sql.Identifier(spec.columns[position].name)
            )
            for position in spec.key_positions
        )
        with self._transaction(spec.name), self._connection.cursor(name="sincro_dump") as cursor:
            cursor.execute(
                sql.SQL("SELECT {} FROM {} ORDER BY {}").format(Names(spec).columns, Names(spec).target, order)
            )
            for row in cursor:
                yield {name: plain(value, time_zone) for name, value in zip(names, row, strict=True)}

    def load(self, spec: TableSpec, rows: Iterable[Row], mode: Mode, options: LoadOptions) -> LoadCounts:
        """See Target."""
        with self._transaction(spec.name, undo=options.dry_run, wait_seconds=options.wait_seconds) as cursor:
            steps = PostgresSteps(cursor, spec)
            counts = Load(steps, spec, mode, options).run(self._stopping(spec, rows))
            options.on_phase(LoadPhase.COMMIT)
        return counts

    def interrupt(self) -> None:
        """See Target."""
        self._interrupted = True
        try:
            self._connection.cancel_safe(timeout=5)
        except psycopg.Error:
            # Nothing to cancel on a connection that is gone: whoever uses it is told so by its own error.
            return

    def close(self) -> None:
        """See Target."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connect(self) -> Connection:
        deadline, pause = monotonic() + self._patience, _FIRST_PAUSE
        while True:
            try:
                connection = psycopg.connect(self._conninfo, autocommit=True, prepare_threshold=None)
                connection.execute(_SESSION)
            except psycopg.Error as error:
                failure = connection_error(error, self._secret)
                if not isinstance(failure, DatabaseUnavailable) or monotonic() + pause > deadline:
                    raise failure from None
                sleep(pause)
                pause *= 2
            else:
                return connection

    @contextmanager
    def _transaction(self, table: str, *, undo: bool = False, wait_seconds: float = 10.0) -> Iterator[Cursor]:
        """A transaction with our settings; PostgreSQL's errors leave as the load's own."""
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("a target serves one thread at a time")
        try:
            self._interrupted = False
            if self._connection.closed:
                self._connection = self._connect()
            with self._connection.transaction(force_rollback=undo), self._connection.cursor() as cursor:
                cursor.execute(_TRANSACTION)
                cursor.execute(
                    "SELECT set_config('lock_timeout', %s, true)", (f"{max(1, round(wait_seconds * 1000))}ms",)
                )
                yield cursor
        except psycopg.Error as error:
            raise load_error(error, table, interrupted=self._interrupted, secret=self._secret) from None
        finally:
            self._lock.release()

    def _stopping(self, spec: TableSpec, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            if self._interrupted:
                raise LoadInterrupted(f"{spec.name}: the load was stopped; nothing was written")
            yield row
