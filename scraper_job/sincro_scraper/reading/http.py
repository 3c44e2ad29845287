"""Transport `http`: the browser's session without the browser, after proof that both read the same first page.

Decided here: when the faster way holds (row for row the browser's first page), and what a fetched page means. Where it
does not hold, the browser goes on reading.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from sincro_scraper.errors import SchemaDrift, ScraperError, SessionExpired, SourceUnavailable
from sincro_scraper.profile.locator import parse_locator
from sincro_scraper.profile.model import Profile
from sincro_scraper.profile.paging import NextPaging, OffsetPaging, PagePaging
from sincro_scraper.profile.steps import Step
from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.reading.addresses import address_of_page
from sincro_scraper.reading.completeness import bounded
from sincro_scraper.reading.counted import counted_pages
from sincro_scraper.reading.dom import DomPages
from sincro_scraper.reading.extraction import PageOfRows, PageReader
from sincro_scraper.reading.fetching import Answer, Fetcher, Request
from sincro_scraper.reading.following import is_disabled, request_of_link
from sincro_scraper.reading.html import Tree, parse_html
from sincro_scraper.reading.html_locators import find_nodes, sign_shown

log = logging.getLogger(__name__)


Fetched = tuple[PageOfRows, Tree, Answer]


class HttpPages:
    """The pages of one stream over HTTP. The browser opens the list and shows its first page."""

    def __init__(
        self, profile: Profile, stream: StreamSpec, reader: PageReader, browser: DomPages, fetcher: Fetcher
    ) -> None:
        self._profile = profile
        self._stream = stream
        self._reader = reader
        self._browser = browser
        self._fetcher = fetcher
        self._first: Fetched | None = None

    async def read(self, steps: Sequence[Step]) -> AsyncGenerator[PageOfRows, None]:
        """Open the list and give its pages in order. Raises ScraperError."""
        shown = await self._browser.open(steps)
        address = self._browser.address
        difference = await self._difference(shown, address)
        if difference is not None:
            log.warning("http.fallback", extra={"reason": difference})
            async with aclosing(self._browser.rest(shown)) as rest:
                yield shown
                async for page in rest:
                    yield page
            return
        async with aclosing(self.rest(shown, address)) as rest:
            async for page in rest:
                yield page

    async def rest(self, first: PageOfRows, address: str) -> AsyncGenerator[PageOfRows, None]:
        """All pages, the first one included, from the address of the first one."""
        paging = self._stream.paging
        if isinstance(paging, NextPaging):
            async with aclosing(self._by_next(paging, address)) as pages:
                async for page in pages:
                    yield page
            return
        yield first
        if isinstance(paging, PagePaging | OffsetPaging):
            counted = paging

            async def fetch(index: int) -> PageOfRows:
                return await self.page(address_of_page(address, counted, index))

            concurrency = self._profile.manners.concurrency
            pages = counted_pages(first, fetch, concurrency=concurrency, limit=self._stream.max_pages)
            async with aclosing(pages):
                async for page in pages:
                    yield page

    async def page(self, address: str) -> PageOfRows:
        """Fetch and read one page. Raises ScraperError."""
        page, _, _ = await self._fetched(Request(address))
        return page

    async def _difference(self, shown: PageOfRows, address: str) -> str | None:
        """Why HTTP does not read what the browser shows; None where it does."""
        try:
            self._first = page, tree, answer = await self._fetched(Request(address))
        except (SchemaDrift, SourceUnavailable) as error:
            return error.message
        if page.rows != shown.rows:
            return _first_difference(page, shown)
        if page.total != shown.total:
            return f"the declared total is {page.total} over HTTP and {shown.total} in the browser"
        paging = self._stream.paging
        if isinstance(paging, NextPaging):
            nodes = find_nodes(tree, parse_locator(paging.click.replace("{page}", "2")))
            if nodes and not is_disabled(nodes[0]) and request_of_link(nodes[0], answer.url) is None:
                return f"{paging.click!r} is no link that can be followed without a script"
            if not nodes and await self._browser.has_next():
                return f"{paging.click!r} is not in the page's HTML"
        return None

    async def _by_next(self, paging: NextPaging, address: str) -> AsyncGenerator[PageOfRows, None]:
        """Follow the links; the next page is on its way while this one is worked on."""
        number = 1
        known, self._first = self._first, None
        first = _given(known) if known is not None else self._fetched(Request(address))
        coming: asyncio.Task[Fetched] | None = asyncio.ensure_future(first)
        try:
            while coming is not None:
                page, tree, answer = await coming
                request = self._next_request(tree, answer, paging, number + 1)
                if request is not None:
                    bounded(number, self._stream.max_pages)
                coming = asyncio.ensure_future(self._fetched(request)) if request is not None else None
                number += 1
                yield page
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)

    def _next_request(self, tree: Tree, answer: Answer, paging: NextPaging, number: int) -> Request | None:
        nodes = find_nodes(tree, parse_locator(paging.click.replace("{page}", str(number))))
        if not nodes or is_disabled(nodes[0]):
            return None
        request = request_of_link(nodes[0], answer.url)
        if request is None:
            raise SchemaDrift(f"the link to page {number} cannot be followed without a script", code="LinkUnusable")
        return request

    async def _fetched(self, request: Request) -> Fetched:
        answer = await self._fetcher.fetch(request)
        tree = parse_html(answer.text)
        try:
            if answer.redirected:
                raise_for_fetched(self._profile, tree, answer)
            return replace(self._reader.read_tree(tree), base=answer.url), tree, answer
        except SchemaDrift as error:
            raise_for_fetched(self._profile, tree, answer, error)
            raise


async def _given(known: Fetched) -> Fetched:
    return known


def raise_for_fetched(profile: Profile, tree: Tree, answer: Answer, cause: ScraperError | None = None) -> None:
    """Raise what a fetched page says is the matter: maintenance, a session that is over."""
    sign = sign_shown(tree, answer.url, answer.status, profile.signs.maintenance)
    if sign:
        message = f"the application is closed for maintenance ({sign})"
        raise SourceUnavailable(message, code="Maintenance") from cause
    if profile.login is None:
        return
    sign = sign_shown(tree, answer.url, answer.status, profile.signs.expired)
    if sign:
        raise SessionExpired(f"the session is over ({sign} on {answer.url.partition('?')[0]})") from cause


def _first_difference(fetched: PageOfRows, shown: PageOfRows) -> str:
    if len(fetched.rows) != len(shown.rows):
        return f"the first page has {len(fetched.rows)} rows over HTTP and {len(shown.rows)} in the browser"
    index = next(i for i, (a, b) in enumerate(zip(fetched.rows, shown.rows, strict=True)) if a != b)
    return f"row {index + 1} of the first page is not the same over HTTP and in the browser"
