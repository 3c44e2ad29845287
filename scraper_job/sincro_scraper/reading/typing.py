"""Texts of a row -> typed values, or which cell does not parse and why. Uses the locale's grammar; guesses nothing.

Values that come out of JSON are typed already: they are checked against the column's type instead of being parsed.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.localisation import (
    Locale,
    ParserOptions,
    ValueFormatError,
    ValueKind,
    locale_named,
    parse_date,
    parse_datetime,
    parser_for,
)
from sincro_scraper.localisation.date_patterns import ISO
from sincro_scraper.profile.columns import ColumnSpec, Kind
from sincro_scraper.reading.extraction import Cell, Cells

Typed = str | int | Decimal | date | datetime | bool | None
TypedRow = tuple[Typed, ...]

_UTC = ZoneInfo("UTC")
_ANY_LOCALE = locale_named("en-US")
"""ISO 8601 is the same in all of them."""
_MOST_DIGITS = 40
_CACHED = 4096
_AMBIGUOUS = re.compile(r"-?\d{1,3}[.,]\d{3}\Z")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_ISO_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


@dataclass(frozen=True)
class CellProblem:
    """A cell that does not parse. `column` is the profile's name for it."""

    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"found {self.found!r}, expected {self.expected}"


class RowTyper:
    """Types the rows of one stream. Not for use by several threads at once: it remembers texts it has seen."""

    def __init__(
        self,
        columns: dict[str, ColumnSpec],
        key: Sequence[str],
        blank: Sequence[str],
        *,
        locale: Locale,
        time_zone: str,
        json: bool = False,
    ) -> None:
        self._names = list(columns)
        self._blank = frozenset(blank)
        self._required = [column.required or name in key for name, column in columns.items()]
        # On a detail page, found by label or at, values are written for people also where the list is JSON.
        self._parse = [
            _Column(column, locale, time_zone, json=json and not (column.label or column.at))
            for column in columns.values()
        ]
        self._key = [self._names.index(name) for name in key]

    def type_row(self, cells: Sequence[Cell]) -> TypedRow | CellProblem:
        """The row's values, or the first cell that does not parse."""
        values: list[Typed] = []
        for index, text in enumerate(cells):
            if self._is_empty(text):
                if self._required[index]:
                    return CellProblem(self._names[index], "" if text is None else str(text), "a value (required)")
                values.append(None)
                continue
            try:
                values.append(self._parse[index](text))
            except ValueFormatError as error:
                return CellProblem(self._names[index], error.found, error.expected)
        return tuple(values)

    def problems(self, cells: Sequence[Cell]) -> list[CellProblem]:
        """Every cell of the row that does not parse."""
        found: list[CellProblem] = []
        for index, text in enumerate(cells):
            problem = self._problem_at(index, text)
            if problem is not None:
                found.append(problem)
        return found

    def _problem_at(self, index: int, text: Cell) -> CellProblem | None:
        name = self._names[index]
        if self._is_empty(text):
            shown = "" if text is None else str(text)
            return CellProblem(name, shown, "a value (required)") if self._required[index] else None
        try:
            self._parse[index](text)
        except ValueFormatError as error:
            return CellProblem(name, error.found, error.expected)
        return None

    def _is_empty(self, text: Cell) -> bool:
        """Nothing, nothing but white space (files are padded with it), or a text that means an empty cell."""
        if text is None or text == "" or text in self._blank:
            return True
        if not isinstance(text, str) or not (text[0].isspace() or text[-1].isspace()):
            return False
        inner = text.strip()
        return not inner or inner in self._blank

    def key_of(self, row: TypedRow) -> TypedRow:
        """The key's values of a typed row."""
        return tuple(row[index] for index in self._key)

    def key_of_texts(self, cells: Sequence[Cell]) -> TypedRow | None:
        """The key's values of a row that does not parse, where at least those do."""
        values: list[Typed] = []
        for index in self._key:
            text = cells[index]
            if self._is_empty(text):
                return None
            try:
                values.append(self._parse[index](text))
            except ValueFormatError:
                return None
        return tuple(values)


