"""Rows of a table beside the ERP's own, in one form: decimals by value, instants in UTC."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sincro_scraper.job import Job
from sincro_scraper.load import open_target
from sincro_scraper.profile import load_profile
from sincro_scraper.profile.columns import Kind
from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.tables import table_of

__all__ = ["Job", "canonical", "stored"]

_NUMBERS = (Kind.DECIMAL, Kind.MONEY, Kind.PERCENT)


def canonical(row: dict[str, Any], stream: StreamSpec) -> dict[str, Any]:
    """A row with comparable values, only the stream's columns."""
    return {name: _value(row[name], column.type) for name, column in stream.all_columns.items()}


def stored(url: str, profile: str, type_: str) -> list[dict[str, Any]]:
    """The rows of a stream's table in the key's order."""
    stream = load_profile(profile).streams[type_]
    with open_target(url) as target:
        return [canonical(row, stream) for row in target.dump(table_of(type_, stream))]


def _value(value: Any, kind: Kind) -> Any:
    if value is None:
        return None
    if kind in _NUMBERS:
        return Decimal(value)
    if kind is Kind.DATETIME:
        return datetime.fromisoformat(value).astimezone(UTC)
    return value
