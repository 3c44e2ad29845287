"""Reads XLSX exports. Decided here: how a typed cell becomes text, the same text on every machine."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sincro_contract.exit_codes import ErrorClass
from sincro_scraper.documents.columns import Selection, has_all, sums_up
from sincro_scraper.documents.reading import (
    DocumentError,
    DocumentLimits,
    HeadersNotFound,
    TableReading,
    TextRow,
    TotalsLine,
)
from sincro_scraper.localisation.date_patterns import DatePattern
from sincro_scraper.localisation.formatting import (
    format_boolean,
    format_by_pattern,
    format_date,
    format_datetime,
    format_decimal,
)
from sincro_scraper.localisation.locales import Locale

_HEADER_WITHIN = 50
"""Rows at the top of the sheet that may stand before the header row."""
_UNPACKED_TIMES = 8
"""A packed sheet may be so many times larger than the limit on the file: XML packs well, and a bomb packs better."""
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*)>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)"
    rb"\s*(<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
"""A cell with a formula and no stored result: its attributes, and its empty value if there is one."""
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Z]+[0-9]+)")
_TEXT_RESULT = re.compile(rb"\bt\s*=\s*[\"']str[\"']")
_SCANNED_BYTES = 1_000_000
_LONGEST_CELL = 65_536
"""Bytes: a formula has 8,192 characters at most."""
_ZEROS = re.compile("0{2,}")


@dataclass(frozen=True, slots=True)
class CellForm:
    """How typed cells of a column are written as text, so that the column's own parser reads them back.

    pattern: of dates and times, where it is not the locale's. padded: digits as they are shown, with leading zeros.
    """

    locale: Locale
    pattern: DatePattern | None = None
    padded: bool = False


def read_xlsx_table(
    data: bytes,
    headers: Sequence[str],
    locale: Locale,
    *,
    forms: Sequence[CellForm] = (),
    sheet: str | int = 1,
    totals: tuple[str, ...] = (),
    limits: DocumentLimits | None = None,
) -> TableReading:
    """Read the columns with the given header texts from a sheet (its name, or its 1-based number).

    Typed cells become the text that the locale's grammar reads back to the same value: a number as `1234,5` (no
    grouping, no exponent, 15 significant digits as the program itself shows), a percentage as `22,5%`, a date as
    `31/12/2026`, a date with time as `31/12/2026 14:30:00`, a boolean as `Sì`. So all transports hand on text in the
    locale's form, and a column needs no `format` for typed cells. forms: for each header, where its column is written
    otherwise than the locale says. Formulas count with their stored result; a cell with an error value, or with a
    formula that was never calculated, is a DocumentError. totals: texts that a totals row begins with. Raises
    DocumentError, at once or while iterating.
    """
    # A tenth of a run's start would be spent on it, and few lists are spreadsheets.
    import openpyxl

    bounds = limits or DocumentLimits()
    _check_archive(data, bounds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that nobody reads here
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets through whatever a malformed part makes it stumble over
        raise _error(f"the XLSX file cannot be read: {_said(error)}", "XlsxMalformed", transient=True) from None
    reading = TableReading(iter(()), pages=1)
    found = _sheet(book, sheet)
    chosen = forms or [CellForm(locale)] * len(headers)
    reading._rows = _rows(book, _safely(found), headers, chosen, totals, bounds, reading, _uncalculated(found))
    return reading


def _check_archive(data: bytes, limits: DocumentLimits) -> None:
    if len(data) > limits.bytes:
        raise _error(f"the XLSX file has {len(data)} bytes; {limits.bytes} are allowed", "XlsxTooLarge")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _error(
            f"the download is no XLSX file, or is cut off: {_said(error)}", "XlsxMalformed", transient=True
        ) from None
    if unpacked > limits.bytes * _UNPACKED_TIMES:
        raise _error(f"the XLSX file unpacks to {unpacked} bytes", "XlsxTooLarge")


def _sheet(book: Any, sheet: str | int) -> Any:
    names = book.sheetnames
    if isinstance(sheet, str) and sheet in names:
        return book[sheet]
    if isinstance(sheet, int) and 1 <= sheet <= len(names):
        found = book[names[sheet - 1]]
        if hasattr(found, "iter_rows"):  # a sheet may be nothing but a chart
            return found
    raise _error(f"there is no sheet {sheet!r}; there are {', '.join(names)}", "XlsxSheetMissing")


def _uncalculated(sheet: Any) -> frozenset[str]:
    """The cells (`B2`) with a formula whose result is not in the file: programs that export write such ones."""
    found: set[str] = set()
    tail = b""
    try:
        with sheet._get_source() as source:
            while part := source.read(_SCANNED_BYTES):
                for match in _FORMULA.finditer(tail + part):
                    reference = _REFERENCE.search(match[1])
                    empty_text = match[2] is not None and _TEXT_RESULT.search(match[1]) is not None
                    if reference is not None and not empty_text:
                        found.add(reference[1].decode())
                tail = (tail + part)[-_LONGEST_CELL:]
    except (OSError, ValueError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise _error(f"the sheet cannot be read: {_said(error)}", "XlsxMalformed", transient=True) from None
    return frozenset(found)


def _safely(sheet: Any) -> Iterator[Sequence[Any]]:
    """The rows of cells, with whatever openpyxl raises on malformed XML as DocumentError."""
    # What the file says about its own size is not believed: openpyxl would leave out the rows beyond it.
    sheet.reset_dimensions()
    rows = sheet.iter_rows()
    while True:
        try:
            row = next(rows, None)
        except Exception as error:  # see read_xlsx_table
            raise _error(f"the sheet cannot be read: {_said(error)}", "XlsxMalformed", transient=True) from None
        if row is None:
            return
        yield row


def _rows(
    book: Any,
    source: Iterator[Sequence[Any]],
    headers: Sequence[str],
    forms: Sequence[CellForm],
    totals: tuple[str, ...],
    limits: DocumentLimits,
    reading: TableReading,
    uncalculated: frozenset[str],
) -> Iterator[TextRow]:
    try:
        selection = _selection(source, headers, forms[0])
        reading.tables = 1
        form_at = dict(zip(selection.positions, forms, strict=True))
        for number, row in enumerate(source, start=1):
            if number > limits.rows:
                raise _error(f"the sheet has more than {limits.rows} rows", "XlsxTooLarge")
            cells = [_text(cell, form_at.get(at, forms[0]), number) for at, cell in enumerate(row)]
            summing = sums_up(cells, totals)
            if uncalculated and not summing:
                _refuse_uncalculated(row, selection.positions, uncalculated)
            if not any(cells):
                continue
            if any(len(cell) > limits.cell_characters for cell in cells):
                raise _error(f"row {number}: a cell has more than {limits.cell_characters} characters", "XlsxTooLarge")
            if summing:
                reading.totals.append(TotalsLine(" ".join(cell for cell in cells if cell), selection.pick(cells), 1))
                continue
            reading.rows += 1
            yield TextRow(selection.pick(cells), 1, number)
    finally:
        book.close()


def _refuse_uncalculated(row: Sequence[Any], positions: Sequence[int], uncalculated: frozenset[str]) -> None:
    for position in positions:
        cell = row[position] if position < len(row) else None
        if cell is not None and cell.value is None and getattr(cell, "coordinate", None) in uncalculated:
            raise _error(
                f"the cell {cell.coordinate} holds a formula without its result: the file was written by a program "
                "that does not calculate; use another export, or have it opened and saved once",
                "XlsxNotCalculated",
            )


def _selection(source: Iterator[Sequence[Any]], headers: Sequence[str], form: CellForm) -> Selection:
    """The columns of the first row that has all headers; the rows before it are titles."""
    first: tuple[str, ...] = ()
    for number, row in enumerate(source, start=1):
        cells = [_text(cell, form, 0) for cell in row]
        if has_all(cells, headers):
            return Selection.of(cells, headers)
        if not first:
            first = tuple(cell for cell in cells if cell.strip())
        if number == _HEADER_WITHIN:
            break
    raise HeadersNotFound(tuple(headers), first)


def _text(cell: Any, form: CellForm, row: int) -> str:
    value, locale = cell.value, form.locale
    if value is None:
        return ""
    if isinstance(value, str):
        if cell.data_type == "e":
            raise _error(f"row {row}: a cell holds the error value {value}", "XlsxErrorValue")
        return value
    if isinstance(value, bool):
        return format_boolean(value, locale)
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format), form)
    if form.pattern is not None and isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        try:
            return format_by_pattern(moment, form.pattern, locale)
        except ValueError as error:
            raise _error(
                f"row {row}: the date {value} cannot be written as {form.pattern.text}: {error}", "XlsxCellType"
            ) from None
    if isinstance(value, datetime):
        from openpyxl.styles.numbers import is_datetime

        if is_datetime(cell.number_format) == "date":
            return format_date(value, locale)
        return format_datetime(value, locale)
    if isinstance(value, date):
        return format_date(value, locale)
    if isinstance(value, time):
        return value.isoformat()
    raise _error(f"row {row}: a cell holds a {type(value).__name__}, which has no text of its own", "XlsxCellType")


def _number(value: float, number_format: str, form: CellForm) -> str:
    locale = form.locale
    exact = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    if not exact.is_finite():
        raise _error(f"a cell holds {value}, which is no number", "XlsxErrorValue")
    if form.padded and exact == abs(int(exact)) and _ZEROS.fullmatch(number_format):
        return str(int(exact)).zfill(len(number_format))  # a code that is a number: 00184
    if "%" in number_format:
        return f"{_shortest(exact * 100, locale)}%"
    return _shortest(exact, locale)


def _shortest(value: Decimal, locale: Locale) -> str:
    whole = value == int(value)
    return format_decimal(Decimal(int(value)) if whole else value.normalize(), locale, grouping=False)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _error(message: str, code: str, *, transient: bool = False) -> DocumentError:
    return DocumentError(
        message, code=code, error_class=ErrorClass.SOURCE_UNAVAILABLE if transient else ErrorClass.SCHEMA_DRIFT
    )
