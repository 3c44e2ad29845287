"""What a target table looks like: columns with types and a key. Plain data, checked once; no database is named here."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

METADATA_PREFIX = "_sincro_"
CHANGED_AT = "_sincro_changed_at"
"""When Sincro last created or updated the row; a row that was read again unchanged keeps its time."""

_NAME_BYTES = 63


class ColumnType(StrEnum):
    """What a column holds, and as which Python value a row carries it (None where the cell was empty)."""

    TEXT = "text"
    """str"""
    INTEGER = "integer"
    """int, 64 bits"""
    DECIMAL = "decimal"
    """Decimal, exact, any scale"""
    MONEY = "money"
    """Decimal; stored as DECIMAL is, the currency is the profile's"""
    PERCENT = "percent"
    """Decimal, percent points; stored as DECIMAL is"""
    DATE = "date"
    """datetime.date"""
    DATETIME = "datetime"
    """aware datetime.datetime; stored as an instant"""
    BOOLEAN = "boolean"
    """bool"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. required: None is refused (RowRejected). Key columns are always required."""

    name: str
    type: ColumnType
    required: bool = False


@dataclass(frozen=True)
class TableSpec:
    """A table: its columns in the order that rows carry values, and the names of the key columns.

    Raises ValueError for what cannot be a table: no columns, no key, a key that is no column, a name twice, a name that
    is empty, over 63 bytes, has a control character, or starts with `_sincro_`.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    schema: str = "public"

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "key", tuple(self.key))
        names = [column.name for column in self.columns]
        for name in (self.schema, self.name, *names):
            _check_name(name)
        if not names or not self.key:
            raise ValueError(f"table {self.name!r} needs at least one column and a key")
        for what, listed in (("column", names), ("key column", list(self.key))):
            twice = sorted({name for name in listed if listed.count(name) > 1})
            if twice:
                raise ValueError(f"table {self.name!r} has the {what} {twice[0]!r} twice")
        missing = [name for name in self.key if name not in names]
        if missing:
            raise ValueError(f"the key of table {self.name!r} names {missing[0]!r}, which is no column of it")

    @cached_property
    def key_positions(self) -> tuple[int, ...]:
        """Where the key's values stand in a row, in the key's order."""
        names = [column.name for column in self.columns]
        return tuple(names.index(name) for name in self.key)

    @cached_property
    def required_positions(self) -> tuple[int, ...]:
        """Where a row must not hold None."""
        return tuple(i for i, column in enumerate(self.columns) if column.required or column.name in self.key)

    @property
    def values(self) -> tuple[Column, ...]:
        """The columns outside the key."""
        return tuple(column for column in self.columns if column.name not in self.key)


def _check_name(name: str) -> None:
    if not name or len(name.encode()) > _NAME_BYTES or any(ord(c) < 32 or ord(c) == 127 for c in name):
        raise ValueError(f"{name!r} cannot name a table or column: 1 to {_NAME_BYTES} bytes, no control characters")
    if name.startswith(METADATA_PREFIX):
        raise ValueError(f"{name!r} cannot name a table or column: names with {METADATA_PREFIX} are Sincro's own")
