"""Reads and makes tables in SQLite. What has to change is decided in load.shape.

SQLite can add a column but change no type, so such a table is built anew beside itself, filled and renamed.
"""

# ruff: noqa: S608 - SQLite has no parameters for names; every name in these statements has gone through `quoted`

import re
from collections.abc import Callable, Sequence
from sqlite3 import Connection

from sincro_scraper.load.errors import TableMismatch
from sincro_scraper.load.shape import Evolution, FoundColumn, FoundTable
from sincro_scraper.load.specification import CHANGED_AT, Column, ColumnType, TableSpec
from sincro_scraper.load.sqlite.values import SQL_TYPES

CHANGED_AT_TYPE = SQL_TYPES[ColumnType.DATETIME]
_OF_ITS_OWN = re.compile(r"\b(CHECK|REFERENCES|GENERATED|COLLATE|UNIQUE|STRICT|AUTOINCREMENT)\b", re.IGNORECASE)
_WITHOUT_ROWID = re.compile(r"\bWITHOUT\s+ROWID\b", re.IGNORECASE)


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Sequence[str], alias: str = "") -> str:
    """Quoted names with commas, behind an alias where one is given."""
    return ", ".join(f"{alias}.{quoted(name)}" if alias else quoted(name) for name in names)


def typed(spec: TableSpec, columns: Sequence[Column], *, key: bool = False) -> str:
    """Column definitions; key: with the primary key."""
    definitions = [
        f"{quoted(column.name)} {SQL_TYPES[column.type]}{' NOT NULL' if column.name in spec.key else ''}"
        for column in columns
    ]
    if key:
        definitions.append(f"{quoted(CHANGED_AT)} {CHANGED_AT_TYPE}")
        definitions.append(f"PRIMARY KEY ({listed(spec.key)})")
    return ", ".join(definitions)


def find_table(connection: Connection, spec: TableSpec) -> FoundTable | None:
    """The table's shape, or None. Raises TableMismatch for a view or a table without row ids."""
    master = connection.execute(
        "SELECT type, sql FROM main.sqlite_master WHERE name = ? AND type IN ('table', 'view')", (spec.name,)
    ).fetchone()
    if master is None:
        return None
    if master[0] != "table" or _WITHOUT_ROWID.search(master[1]):
        raise TableMismatch(f"{spec.name} is a view or has no row ids; it has to be a plain table", table=spec.name)
    columns = connection.execute(
        'SELECT name, upper(type), "notnull", dflt_value IS NOT NULL OR pk, hidden IN (2, 3)'
        " FROM pragma_table_xinfo(?)",
        (spec.name,),
    ).fetchall()
    indexes = connection.execute(
        'SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial', (spec.name,)
    ).fetchall()
    keys = [connection.execute("SELECT name FROM pragma_index_info(?)", index).fetchall() for index in indexes]
    keys.append(connection.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0", (spec.name,)).fetchall())
    return FoundTable(
        tuple(FoundColumn(name, kind, *map(bool, flags)) for name, kind, *flags in columns),
        tuple(tuple(sorted(name or "" for (name,) in key)) for key in keys),
    )


def own_constraints(connection: Connection, spec: TableSpec) -> tuple[str, ...]:
    """What users have written into the table's definition and building it anew would lose, as words of SQL."""
    row = connection.execute(
        "SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = ?", (spec.name,)
    ).fetchone()
    return tuple(sorted({f"its own {word.upper()}" for word in _OF_ITS_OWN.findall(row[0])})) if row else ()


def create_table(connection: Connection, spec: TableSpec) -> None:
    """Create the table with its key."""
    connection.execute(f"CREATE TABLE main.{quoted(spec.name)} ({typed(spec, spec.columns, key=True)})")


def evolve_table(connection: Connection, spec: TableSpec, found: FoundTable, change: Evolution) -> None:
    """Add and widen columns and add the key, each as decided. Existing rows keep their values."""
    table = f"main.{quoted(spec.name)}"
    if change.widened:
        standing = own_constraints(connection, spec)
        if standing:
            raise TableMismatch(
                f"{spec.name}: the type of {change.widened[0][0]} cannot be changed without losing "
                f"{', '.join(standing)}",
                table=spec.name,
                column=change.widened[0][0],
            )
        there = [column.name for column in spec.columns if column not in change.added]
        kept = [*there, *found.extras(spec), *([] if change.adds_changed_at else [CHANGED_AT])]
        rebuild(
            connection,
            spec,
            found,
            lambda new: connection.execute(f"INSERT INTO {new} ({listed(kept)}) SELECT {listed(kept)} FROM {table}"),
        )
        return
    for column in change.added:
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {quoted(column.name)} {SQL_TYPES[column.type]}")
    if change.adds_changed_at:
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {quoted(CHANGED_AT)} {CHANGED_AT_TYPE}")
    if change.adds_key:
        index = quoted(f"{spec.name}_sincro_key")
        connection.execute(f"CREATE UNIQUE INDEX main.{index} ON {quoted(spec.name)} ({listed(spec.key)})")


def rebuild(connection: Connection, spec: TableSpec, found: FoundTable, fill: Callable[[str], object]) -> None:
    """Build the table anew: create it beside, let `fill` fill it, and give it the name, indexes and triggers."""
    name = f"_sincro_rebuilt_{spec.name}"
    new = f"main.{quoted(name)}"
    defaults = dict(connection.execute("SELECT name, dflt_value FROM pragma_table_info(?)", (spec.name,)).fetchall())
    extras = [
        f"{quoted(column.name)} {column.type}"
        + (f" DEFAULT ({defaults[column.name]})" if defaults.get(column.name) is not None else "")
        for column in found.columns
        if column.name in found.extras(spec)
    ]
    definitions = typed(spec, spec.columns, key=True).partition(", PRIMARY KEY")
    connection.execute(f"CREATE TABLE {new} ({', '.join([definitions[0], *extras])}{definitions[1]}{definitions[2]})")
    fill(new)
    companions = connection.execute(
        "SELECT sql FROM main.sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
        (spec.name,),
    ).fetchall()
    connection.execute(f"DROP TABLE main.{quoted(spec.name)}")
    connection.execute(f"ALTER TABLE {new} RENAME TO {quoted(spec.name)}")
    for (statement,) in companions:
        connection.execute(statement)
