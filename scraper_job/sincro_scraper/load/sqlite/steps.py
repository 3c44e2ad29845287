"""What SQLite does for a load, step by step; the order is decided in load.procedure.

There is one writer at a time, so that the transaction itself is the lock.
"""

# ruff: noqa: S608 - SQLite has no parameters for names; every name in these statements has gone through `quoted`

import json
from collections.abc import Iterable, Iterator
from sqlite3 import Connection

from sincro_scraper.load.canonical import column_names, plain
from sincro_scraper.load.checking import check_row
from sincro_scraper.load.errors import DuplicateKey, TableMismatch
from sincro_scraper.load.procedure import Compared, Plan
from sincro_scraper.load.shape import Evolution, FoundTable, evolution
from sincro_scraper.load.specification import CHANGED_AT, Column, ColumnType, TableSpec
from sincro_scraper.load.sqlite import bookkeeping, tables
from sincro_scraper.load.sqlite.tables import listed, quoted, typed
from sincro_scraper.load.sqlite.values import DIALECT, restored, stored
from sincro_scraper.load.target import Difference, LoadOptions, Operation, QuarantinedRow, Row, RowValue, StreamState

_EXAMPLES = 5
_OPERATIONS = {"c": Operation.CREATED, "u": Operation.UPDATED, "d": Operation.DELETED}
_DECIMALS = (ColumnType.DECIMAL, ColumnType.MONEY, ColumnType.PERCENT)
_STAGED, _DIFF, _KEPT = "temp._sincro_staged", "temp._sincro_diff", "temp._sincro_kept"


