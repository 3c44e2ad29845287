"""Decided here: what has to change in a table that is there so that it can hold what a TableSpec describes.

Pure: the shape that was found goes in, the changes come out. Columns are added and types widened where no value can
change; nothing is ever dropped. Reading the shape from the catalogue and carrying changes out is in `tables`.
"""

from dataclasses import dataclass

from sincro_scraper.load.errors import TableMismatch
from sincro_scraper.load.specification import CHANGED_AT, Column, ColumnType, TableSpec

SQL_TYPES: dict[ColumnType, str] = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "bigint",
    ColumnType.DECIMAL: "numeric",
    ColumnType.MONEY: "numeric",
    ColumnType.PERCENT: "numeric",
    ColumnType.DATE: "date",
    ColumnType.DATETIME: "timestamp with time zone",
    ColumnType.BOOLEAN: "boolean",
}
CHANGED_AT_TYPE = "timestamp with time zone"

_LOSSLESS: dict[str, tuple[str, ...]] = {
    "text": ("character varying", "bigint", "integer", "smallint", "numeric", "date", "boolean", "uuid"),
    "bigint": ("integer", "smallint"),
    "numeric": ("bigint", "integer", "smallint"),
}
"""Types whose every value the key's type can hold and give back; a length or precision in brackets does not count."""


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of a table that is there. type as format_type writes it; generated: computed by the database."""

    name: str
    type: str
    not_null: bool = False
    has_default: bool = False
    generated: bool = False


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table that is there. unique_keys: the columns of each valid, plain unique index, sorted."""

    columns: tuple[FoundColumn, ...]
    unique_keys: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> FoundColumn | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Evolution:
    """What to do before loading: columns to add, types to widen (column, new type), a unique key to add.

    retyped: columns whose type has to change with a loss (only a Force does that); comparing them needs text.
    """

    added: tuple[Column, ...] = ()
    widened: tuple[tuple[str, str], ...] = ()
    retyped: tuple[tuple[str, str], ...] = ()
    adds_changed_at: bool = False
    adds_key: bool = False

    @property
    def nothing(self) -> bool:
        """True when the table is as it has to be."""
        return self == Evolution()


def evolution(spec: TableSpec, found: FoundTable, *, rebuild: bool = False) -> Evolution:
    """What has to change. rebuild: the table will be replaced by a new one, so that a loss of type or key is allowed.

    Raises TableMismatch, naming the column, for what cannot be done without losing something.
    """
    added: list[Column] = []
    widened: list[tuple[str, str]] = []
    retyped: list[tuple[str, str]] = []
    for column in spec.columns:
        there = found.column(column.name)
        if there is None:
            added.append(column)
            continue
        if there.generated:
            raise TableMismatch(
                f"{spec.name}: the column {column.name} is computed by the database; nothing can be written to it",
                table=spec.name,
                column=column.name,
            )
        wanted = SQL_TYPES[column.type]
        if there.type == wanted:
            continue
        if there.type.partition("(")[0] in (wanted, *_LOSSLESS.get(wanted, ())):
            widened.append((column.name, wanted))
        elif rebuild:
            retyped.append((column.name, wanted))
        else:
            raise TableMismatch(
                f"{spec.name}: the column {column.name} is {there.type} and would have to become {wanted}, which may "
                "lose values. Correct the profile, or run a Force, which builds the table anew",
                table=spec.name,
                column=column.name,
            )
    _refuse_unfilled(spec, found)
    adds_key = tuple(sorted(spec.key)) not in found.unique_keys
    missing_key = [column.name for column in added if column.name in spec.key]
    if missing_key and not rebuild:
        raise TableMismatch(
            f"{spec.name}: the key column {missing_key[0]} is not in the table. Run a Force, which builds it anew",
            table=spec.name,
            column=missing_key[0],
        )
    changed_at = found.column(CHANGED_AT)
    return Evolution(tuple(added), tuple(widened), tuple(retyped), changed_at is None, adds_key)


def _refuse_unfilled(spec: TableSpec, found: FoundTable) -> None:
    named = {column.name for column in spec.columns} | {CHANGED_AT}
    for column in found.columns:
        if column.name not in named and column.not_null and not column.has_default and not column.generated:
            raise TableMismatch(
                f"{spec.name}: the column {column.name} is not in the profile, must not be NULL and has no default: "
                "no row could be created",
                table=spec.name,
                column=column.name,
            )
