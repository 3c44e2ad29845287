"""PostgreSQL as a target: one connection, one transaction a load. The steps of a load stand here, in their order."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from threading import Lock
from types import TracebackType
from typing import Self

import psycopg
from psycopg import Connection, Cursor, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sincro_contract.run import Mode
from sincro_scraper.load.canonical import column_names, plain
from sincro_scraper.load.errors import (
    DeletionGuardTripped,
    LoadInterrupted,
    TableBusy,
    TableMismatch,
    UnusableDatabaseUrl,
)
from sincro_scraper.load.postgresql import bookkeeping, comparison, replacement, staging, tables, writing
from sincro_scraper.load.postgresql.failures import connection_error, load_error
from sincro_scraper.load.postgresql.names import Names
from sincro_scraper.load.postgresql.shape import Evolution, FoundTable, evolution
from sincro_scraper.load.specification import TableSpec
from sincro_scraper.load.target import LoadCounts, LoadOptions, LoadPhase, QuarantinedRow, Row, StreamState

_CONNECTION_DEFAULTS = {
    "application_name": "sincro-scraper",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
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

    def __init__(self, url: str) -> None:
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
            counts = _Load(cursor, spec, mode, options).run(self._stopping(spec, rows))
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
        try:
            connection = psycopg.connect(self._conninfo, autocommit=True, prepare_threshold=None)
            connection.execute(_SESSION)
        except psycopg.Error as error:
            raise connection_error(error, self._secret) from None
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


class _Load:
    """One load inside its transaction."""

    def __init__(self, cursor: Cursor, spec: TableSpec, mode: Mode, options: LoadOptions) -> None:
        self._cursor = cursor
        self._spec = spec
        self._mode = mode
        self._options = options
        self._deletes = mode is not Mode.DELTA
        self._obstacles: tuple[str, ...] = ()

    def run(self, rows: Iterable[Row]) -> LoadCounts:
        cursor, spec, options = self._cursor, self._spec, self._options
        self._take_turn()
        self._examine()  # fails before the first row is read where it would fail after the last one
        options.on_phase(LoadPhase.RECEIVE)
        read = staging.stage(cursor, spec, rows)
        watermark = options.watermark()
        quarantined = tuple(options.quarantine)
        options.on_phase(LoadPhase.COMPARE)
        comparison.refuse_duplicates(cursor, spec)
        known = [row.key for row in quarantined if row.key is not None]
        if known:
            staging.stage_kept(cursor, spec, known)
        found, change = self._prepare()
        compared = comparison.compare(cursor, spec, change, deletes=self._deletes, keeps=bool(known), read=read)
        self._guard(compared)
        withheld = compared.missing if len(known) < len(quarantined) else 0
        counts = LoadCounts(
            read=read,
            created=compared.created,
            updated=compared.updated,
            unchanged=read - compared.created - compared.updated,
            deleted=compared.missing - withheld,
            total=compared.total + compared.created - compared.missing + withheld,
            withheld=withheld,
            quarantined=len(quarantined),
            replaced=self._replaces and found is not None,
            samples=tuple(comparison.differences(cursor, spec, change, options.samples)) if options.samples else (),
        )
        if not options.dry_run:
            options.on_phase(LoadPhase.WRITE)
            self._write(found, change, compared, keep_missing=withheld > 0)
            self._remember(counts, watermark, quarantined)
        return counts

    @property
    def _replaces(self) -> bool:
        return self._mode is Mode.FORCE and not self._obstacles

    def _take_turn(self) -> None:
        """Two loads of one table take turns: the second waits a little and then ends as TableBusy."""
        try:
            self._cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                (f"sincro {self._spec.schema}.{self._spec.name}",),
            )
        except psycopg.errors.LockNotAvailable:
            raise TableBusy(f"another load of {self._spec.name} is running") from None

    def _examine(self) -> tuple[FoundTable | None, Evolution | None]:
        found = tables.find_table(self._cursor, self._spec)
        if found is None:
            return None, None
        if self._mode is Mode.FORCE:
            self._obstacles = replacement.obstacles(self._cursor, self._spec)
        try:
            return found, evolution(self._spec, found, rebuild=self._replaces)
        except TableMismatch as error:
            if not self._obstacles:
                raise
            standing = ", ".join(self._obstacles)
            raise TableMismatch(
                f"{error} (Force cannot build the table anew while this depends on it: {standing})",
                table=error.table,
                column=error.column,
            ) from None

    def _prepare(self) -> tuple[FoundTable | None, Evolution | None]:
        """Lock the table against other writers (readers go on) and bring it into shape; what is left to consider."""
        found, change = self._examine()
        if self._options.dry_run:
            return found, change
        if found is None or change is None:
            tables.create_table(self._cursor, self._spec)
            return None, Evolution() if self._options.change_log else None
        self._cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(Names(self._spec).target))
        if self._replaces:
            return found, change
        tables.evolve_table(self._cursor, self._spec, change)
        return found, Evolution()

    def _guard(self, compared: comparison.Compared) -> None:
        guard, options = self._options.guard, self._options
        if not self._deletes or options.confirm_deletions:
            return
        if guard.trips(missing=compared.missing, total=compared.total, read=compared.read):
            raise DeletionGuardTripped(self._spec.name, compared.missing, compared.total)

    def _write(
        self, found: FoundTable | None, change: Evolution | None, compared: comparison.Compared, *, keep_missing: bool
    ) -> None:
        cursor, spec, options = self._cursor, self._spec, self._options
        deletes = self._deletes and not keep_missing
        if options.change_log:
            writing.log_changes(cursor, spec, options.now, options.task_id, deletes=deletes)
        if found is None:
            writing.insert_all(cursor, spec, options.now)
            tables.add_key(cursor, spec)
        elif change is not None and self._replaces:
            replacement.replace_table(cursor, spec, found, change, compared, options.now, keep_missing=keep_missing)
        else:
            writing.merge(cursor, spec, compared, options.now, deletes=deletes)

    def _remember(
        self, counts: LoadCounts, watermark: Mapping[str, object] | None, quarantined: tuple[QuarantinedRow, ...]
    ) -> None:
        options = self._options
        bookkeeping.quarantine(
            self._cursor,
            self._spec,
            quarantined,
            source=options.source,
            stream=options.stream,
            task_id=options.task_id,
            now=options.now,
            everything=self._deletes,
        )
        bookkeeping.write_state(
            self._cursor,
            StreamState(
                source=options.source,
                stream=options.stream,
                table=f"{self._spec.schema}.{self._spec.name}",
                watermark=watermark,
                profile_hash=options.profile_hash,
                last_full_at=options.now if self._deletes else None,
                last_load_at=options.now,
                row_count=counts.total,
            ),
        )
