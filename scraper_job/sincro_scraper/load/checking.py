"""Decided here: which Python values a column can hold, so that a wrong one is named before a database sees it."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal

from sincro_scraper.load.errors import RowRejected
from sincro_scraper.load.specification import ColumnType, TableSpec
from sincro_scraper.load.target import Row

_INTEGER_LIMIT = 2**63
_LONGEST_DECIMAL = 1000
_SHOWN = 80
_REMEMBERED_SHAPES = 4096
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What no database keeps in a text: NUL and halves of surrogate pairs."""
_DECIMALS = (ColumnType.DECIMAL, ColumnType.MONEY, ColumnType.PERCENT)


def checked(spec: TableSpec, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows as they come, each looked at: its types, its required values, its decimals and instants.

    Left out for speed is what a database's driver refuses by itself (texts with NUL, integers over 64 bits): ask
    `check_row` then, to name it. Raises RowRejected.
    """
    shapes: set[tuple[type, ...]] = set()
    decimals = tuple(i for i, column in enumerate(spec.columns) if column.type in _DECIMALS)
    instants = tuple(i for i, column in enumerate(spec.columns) if column.type is ColumnType.DATETIME)
    for number, row in enumerate(rows, start=1):
        shape = tuple(map(type, row))
        if shape not in shapes:
            check_row(spec, row, number)
            if len(shapes) < _REMEMBERED_SHAPES:
                shapes.add(shape)
        for position in decimals:
            value = row[position]
            if value is not None and not _fits(value):
                check_row(spec, row, number)
        for position in instants:
            value = row[position]
            if value is not None and value.tzinfo is None:  # type: ignore[union-attr]
                check_row(spec, row, number)
        yield row


def check_row(spec: TableSpec, row: Row, number: int) -> None:
    """Raise RowRejected for the first value that its column cannot hold. number: 1-based, for the message."""
    if len(row) != len(spec.columns):
        raise RowRejected(
            f"row {number} of {spec.name} has {len(row)} values for {len(spec.columns)} columns", row=number
        )
    for position, (column, value) in enumerate(zip(spec.columns, row, strict=True)):
        if value is None:
            problem = "is empty, but the column is required" if position in spec.required_positions else None
        else:
            problem = _CHECKS[column.type](value)
        if problem is not None:
            raise RowRejected(
                f"row {number} of {spec.name}, column {column.name}: {_shown(value)} {problem}",
                row=number,
                column=column.name,
            )


def _shown(value: object) -> str:
    if value is None:
        return "it"
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return "is not a text"
    return "has a character that a database cannot store" if _UNSTORABLE.search(value) else None


def _integer(value: object) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return "is not a whole number"
    return None if -_INTEGER_LIMIT <= value < _INTEGER_LIMIT else "does not fit into 64 bits"


def _fits(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and -_LONGEST_DECIMAL < value.adjusted() < _LONGEST_DECIMAL


def _decimal(value: object) -> str | None:
    if not isinstance(value, Decimal) or not value.is_finite():
        return "is not a decimal number"
    return None if _fits(value) else f"has more than {_LONGEST_DECIMAL} digits"


def _date(value: object) -> str | None:
    return None if isinstance(value, date) and not isinstance(value, datetime) else "is not a date"


def _datetime(value: object) -> str | None:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        return "is not an instant (a datetime with a time zone)"
    return None


def _boolean(value: object) -> str | None:
    return None if isinstance(value, bool) else "is not a boolean"


_CHECKS: dict[ColumnType, Callable[[object], str | None]] = {
    ColumnType.TEXT: _text,
    ColumnType.INTEGER: _integer,
    ColumnType.DECIMAL: _decimal,
    ColumnType.MONEY: _decimal,
    ColumnType.PERCENT: _decimal,
    ColumnType.DATE: _date,
    ColumnType.DATETIME: _datetime,
    ColumnType.BOOLEAN: _boolean,
}
