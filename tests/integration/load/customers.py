"""A small table of every type, and rows for it, as the tests of loading use them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sincro_scraper.load import Column, ColumnType, LoadOptions, Row, RowValue, TableSpec

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
OPTIONS = LoadOptions(source="erp", stream="customers", now=NOW, task_id="task-1", profile_hash="p1")
AFTERWARDS = replace(OPTIONS, now=LATER, task_id="task-2")
SPEC = TableSpec(
    "customers",
    (
        Column("code", ColumnType.TEXT, required=True),
        Column("name", ColumnType.TEXT),
        Column("orders", ColumnType.INTEGER),
        Column("balance", ColumnType.MONEY),
        Column("since", ColumnType.DATE),
        Column("seen", ColumnType.DATETIME),
        Column("active", ColumnType.BOOLEAN),
    ),
    ("code",),
)


def row(number: int, **changes: RowValue) -> Row:
    """The row of customer `number`, with some of its values replaced."""
    values: dict[str, RowValue] = {
        "code": f"C{number:04d}",
        "name": f"Società D'Ambrosio\tn. {number}\n& Figli \\ € “{number}”",
        "orders": number,
        "balance": Decimal(number) / 4 - 2,
        "since": date(2000, 1, 1) + timedelta(days=number),
        "seen": NOW + timedelta(seconds=number, microseconds=number),
        "active": None if number % 3 == 0 else number % 3 == 1,
    }
    return tuple((values | changes).values())


def rows(numbers: Iterable[int]) -> Iterator[Row]:
    """The rows of several customers."""
    return (row(number) for number in numbers)


def document(values: Row) -> dict[str, object]:
    """The row as a dump shows it."""
    names = [column.name for column in SPEC.columns]
    shown: dict[str, object] = {}
    for name, value in zip(names, values, strict=True):
        if isinstance(value, Decimal):
            shown[name] = f"{value:f}"
        elif isinstance(value, datetime):
            shown[name] = value.isoformat().replace("+00:00", "Z")
        elif isinstance(value, date):
            shown[name] = value.isoformat()
        else:
            shown[name] = value
    return shown
