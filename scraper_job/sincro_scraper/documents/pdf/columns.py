"""Decided here: which column a word stands in. Pure.

Two neighbouring columns are parted by a cut between their heads, where the fewest lines of the page have a word: heads
stand over their columns, so that a cut never lies elsewhere, and columns of a printed table do not overlap. Of several
such places the one that parts no cell (no two words a space apart), then the widest, is taken.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sincro_scraper.documents.pdf.headers import HeaderRow
from sincro_scraper.documents.pdf.words import Line, Word

_SPACE = 0.45
"""Words that are nearer than so many font heights are likely of one cell."""
_SLACK = 0.3
"""Points that a glyph may reach over a cut."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns of a table on a page. cuts: between them, from left to right; order: each column's header index."""

    cuts: tuple[float, ...]
    order: tuple[int | None, ...]
    left: float
    right: float

    def crosses(self, word: Word) -> bool:
        """True when the word stands in two columns at once."""
        first = bisect_right(self.cuts, word.x0 + _SLACK)
        return first < len(self.cuts) and word.x1 - _SLACK > self.cuts[first]

    def straddles(self, line: Line) -> bool:
        """True when a word of the line stands in two columns at once: the line is no row of this table."""
        return any(self.crosses(word) for word in line.words)

    def cells(self, line: Line, width: int) -> list[str]:
        """The line's text under each header asked for, "" where there is none."""
        cells = [""] * width
        for word in line.words:
            index = self.order[bisect_right(self.cuts, (word.x0 + word.x1) / 2)]
            if index is not None:
                cells[index] = f"{cells[index]} {word.text}" if cells[index] else word.text
        return cells

    def column_of(self, word: Word) -> int:
        """The column, counted from the left, that the middle of the word stands in."""
        return bisect_right(self.cuts, (word.x0 + word.x1) / 2)


def make_grid(header: HeaderRow, lines: Sequence[Line], before: "Grid | None" = None) -> Grid:
    """The grid of a header row over the table's lines. before: the page before's, kept where nothing crosses it."""
    columns = header.columns
    kept = before.cuts if before is not None and len(before.cuts) == len(columns) - 1 else None
    cuts: list[float] = []
    for number, (left, right) in enumerate(pairwise(columns)):
        low, high = left.x1, right.x0
        if kept is not None and low <= kept[number] <= high and not _crossed(kept[number], lines):
            cuts.append(kept[number])
        else:
            cuts.append(_best_cut(low, high, lines))
    return Grid(tuple(cuts), tuple(column.index for column in columns), columns[0].x0, columns[-1].x1)


def _crossed(cut: float, lines: Sequence[Line]) -> bool:
    return any(word.x0 + _SLACK < cut < word.x1 - _SLACK for line in lines for word in line.words)


def _best_cut(low: float, high: float, lines: Sequence[Line]) -> float:
    """The middle of the best gap between two heads."""
    edges = {low, high}
    spans: list[tuple[float, float]] = []
    tight: list[tuple[float, float]] = []
    for line in lines:
        before: Word | None = None
        for word in line.words:
            if word.x1 > low and word.x0 < high:
                spans.append((word.x0, word.x1))
                edges.update(edge for edge in (word.x0, word.x1) if low < edge < high)
            in_reach = before is not None and word.x0 > low and before.x1 < high
            if before is not None and in_reach and word.x0 - before.x1 < _SPACE * line.height:
                tight.append((before.x1, word.x0))
            before = word
    places = sorted(edges)
    best: tuple[int, int, float] | None = None
    middle = (low + high) / 2
    for start, end in pairwise(places):
        if end - start < _SLACK:
            continue
        at = (start + end) / 2
        crossing = sum(1 for x0, x1 in spans if x0 + _SLACK < at < x1 - _SLACK)
        splitting = sum(1 for x0, x1 in tight if x0 <= at <= x1)
        score = (crossing, splitting, start - end)
        if best is None or score < best:
            best, middle = score, at
    return middle
