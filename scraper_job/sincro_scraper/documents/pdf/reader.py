"""Reads the rows of a PDF export, page by page. Decided here: what a page's parts mean for the table as a whole.

That is: when a header row is a repetition and when it begins another table, where a table ends, which lines are totals,
and that everything on the way is either understood or an error.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pypdfium2 as pdfium

from sincro_contract.exit_codes import ErrorClass
from sincro_scraper.documents.pdf.columns import Grid, make_grid
from sincro_scraper.documents.pdf.headers import HeaderRow, find_headers, normalized, resembles_headers
from sincro_scraper.documents.pdf.layout import NOTHING_TO_SHOW, LineRules, PdfLayout
from sincro_scraper.documents.pdf.page_numbers import is_page_number
from sincro_scraper.documents.pdf.rows import RowLines, RowStyle, part_rows
from sincro_scraper.documents.pdf.totals import is_totals, may_be_totals
from sincro_scraper.documents.pdf.words import PDFIUM, Line, Sheet, TooMuchText, read_sheet
from sincro_scraper.documents.reading import (
    DocumentError,
    DocumentLimits,
    HeadersNotFound,
    TableReading,
    TextRow,
    TotalsLine,
)
from sincro_scraper.localisation import Locale, ValueFormatError, parse_integer

_TRAILER = b"%%EOF"
_TRAILER_WITHIN = 2048
_SHOWN = 120


def read_pdf_table(
    data: bytes,
    headers: Sequence[str],
    locale: Locale,
    layout: PdfLayout | None = None,
    limits: DocumentLimits | None = None,
) -> TableReading:
    """Read every row under the given headers, on all pages, in order.

    headers: the header texts of the columns to read, as printed (case and spaces are compared loosely; a header may be
    wrapped); the table may have more columns. locale: for the declared number of rows. Raises DocumentError, at once or
    while iterating; ValueError for a layout that makes no sense.
    """
    chosen, bounds = layout or PdfLayout(), limits or DocumentLimits()
    wanted = [normalized(header) for header in headers]
    if not wanted or not all(wanted):
        raise ValueError("a table is read by its headers: at least one, none of them empty")
    for name in (*chosen.anchors, *chosen.joiners):
        if normalized(name) not in wanted:
            raise ValueError(f"the layout names {name!r}, which is none of the headers {', '.join(headers)}")
    rules = LineRules.of(chosen)
    document = _open(data, bounds)
    reading = TableReading(iter(()))
    reading._rows = _Reader(document, tuple(headers), locale, chosen, rules, bounds, reading).rows()
    return reading


def _open(data: bytes, limits: DocumentLimits) -> pdfium.PdfDocument:
    if len(data) > limits.bytes:
        raise _drift(f"the PDF has {len(data)} bytes; {limits.bytes} are allowed", "PdfTooLarge")
    if b"%PDF-" not in data[:1024]:
        start = data[:40].decode("latin-1")
        raise _broken(f"the download is no PDF; it begins with {start!r}", "PdfMalformed")
    if _TRAILER not in data[-_TRAILER_WITHIN:]:
        # pdfium mends such a file and shows the pages that are left: rows would be missing without a word.
        raise _broken(f"the PDF is cut off after {len(data)} bytes: its end mark is missing", "PdfTruncated")
    try:
        with PDFIUM:
            document = pdfium.PdfDocument(data)
            pages = len(document)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise _drift("the PDF is encrypted", "PdfEncrypted") from None
        raise _broken(f"the PDF cannot be read: {error}", "PdfMalformed") from None
    if pages > limits.pages or pages == 0:
        raise _drift(f"the PDF has {pages} pages; 1 to {limits.pages} are allowed", "PdfTooLarge")
    return document


def _drift(message: str, code: str, page: int | None = None) -> DocumentError:
    return DocumentError(message, code=code, error_class=ErrorClass.SCHEMA_DRIFT, page=page)


def _broken(message: str, code: str, page: int | None = None) -> DocumentError:
    return DocumentError(message, code=code, error_class=ErrorClass.SOURCE_UNAVAILABLE, page=page)


@dataclass(slots=True)
class _Open:
    """A row that may go on: on the next lines, or on the next page."""

    page: int
    row: int
    table: int
    cells: list[list[str]]


@dataclass(slots=True)
class _Reader:
    document: pdfium.PdfDocument
    headers: tuple[str, ...]
    locale: Locale
    layout: PdfLayout
    rules: LineRules
    limits: DocumentLimits
    reading: TableReading
    grid: Grid | None = None
    style: RowStyle = field(default_factory=RowStyle)
    open_row: _Open | None = None
    ended: bool = False
    on_page: int = 0

    def rows(self) -> Iterator[TextRow]:
        """All rows; the document is closed at the end, however it comes."""
        try:
            with PDFIUM:
                pages = len(self.document)
            for index in range(pages):
                sheet = self._sheet(index)
                self.reading.pages = sheet.number
                self.on_page = 0
                yield from self._page(sheet)
            if self.reading.tables == 0:
                raise HeadersNotFound(self.headers, ())
            yield from self._finish()
        finally:
            with PDFIUM:
                self.document.close()

    def _sheet(self, index: int) -> Sheet:
        try:
            return read_sheet(self.document, index)
        except pdfium.PdfiumError as error:
            raise _broken(f"page {index + 1} cannot be read: {error}", "PdfMalformed", index + 1) from None
        except TooMuchText as error:
            raise _drift(f"page {index + 1} holds {error}", "PdfTooLarge", index + 1) from None

    def _page(self, sheet: Sheet) -> Iterator[TextRow]:
        self._declared(sheet.lines)
        header = find_headers(sheet.lines, self.headers)
        if header is None:
            similar = resembles_headers(sheet.lines, self.headers)
            if similar is not None:
                raise HeadersNotFound(self.headers, similar, sheet.number)
            if self.grid is not None and not self.ended:
                yield from self._body(sheet, sheet.lines, None)
            return
        first_on_page = True
        while header is not None:
            following = find_headers(sheet.lines, self.headers, header.end)
            yield from self._begin(first_on_page=first_on_page)
            end = following.first if following is not None else len(sheet.lines)
            yield from self._body(sheet, sheet.lines[header.end : end], header)
            header, first_on_page = following, False

    def _begin(self, *, first_on_page: bool) -> Iterator[TextRow]:
        """A header row: the repetition at the top of a page goes on with the table, any other begins a new one."""
        if first_on_page and self.reading.tables > 0 and not self.ended:
            return
        yield from self._finish()
        self.reading.tables += 1
        self.ended = False

    def _body(self, sheet: Sheet, lines: Sequence[Line], header: HeaderRow | None) -> Iterator[TextRow]:
        """The lines under a header row, or of a page that goes on without one."""
        table = self._table_lines(sheet, lines)
        if header is not None:
            likely = [line for line in table if not may_be_totals(line, self.rules.totals)]
            self.grid = make_grid(header, likely, self.grid)
        grid = self.grid
        if grid is None:
            return
        totals = self._totals(table, grid)
        plain = [line for line in table if line not in totals]
        if header is not None and len(plain) > len(likely):
            grid = self.grid = make_grid(header, plain, grid)
        plain = self._without_furniture(sheet, plain, grid)
        cells = [grid.cells(line, len(self.headers)) for line in plain]
        anchors = self._anchors()
        anchored = [any(cell[index] for index in anchors) for cell in cells]
        cells_of = {id(line): cell for line, cell in zip(plain, cells, strict=True)}
        parts = part_rows(plain, anchored, sheet.rulings, grid, self.style)
        for part in parts:
            yield from self._part(sheet, part, [cells_of[id(line)] for line in part.lines])
        for line in totals:
            self.reading.totals.append(TotalsLine(line.text, tuple(grid.cells(line, len(self.headers))), sheet.number))

    def _table_lines(self, sheet: Sheet, lines: Sequence[Line]) -> list[Line]:
        """The lines without those that are certainly not of the table."""
        table: list[Line] = []
        edges = [line for at, line in enumerate(sheet.lines) if is_page_number(sheet.lines, at)]
        for line in lines:
            if self.rules.ends is not None and self.rules.ends.fullmatch(line.text):
                self.ended = True
                break
            if self.rules.ignored is not None and self.rules.ignored.fullmatch(line.text):
                continue
            if not any(line is edge for edge in edges):
                table.append(line)
        return [] if len(table) == 1 and NOTHING_TO_SHOW.fullmatch(table[0].text) else table

    def _totals(self, table: Sequence[Line], grid: Grid) -> list[Line]:
        anchors = self._anchors()
        columns = {column for column, index in enumerate(grid.order) if index in anchors}
        return [line for line in table if may_be_totals(line, self.rules.totals) and is_totals(line, grid, columns)]

    def _anchors(self) -> tuple[int, ...]:
        """The positions of the anchor columns among the headers."""
        wanted = [normalized(header) for header in self.headers]
        return tuple(wanted.index(normalized(anchor)) for anchor in self.layout.anchors) or (0,)

    def _without_furniture(self, sheet: Sheet, lines: list[Line], grid: Grid) -> list[Line]:
        """The lines without those below the table that fit no column; one in the middle of the table is an error."""
        kept = list(lines)
        while kept and grid.straddles(kept[-1]):
            kept.pop()
        for line in kept:
            if grid.straddles(line):
                text = line.text[:_SHOWN]
                raise _drift(
                    f"page {sheet.number}: the line {text!r} does not fit under the headers; if it is no row, name it "
                    "in the layout's `ignored` or `ends`",
                    "PdfColumnsOverlap",
                    sheet.number,
                )
        return kept

    def _part(self, sheet: Sheet, part: RowLines, cells: list[list[str]]) -> Iterator[TextRow]:
        if part.anchored:
            yield from self._finish()
            self.on_page += 1
            self.open_row = _Open(sheet.number, self.on_page, self.reading.tables, [[] for _ in self.headers])
        elif self.open_row is None or self.on_page > 0:
            text = " / ".join(line.text for line in part.lines)[:_SHOWN]
            raise _drift(
                f"page {sheet.number}: {text!r} has nothing under {', '.join(self._anchor_names())} and belongs to no "
                "row; name another anchor, or the line in the layout's `ignored`",
                "PdfRowWithoutAnchor",
                sheet.number,
            )
        row = self.open_row
        if row is not None:
            for line in cells:
                for column, text in zip(row.cells, line, strict=True):
                    if text:
                        column.append(text)

    def _anchor_names(self) -> tuple[str, ...]:
        return tuple(self.headers[index] for index in self._anchors())

    def _finish(self) -> Iterator[TextRow]:
        row, self.open_row = self.open_row, None
        if row is None:
            return
        self.reading.rows += 1
        if self.reading.rows > self.limits.rows:
            raise _drift(f"the PDF has more than {self.limits.rows} rows", "PdfTooLarge", row.page)
        joiners = {normalized(name): joiner for name, joiner in self.layout.joiners.items()}
        cells = tuple(
            joiners.get(normalized(header), " ").join(lines)
            for header, lines in zip(self.headers, row.cells, strict=True)
        )
        if any(len(cell) > self.limits.cell_characters for cell in cells):
            raise _drift(f"a cell has more than {self.limits.cell_characters} characters", "PdfTooLarge", row.page)
        yield TextRow(cells, row.page, row.row, row.table)

    def _declared(self, lines: Sequence[Line]) -> None:
        if self.rules.declared is None:
            return
        for line in lines:
            match = self.rules.declared.search(line.text)
            if match is None:
                continue
            try:
                self.reading.declared_total = parse_integer(match[1], self.locale)
            except (ValueFormatError, IndexError) as error:
                message = f"the declared number of rows in {line.text[:_SHOWN]!r}: {error}"
                raise _drift(message, "PdfDeclaredTotal") from None
