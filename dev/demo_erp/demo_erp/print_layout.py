"""How a list is broken into printed pages: lines in cells, rows over pages. Pure; pdf.py draws what is decided here.

Rows flow: a page takes as many lines as fit, and a row that does not fit goes on below the next page's heading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

Measure = Callable[[str], float]
Lines = Sequence[str]


@dataclass(frozen=True)
class Piece:
    """The part of a row that stands on one page: for each cell its lines there (none if they are used up)."""

    cells: Sequence[Lines]
    starts: bool
    """Whether the row begins here; otherwise it goes on from the page before."""

    @property
    def height(self) -> int:
        """In lines."""
        return max(len(cell) for cell in self.cells)


def wrap(text: str, width: float, measure: Measure) -> Lines:
    """The lines of a cell `width` points wide: its own, broken at spaces; within a word only if that is too wide."""
    lines: list[str] = []
    for own in text.split("\n"):
        if measure(own) <= width:
            lines.append(own)
        else:
            lines += _broken(own, width, measure)
    return lines


def _broken(text: str, width: float, measure: Measure) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        while measure(word) > width:
            fits = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or measure(word[:n]) <= width)
            yield word[:fits]
            word = word[fits:]
        line = word
    yield line


def wrapped(cells: Sequence[str], widths: Sequence[float], measure: Measure) -> list[Lines]:
    """A row's cells as lines."""
    return [wrap(cell, width, measure) for cell, width in zip(cells, widths, strict=True)]


def paginate(rows: Iterable[Sequence[Lines]], lines_per_page: int) -> Iterator[list[Piece]]:
    """The pieces of rows on each page. There is always at least one page."""
    page: list[Piece] = []
    free = lines_per_page
    for row in rows:
        rest, starts = row, True
        while any(rest):
            if free == 0:
                yield page
                page, free = [], lines_per_page
            piece = Piece([cell[:free] for cell in rest], starts)
            page.append(piece)
            free -= piece.height
            rest, starts = [cell[piece.height :] for cell in rest], False
    yield page
