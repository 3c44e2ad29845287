"""Reads the shape of a table from PostgreSQL's catalogue and carries out what `shape` has decided about it."""

from psycopg import Cursor, sql

from sincro_scraper.load.errors import TableMismatch
from sincro_scraper.load.postgresql.names import Names
from sincro_scraper.load.postgresql.types import CHANGED_AT_TYPE, SQL_TYPES
from sincro_scraper.load.shape import Evolution, FoundColumn, FoundTable
from sincro_scraper.load.specification import CHANGED_AT, TableSpec

_KINDS = {
    "p": "a partitioned table",
    "v": "a view",
    "m": "a materialized view",
    "f": "a foreign table",
    "S": "a sequence",
}


def find_table(cursor: Cursor, spec: TableSpec) -> FoundTable | None:
    """The table's shape, or None where there is none. Raises TableMismatch for what is no ordinary table."""
    found = cursor.execute(
        "SELECT c.oid, c.relkind, c.relhassubclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relname = %s",
        (spec.schema, spec.name),
    ).fetchone()
    if found is None:
        return None
    oid, kind, has_children = found
    if kind != "r" or has_children:
        what = "a table with children" if has_children else _KINDS.get(kind, "no table")
        raise TableMismatch(f"{spec.schema}.{spec.name} is {what}; it has to be an ordinary table", table=spec.name)
    columns = cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, atthasdef OR attidentity <> '',"
        " attgenerated <> '' FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (oid,),
    ).fetchall()
    keys = cursor.execute(
        "SELECT array_agg(a.attname::text ORDER BY a.attname::text) FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])"
        " WHERE i.indrelid = %s AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL"
        " GROUP BY i.indexrelid",
        (oid,),
    ).fetchall()
    return FoundTable(tuple(FoundColumn(*column) for column in columns), tuple(tuple(key) for (key,) in keys))


def create_table(cursor: Cursor, spec: TableSpec) -> None:
    """Create the table, and its schema where that is missing, without the key: `add_key` is faster on a full table."""
    names = Names(spec)
    if cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (spec.schema,)).fetchone() is None:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(spec.schema)))
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(SQL_TYPES[column.type])) for column in spec.columns
    ]
    cursor.execute(
        sql.SQL("CREATE TABLE {} ({}, {} {} NOT NULL)").format(
            names.target, sql.SQL(", ").join(columns), sql.Identifier(CHANGED_AT), sql.SQL(CHANGED_AT_TYPE)
        )
    )


def add_key(cursor: Cursor, spec: TableSpec, table: sql.Identifier | None = None) -> None:
    """Make the key unique: as the primary key, or as a unique index beside another primary key."""
    names = Names(spec)
    target = table or names.target
    has_primary = cursor.execute(
        "SELECT 1 FROM pg_index WHERE indrelid = %s::regclass AND indisprimary", (target.as_string(cursor),)
    ).fetchone()
    if has_primary is None:
        cursor.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(target, names.key))
    else:
        cursor.execute(sql.SQL("CREATE UNIQUE INDEX ON {} ({})").format(target, names.key))


def evolve_table(cursor: Cursor, spec: TableSpec, evolution: Evolution) -> None:
    """Add and widen columns and add the key, each as decided. Existing rows keep their values."""
    names = Names(spec)
    actions = [
        sql.SQL("ADD COLUMN {} {}").format(sql.Identifier(column.name), sql.SQL(SQL_TYPES[column.type]))
        for column in evolution.added
    ]
    actions += [
        sql.SQL("ALTER COLUMN {0} TYPE {1} USING {0}::{1}").format(sql.Identifier(name), sql.SQL(wanted))
        for name, wanted in evolution.widened
    ]
    if evolution.adds_changed_at:
        actions.append(sql.SQL("ADD COLUMN {} {}").format(sql.Identifier(CHANGED_AT), sql.SQL(CHANGED_AT_TYPE)))
    if actions:
        cursor.execute(sql.SQL("ALTER TABLE {} {}").format(names.target, sql.SQL(", ").join(actions)))
    if evolution.adds_key:
        add_key(cursor, spec)
