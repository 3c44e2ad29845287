"""Decided here: which line at the edge of a page is the page's number instead of a row. Pure.

`Pagina 2 di 9` always is. Mere digits may be the code of a row whose other cells are empty: they are a row when they go
on where the rows are, as near to their neighbour as rows are and in line with one of its words.
"""

from collections.abc import Sequence

from sincro_scraper.documents.pdf.layout import PAGE_NUMBER
from sincro_scraper.documents.pdf.words import Line, Word

_NEAR = 1.9
"""Rows are at most so many font heights apart, or hardly further than the two rows beside them."""
_HARDLY_FURTHER = 1.2
_IN_LINE = 1.5
"""Points by which the beginnings or ends of words in one column differ at most."""


def is_page_number(lines: Sequence[Line], index: int) -> bool:
    """Whether the line of the page is its number. lines: all of the page, from top to bottom."""
    line = lines[index]
    if index not in (0, len(lines) - 1) or not PAGE_NUMBER.fullmatch(line.text):
        return False
    return not (line.text.isdigit() and len(lines) > 1 and _goes_on(lines, index))


def _goes_on(lines: Sequence[Line], index: int) -> bool:
    inwards = 1 if index == 0 else -1
    line, beside = lines[index], lines[index + inwards]
    beyond = lines[index + 2 * inwards] if len(lines) > 2 else None
    usual = abs(beside.y - beyond.y) if beyond is not None else 0.0
    near = abs(line.y - beside.y) <= max(_NEAR * line.height, _HARDLY_FURTHER * usual)
    return near and any(_in_line(line.words[0], word) for word in beside.words)


def _in_line(one: Word, other: Word) -> bool:
    return abs(one.x0 - other.x0) <= _IN_LINE or abs(one.x1 - other.x1) <= _IN_LINE