class _Column:
    """Parses the texts of one column; remembers a bounded number of them, for lists repeat themselves."""

    def __init__(self, column: ColumnSpec, locale: Locale, time_zone: str, *, json: bool) -> None:
        self._column = column
        self._json = json
        self._zone = ZoneInfo(time_zone)
        self._pattern = re.compile(column.pattern) if column.pattern else None
        self._parse = _parser(column, locale_named(column.locale) if column.locale else locale, time_zone)
        self._seen: dict[str, Typed] = {}

    def __call__(self, cell: Cell) -> Typed:
        if not isinstance(cell, str):
            return self._from_json(cell)
        known = self._seen.get(cell)
        if known is not None:
            return known
        value = self._from_text(cell)
        if len(self._seen) < _CACHED:
            self._seen[cell] = value
        return value

    def _from_text(self, text: str) -> Typed:
        wanted = text
        if self._pattern is not None:
            match = self._pattern.search(text)
            if match is None:
                raise ValueFormatError(text, f"a text that matches {self._pattern.pattern}")
            wanted = match.group(1) or ""
            if not wanted:
                return None
        if self._json:
            return self._from_json_text(wanted)
        return self._parse(wanted)

    def _from_json_text(self, text: str) -> Typed:
        kind, column = self._column.type, self._column
        if kind is Kind.DATE and column.format is None and (_ISO_DATE.match(text) or _ISO_DATETIME.match(text)):
            return _iso_day(text, self._zone)
        if kind is Kind.DATETIME and column.format is None and _ISO_DATETIME.match(text):
            return _iso(text, self._zone)
        if kind in _NUMBERS and column.locale is None and _AMBIGUOUS.match(text):
            raise ValueFormatError(text, "a number, or locale in the profile: as text it can be read in two ways")
        return self._parse(text)

    def _from_json(self, value: Cell) -> Typed:
        kind = self._column.type
        if self._pattern is not None or kind in (Kind.TEXT, Kind.ENUM) or self._column.values is not None:
            return self._from_text(_json_text(value))
        if isinstance(value, bool):
            if kind is Kind.BOOLEAN:
                return value
        elif isinstance(value, int | Decimal):
            if kind in _NUMBERS and kind is not Kind.INTEGER:
                return Decimal(value)
            if kind is Kind.INTEGER and _is_whole(value):
                return int(value)
            if kind is Kind.BOOLEAN and value in (0, 1):
                return bool(value)
        raise ValueFormatError(_json_text(value), f"a value of type {kind}")


_NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.MONEY, Kind.PERCENT})


def _json_text(value: Cell) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _is_whole(value: int | Decimal) -> bool:
    """Without working out a number of a million digits, which a few characters can say."""
    return isinstance(value, int) or (value.adjusted() < _MOST_DIGITS and value == int(value))


def _iso(text: str, zone: ZoneInfo) -> datetime:
    return parse_datetime(text, _ANY_LOCALE, zone, ISO)


def _iso_day(text: str, zone: ZoneInfo) -> date:
    """The day of a date, or of an instant where the source is."""
    if _ISO_DATE.match(text):
        return parse_date(text, _ANY_LOCALE, ISO)
    written = parse_datetime(text, _ANY_LOCALE, _UTC, ISO)
    local = _iso(text, zone)
    if written.time() == time() and local.time() != time() and written.date() != local.date():
        # Midnight of UTC is how programs write a mere date, and an instant that is on another day where the source is.
        raise ValueFormatError(text, "a date without a time: this one is another day in the source's time zone")
    return local.date()


def _parser(column: ColumnSpec, locale: Locale, time_zone: str) -> Callable[[str], Typed]:
    if column.values is not None:
        return _mapping({" ".join(text.split()): value for text, value in column.values.items()})
    options = ParserOptions(time_zone=time_zone, pattern=column.format, currency=column.currency)
    return parser_for(ValueKind(column.type.value), locale, options)


def _mapping(values: dict[str, str | bool]) -> Callable[[str], Typed]:
    shown = ", ".join(repr(text) for text in values)

    def parse(text: str) -> Typed:
        folded = " ".join(text.split())
        if folded not in values:
            raise ValueFormatError(text, f"one of {shown}")
        return values[folded]

    return parse


def unreadable(problem: CellProblem, page: int, row: int, cells: Cells) -> SchemaDrift:
    """The error for a cell that does not parse: page, row, column, what was found, what was expected."""
    shown = " | ".join("" if text is None else str(text) for text in cells)
    message = f"page {page}, row {row}, column {problem.column!r}: {problem}; the row reads: {shown[:300]}"
    return SchemaDrift(message, code="ValueFormat", place=("columns", problem.column))
