"""Where a list ends, for the ways of paging in which the page itself does not say it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.reading.extraction import Cell, Cells, PageOfRows


class Ending(Enum):
    """What is known after a page."""

    MORE = auto()
    """There is a next page."""
    LAST = auto()
    """This was the last one."""
    PERHAPS = auto()
    """Everything declared was read, but the page was full: the next one has to be looked at, and may be missing."""


@dataclass
class EndFinder:
    """Watches the pages of a list that is counted by page or offset.

    patterns: of the columns, in the order of a row's cells. What they leave out makes no difference: a link in a row
    often carries the number of the page it stands on.
    """

    patterns: Sequence[str | None] = ()
    _read: int = 0
    _pages: int = 0
    _size: int = 0
    _lines: int = 0
    _before: tuple[Cells, ...] | None = field(default=None, repr=False)

    def after(self, page: PageOfRows) -> Ending:
        """Take note of a page and say whether there is another."""
        rows = self._wanted(page)
        repeated = rows == self._before
        count, lines = len(page.rows), len(page.rows) + page.left_out
        if self._pages == 0:
            self._size, self._lines = count, lines
        # A page is short when it lacks rows that nothing else stands in for: a subtotal takes a row's place.
        short = count < self._size and lines < self._lines
        self._pages += 1
        if count == 0 or repeated:
            return Ending.LAST
        self._before = rows
        self._read += count
        if page.total is not None:
            if self._read < page.total:
                return Ending.MORE
            return Ending.LAST if self._pages == 1 or short else Ending.PERHAPS
        return Ending.LAST if short else Ending.MORE

    def repeats(self, page: PageOfRows) -> bool:
        """True for a page that shows again what the page before showed: the application has no further page."""
        return self._wanted(page) == self._before

    def _wanted(self, page: PageOfRows) -> tuple[Cells, ...]:
        if not any(self.patterns):
            return page.rows
        return tuple(tuple(map(_wanted_part, row, self.patterns)) for row in page.rows)


def patterns_of(stream: StreamSpec) -> list[str | None]:
    """The patterns of a stream's columns, in the order of a row's cells."""
    return [column.pattern for column in stream.columns.values()]


def _wanted_part(cell: Cell, pattern: str | None) -> Cell:
    match = re.search(pattern, cell) if pattern and isinstance(cell, str) else None
    return match.group(1) if match else cell
