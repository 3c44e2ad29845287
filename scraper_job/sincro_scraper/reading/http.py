"""Transport `http`: the browser's session without the browser, after proof that both read the same first page.

Decided here: when the faster way holds (row for row the browser's first page), and what a fetched page means. Where it
does not hold, the browser goes on reading.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from sincro_scraper.errors import SchemaDrift, ScraperError, SessionExpired, SourceUnavailable, UnstableList
from sincro_scraper.profile.model import Profile
from sincro_scraper.profile.paging import NextPaging, OffsetPaging, PagePaging
from sincro_scraper.profile.steps import Step
from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.reading.addresses import address_of_page, check_first
from sincro_scraper.reading.completeness import bounded
from sincro_scraper.reading.counted import as_shown, counted_pages
from sincro_scraper.reading.dom import DomPages
from sincro_scraper.reading.ending import patterns_of
from sincro_scraper.reading.extraction import PageOfRows, PageReader
from sincro_scraper.reading.fetching import Answer, Fetcher, Request
from sincro_scraper.reading.following import is_disabled, request_of_link
from sincro_scraper.reading.html import Tree, parse_html
from sincro_scraper.reading.html_locators import node_to_click, sign_shown

log = logging.getLogger(__name__)


_END = b"</html>"

Fetched = tuple[PageOfRows, Tree, Answer]


class HttpPages:
    """The pages of one stream over HTTP. The browser opens the list and shows its first page."""

    def __init__(
        self,
        profile: Profile,
        stream: StreamSpec,
        reader: PageReader,
        browser: DomPages,
        fetcher: Fetcher,
        on_proven: Callable[[], object],
    ) -> None:
        self._profile = profile
        self._stream = stream
        self._reader = reader
        self._browser = browser
        self._fetcher = fetcher
        self._on_proven = on_proven
        self._first: Fetched | None = None

    async def read(self, steps: Sequence[Step]) -> AsyncGenerator[PageOfRows, None]:
        """Open the list and give its pages in order. Raises ScraperError."""
        shown = await self._browser.open(steps)
        address = self._browser.address
        self._fetcher.adopt(await self._browser.cookies())
        difference = await self._difference(shown, address)
        if difference is not None:
            log.warning("http.fallback", extra={"reason": difference})
            async with aclosing(self._browser.rest(shown)) as rest:
                yield shown
                async for page in rest:
                    yield page
            return
        self._on_proven()
        direct = DirectPages(self._profile, self._stream, self._reader, self._fetcher, address, self._first)
        async with aclosing(direct.read(())) as pages:
            async for page in pages:
                yield page

    async def _difference(self, shown: PageOfRows, address: str) -> str | None:
        """Why HTTP does not read what the browser shows; None where it does."""
        try:
            self._first = await fetch_page(self._profile, self._reader, self._fetcher, Request(address))
        except (SchemaDrift, SourceUnavailable) as error:
            return error.message
        page, tree, answer = self._first
        if page.rows != shown.rows:
            return _first_difference(page, shown)
        if page.total != shown.total:
            return f"the declared total is {page.total} over HTTP and {shown.total} in the browser"
        paging = self._stream.paging
        if isinstance(paging, NextPaging):
            node, fitting = node_to_click(tree, paging.click.replace("{page}", "2"))
            if fitting > 1 and node is None:
                return f"{fitting} elements fit {paging.click!r}"
            if node is not None and not is_disabled(node) and request_of_link(node, answer.url) is None:
                return f"{paging.click!r} is no link that can be followed without a script"
            if node is None and await self._browser.has_next():
                return f"{paging.click!r} is not in the page's HTML"
        return None


class DirectPages:
    """The pages of one stream over HTTP from an address on, where it is proven that the browser shows the same."""

    def __init__(
        self,
        profile: Profile,
        stream: StreamSpec,
        reader: PageReader,
        fetcher: Fetcher,
        address: str,
        first: Fetched | None = None,
    ) -> None:
        self._profile = profile
        self._stream = stream
        self._reader = reader
        self._fetcher = fetcher
        self._address = address
        self._first = first
        self._usual: Fetched | None = None

    async def read(self, steps: Sequence[Step]) -> AsyncGenerator[PageOfRows, None]:
        """All pages in order. Raises ScraperError. The steps are in the address already."""
        del steps
        paging = self._stream.paging
        first = self._first or await self._fetched(Request(self._address))
        self._usual = first if first[0].rows else None
        if isinstance(paging, NextPaging):
            async with aclosing(self._by_next(paging, first)) as pages:
                async for page in pages:
                    yield page
            return
        yield first[0]
        if isinstance(paging, PagePaging | OffsetPaging):
            check_first(self._address, paging)
            counted = as_shown(paging, first[0])

            async def fetch(index: int) -> PageOfRows:
                page, _, _ = await self._fetched(Request(address_of_page(self._address, counted, index)))
                return page

            concurrency = self._profile.manners.concurrency
            pages = counted_pages(
                first[0],
                fetch,
                concurrency=concurrency,
                limit=self._stream.max_pages,
                patterns=patterns_of(self._stream),
            )
            async with aclosing(pages):
                async for page in pages:
                    yield page

    async def _by_next(self, paging: NextPaging, first: Fetched) -> AsyncGenerator[PageOfRows, None]:
        """Follow the links; the next page is on its way while this one is worked on."""
        number = 1
        coming: asyncio.Task[Fetched] | None = asyncio.ensure_future(_given(first))
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
        text = paging.click.replace("{page}", str(number))
        node, fitting = node_to_click(tree, text)
        if node is None and fitting > 1:
            message = f"{fitting} elements on page {number - 1} fit {text!r}; write more of it, or put it in quotes"
            raise SchemaDrift(message, code="ElementAmbiguous", place=("paging",))
        if node is None or is_disabled(node):
            return None
        request = request_of_link(node, answer.url)
        if request is None:
            raise SchemaDrift(f"the link to page {number} cannot be followed without a script", code="LinkUnusable")
        return request

    async def _fetched(self, request: Request) -> Fetched:
        fetched = await fetch_page(self._profile, self._reader, self._fetcher, request, self._refuse_half)
        page, tree, answer = fetched
        if not page.rows and not self._expired_by(self._usual):
            # A session may end with a page of login that has the list's headings, too, and looks like the list's end.
            raise_for_fetched(self._profile, tree, answer)
        return fetched

    def _refuse_half(self, answer: Answer) -> None:
        """Where a server ends its answers by closing, half a page comes as a whole one."""
        if self._usual is not None and _END in self._usual[2].data and _END not in answer.data:
            raise UnstableList(f"{answer.url.partition('?')[0]} was cut off: the page has no end", code="CutOff")

    def _expired_by(self, usual: Fetched | None) -> bool:
        """Whether a page with rows has the sign as well: hidden there, and it says nothing without a browser."""
        if usual is None:
            return False
        _, tree, answer = usual
        return sign_shown(tree, answer.url, answer.status, self._profile.signs.expired) is not None


async def fetch_page(
    profile: Profile,
    reader: PageReader,
    fetcher: Fetcher,
    request: Request,
    check: Callable[[Answer], None] = lambda _: None,
) -> Fetched:
    """Fetch and read one page. check: what is said of the answer before it is read. Raises ScraperError."""
    answer = await fetcher.fetch(request)
    tree = parse_html(answer.text)
    try:
        if not answer.redirected:
            check(answer)
        if answer.redirected:
            raise_for_fetched(profile, tree, answer)
        return replace(reader.read_tree(tree), base=answer.url), tree, answer
    except SchemaDrift as error:
        raise_for_fetched(profile, tree, answer, error)
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
