"""A JSON answer -> rows, in the order of the profile's columns. Pure; no float ever: numbers stay exact.

Decided here: where in the answer rows and total are. Not here: what the values mean (typing.py).
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.localisation import Locale
from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.reading.extraction import Cell, Cells, PageOfRows, total_in

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | Decimal | bool | None"

_PART = re.compile(r"([^.\[\]]+)|\[(-?\d+)\]")


class NothingThereError(Exception):
    """A path leads nowhere. The message says which part of it, and what is there instead."""


def parse_json(text: str) -> Json:
    """Raises SchemaDrift for a text that is no JSON."""
    try:
        value: Json = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        raise SchemaDrift(f"the answer is not JSON: {text[:80]!r}", code="NotJson") from None
    return value


def at_path(document: Json, path: str | None) -> Json:
    """What stands at a path such as `data.items[0].name` or `data.items.0.name`; null on the way gives null.

    Raises NothingThereError.
    """
    value = document
    if path is None:
        return value
    for name, index in _PART.findall(path):
        if value is None:
            return None
        if index or (isinstance(value, list) and name.isdecimal()):
            value = _element(value, int(index or name), path)
        elif isinstance(value, dict):
            if name not in value:
                raise NothingThereError(
                    f"{path}: there is no {name!r}; there is {', '.join(list(value)[:30]) or 'nothing'}"
                )
            value = value[name]
        else:
            raise NothingThereError(f"{path}: {name!r} is asked of {_kind(value)}")
    return value


class JsonReader:
    """Reads the answers of one stream."""

    def __init__(self, stream: StreamSpec, locale: Locale) -> None:
        self._stream = stream
        self._locale = locale
        self._rows_path = stream.response.rows if stream.response else None
        self._fields = {name: column.field or name for name, column in stream.columns.items()}

    def read(self, document: Json) -> PageOfRows:
        """Raises SchemaDrift: RowsMissing, FieldMissing (in every row), FieldNotScalar, TotalUnreadable."""
        rows = self._list(document)
        cells = tuple(self._row(record, number) for number, record in enumerate(rows, start=1))
        self._check_fields(rows, cells)
        return PageOfRows(cells, self.total(document))

    def total(self, document: Json) -> int | None:
        """The declared total, or None."""
        spec = self._stream.total
        if spec is None or spec.url is not None:
            return None
        try:
            return self.total_in(document)
        except SchemaDrift as error:
            if error.code != "TotalMissing":
                raise
            return None

    def total_in(self, document: Json) -> int | None:
        """The total in the answer that has it; None for null. Raises SchemaDrift: TotalMissing, TotalUnreadable."""
        spec = self._stream.total
        if spec is None or spec.field is None:
            return None
        try:
            value = at_path(document, spec.field)
        except NothingThereError as error:
            raise SchemaDrift(f"total.field: {error}", code="TotalMissing", place=("total",)) from None
        if isinstance(value, str):
            return total_in(value, None, self._locale)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        message = f"total.field: {spec.field} is {_kind(value)}, not a whole number"
        raise SchemaDrift(message, code="TotalMissing", place=("total",))

    def _list(self, document: Json) -> list[Json]:
        try:
            rows = at_path(document, self._rows_path)
        except NothingThereError as error:
            raise SchemaDrift(f"response.rows: {error}", code="RowsMissing") from None
        if not isinstance(rows, list):
            where = f"at {self._rows_path}" if self._rows_path else "in the answer"
            raise SchemaDrift(f"response.rows: there is no list {where}, but {_kind(rows)}", code="RowsMissing")
        return rows

    def _row(self, record: Json, number: int) -> Cells:
        cells: list[Cell] = []
        for name, path in self._fields.items():
            try:
                value = at_path(record, path)
            except NothingThereError:
                value = None
            if isinstance(value, dict | list):
                raise SchemaDrift(
                    f"row {number}, column {name!r}: {path} is {_kind(value)}, not a single value",
                    code="FieldNotScalar",
                )
            cells.append(value)
        return tuple(cells)

    def _check_fields(self, rows: list[Json], cells: tuple[Cells, ...]) -> None:
        """A field that no row has was renamed or mistyped: an application that leaves nulls out has it in some row."""
        for index, (name, path) in enumerate(self._fields.items()):
            if not rows or any(row[index] is not None for row in cells):
                continue
            if any(_has(record, path) for record in rows):
                continue
            shown = ", ".join(list(rows[0])[:40]) if isinstance(rows[0], Mapping) else _kind(rows[0])
            raise SchemaDrift(f"column {name!r}: no row has {path}; the rows have {shown}", code="FieldMissing")


def _has(record: Json, path: str) -> bool:
    try:
        at_path(record, path)
    except NothingThereError:
        return False
    return True


def _element(value: Json, index: int, path: str) -> Json:
    if not isinstance(value, list):
        raise NothingThereError(f"{path}: an element is asked of {_kind(value)}")
    return value[index] if -len(value) <= index < len(value) else None


def _kind(value: Json) -> str:
    if isinstance(value, dict):
        return f"an object with {', '.join(list(value)[:20]) or 'nothing in it'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "null" if value is None else f"the value {str(value)[:40]!r}"


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")
