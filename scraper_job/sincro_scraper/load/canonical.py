"""Values of a row as JSON-ready plain values, the same for every database: what dumps, samples and errors show."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from sincro_scraper.load.specification import TableSpec


def plain(value: object, time_zone: tzinfo = UTC) -> object:
    """Decimals as text with the digits they have, dates and instants in ISO 8601 (UTC ends in Z), the rest as it is."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        text = value.astimezone(time_zone).isoformat()
        return text.removesuffix("+00:00") + "Z" if time_zone is UTC else text
    if isinstance(value, date):
        return value.isoformat()
    return value


def named(names: Sequence[str], values: Sequence[object]) -> dict[str, object]:
    """Plain values under their columns' names."""
    return {name: plain(value) for name, value in zip(names, values, strict=True)}


def column_names(spec: TableSpec) -> tuple[str, ...]:
    """The names of the columns in their order."""
    return tuple(column.name for column in spec.columns)
