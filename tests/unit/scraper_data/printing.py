"""Prints tables as different programs do, so that the reader meets every layout with rows that are known.

Cells wrap at spaces. What is varied: rulings, shading, vertical alignment, space between rows, where pages break, how
text is emitted (a cell's line, a word or a character at a time), the page's rotation, headings and footers.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

FONT, BOLD = "Helvetica", "Helvetica-Bold"


@dataclass(frozen=True)
class PrintedColumn:
    """A column: its header, the width of its text in points, and how text stands in it."""

    header: str
    width: float
    align: str = "left"
    """left, right or center"""


@dataclass(frozen=True)
class Style:
    """How a table is printed. body_height: points that rows may take on a page."""

    rulings: str = "none"
    """none, lines, grid, path (a grid in one path), zebra or frame"""
    middle: bool = False
    row_gap: float = 0.0
    size: float = 8.0
    leading: float = 9.6
    padding: float = 3.0
    breaks_rows: bool = False
    emit: str = "line"
    """What is drawn at a time: a line of a cell, a word or a character"""
    repeats_header: bool = True
    rotation: int = 0
    body_height: float = 400.0
    title: str = "Anagrafica clienti"
    footer: str = "Pagina {page} di {pages}"
    last: tuple[str, ...] = field(default=())
    """A totals line under the table, by columns."""


@dataclass(frozen=True)
class _Piece:
    cells: list[list[str]]
    starts: bool
    ends: bool
    number: int

    @property
    def lines(self) -> int:
        return max(1, *(len(cell) for cell in self.cells))


def print_table(columns: Sequence[PrintedColumn], rows: Sequence[Sequence[str]], style: Style | None = None) -> bytes:
    """The PDF of a table."""
    return print_tables([(columns, rows)], style or Style())


def print_tables(
    tables: Sequence[tuple[Sequence[PrintedColumn], Sequence[Sequence[str]]]], style: Style, *, same_page: bool = False
) -> bytes:
    """Several tables, each on pages of its own, or (short ones) one under the other on one page."""
    printer = _Printer(style)
    pages = [(columns, page) for columns, rows in tables for page in _paginate(columns, rows, style)]
    for number, (columns, pieces) in enumerate(pages, start=1):
        first = number == 1 or pages[number - 2][0] is not columns
        printer.page(columns, pieces, first=first, last=number == len(pages))
        if not same_page:
            printer.end_page(number, len(pages))
    if same_page:
        printer.end_page(1, 1)
    return printer.finish()


def wrap(text: str, width: float, font: str, size: float) -> list[str]:
    """The lines of a text, broken at spaces where they get too wide."""
    lines: list[str] = []
    for word in filter(None, text.split(" ")):
        if lines and stringWidth(f"{lines[-1]} {word}", font, size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _paginate(columns: Sequence[PrintedColumn], rows: Sequence[Sequence[str]], style: Style) -> Iterator[list[_Piece]]:
    page: list[_Piece] = []
    used = 0.0
    for number, row in enumerate(rows):
        rest = [wrap(text, column.width, FONT, style.size) for column, text in zip(columns, row, strict=True)]
        starts = True
        while starts or any(rest):
            free = int((style.body_height - used - style.row_gap) // style.leading)
            height = max(1, *(len(cell) for cell in rest))
            if free < (1 if style.breaks_rows else height) and page:
                yield page
                page, used = [], 0.0
                continue
            take = min(height, max(free, 1))
            left = [cell[take:] for cell in rest]
            page.append(_Piece([cell[:take] for cell in rest], starts, not any(left), number))
            used += take * style.leading + style.row_gap
            rest, starts = left, False
    yield page


class _Printer:
    def __init__(self, style: Style) -> None:
        self._style = style
        self._buffer = io.BytesIO()
        self._width, self._height = 842.0, 560.0
        lies = style.rotation % 180 == 90
        self._canvas = Canvas(
            self._buffer, pagesize=(self._height, self._width) if lies else (self._width, self._height)
        )
        self._turn()
        self._top = self._height - 60

    def page(self, columns: Sequence[PrintedColumn], pieces: Sequence[_Piece], *, first: bool, last: bool) -> None:
        style, canvas = self._style, self._canvas
        canvas.setFont(BOLD, 12)
        canvas.drawString(30, self._top + 22, style.title)
        y = self._top
        edges = list(self._edges(columns))
        if first or style.repeats_header:
            heads = [wrap(column.header, column.width, BOLD, style.size) for column in columns]
            y = self._row(columns, edges, _Piece(heads, starts=True, ends=True, number=0), y, BOLD)
        bottom = y
        ends = [y]
        for piece in pieces:
            height = piece.lines * style.leading + style.row_gap
            if style.rulings == "zebra" and piece.number % 2:
                canvas.setFillGray(0.9)
                canvas.rect(edges[0][0], bottom - height, self._right(columns) - edges[0][0], height, stroke=0, fill=1)
                canvas.setFillGray(0)
            bottom = self._row(columns, edges, piece, bottom, FONT)
            if piece.ends:
                ends.append(bottom)
        if ends[-1] != bottom:
            ends.append(bottom)
        self._rule(columns, edges, y, ends)
        if last and style.last:
            totals = _Piece([[text] if text else [] for text in style.last], starts=True, ends=True, number=0)
            bottom = self._row(columns, edges, totals, bottom, BOLD)
        self._top = bottom - 40

    def end_page(self, number: int, pages: int) -> None:
        self._canvas.setFont(FONT, 7)
        self._canvas.drawCentredString(self._width / 2, 20, self._style.footer.format(page=number, pages=pages))
        self._canvas.setPageRotation(self._style.rotation)
        self._canvas.showPage()
        self._turn()
        self._top = self._height - 60

    def _turn(self) -> None:
        """Draw against the rotation of the page, so that a reader sees the table upright."""
        rotation = self._style.rotation
        if rotation:
            x, y = {90: (self._height, 0.0), 180: (self._width, self._height), 270: (0.0, self._width)}[rotation]
            self._canvas.translate(x, y)
            self._canvas.rotate(rotation)

    def finish(self) -> bytes:
        self._canvas.save()
        return self._buffer.getvalue()

    def _edges(self, columns: Sequence[PrintedColumn]) -> Iterator[tuple[float, float]]:
        x = 30.0
        for column in columns:
            yield x, x + column.width + 2 * self._style.padding
            x += column.width + 2 * self._style.padding

    def _right(self, columns: Sequence[PrintedColumn]) -> float:
        return 30.0 + sum(column.width + 2 * self._style.padding for column in columns)

    def _row(
        self,
        columns: Sequence[PrintedColumn],
        edges: Sequence[tuple[float, float]],
        piece: _Piece,
        top: float,
        font: str,
    ) -> float:
        style = self._style
        height = piece.lines * style.leading
        for column, (left, _), cell in zip(columns, edges, piece.cells, strict=True):
            y = top - style.row_gap / 2
            if style.middle:
                y -= (height - len(cell) * style.leading) / 2
            for number, line in enumerate(cell, start=1):
                self._text(line, column, left + style.padding, y - number * style.leading + 2.4, font)
        return top - height - style.row_gap

    def _text(self, text: str, column: PrintedColumn, x: float, y: float, font: str) -> None:
        size = self._style.size
        self._canvas.setFont(font, size)
        space = column.width - stringWidth(text, font, size)
        x += {"left": 0.0, "right": space, "center": space / 2}[column.align]
        if self._style.emit == "line":
            self._canvas.drawString(x, y, text)
            return
        parts = text.split(" ") if self._style.emit == "word" else list(text)
        for part in parts:
            self._canvas.drawString(x, y, part)
            x += stringWidth(part, font, size)
            if self._style.emit == "word":
                x += stringWidth(" ", font, size)

    def _rule(
        self, columns: Sequence[PrintedColumn], edges: Sequence[tuple[float, float]], top: float, ends: Sequence[float]
    ) -> None:
        canvas, left, right = self._canvas, edges[0][0], self._right(columns)
        canvas.setLineWidth(0.4)
        if self._style.rulings == "lines":
            for y in ends:
                canvas.line(left, y, right, y)
        elif self._style.rulings == "frame":
            canvas.rect(left, ends[-1], right - left, top - ends[-1])
        elif self._style.rulings == "grid":
            for upper, lower in pairwise(ends):
                for x0, x1 in edges:
                    canvas.rect(x0, lower, x1 - x0, upper - lower)
        elif self._style.rulings == "path":
            path = canvas.beginPath()
            for y in ends:
                path.moveTo(left, y)
                path.lineTo(right, y)
            for x0, _ in edges:
                path.moveTo(x0, top)
                path.lineTo(x0, ends[-1])
            canvas.drawPath(path)
