"""The PDF export: a view drawn on A3 pages with repeated headings, a totals line and page numbers.

Where rows and lines break is decided in print_layout.py.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from reportlab.lib.pagesizes import A3, landscape
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from demo_erp.fields import Field, Value
from demo_erp.locales import number
from demo_erp.print_layout import Lines, Measure, Piece, paginate, wrapped
from demo_erp.rendering import COMPANY, PRODUCT
from demo_erp.views import View

WIDTH, HEIGHT = landscape(A3)
MARGIN = 28.0
FONT, BOLD, SIZE = "Helvetica", "Helvetica-Bold", 7.0
LEADING = 9.0
PADDING = 3.0
TOP = HEIGHT - MARGIN - 34
HEAD_LINES = 3
LINES_PER_PAGE = int((TOP - MARGIN - 16) // LEADING) - HEAD_LINES
_WIDTHS = {chr(code): stringWidth(chr(code), FONT, SIZE) for code in range(32, 0x2123)}


def document(view: View, printed: datetime) -> bytes:
    """The whole PDF. `printed` is the local time that stands in its heading."""
    pages = sum(1 for _ in _pages(view))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), pageCompression=1)
    canvas.setTitle(view.spec.title)
    canvas.setAuthor(PRODUCT)
    canvas.setCreator(PRODUCT)
    for index, pieces in enumerate(_pages(view), start=1):
        _draw_heading(canvas, view, printed)
        y = TOP - HEAD_LINES * LEADING
        for piece in pieces:
            _draw_piece(canvas, view, piece, y)
            y -= piece.height * LEADING
        canvas.setFont(FONT, SIZE)
        canvas.drawCentredString(WIDTH / 2, MARGIN - 8, view.locale.page_of.format(page=index, pages=pages))
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def measure(text: str) -> float:
    """The width in points of a text as it is printed in a cell."""
    return sum(map(_WIDTHS.__getitem__, text))


def _measure_bold(text: str) -> float:
    return stringWidth(text, BOLD, SIZE)


def _pages(view: View) -> Iterator[list[Piece]]:
    widths = [column.width for column in view.spec.fields]
    return paginate(_lines(view, widths), LINES_PER_PAGE)


def _lines(view: View, widths: Sequence[float]) -> Iterator[Sequence[Lines]]:
    sums = {column.name: Decimal(0) for column in view.spec.fields if column.summed}
    for place, record in enumerate(view.rows):
        for name in sums:
            sums[name] += _amount(record[name])
        yield wrapped([view.text(place, record, column) for column in view.spec.fields], widths, measure)
    yield _totals(view, sums)


def _totals(view: View, sums: dict[str, Decimal]) -> Sequence[Lines]:
    """The last line: under the first column the number of rows, under the amounts their sums."""
    label = "Totale" if view.total is None else f"Totale record: {view.total_text}"
    cells = [
        [number(sums[column.name], view.locale, column.scale)] if column.summed else [] for column in view.spec.fields
    ]
    return [[label], *cells[1:]]


def _amount(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def _draw_heading(canvas: Canvas, view: View, printed: datetime) -> None:
    locale = view.locale
    canvas.setFont(BOLD, 11)
    canvas.drawString(MARGIN, HEIGHT - MARGIN - 10, view.spec.title)
    canvas.setFont(FONT, 8)
    canvas.drawString(MARGIN, HEIGHT - MARGIN - 22, COMPANY)
    stamp = printed.strftime(f"{locale.date_pattern} {locale.time_pattern}")
    canvas.drawRightString(WIDTH - MARGIN, HEIGHT - MARGIN - 22, f"Stampato il {stamp}")
    height = HEAD_LINES * LEADING
    canvas.setFillColorRGB(0.75, 0.83, 0.93)
    canvas.rect(MARGIN, TOP - height + 2, WIDTH - 2 * MARGIN, height, stroke=0, fill=1)
    canvas.setFillColorRGB(0, 0, 0)
    text = canvas.beginText()
    text.setFont(BOLD, SIZE)
    for x, column in _columns(view.spec.fields):
        lines = wrapped([column.header], [column.width], _measure_bold)[0]
        _put_lines(text, column, lines, x, TOP, _measure_bold)
    canvas.drawText(text)


def _draw_piece(canvas: Canvas, view: View, piece: Piece, y: float) -> None:
    if piece.starts:
        canvas.setLineWidth(0.3)
        canvas.setStrokeColorRGB(0.6, 0.66, 0.75)
        canvas.line(MARGIN, y + 0.2, WIDTH - MARGIN, y + 0.2)
    text = canvas.beginText()
    text.setFont(FONT, SIZE)
    for (x, column), lines in zip(_columns(view.spec.fields), piece.cells, strict=True):
        _put_lines(text, column, lines, x, y, measure)
    canvas.drawText(text)


def _put_lines(text: PDFTextObject, column: Field, lines: Lines, x: float, top: float, measured: Measure) -> None:
    for index, line in enumerate(lines):
        if line:
            left = x + column.width - measured(line) if column.numeric else x
            text.setTextOrigin(left, top - (index + 1) * LEADING + 2.5)
            text.textOut(line)


def _columns(fields: Iterable[Field]) -> Iterator[tuple[float, Field]]:
    """The columns with the left edge of their text."""
    x = MARGIN + PADDING
    for column in fields:
        yield x, column
        x += column.width + 2 * PADDING