class SqliteSteps:
    """See `sincro_scraper.load.procedure.Steps`."""

    def __init__(self, connection: Connection, spec: TableSpec) -> None:
        self._db = connection
        self._spec = spec
        self._names = column_names(spec)
        self._key_columns = tuple(spec.columns[position] for position in spec.key_positions)
        self._table = f"main.{quoted(spec.name)}"
        self._row_id = next(name for name in ("rowid", "_rowid_", "oid") if name not in self._names)
        self._keeps = False

    def take_turn(self) -> None:
        """The transaction was begun as the database's only writer. What the load before it staged goes."""
        for table in (_STAGED, _DIFF, _KEPT):
            self._db.execute(f"DROP TABLE IF EXISTS {table}")

    def find(self) -> FoundTable | None:
        """See Steps."""
        return tables.find_table(self._db, self._spec)

    def obstacles(self) -> tuple[str, ...]:
        """Only what stands in the table's own definition: views and triggers refer to a table by its name."""
        return tables.own_constraints(self._db, self._spec)

    def evolution_of(self, found: FoundTable, *, rebuild: bool) -> Evolution:
        """See Steps."""
        return evolution(self._spec, found, DIALECT, rebuild=rebuild)

    def stage(self, rows: Iterable[Row]) -> int:
        """See Steps."""
        self._db.execute(f"CREATE TEMPORARY TABLE _sincro_staged ({typed(self._spec, self._spec.columns)})")
        count = self._insert(_STAGED, self._spec, rows)
        self._db.execute(f"CREATE INDEX temp._sincro_staged_key ON _sincro_staged ({listed(self._spec.key)})")
        return count

    def refuse_duplicates(self) -> None:
        """See Steps."""
        key = listed(self._spec.key)
        groups = f"SELECT {key} FROM {_STAGED} GROUP BY {key} HAVING count(*) > 1"
        examples = self._db.execute(f"{groups} ORDER BY {key} LIMIT {_EXAMPLES}").fetchall()
        if not examples:
            return
        (count,) = self._db.execute(f"SELECT count(*) FROM ({groups})").fetchone()
        different = self._db.execute(
            f"SELECT 1 FROM (SELECT DISTINCT {listed(self._names)} FROM {_STAGED}) GROUP BY {key}"
            " HAVING count(*) > 1 LIMIT 1"
        ).fetchone()
        shown = [_named(self._key_columns, example) for example in examples]
        raise DuplicateKey(self._spec.name, count, shown, identical=different is None)

    def keep(self, keys: Iterable[tuple[RowValue, ...]]) -> None:
        """See Steps."""
        key_spec = TableSpec(self._spec.name, self._key_columns, self._spec.key)
        self._db.execute(f"CREATE TEMPORARY TABLE _sincro_kept ({typed(key_spec, key_spec.columns)})")
        self._keeps = self._insert(_KEPT, key_spec, keys) > 0

    def lock(self) -> None:
        """The transaction is the lock."""

    def create(self) -> None:
        """See Steps; the key comes with the table."""
        tables.create_table(self._db, self._spec)

    def evolve(self, change: Evolution) -> None:
        """See Steps."""
        found = self.find()
        if found is not None:
            tables.evolve_table(self._db, self._spec, found, change)

    def compare(self, plan: Plan, *, read: int) -> Compared:
        """See Steps."""
        if plan.found is None:
            return Compared(total=0, read=read, created=read, updated=0, missing=0)
        equal, row_id = self._equal(plan.change), self._row_id
        changed = " OR ".join(self._changed(column, plan.change) for column in self._spec.values) or "0"
        gone = f"SELECT 'd', NULL, t.{row_id} FROM {self._table} AS t WHERE NOT EXISTS (SELECT 1 FROM {_STAGED} AS s"
        gone += f" WHERE {equal})"
        if self._keeps:
            kept = " AND ".join(f"k.{quoted(name)} = t.{quoted(name)}" for name in self._spec.key)
            gone += f" AND NOT EXISTS (SELECT 1 FROM {_KEPT} AS k WHERE {kept})"
        self._db.execute(
            f"CREATE TEMPORARY TABLE _sincro_diff AS SELECT 'c' AS op, s.{row_id} AS staged, NULL AS target"
            f" FROM {_STAGED} AS s WHERE NOT EXISTS (SELECT 1 FROM {self._table} AS t WHERE {equal})"
            f" UNION ALL SELECT 'u', s.{row_id}, t.{row_id} FROM {_STAGED} AS s JOIN {self._table} AS t ON {equal}"
            f" WHERE {changed}" + (f" UNION ALL {gone}" if plan.deletes else "")
        )
        self._db.execute("CREATE INDEX temp._sincro_diff_staged ON _sincro_diff (staged)")
        self._db.execute("CREATE INDEX temp._sincro_diff_target ON _sincro_diff (target)")
        counts = dict(self._db.execute(f"SELECT op, count(*) FROM {_DIFF} GROUP BY op").fetchall())
        (total,) = self._db.execute(f"SELECT count(*) FROM {self._table}").fetchone()
        return Compared(total, read, counts.get("c", 0), counts.get("u", 0), counts.get("d", 0))

    def differences(self, plan: Plan, limit: int) -> Iterator[Difference]:
        """See Steps."""
        for operation, before, after in self._changes(plan, limit):
            shown = after or before or {}
            yield Difference(_OPERATIONS[operation], {name: shown[name] for name in self._spec.key}, before, after)

    def log_changes(self, plan: Plan, options: LoadOptions) -> None:
        """See Steps."""
        log = f"main.{quoted(f'{self._spec.name}_changes')}"
        self._db.execute(
            f"CREATE TABLE IF NOT EXISTS {log} (id INTEGER PRIMARY KEY, at TEXT NOT NULL, task_id TEXT NOT NULL,"
            " operation TEXT NOT NULL, key TEXT NOT NULL, before TEXT, after TEXT)"
        )
        self._db.executemany(
            f"INSERT INTO {log} (at, task_id, operation, key, before, after) VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    plain(options.now),
                    options.task_id,
                    _OPERATIONS[operation].value,
                    _json({name: (after or before or {})[name] for name in self._spec.key}),
                    _json(before),
                    _json(after),
                )
                for operation, before, after in self._changes(plan, -1)
                if operation != "d" or plan.deletes
            ),
        )

    def write(self, plan: Plan, compared: Compared, options: LoadOptions) -> None:
        """See Steps."""
        now = str(plain(options.now))
        if plan.found is None:
            names = listed(self._names)
            self._db.execute(
                f"INSERT INTO {self._table} ({names}, {quoted(CHANGED_AT)}) SELECT {names}, ? FROM {_STAGED}", (now,)
            )
        elif plan.replaces:
            self._replace(plan, plan.found, now)
        else:
            self._merge(plan, compared, now)

    def remember(self, state: StreamState, quarantined: Iterable[QuarantinedRow], options: LoadOptions) -> None:
        """See Steps."""
        complete = state.last_full_at is not None
        bookkeeping.quarantine(self._db, self._spec, quarantined, options, complete=complete)
        bookkeeping.write_state(self._db, state)

    def _insert(self, table: str, spec: TableSpec, rows: Iterable[Row]) -> int:
        marks = ", ".join("?" for _ in spec.columns)
        count = 0

        def values() -> Iterator[tuple[object, ...]]:
            nonlocal count
            for count, row in enumerate(rows, start=1):
                check_row(spec, row, count)
                yield stored(spec, row)

        self._db.executemany(f"INSERT INTO {table} VALUES ({marks})", values())
        return count

    def _merge(self, plan: Plan, compared: Compared, now: str) -> None:
        row_id, changed_at = self._row_id, quoted(CHANGED_AT)
        if plan.deletes:
            self._write_all(
                f"DELETE FROM {self._table} WHERE {row_id} IN (SELECT target FROM {_DIFF} WHERE op = 'd')",
                (),
                compared.missing,
            )
        assignments = [f"{quoted(column.name)} = s.{quoted(column.name)}" for column in self._spec.values]
        self._write_all(
            f"UPDATE {self._table} AS t SET {', '.join([*assignments, f'{changed_at} = ?'])} FROM {_DIFF} AS d"
            f" JOIN {_STAGED} AS s ON s.{row_id} = d.staged WHERE d.op = 'u' AND t.{row_id} = d.target",
            (now,),
            compared.updated,
        )
        self._write_all(
            f"INSERT INTO {self._table} ({listed(self._names)}, {changed_at}) SELECT {listed(self._names, 's')}, ?"
            f" FROM {_DIFF} AS d JOIN {_STAGED} AS s ON s.{row_id} = d.staged WHERE d.op = 'c'",
            (now,),
            compared.created,
        )

    def _write_all(self, statement: str, parameters: tuple[str, ...], expected: int) -> None:
        if expected and (written := self._db.execute(statement, parameters).rowcount) != expected:
            raise TableMismatch(
                f"{self._spec.name}: {expected} rows should have been written, but {written} were: is there a trigger?",
                table=self._spec.name,
            )

    def _replace(self, plan: Plan, found: FoundTable, now: str) -> None:
        """Rows of the read that were there, rows that are new, and rows that stay although the read lacks them."""
        row_id, equal, extras = self._row_id, self._equal(plan.change), found.extras(self._spec)
        before = "NULL" if plan.change.adds_changed_at else f"t.{quoted(CHANGED_AT)}"
        more = "".join(f", t.{quoted(name)}" for name in extras)
        there = [f"t.{quoted(c.name)}" if c not in plan.change.added else "NULL" for c in self._spec.columns]
        goes = f"SELECT target FROM {_DIFF} WHERE op = 'd'" if plan.deletes else "SELECT -1 WHERE 0"
        names, all_names = (listed((*self._names, CHANGED_AT, *others)) for others in ((), extras))

        def fill(new: str) -> None:
            self._db.execute(
                f"INSERT INTO {new} ({all_names}) SELECT {listed(self._names, 's')},"
                f" CASE WHEN d.op IS NULL THEN coalesce({before}, ?) ELSE ? END{more} FROM {_STAGED} AS s"
                f" JOIN {self._table} AS t ON {equal} LEFT JOIN {_DIFF} AS d ON d.staged = s.{row_id}",
                (now, now),
            )
            self._db.execute(
                f"INSERT INTO {new} ({names}) SELECT {listed(self._names, 's')}, ? FROM {_STAGED} AS s"
                f" JOIN {_DIFF} AS d ON d.staged = s.{row_id} AND d.op = 'c'",
                (now,),
            )
            self._db.execute(
                f"INSERT INTO {new} ({all_names}) SELECT {', '.join(there)}, coalesce({before}, ?){more}"
                f" FROM {self._table} AS t WHERE NOT EXISTS (SELECT 1 FROM {_STAGED} AS s WHERE {equal})"
                f" AND t.{row_id} NOT IN ({goes})",
                (now,),
            )

        tables.rebuild(self._db, self._spec, found, fill)

    def _changes(
        self, plan: Plan, limit: int
    ) -> Iterator[tuple[str, dict[str, object] | None, dict[str, object] | None]]:
        """Operation, before and after of the first `limit` differences of each operation; all of them when it is -1."""
        if plan.found is None:
            for row in self._db.execute(f"SELECT {listed(self._names)} FROM {_STAGED} LIMIT ?", (limit,)):
                yield "c", None, _named(self._spec.columns, row)
            return
        before = [f"t.{quoted(c.name)}" if c not in plan.change.added else "NULL" for c in self._spec.columns]
        for operation in _OPERATIONS:
            rows = self._db.execute(
                f"SELECT {', '.join(before)}, {listed(self._names, 's')} FROM {_DIFF} AS d"
                f" LEFT JOIN {_STAGED} AS s ON s.{self._row_id} = d.staged"
                f" LEFT JOIN {self._table} AS t ON t.{self._row_id} = d.target WHERE d.op = ? LIMIT ?",
                (operation, limit),
            )
            width = len(self._names)
            for row in rows:
                old, new = _named(self._spec.columns, row[:width]), _named(self._spec.columns, row[width:])
                yield operation, None if operation == "c" else old, None if operation == "d" else new

    def _equal(self, change: Evolution) -> str:
        return " AND ".join(self._pair(column, change, "=") for column in self._key_columns)

    def _changed(self, column: Column, change: Evolution) -> str:
        if column in change.added:
            return f"s.{quoted(column.name)} IS NOT NULL"
        differs = self._pair(column, change, "IS NOT")
        if column.type in _DECIMALS:
            return f"({differs} AND NOT sincro_same_decimal(s.{quoted(column.name)}, t.{quoted(column.name)}))"
        return differs

    @staticmethod
    def _pair(column: Column, change: Evolution, operator: str) -> str:
        name = quoted(column.name)
        if column in change.added:
            return f"s.{name} {operator} NULL"
        if column.name in {name for name, _ in (*change.retyped, *change.widened)}:
            return f"CAST(s.{name} AS TEXT) {operator} CAST(t.{name} AS TEXT)"
        return f"s.{name} {operator} t.{name}"


def _named(columns: Iterable[Column], values: Iterable[object]) -> dict[str, object]:
    return {column.name: restored(column, value) for column, value in zip(columns, values, strict=True)}


def _json(document: dict[str, object] | None) -> str | None:
    return None if document is None else json.dumps(document, ensure_ascii=False)
