"""Reads CSV exports, strictly: encoding and separator are told, never sniffed; every row is as wide as the header."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from sincro_contract.exit_codes import ErrorClass
from sincro_scraper.documents.columns import Selection, sums_up
from sincro_scraper.documents.reading import (
    DocumentError,
    DocumentLimits,
    HeadersNotFound,
    TableReading,
    TextRow,
    TotalsLine,
)


def read_csv_table(
    data: bytes,
    headers: Sequence[str],
    *,
    separator: str = ";",
    encoding: str = "utf-8-sig",
    quote: str = '"',
    skip_lines: int = 0,
    totals: tuple[str, ...] = (),
    limits: DocumentLimits | None = None,
) -> TableReading:
    """Read the columns with the given header texts; other columns are ignored, a missing one is HeadersNotFound.

    skip_lines: lines before the header. totals: texts that a totals line begins with. A row that is wider than the
    header is accepted when what is too much is empty. Raises DocumentError, at once or while iterating; ValueError for
    an unknown encoding, or a separator or quote that is not one character.
    """
    if len(separator) != 1 or len(quote) != 1:
        raise ValueError("the separator and the quote of a CSV file are one character each")
    try:
        if codecs.lookup(encoding).name == "utf-8":
            encoding = "utf-8-sig"  # a mark at the start is no part of the first header
    except LookupError:
        raise ValueError(f"there is no encoding {encoding!r}") from None
    bounds = limits or DocumentLimits()
    if len(data) > bounds.bytes:
        raise _error(f"the CSV file has {len(data)} bytes; {bounds.bytes} are allowed", "CsvTooLarge")
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html")):
        raise _error("the download is an HTML page, not a CSV file", "CsvMalformed", transient=True)
    reading = TableReading(iter(()), pages=1)
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    source = csv.reader(text, delimiter=separator, quotechar=quote, strict=True)
    ended = data.rstrip(b"\0").endswith((b"\n", b"\r"))
    reading._rows = _rows(_safely(source), headers, skip_lines, totals, bounds, reading, ended=ended)
    return reading


def _rows(
    source: Iterator[list[str]],
    headers: Sequence[str],
    skip_lines: int,
    totals: tuple[str, ...],
    limits: DocumentLimits,
    reading: TableReading,
    *,
    ended: bool,
) -> Iterator[TextRow]:
    for _ in range(skip_lines):
        next(source, None)
    head = next(source, None)
    if head is None:
        raise HeadersNotFound(tuple(headers), ())
    selection = Selection.of(head, headers)
    reading.tables = 1
    number = 0
    for row in source:
        if not row:
            continue
        number += 1
        if len(row) < selection.width and not ended and next(source, None) is None:
            message = f"the CSV file is cut off in its row {number}: it has {len(row)} of {selection.width} cells"
            raise _error(message, "CsvTruncated", transient=True)
        if len(row) < selection.width or any(row[selection.width :]):
            raise _error(
                f"row {number} has {len(row)} cells under {selection.width} headers: is the "
                "separator or quote the right one?",
                "CsvRowWidth",
            )
        if any(len(cell) > limits.cell_characters for cell in row):
            raise _error(f"row {number}: a cell has more than {limits.cell_characters} characters", "CsvTooLarge")
        if sums_up(row, totals):
            reading.totals.append(TotalsLine(" ".join(cell for cell in row if cell), selection.pick(row), 1))
            continue
        reading.rows += 1
        if reading.rows > limits.rows:
            raise _error(f"the CSV file has more than {limits.rows} rows", "CsvTooLarge")
        yield TextRow(selection.pick(row), 1, number)


def _safely(source: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows, with what the decoder and the csv module raise as DocumentError."""
    while True:
        try:
            row = next(source, None)
        except UnicodeDecodeError as error:
            raise _error(
                f"the file is not in the encoding {error.encoding}: byte {error.start}", "CsvEncoding"
            ) from None
        except csv.Error as error:
            # "unexpected end of data": a quote that is never closed, as at the end of half a download.
            raise _error(f"the CSV file is malformed: {error}", "CsvMalformed", transient=True) from None
        if row is None:
            return
        yield row


def _error(message: str, code: str, *, transient: bool = False) -> DocumentError:
    return DocumentError(
        message, code=code, error_class=ErrorClass.SOURCE_UNAVAILABLE if transient else ErrorClass.SCHEMA_DRIFT
    )
