"""Pages that are counted: fetched a few ahead, given in order. Decided here: how far ahead; the end is in ending.py."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.profile.paging import OffsetPaging, PagePaging
from sincro_scraper.reading.completeness import bounded
from sincro_scraper.reading.ending import EndFinder, Ending
from sincro_scraper.reading.extraction import PageOfRows

FetchPage = Callable[[int], Awaitable[PageOfRows]]
"""Gives the page with an index; 0 is the first one, which is there already."""


def as_shown(paging: PagePaging | OffsetPaging, first: PageOfRows) -> PagePaging | OffsetPaging:
    """Paging in steps of what the first page shows, where it shows fewer rows than the profile says that a page has.

    Otherwise the rows between would never be asked for, and nobody would miss them.
    """
    if isinstance(paging, PagePaging) or first.left_out or not 0 < len(first.rows) < paging.size:
        return paging
    return paging.model_copy(update={"size": len(first.rows)})


async def counted_pages(
    first: PageOfRows, fetch: FetchPage, *, concurrency: int, limit: int, patterns: Sequence[str | None] = ()
) -> AsyncGenerator[PageOfRows, None]:
    """All pages after the first. At most `concurrency` are fetched at once, and at most `limit` pages at all.

    Raises what `fetch` raises, SourceUnavailable for a list without end.
    """
    ends, index = EndFinder(patterns), 0
    last = _last_index(first)
    ahead: dict[int, asyncio.Task[PageOfRows]] = {}

    def begin_fetching() -> None:
        """What comes next is on its way while the caller works on the page before."""
        for coming in range(index + 1, index + 1 + concurrency):
            if coming not in ahead and (coming == index + 1 or last is None or coming <= last):
                ahead[coming] = asyncio.ensure_future(_fetched(fetch, coming))

    ending = ends.after(first)
    try:
        while ending is not Ending.LAST:
            bounded(index + 1, limit)
            begin_fetching()
            index += 1
            try:
                page = await ahead.pop(index)
            except SchemaDrift as error:
                if ending is Ending.PERHAPS or error.code == "PageMissing":
                    return
                raise
            if not page.rows or ends.repeats(page):
                return
            ending = ends.after(page)
            if ending is not Ending.LAST and index + 1 < limit:
                begin_fetching()
            yield page
    finally:
        for task in ahead.values():
            task.cancel()
        await asyncio.gather(*ahead.values(), return_exceptions=True)


async def _fetched(fetch: FetchPage, index: int) -> PageOfRows:
    return await fetch(index)


def _last_index(first: PageOfRows) -> int | None:
    """The index of the last page, where the first one tells."""
    if first.total is None or not first.rows:
        return None
    return (first.total - 1) // len(first.rows)
