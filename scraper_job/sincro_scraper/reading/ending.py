"""Where a list ends, for the ways of paging in which the page itself does not say it. Pure."""

from dataclasses import dataclass
from enum import Enum, auto

from sincro_scraper.reading.extraction import PageOfRows


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
    """Watches the pages of a list that is counted by page or offset."""

    _read: int = 0
    _pages: int = 0
    _size: int = 0
    _lines: int = 0
    _before: PageOfRows | None = None

    def after(self, page: PageOfRows) -> Ending:
        """Take note of a page and say whether there is another."""
        repeated = self._before is not None and page.rows == self._before.rows
        count, lines = len(page.rows), len(page.rows) + page.left_out
        if self._pages == 0:
            self._size, self._lines = count, lines
        # A page is short when it lacks rows that nothing else stands in for: a subtotal takes a row's place.
        short = count < self._size and lines < self._lines
        self._pages += 1
        if count == 0 or repeated:
            return Ending.LAST
        self._before = page
        self._read += count
        if page.total is not None:
            if self._read < page.total:
                return Ending.MORE
            return Ending.LAST if self._pages == 1 or short else Ending.PERHAPS
        return Ending.LAST if short else Ending.MORE

    def repeats(self, page: PageOfRows) -> bool:
        """True for a page that shows again what the page before showed: the application has no further page."""
        return self._before is not None and page.rows == self._before.rows
