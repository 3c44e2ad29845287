"""How values are stored in SQLite, which has neither decimals nor dates: as texts that sort and compare rightly.

The declared types tell one from the other again: DECIMAL_TEXT, DATE_TEXT and DATETIME_TEXT have text affinity.
"""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from sincro_scraper.load.canonical import plain
from sincro_scraper.load.shape import Dialect
from sincro_scraper.load.specification import Column, ColumnType, TableSpec
from sincro_scraper.load.target import Row

SQL_TYPES: dict[ColumnType, str] = {
    ColumnType.TEXT: "TEXT",
    ColumnType.INTEGER: "INTEGER",
    ColumnType.DECIMAL: "DECIMAL_TEXT",
    ColumnType.MONEY: "DECIMAL_TEXT",
    ColumnType.PERCENT: "DECIMAL_TEXT",
    ColumnType.DATE: "DATE_TEXT",
    ColumnType.DATETIME: "DATETIME_TEXT",
    ColumnType.BOOLEAN: "BOOLEAN",
}
DIALECT = Dialect(
    types=SQL_TYPES,
    lossless={"TEXT": ("INTEGER", "DECIMAL_TEXT", "DATE_TEXT", "VARCHAR"), "DECIMAL_TEXT": ("INTEGER",)},
)
Stored = str | int | None


def stored(spec: TableSpec, row: Row) -> tuple[Stored, ...]:
    """The row as SQLite keeps it. The row has been checked."""
    return tuple(
        _store(column, value, column.name in spec.key) for column, value in zip(spec.columns, row, strict=True)
    )


def _store(column: Column, value: object, in_key: bool) -> Stored:
    if isinstance(value, Decimal):
        # Keys are compared as texts, so 1.50 and 1.5 have to be one text there; elsewhere the digits stay as read.
        return _shortest(f"{value:f}") if in_key else f"{value:f}"
    if isinstance(value, bool):
        return int(value)
    shown = plain(value)
    if shown is None or isinstance(shown, str | int):
        return shown
    raise TypeError(f"column {column.name} cannot hold {value!r}")


def _shortest(text: str) -> str:
    """A decimal without zeros at its end. Not Decimal.normalize, which rounds to 28 digits."""
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def restored(column: Column, value: object, time_zone: tzinfo = UTC) -> object:
    """A stored value as dumps show it."""
    if value is None:
        return None
    if column.type is ColumnType.BOOLEAN:
        return bool(value)
    if column.type is ColumnType.DATETIME and time_zone is not UTC:
        return plain(datetime.fromisoformat(str(value)), time_zone)
    return value


def same_decimal(one: str | None, other: str | None) -> bool:
    """Whether two stored decimals are the same number, whatever their digits after the last that counts."""
    if one is None or other is None:
        return one is other
    try:
        return Decimal(one) == Decimal(other)
    except ArithmeticError:
        return one == other
