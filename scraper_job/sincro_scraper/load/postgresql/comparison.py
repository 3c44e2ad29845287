"""Finds out, in one pass over the read and the target, which rows are created, updated and gone. Nothing is written."""

from collections.abc import Iterator

from psycopg import Cursor, sql

from sincro_scraper.load.canonical import column_names, named
from sincro_scraper.load.errors import DuplicateKey
from sincro_scraper.load.postgresql.names import DIFF, KEPT, STAGED, Names, listed, qualified
from sincro_scraper.load.postgresql.types import SQL_TYPES
from sincro_scraper.load.procedure import Compared, Plan
from sincro_scraper.load.shape import Evolution
from sincro_scraper.load.specification import Column, TableSpec
from sincro_scraper.load.target import Difference, Operation

_EXAMPLES = 5
_OPERATIONS = {"c": Operation.CREATED, "u": Operation.UPDATED, "d": Operation.DELETED}


def refuse_duplicates(cursor: Cursor, spec: TableSpec) -> None:
    """Raise DuplicateKey where rows of the read share a key."""
    names = Names(spec)
    groups = sql.SQL("SELECT {} FROM {} GROUP BY {} HAVING count(*) > 1").format(names.key, STAGED, names.key)
    examples = cursor.execute(sql.SQL("{} ORDER BY {} LIMIT {}").format(groups, names.key, _EXAMPLES)).fetchall()
    if not examples:
        return
    counted = cursor.execute(sql.SQL("SELECT count(*) FROM ({}) AS twice").format(groups)).fetchone()
    different = cursor.execute(
        sql.SQL("SELECT 1 FROM (SELECT DISTINCT {} FROM {}) AS rows GROUP BY {} HAVING count(*) > 1 LIMIT 1").format(
            names.columns, STAGED, names.key
        )
    ).fetchone()
    raise DuplicateKey(
        spec.name,
        counted[0] if counted else len(examples),
        [named(spec.key, example) for example in examples],
        identical=different is None,
    )


def compare(cursor: Cursor, spec: TableSpec, plan: Plan, *, keeps: bool, read: int) -> Compared:
    """Fill DIFF and count it. keeps: rows whose keys are in KEPT are not gone; read: the number of rows in STAGED.

    A table that is not there yet (or was created a moment ago) needs no comparison and no DIFF.
    """
    if plan.found is None:
        return Compared(total=0, read=read, created=read, updated=0, missing=0)
    names, evolution, deletes = Names(spec), plan.change, plan.deletes
    retyped = {name for name, _ in evolution.retyped}
    changed = [
        sql.SQL("{}::text IS DISTINCT FROM {}" if column.name in retyped else "{} IS DISTINCT FROM {}").format(
            qualified(column.name, "s"), target_value(column, evolution)
        )
        for column in spec.values
    ]
    cursor.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE _sincro_diff ON COMMIT DROP AS"
            " SELECT CASE WHEN s.ctid IS NULL THEN 'd' WHEN t.ctid IS NULL THEN 'c' ELSE 'u' END::\"char\" AS op,"
            " s.ctid AS staged, t.ctid AS target"
            " FROM {staged} AS s {join} JOIN {target} AS t ON {equal}"
            " WHERE s.ctid IS NULL OR t.ctid IS NULL OR {changed}"
        ).format(
            staged=STAGED,
            join=sql.SQL("FULL" if deletes else "LEFT"),
            target=names.target,
            equal=key_equality(spec, evolution),
            changed=sql.SQL(" OR ").join(changed) if changed else sql.SQL("false"),
        )
    )
    if deletes and keeps:
        kept = [sql.SQL("{} = {}").format(qualified(name, "k"), qualified(name, "t")) for name in spec.key]
        cursor.execute(
            sql.SQL("DELETE FROM {} AS d USING {} AS t, {} AS k WHERE d.op = 'd' AND t.ctid = d.target AND {}").format(
                DIFF, names.target, KEPT, sql.SQL(" AND ").join(kept)
            )
        )
    cursor.execute(sql.SQL("ANALYZE {}").format(DIFF))
    counts: dict[str, int] = dict(
        cursor.execute(sql.SQL("SELECT op::text, count(*) FROM {} GROUP BY op").format(DIFF)).fetchall()
    )
    total = cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(names.target)).fetchone()
    return Compared(
        total=total[0] if total else 0,
        read=read,
        created=counts.get("c", 0),
        updated=counts.get("u", 0),
        missing=counts.get("d", 0),
    )


def key_equality(spec: TableSpec, evolution: Evolution) -> sql.Composed:
    """The condition that a staged row `s` and a row `t` of the target have the same key."""
    retyped = {name for name, _ in evolution.retyped}
    return sql.SQL(" AND ").join(
        sql.SQL("{}::text = {}" if spec.columns[position].name in retyped else "{} = {}").format(
            qualified(spec.columns[position].name, "s"), target_value(spec.columns[position], evolution)
        )
        for position in spec.key_positions
    )


def target_value(column: Column, evolution: Evolution, alias: str = "t") -> sql.Composable:
    """The column's value in the table as it is, in the type that it will have (or as text where that would lose)."""
    if any(added.name == column.name for added in evolution.added):
        return sql.SQL("NULL::{}").format(sql.SQL(SQL_TYPES[column.type]))
    reference = qualified(column.name, alias)
    if column.name in {name for name, _ in evolution.retyped}:
        return sql.SQL("{}::text").format(reference)
    if column.name in {name for name, _ in evolution.widened}:
        return sql.SQL("{}::{}").format(reference, sql.SQL(SQL_TYPES[column.type]))
    return reference


def differences(cursor: Cursor, spec: TableSpec, plan: Plan, limit: int) -> Iterator[Difference]:
    """The first `limit` differences of each operation, as they are before anything is written."""
    names = column_names(spec)
    if plan.found is None:
        rows = cursor.execute(
            sql.SQL("SELECT {} FROM {} LIMIT {}").format(Names(spec).columns, STAGED, limit)
        ).fetchall()
        for row in rows:
            yield _difference(spec, "c", None, named(names, row))
        return
    for operation in _OPERATIONS:
        rows = cursor.execute(
            sql.SQL(
                "SELECT {}, {} FROM {} AS d LEFT JOIN {} AS s ON s.ctid = d.staged"
                " LEFT JOIN {} AS t ON t.ctid = d.target WHERE d.op = {} LIMIT {}"
            ).format(
                sql.SQL(", ").join(target_value(column, plan.change) for column in spec.columns),
                listed(names, "s"),
                DIFF,
                STAGED,
                Names(spec).target,
                operation,
                limit,
            )
        ).fetchall()
        for row in rows:
            before, after = named(names, row[: len(names)]), named(names, row[len(names) :])
            yield _difference(
                spec, operation, None if operation == "c" else before, None if operation == "d" else after
            )


def _difference(
    spec: TableSpec, operation: str, before: dict[str, object] | None, after: dict[str, object] | None
) -> Difference:
    shown = after if after is not None else before or {}
    return Difference(_OPERATIONS[operation], {name: shown[name] for name in spec.key}, before, after)
