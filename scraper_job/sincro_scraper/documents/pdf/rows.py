"""Decided here: which lines of a page make one row of the table. Pure.

Where rulings (or the edges of shaded rows) part most rows, they part all of them. Otherwise a line with an anchor
filled begins a row, and lines without one between two of those are parted at their widest gap. Lines at the top of a
page without an anchor go on with the row that the page before ended with. What stands far below a row and has no
anchor is no part of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sincro_scraper.documents.pdf.columns import Grid
from sincro_scraper.documents.pdf.words import Line, Ruling

_FAR = 1.9
"""Lines of one cell are at most so many font heights apart."""
_COVERED = 0.7
"""A ruling parts rows when it covers so much of the table's width, in one piece or in several."""
_NEARER = 0.5
"""Gaps that differ by less, in points, are equal."""
_HALF_LEADING = 0.75
"""Lines that are nearer, in font heights, stand beside one another, not one under the other."""


@dataclass(slots=True)
class RowLines:
    """The lines of one row, or of the rest of a row that the page before began (anchored is then False)."""

    lines: list[Line] = field(default_factory=list)
    anchored: bool = False


@dataclass(slots=True)
class RowStyle:
    """What the pages so far have shown: whether rulings part rows. None while no page had two rows to tell by."""

    ruled: bool | None = None


def part_rows(
    lines: Sequence[Line], anchored: Sequence[bool], rulings: Sequence[Ruling], grid: Grid, style: RowStyle
) -> list[RowLines]:
    """The rows among the table's lines on a page, in order. anchored: for each line, whether an anchor is filled."""
    if not lines:
        return []
    parted = _parted(lines, _separators(rulings, grid))
    between = [index for index in range(1, len(lines)) if anchored[index] and anchored[index - 1]]
    if between:
        style.ruled = 2 * sum(parted[index] for index in between) >= len(between)
    elif style.ruled is None and sum(anchored) > 1:
        # Every row is wrapped: rulings part them if there is one before each row that begins.
        starts = [index for index in range(1, len(lines)) if anchored[index]]
        style.ruled = 2 * sum(parted[index] for index in starts) >= len(starts)
    if style.ruled or (style.ruled is None and any(parted)):
        return _ruled(lines, anchored, parted)
    return _anchored(lines, anchored)


def _separators(rulings: Sequence[Ruling], grid: Grid) -> list[float]:
    """The heights, from top to bottom, at which rulings cover most of the table's width."""
    left, right = grid.left, grid.right
    width = max(right - left, 1.0)
    heights: dict[int, list[tuple[float, float]]] = {}
    for ruling in rulings:
        if ruling.x1 > left and ruling.x0 < right:
            heights.setdefault(round(ruling.y), []).append((max(ruling.x0, left), min(ruling.x1, right)))
    found = []
    for height, spans in heights.items():
        covered, reach = 0.0, left
        for x0, x1 in sorted(spans):
            if x1 > reach:
                covered += x1 - max(x0, reach)
                reach = x1
        if covered >= _COVERED * width:
            found.append(float(height))
    return sorted(found, reverse=True)


def _parted(lines: Sequence[Line], separators: list[float]) -> list[bool]:
    """For each line, whether a separator stands between it and the line before."""
    parted = [False] * len(lines)
    at = 0
    for index, line in enumerate(lines):
        while at < len(separators) and separators[at] > line.y + 0.2 * line.height:
            if index > 0 and separators[at] < lines[index - 1].y + 0.2 * lines[index - 1].height:
                parted[index] = True
            at += 1
    return parted


def _ruled(lines: Sequence[Line], anchored: Sequence[bool], parted: Sequence[bool]) -> list[RowLines]:
    rows: list[RowLines] = []
    for line, has_anchor, starts in zip(lines, anchored, parted, strict=True):
        if starts or not rows:
            rows.append(RowLines())
        rows[-1].lines.append(line)
        rows[-1].anchored = rows[-1].anchored or has_anchor
    last = rows[-1]
    for index in range(1, len(last.lines)):  # below the last row there may be no ruling that ends it
        if last.lines[index - 1].y - last.lines[index].y > _FAR * last.lines[index].height:
            del last.lines[index:]
            break
    return rows


def _anchored(lines: Sequence[Line], anchored: Sequence[bool]) -> list[RowLines]:
    starts = [index for index, has_anchor in enumerate(anchored) if has_anchor]
    rows: list[RowLines] = []
    begin = 0
    for start in [*starts, len(lines)]:
        above = rows[-1].lines[-1] if rows else None
        below = lines[start] if start < len(lines) else None
        own = _split(above, lines[begin:start], below)
        upper, lower = lines[begin : begin + own], lines[begin + own : start]
        if upper and above is None:
            rows.append(RowLines(_near(upper[0], upper[1:])))
        elif upper and above is not None:
            rows[-1].lines += _near(above, upper)[1:]
        if below is not None:
            rows.append(RowLines([*lower, below], anchored=True))
        begin = start + 1
    return rows


def _split(above: Line | None, run: Sequence[Line], below: Line | None) -> int:
    """How many lines of a run without anchors belong to the row above; the rest belongs to the row below.

    They part at the widest gap, the lowest of equal ones: cells that are centred beside taller ones are told by that.
    """
    if not run or below is None:
        return len(run)
    ends = [*([above] if above is not None else []), *run, below]
    gaps = [upper.y - lower.y for upper, lower in pairwise(ends)]
    if above is None and gaps[-1] < _HALF_LEADING * below.height:
        gaps = [2 * max(gaps), *gaps]  # a page begins with a row whose anchor is centred
    elif above is None:
        gaps = [0.0, *gaps]
    widest = max(gaps)
    return max(index for index, gap in enumerate(gaps) if gap > widest - _NEARER)


def _near(first: Line, others: Sequence[Line]) -> list[Line]:
    """The lines that follow one another closely, from the first on; what stands further below is not of the table."""
    near = [first]
    for line in others:
        if near[-1].y - line.y > _FAR * line.height:
            break
        near.append(line)
    return near
