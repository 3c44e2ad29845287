"""SQLite as a target: one file, one transaction a load. It is for trying Sincro out; the contract is the same."""

# ruff: noqa: S608 - SQLite has no parameters for names; every name in these statements has gone through `quoted`

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from sincro_contract.run import Mode
from sincro_scraper.load.canonical import column_names, plain
from sincro_scraper.load.errors import AccessRejected, LoadInterrupted, UnusableDatabaseUrl
from sincro_scraper.load.procedure import Load
from sincro_scraper.load.specification import TableSpec
from sincro_scraper.load.sqlite import bookkeeping
from sincro_scraper.load.sqlite.failures import load_error
from sincro_scraper.load.sqlite.steps import SqliteSteps
from sincro_scraper.load.sqlite.tables import listed, quoted
from sincro_scraper.load.sqlite.values import restored, same_decimal
from sincro_scraper.load.target import LoadCounts, LoadOptions, LoadPhase, Row, StreamState

_PREFIX = "sqlite:///"


class SqliteTarget:
    """See `sincro_scraper.load.target.Target`."""

    def __init__(self, url: str) -> None:
        path = unquote(url.removeprefix(_PREFIX).partition("?")[0])
        if not url.startswith(_PREFIX) or not path:
            raise UnusableDatabaseUrl("write sqlite:///out.db, or sqlite:////tmp/out.db for an absolute path")
        if path != ":memory:" and not Path(path).absolute().parent.is_dir():
            raise AccessRejected(f"there is no folder {Path(path).absolute().parent} for the database {path}")
        self._lock = Lock()
        self._interrupted = False
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.create_function("sincro_same_decimal", 2, same_decimal, deterministic=True)
            # Readers see the old rows until the commit; views may go on naming a table that is built anew.
            for pragma in ("journal_mode = WAL", "legacy_alter_table = ON", "temp_store = FILE"):
                self._connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            raise load_error(error, path) from None

    def state(self, source: str, stream: str) -> StreamState | None:
        """See Target."""
        with self._working("sincro_state"):
            return bookkeeping.read_state(self._connection, source, stream)

    def save_session(self, source: str, blob: bytes, now: datetime) -> None:
        """See Target."""
        with self._working("sincro_sessions"):
            bookkeeping.ensure(self._connection, "sincro_sessions")
            self._connection.execute(
                "INSERT OR REPLACE INTO sincro_sessions (source, blob, saved_at) VALUES (?, ?, ?)",
                (source, blob, plain(now)),
            )

    def load_session(self, source: str) -> bytes | None:
        """See Target."""
        with self._working("sincro_sessions"):
            if not bookkeeping.exists(self._connection, "sincro_sessions"):
                return None
            row = self._connection.execute("SELECT blob FROM sincro_sessions WHERE source = ?", (source,)).fetchone()
            return None if row is None else bytes(row[0])

    def drop_session(self, source: str) -> None:
        """See Target."""
        with self._working("sincro_sessions"):
            if bookkeeping.exists(self._connection, "sincro_sessions"):
                self._connection.execute("DELETE FROM sincro_sessions WHERE source = ?", (source,))

    def dump(self, spec: TableSpec, time_zone: tzinfo = UTC) -> Iterator[dict[str, object]]:
        """See Target."""
        names = column_names(spec)
        with self._working(spec.name):
            rows = self._connection.execute(
                f"SELECT {listed(names)} FROM main.{quoted(spec.name)} ORDER BY {listed(spec.key)}"
            )
            for row in rows:
                yield {
                    column.name: restored(column, value, time_zone)
                    for column, value in zip(spec.columns, row, strict=True)
                }

    def load(self, spec: TableSpec, rows: Iterable[Row], mode: Mode, options: LoadOptions) -> LoadCounts:
        """See Target."""
        with self._working(spec.name):
            self._connection.execute(f"PRAGMA busy_timeout = {max(0, round(options.wait_seconds * 1000))}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                steps = SqliteSteps(self._connection, spec)
                counts = Load(steps, spec, mode, options).run(self._stopping(spec, rows))
                options.on_phase(LoadPhase.COMMIT)
                self._connection.execute("ROLLBACK" if options.dry_run else "COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        return counts

    def interrupt(self) -> None:
        """See Target."""
        self._interrupted = True
        self._connection.interrupt()

    def close(self) -> None:
        """See Target."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _working(self, table: str) -> Iterator[None]:
        """One thread at a time; SQLite's errors leave as the load's own."""
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("a target serves one thread at a time")
        try:
            self._interrupted = False
            yield
        except sqlite3.Error as error:
            raise load_error(error, table, interrupted=self._interrupted) from None
        finally:
            self._lock.release()

    def _stopping(self, spec: TableSpec, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            if self._interrupted:
                raise LoadInterrupted(f"{spec.name}: the load was stopped; nothing was written")
            yield row
