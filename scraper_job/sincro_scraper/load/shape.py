"""Decided here: what has to change in a table that is there so that it can hold what a TableSpec describes.

Pure: the shape that was found goes in, the changes come out. Columns are added and types widened where no value can
change; nothing is ever dropped. Reading the shape and carrying changes out is each database's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sincro_scraper.load.errors import TableMismatch
from sincro_scraper.load.specification import CHANGED_AT, Column, ColumnType, TableSpec


@dataclass(frozen=True, slots=True)
class Dialect:
    """A database's names for types. lossless: by type, the types whose every value it holds and gives back.

    A length or precision in brackets does not count: a narrower one is widened.
    """

    types: Mapping[ColumnType, str]
    lossless: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of a table that is there. type: as the database writes it; generated: computed by the database."""

    name: str
    type: str
    not_null: bool = False
    has_default: bool = False
    generated: bool = False


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table that is there. unique_keys: the columns of each plain unique index, sorted."""

    columns: tuple[FoundColumn, ...]
    unique_keys: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> FoundColumn | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def extras(self, spec: TableSpec) -> tuple[str, ...]:
        """The columns that are neither the spec's nor Sincro's own nor computed: what users have put there."""
        ours = {column.name for column in spec.columns} | {CHANGED_AT}
        return tuple(column.name for column in self.columns if column.name not in ours and not column.generated)


@dataclass(frozen=True, slots=True)
class Evolution:
    """What to do before loading: columns to add, types to widen (column, new type), Sincro's own column, the key.

    retyped: columns whose type has to change with a loss, which only a Force does; comparing them needs text.
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


def evolution(spec: TableSpec, found: FoundTable, dialect: Dialect, *, rebuild: bool = False) -> Evolution:
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
        wanted = dialect.types[column.type]
        if there.type == wanted:
            continue
        if there.type.partition("(")[0] in (wanted, *dialect.lossless.get(wanted, ())):
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
    if not rebuild:
        _refuse_new_key_column(spec, added)
    return Evolution(
        tuple(added),
        tuple(widened),
        tuple(retyped),
        adds_changed_at=found.column(CHANGED_AT) is None,
        adds_key=tuple(sorted(spec.key)) not in found.unique_keys,
    )


def _refuse_new_key_column(spec: TableSpec, added: list[Column]) -> None:
    for column in added:
        if column.name in spec.key:
            raise TableMismatch(
                f"{spec.name}: the key column {column.name} is not in the table. Run a Force, which builds it anew",
                table=spec.name,
                column=column.name,
            )


def _refuse_unfilled(spec: TableSpec, found: FoundTable) -> None:
    for name in found.extras(spec):
        column = found.column(name)
        if column is not None and column.not_null and not column.has_default:
            raise TableMismatch(
                f"{spec.name}: the column {name} is not in the profile, must not be NULL and has no default: "
                "no row could be created",
                table=spec.name,
                column=name,
            )
