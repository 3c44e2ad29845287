"""What PostgreSQL does for a load, step by step; the order is decided in load.procedure."""

from collections.abc import Iterable

import psycopg
from psycopg import Cursor, sql

from sincro_scraper.load.errors import TableBusy
from sincro_scraper.load.postgresql import bookkeeping, comparison, replacement, staging, tables, writing
from sincro_scraper.load.postgresql.names import Names
from sincro_scraper.load.postgresql.types import DIALECT
from sincro_scraper.load.procedure import Compared, Plan
from sincro_scraper.load.shape import Evolution, FoundTable, evolution
from sincro_scraper.load.specification import TableSpec
from sincro_scraper.load.target import Difference, LoadOptions, QuarantinedRow, Row, RowValue, StreamState


class PostgresSteps:
    """See `sincro_scraper.load.procedure.Steps`."""

    def __init__(self, cursor: Cursor, spec: TableSpec) -> None:
        self._cursor = cursor
        self._spec = spec
        self._keeps = False

    def take_turn(self) -> None:
        """An advisory lock of the transaction, by the table's name: PostgreSQL gives it back whatever happens to us."""
        try:
            self._cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                (f"sincro {self._spec.schema}.{self._spec.name}",),
            )
        except psycopg.errors.LockNotAvailable:
            raise TableBusy(f"another load of {self._spec.name} is running") from None

    def find(self) -> FoundTable | None:
        """See Steps."""
        return tables.find_table(self._cursor, self._spec)

    def obstacles(self) -> tuple[str, ...]:
        """See Steps."""
        return replacement.obstacles(self._cursor, self._spec)

    def evolution_of(self, found: FoundTable, *, rebuild: bool) -> Evolution:
        """See Steps."""
        return evolution(self._spec, found, DIALECT, rebuild=rebuild)

    def stage(self, rows: Iterable[Row]) -> int:
        """See Steps."""
        return staging.stage(self._cursor, self._spec, rows)

    def refuse_duplicates(self) -> None:
        """See Steps."""
        comparison.refuse_duplicates(self._cursor, self._spec)

    def keep(self, keys: Iterable[tuple[RowValue, ...]]) -> None:
        """See Steps."""
        self._keeps = staging.stage_kept(self._cursor, self._spec, keys) > 0

    def lock(self) -> None:
        """See Steps."""
        target = Names(self._spec).target
        self._cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(target))

    def create(self) -> None:
        """See Steps."""
        tables.create_table(self._cursor, self._spec)

    def evolve(self, change: Evolution) -> None:
        """See Steps."""
        tables.evolve_table(self._cursor, self._spec, change)

    def compare(self, plan: Plan, *, read: int) -> Compared:
        """See Steps."""
        return comparison.compare(self._cursor, self._spec, plan, keeps=self._keeps, read=read)

    def differences(self, plan: Plan, limit: int) -> Iterable[Difference]:
        """See Steps."""
        return comparison.differences(self._cursor, self._spec, plan, limit)

    def log_changes(self, plan: Plan, options: LoadOptions) -> None:
        """See Steps."""
        writing.log_changes(self._cursor, self._spec, plan, options.now, options.task_id)

    def write(self, plan: Plan, compared: Compared, options: LoadOptions) -> None:
        """See Steps."""
        if plan.found is None:
            writing.insert_all(self._cursor, self._spec, options.now)
            tables.add_key(self._cursor, self._spec)
        elif plan.replaces:
            replacement.replace_table(self._cursor, self._spec, plan.found, plan, compared, options.now)
        else:
            writing.merge(self._cursor, self._spec, compared, options.now, deletes=plan.deletes)

    def remember(self, state: StreamState, quarantined: Iterable[QuarantinedRow], options: LoadOptions) -> None:
        """See Steps."""
        complete = state.last_full_at is not None
        bookkeeping.quarantine(self._cursor, self._spec, quarantined, options, complete=complete)
        bookkeeping.write_state(self._cursor, state)
