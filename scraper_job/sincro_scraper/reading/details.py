"""Pages of single rows: what the list does not show is fetched row by row and put after the list's own columns.

Decided here: when a row's page may be fetched without the browser (it shows the same there), and what a missing page
means. Where the values stand on it: labels.py, extraction.py.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urljoin

from sincro_scraper.browser.page_scripts import HTML_OF_PAGE
from sincro_scraper.browser.visit import Visit
from sincro_scraper.errors import SchemaDrift, UnstableList
from sincro_scraper.profile.model import Profile
from sincro_scraper.profile.placeholders import address_of_row
from sincro_scraper.profile.streams import DetailSpec
from sincro_scraper.reading.extraction import Cells, PageOfRows, value_in
from sincro_scraper.reading.fetching import Fetcher
from sincro_scraper.reading.html import Tree, parse_html
from sincro_scraper.reading.http import raise_for_fetched
from sincro_scraper.reading.labels import LabelledValues

log = logging.getLogger(__name__)

_MOST_COMPARED = 5
"""Rows after which a column that was empty in all of them is taken to be so."""


def read_detail(tree: Tree, detail: DetailSpec) -> Cells:
    """The detail columns of one page. Raises SchemaDrift: LabelMissing, LabelAmbiguous, RowsMissing."""
    root = tree.body
    if root is None:
        raise SchemaDrift("the row's page is empty", code="RowsMissing")
    labelled = LabelledValues(tree) if any(column.label for column in detail.columns.values()) else None
    cells: list[str | None] = []
    for column in detail.columns.values():
        scope = labelled.node(column.label) if labelled is not None and column.label else root
        cells.append(value_in(scope, column))
    return tuple(cells)


class DetailPages:
    """Fetches the pages of rows. The first ones of a run decide whether the browser is needed for them."""

    def __init__(
        self, profile: Profile, detail: DetailSpec, names: Sequence[str], fetcher: Fetcher, visit: Visit
    ) -> None:
        self._profile = profile
        self._names = tuple(names)
        self._detail = detail
        self._fetcher = fetcher
        self._visit = visit
        self._by_browser: bool | None = None
        self._seen: set[int] = set()
        self._rows_compared = 0

    async def complete(self, page: PageOfRows) -> PageOfRows:
        """The page with the detail columns after each row's own. Raises ScraperError."""
        if not page.rows:
            return page
        addresses = [self._address(page, index) for index in range(len(page.rows))]
        details: list[Cells] = []
        while self._by_browser is None and len(details) < len(addresses):
            details.append(await self._compared(addresses[len(details)]))
        rest = addresses[len(details) :]
        if self._by_browser:
            details += [await self._shown(address) for address in rest]
        else:
            details += await self._all(rest)
        rows = tuple((*row, *cells) for row, cells in zip(page.rows, details, strict=True))
        return replace(page, rows=rows)

    def _address(self, page: PageOfRows, index: int) -> str:
        if self._detail.address is not None:
            row = dict(zip(self._names, page.rows[index], strict=True))
            address = address_of_row(self._detail.address, row)
            if address is None:
                message = f"row {index + 1} of the page lacks what its page's address takes: {self._detail.address}"
                raise SchemaDrift(message, code="LinkMissing")
            return self._visit.address(address)
        link = page.links[index] if index < len(page.links) else None
        if not link:
            message = f"row {index + 1} of the page has no link like {self._detail.link!r}"
            raise SchemaDrift(message, code="LinkMissing")
        return urljoin(page.base, link)

    async def _compared(self, address: str) -> Cells:
        """What the browser shows, and whether that is the same without it: decided once every column had a value.

        An empty cell is equal whether or not a script fills the others.
        """
        shown = await self._shown(address)
        self._fetcher.adopt(await self._visit.cookies())
        try:
            reason = "the row's page is not the same without the browser"
            same = await self._fetched(address) == shown
        except SchemaDrift as error:
            reason, same = error.message, False
        if not same:
            log.warning("detail.fallback", extra={"reason": reason})
            self._by_browser = True
            return shown
        self._seen |= {index for index, cell in enumerate(shown) if cell}
        self._rows_compared += 1
        if len(self._seen) == len(shown) or self._rows_compared >= _MOST_COMPARED:
            self._by_browser = False
        return shown

    async def _all(self, addresses: list[str]) -> list[Cells]:
        gate = asyncio.Semaphore(self._profile.manners.concurrency)

        async def one(address: str) -> Cells:
            async with gate:
                return await self._fetched(address)

        tasks = [asyncio.ensure_future(one(address)) for address in addresses]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetched(self, address: str) -> Cells:
        try:
            answer = await self._fetcher.get(address)
        except SchemaDrift as error:
            raise _vanished(error) from error
        tree = parse_html(answer.text)
        if answer.redirected:
            raise_for_fetched(self._profile, tree, answer)
        try:
            cells = read_detail(tree, self._detail)
        except SchemaDrift as error:
            raise_for_fetched(self._profile, tree, answer, error)
            error.message = f"{answer.url}: {error.message}"
            raise
        if not any(cells):  # a page of login has nothing of what is read by CSS, and that is no error by itself
            raise_for_fetched(self._profile, tree, answer)
        return cells

    async def _shown(self, address: str) -> Cells:
        visit = await self._visit.another()
        try:
            try:
                await visit.goto(address)
            except SchemaDrift as error:
                raise _vanished(error) from error
            await visit.raise_if_expired()
            return await self._settled(visit)
        finally:
            await visit.page.close()

    async def _settled(self, visit: Visit) -> Cells:
        """Read the page once everything that was asked for is there; a script may still be filling it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + visit.timeout.total_seconds()
        before: Cells | None = None
        while True:
            answer = await visit.page.evaluate(HTML_OF_PAGE, self._profile.manners.max_page_bytes)
            try:
                cells = read_detail(parse_html((answer or {}).get("html", "")), self._detail)
            except SchemaDrift as error:
                if loop.time() > deadline:
                    await visit.raise_for_page()
                    error.message = f"{visit.page.url}: {error.message}"
                    raise
            else:
                if cells == before and visit.traffic.pending <= 0:
                    return cells
                before = cells
            await asyncio.sleep(0.05)


def _vanished(error: SchemaDrift) -> SchemaDrift | UnstableList:
    if error.code != "PageMissing":
        return error
    return UnstableList(f"a row of the list has no page any more: {error.message}")
