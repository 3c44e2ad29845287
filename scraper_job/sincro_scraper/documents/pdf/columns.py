"""Decided here: which column a word stands in. Pure.

Two neighbouring columns are parted by a cut between their heads: heads stand over their columns, so that a cut never
lies elsewhere. Where cells are seen to begin with the right head or to end with the left one, it is beside that head;
elsewhere it is where the fewest words, then the fewest cells (words a space apart) are cut, then in the widest gap.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sincro_scraper.documents.pdf.headers import Column, HeaderRow
from sincro_scraper.documents.pdf.words import Line, Word

_SPACE = 0.36
"""Words that are nearer than so many font heights are likely of one cell."""
_ALIGNED = 0.4
"""Points by which the beginnings or ends of aligned texts differ at most."""
_BESIDE = 0.6
"""Points between a head and the cut beside it."""
_SLACK = 0.3
"""Points that a glyph may reach over a cut."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns of a table on a page. cuts: between them, from left to right; order: each column's header index.

    trust: for each cut, how many cells so far were seen to be aligned with the head beside it.
    """

    cuts: tuple[float, ...]
    trust: tuple[int, ...]
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
    """The grid of a header row over the table's lines. before: the page before's, whose cuts serve where they fit."""
    columns = header.columns
    seen = _Seen.of(lines)
    if before is None or len(before.cuts) != len(columns) - 1:
        kept: list[tuple[float | None, int]] = [(None, 0)] * (len(columns) - 1)
    else:
        kept = [*zip(before.cuts, before.trust, strict=True)]
    found = [_cut(left, right, seen, *kept[number]) for number, (left, right) in enumerate(pairwise(columns))]
    return Grid(
        tuple(cut for cut, _ in found),
        tuple(trust for _, trust in found),
        tuple(column.index for column in columns),
        columns[0].x0,
        columns[-1].x1,
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where the words of the lines stand. starts, ends: of words that begin or end a cell; tight: gaps within cells."""

    spans: list[tuple[float, float]]
    tight: list[tuple[float, float]]
    starts: list[float]
    ends: list[float]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "_Seen":
        seen = cls([], [], [], [])
        for line in lines:
            near = _SPACE * line.height
            reach = float("-inf")
            for word in line.words:
                seen.spans.append((word.x0, word.x1))
                if word.x0 - reach < near:
                    seen.tight.append((reach, word.x0))
                    seen.ends.pop()
                else:
                    seen.starts.append(word.x0)
                seen.ends.append(word.x1)
                reach = word.x1
        return seen

    def allows(self, cut: float, count: int) -> bool:
        """Whether the cut goes through no word, and through less cells than a quarter of those that speak for it."""
        if any(x0 + _SLACK < cut < x1 - _SLACK for x0, x1 in self.spans):
            return False
        return sum(4 for x0, x1 in self.tight if x0 - _SLACK < cut < x1 + _SLACK) <= count


def _cut(left: Column, right: Column, seen: _Seen, kept: float | None, trust: int) -> tuple[float, int]:
    """The place between two heads, and the cells that speak for it. kept, trust: the place on the page before."""
    low, high = left.x1, right.x0
    middle = (low + high) / 2
    starts = sum(1 for start in seen.starts if abs(start - high) <= _ALIGNED)
    ends = sum(1 for end in seen.ends if abs(end - low) <= _ALIGNED)
    candidates = [(starts, max(high - _BESIDE, middle)), (ends, min(low + _BESIDE, middle))]
    if kept is not None and low <= kept <= high:
        candidates = [(count + trust * (abs(cut - kept) < _BESIDE), cut) for count, cut in candidates]
        candidates.append((trust, kept))
    for count, cut in sorted(candidates, reverse=True):
        if (count or cut == kept) and seen.allows(cut, count):
            return cut, count
    return _best_cut(low, high, seen), 0


def _best_cut(low: float, high: float, seen: _Seen) -> float:
    """The middle of the best gap between two heads."""
    spans = [(x0, x1) for x0, x1 in seen.spans if x1 > low and x0 < high]
    tight = [(x0, x1) for x0, x1 in seen.tight if x1 > low and x0 < high]
    places = sorted({low, high, *(edge for span in spans for edge in span if low < edge < high)})
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
