"""Carries the differences that `comparison` found into the target and its change log, row by row exactly those.

Values stand in the statements as literals: beside parameters a % in a column's name would count as one.
"""

from collections.abc import Sequence
from datetime import datetime

from psycopg import Cursor, sql

from sincro_scraper.load.errors import TableMismatch
from sincro_scraper.load.postgresql.names import DIFF, STAGED, Names, listed, qualified
from sincro_scraper.load.procedure import Compared, Plan
from sincro_scraper.load.specification import CHANGED_AT, TableSpec


def insert_all(cursor: Cursor, spec: TableSpec, now: datetime) -> None:
    """Fill a table that was just created with the whole read."""
    names = Names(spec)
    cursor.execute(
        sql.SQL("INSERT INTO {} ({}, {}) SELECT {}, {} FROM {}").format(
            names.target, names.columns, sql.Identifier(CHANGED_AT), names.columns, sql.Literal(now), STAGED
        )
    )


def merge(cursor: Cursor, spec: TableSpec, compared: Compared, now: datetime, *, deletes: bool) -> None:
    """Delete, update and insert what DIFF says. Raises TableMismatch where a trigger kept rows from being written."""
    names = Names(spec)
    changed_at = sql.Identifier(CHANGED_AT)
    if deletes and compared.missing:
        cursor.execute(
            sql.SQL("DELETE FROM {} AS t USING {} AS d WHERE d.op = 'd' AND t.ctid = d.target").format(
                names.target, DIFF
            )
        )
        _all_written(cursor, spec, "deleted", compared.missing)
    if compared.updated:
        assignments = [
            sql.SQL("{} = {}").format(sql.Identifier(column.name), qualified(column.name, "s"))
            for column in spec.values
        ]
        cursor.execute(
            sql.SQL(
                "UPDATE {} AS t SET {}, {} = {} FROM {} AS d JOIN {} AS s ON s.ctid = d.staged"
                " WHERE d.op = 'u' AND t.ctid = d.target"
            ).format(names.target, sql.SQL(", ").join(assignments), changed_at, sql.Literal(now), DIFF, STAGED)
        )
        _all_written(cursor, spec, "updated", compared.updated)
    if compared.created:
        source = sql.SQL("{} AS s JOIN {} AS d ON d.staged = s.ctid AND d.op = 'c'").format(STAGED, DIFF)
        if compared.created == compared.read:
            source = sql.SQL("{} AS s").format(STAGED)
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}, {}) SELECT {}, {} FROM {}").format(
                names.target,
                names.columns,
                changed_at,
                listed((column.name for column in spec.columns), "s"),
                sql.Literal(now),
                source,
            )
        )
        _all_written(cursor, spec, "created", compared.created)


def _all_written(cursor: Cursor, spec: TableSpec, what: str, expected: int) -> None:
    if cursor.rowcount != expected:
        raise TableMismatch(
            f"{spec.name}: {expected} rows should have been {what}, but only {cursor.rowcount} were: is there a "
            "trigger or rule that keeps rows from being written?",
            table=spec.name,
        )


def log_changes(cursor: Cursor, spec: TableSpec, plan: Plan, now: datetime, task_id: str) -> None:
    """Append every difference to `<table>_changes` before it is carried out; the log is created where it is missing.

    Of a table that is not there yet every row of the read is one that is created.
    """
    names = Names(spec)
    cursor.execute(
        sql.SQL(
            "CREATE TABLE IF NOT EXISTS {} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " at timestamp with time zone NOT NULL, task_id text NOT NULL, operation text NOT NULL,"
            " key jsonb NOT NULL, before jsonb, after jsonb)"
        ).format(names.changes)
    )
    columns = [column.name for column in spec.columns]
    at, task = sql.Literal(now), sql.Literal(task_id)
    if plan.found is None:
        cursor.execute(
            sql.SQL(
                "INSERT INTO {} (at, task_id, operation, key, before, after) SELECT {}, {}, 'created', {}, NULL, {}"
                " FROM {} AS s"
            ).format(names.changes, at, task, _document(spec.key, "s"), _document(columns, "s"), STAGED)
        )
        return
    there = [column.name for column in spec.columns if column not in plan.change.added]
    key = sql.SQL("CASE WHEN d.op = 'd' THEN {} ELSE {} END").format(
        _document([name for name in spec.key if name in there], "t"), _document(spec.key, "s")
    )
    cursor.execute(
        sql.SQL(
            "INSERT INTO {} (at, task_id, operation, key, before, after) SELECT {}, {},"
            " CASE d.op WHEN 'c' THEN 'created' WHEN 'u' THEN 'updated' ELSE 'deleted' END, {},"
            " CASE WHEN d.op <> 'c' THEN {} END, CASE WHEN d.op <> 'd' THEN {} END"
            " FROM {} AS d LEFT JOIN {} AS s ON s.ctid = d.staged LEFT JOIN {} AS t ON t.ctid = d.target WHERE {}"
        ).format(
            names.changes,
            at,
            task,
            key,
            _document(there, "t"),
            _document(columns, "s"),
            DIFF,
            STAGED,
            names.target,
            sql.SQL("true" if plan.deletes else "d.op <> 'd'"),
        )
    )


def _document(columns: Sequence[str], alias: str) -> sql.Composed:
    """A jsonb object of the columns. jsonb_build_object takes at most 50 pairs, so longer rows are put together."""
    parts: list[sql.Composable] = [
        sql.SQL("jsonb_build_object({})").format(
            sql.SQL(", ").join(
                sql.SQL("{}, {}").format(sql.Literal(name), qualified(name, alias))
                for name in columns[start : start + 40]
            )
        )
        for start in range(0, len(columns), 40)
    ]
    return sql.SQL(" || ").join(parts or [sql.SQL("'{}'::jsonb")])
