"""Rows in canonical form, as whoever read the ERP rightly would have them.

Stable English names; decimals as text with the column's decimals; dates and instants in ISO 8601, instants with the
offset of Europe/Rome; null for empty cells; lines joined with a line feed; ordinary spaces only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from demo_erp.erp import TIME_ZONE
from demo_erp.fields import Field, ListSpec, Record, Value
from demo_erp.store import Table


def truth(table: Table, *, details: bool = True) -> Iterator[str]:
    """Every row as one line of JSON with its line feed, by ascending key."""
    fields = table.spec.all_fields if details else table.spec.fields
    for record in table.in_key_order():
        yield json.dumps({field.name: _plain(record[field.name], field) for field in fields}, ensure_ascii=False) + "\n"


def key_of(spec: ListSpec, record: Record) -> dict[str, object]:
    """The key fields of a row in canonical form."""
    return {name: _plain(record[name], spec.field(name)) for name in spec.key}


def _plain(value: Value, field: Field) -> str | int | bool | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=TIME_ZONE).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.{field.scale}f}"
    return value
