"""Carries the differences that `comparison` found into the target and its change log, row by row exactly those."""

from datetime import datetime

from psycopg import Cursor, sql

from sincro_scraper.load.errors import TableMismatch
from sincro_scraper.load.postgresql.comparison import Compared
from sincro_scraper.load.postgresql.names import DIFF, STAGED, Names, listed, qualified
from sincro_scraper.load.specification import CHANGED_AT, TableSpec


def insert_all(cursor: Cursor, spec: TableSpec, now: datetime) -> None:
    """Fill a table that was just created with the whole read."""
    names = Names(spec)
    cursor.execute(
        sql.SQL("INSERT INTO {} ({}, {}) SELECT {}, %s FROM {}").format(
            names.target, names.columns, sql.Identifier(CHANGED_AT), names.columns, STAGED
        ),
        (now,),
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
                "UPDATE {} AS t SET {}, {} = %s FROM {} AS d JOIN {} AS s ON s.ctid = d.staged"
                " WHERE d.op = 'u' AND t.ctid = d.target"
            ).format(names.target, sql.SQL(", ").join(assignments), changed_at, DIFF, STAGED),
            (now,),
        )
        _all_written(cursor, spec, "updated", compared.updated)
    if compared.created:
        source = sql.SQL("{} AS s JOIN {} AS d ON d.staged = s.ctid AND d.op = 'c'").format(STAGED, DIFF)
        if compared.created == compared.read:
            source = sql.SQL("{} AS s").format(STAGED)
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}, {}) SELECT {}, %s FROM {}").format(
                names.target, names.columns, changed_at, listed((c.name for c in spec.columns), "s"), source
            ),
            (now,),
        )
        _all_written(cursor, spec, "created", compared.created)


def _all_written(cursor: Cursor, spec: TableSpec, what: str, expected: int) -> None:
    if cursor.rowcount != expected:
        raise TableMismatch(
            f"{spec.name}: {expected} rows should have been {what}, but only {cursor.rowcount} were: is there a "
            "trigger or rule that keeps rows from being written?",
            table=spec.name,
        )


def log_changes(cursor: Cursor, spec: TableSpec, now: datetime, task_id: str, *, deletes: bool) -> None:
    """Append every difference to `<table>_changes` before it is carried out; the log is created where it is missing."""
    names = Names(spec)
    cursor.execute(
        sql.SQL(
            "CREATE TABLE IF NOT EXISTS {} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " at timestamp with time zone NOT NULL, task_id text NOT NULL, operation text NOT NULL,"
            " key jsonb NOT NULL, before jsonb, after jsonb)"
        ).format(names.changes)
    )
    before = _document([column.name for column in spec.columns], "t")
    after = _document([column.name for column in spec.columns], "s")
    key = sql.SQL("CASE WHEN d.op = 'd' THEN {} ELSE {} END").format(
        _document(list(spec.key), "t"), _document(list(spec.key), "s")
    )
    cursor.execute(
        sql.SQL(
            "INSERT INTO {} (at, task_id, operation, key, before, after) SELECT %s, %s,"
            " CASE d.op WHEN 'c' THEN 'created' WHEN 'u' THEN 'updated' ELSE 'deleted' END, {},"
            " CASE WHEN d.op <> 'c' THEN {} END, CASE WHEN d.op <> 'd' THEN {} END"
            " FROM {} AS d LEFT JOIN {} AS s ON s.ctid = d.staged LEFT JOIN {} AS t ON t.ctid = d.target{}"
        ).format(
            names.changes,
            key,
            before,
            after,
            DIFF,
            STAGED,
            names.target,
            sql.SQL("" if deletes else " WHERE d.op <> 'd'"),
        ),
        (now, task_id),
    )


def _document(columns: list[str], alias: str) -> sql.Composed:
    """A jsonb object of the columns. jsonb_build_object takes at most 50 pairs, so longer rows are put together."""
    parts = [
        sql.SQL("jsonb_build_object({})").format(
            sql.SQL(", ").join(
                sql.SQL("{}, {}").format(sql.Literal(name), qualified(name, alias))
                for name in columns[start : start + 40]
            )
        )
        for start in range(0, len(columns), 40)
    ]
    return sql.SQL(" || ").join(parts)
