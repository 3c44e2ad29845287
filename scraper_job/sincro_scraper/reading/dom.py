"""Transport `dom`: the pages of a list as the browser shows them, one evaluation a page.

Decided here: when the browser shows the page that was asked for (its content really changed, and holds still). What the
rows are is decided by extraction, and where a list ends by its pager or by ending.py.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from playwright.async_api import Error
from playwright.async_api import Locator as LiveLocator

from sincro_scraper.browser.locators import Scope, if_there, live, the_one
from sincro_scraper.browser.page_scripts import HTML_OF_PAGE, LIST_MARK, SCROLL_ON, SCROLL_STEP
from sincro_scraper.browser.signs import shown
from sincro_scraper.browser.visit import Values, Visit
from sincro_scraper.errors import SchemaDrift, ScraperError, SourceUnavailable, UnstableList
from sincro_scraper.profile.locator import parse_locator
from sincro_scraper.profile.paging import MorePaging, NextPaging, NoPaging, OffsetPaging, PagePaging, ScrollPaging
from sincro_scraper.profile.steps import Step
from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.reading.addresses import address_of_page, check_first
from sincro_scraper.reading.completeness import bounded
from sincro_scraper.reading.counted import as_shown, counted_pages
from sincro_scraper.reading.ending import patterns_of
from sincro_scraper.reading.extraction import Cells, PageOfRows, PageReader
from sincro_scraper.reading.patience import wait_before_retry
from sincro_scraper.reading.tables import TABLES
from sincro_scraper.reading.windows import check_growing, fresh_rows

_POLL_SECONDS = 0.03
_SLOWEST_POLL_SECONDS = 0.25
_SHORT_PAGE_SECONDS = 3.0
"""How long a page with fewer rows than expected may still be filling."""
_EMPTY_SECONDS = 2.0
"""How long a list without rows has to stay like that before it is believed to be empty."""
_VIEW_SECONDS = 0.6
"""How long a list that was scrolled on may take to draw other rows, where it draws any."""
Rows = tuple[Cells, ...]
DISABLED = """(element) => {
  for (let at = element, up = 0; at && up < 3; at = at.parentElement, up++) {
    if (at.disabled || at.getAttribute('aria-disabled') === 'true') return true;
    if (at !== element && at.children.length > 1) break;
    if (/(^|[\\s_-])disabled($|[\\s_-])/i.test(at.getAttribute('class') || '')) return true;
  }
  return false;
}"""


class DomPages:
    """The pages of one stream in the browser. `read` starts from the stream's first page each time it is called."""

    def __init__(self, visit: Visit, name: str, stream: StreamSpec, reader: PageReader, values: Values) -> None:
        self._visit = visit
        self._name = name
        self._stream = stream
        self._reader = reader
        self._values = values
        self._scope: Scope = visit.page
        self._marked = stream.rows or TABLES
        self._restless = False
        """The application always has a request on its way, so that waiting for it tells nothing."""
        self.bytes = 0

    @property
    def address(self) -> str:
        """Where the browser is."""
        return self._visit.page.url

    async def cookies(self) -> list[dict[str, Any]]:
        """The session's cookies by now: opening the list may have renewed them."""
        return await self._visit.cookies()

    async def read(self, steps: Sequence[Step]) -> AsyncGenerator[PageOfRows, None]:
        """Open the list and give its pages in order. Raises ScraperError."""
        first = await self.open(steps)
        yield first
        async with aclosing(self.rest(first)) as rest:
            async for page in rest:
                yield page

    async def rest(self, first: PageOfRows) -> AsyncGenerator[PageOfRows, None]:
        """The pages after the first one, which the browser shows. Raises ScraperError."""
        match self._stream.paging:
            case NextPaging() as paging:
                pages = self._by_next(paging, first)
            case PagePaging() | OffsetPaging() as paging:
                pages = self._by_address(paging, first)
            case ScrollPaging(virtual=True) as paging:
                pages = self._by_views(paging, first)
            case MorePaging() | ScrollPaging() as paging:
                pages = self._by_growing(paging, first)
            case _:
                return
        async with aclosing(pages):
            async for page in pages:
                yield page

    async def has_next(self) -> bool:
        """Whether the browser shows a way to a second page."""
        paging = self._stream.paging
        return isinstance(paging, NextPaging) and await self._next_element(paging, 2) is not None

    async def open(self, steps: Sequence[Step]) -> PageOfRows:
        """Carry out the steps that lead to the list and read its first page."""
        await self._visit.run(steps, self._values, ("streams", self._name, "open"))
        await self._visit.raise_if_expired()
        self._scope = await self._visit.scope(self._stream.frame)
        page = await self._settled(before=None, expected=None, whole=isinstance(self._stream.paging, NoPaging))
        if not page.rows and page.total != 0 and self._stream.empty and not await self._is_empty():
            message = f"the list shows neither rows nor {' or '.join(map(repr, self._stream.empty))}"
            raise SourceUnavailable(message, code="EmptyUnproven")
        return page

    async def mark(self) -> str:
        """A mark of what the list shows now; '' while the page is being replaced."""
        value = await self._evaluate(LIST_MARK, self._marked)
        return str(value or "")

    async def _by_next(self, paging: NextPaging, first: PageOfRows) -> AsyncGenerator[PageOfRows, None]:
        read, number, page = len(first.rows), 1, first
        while True:
            missing = first.total is not None and read < first.total
            element = await self._next_element(paging, number + 1, patient=missing)
            if element is None:
                return
            bounded(number, self._stream.max_pages)
            number += 1
            page = await self._turn(element, paging, number, page, _expected(first, read))
            read += len(page.rows)
            yield page

    async def _next_element(self, paging: NextPaging, number: int, *, patient: bool = False) -> LiveLocator | None:
        """The link or button to the page with this number; None where the list ends.

        patient: rows are still missing, so the pager may be late.
        """
        text = paging.click.replace("{page}", str(number))
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (_SHORT_PAGE_SECONDS if patient else 0)
        while True:
            element = await if_there(self._scope, text)
            if element is not None and not await element.evaluate(DISABLED):
                return element
            if loop.time() >= deadline:
                return None
            await asyncio.sleep(_SLOWEST_POLL_SECONDS)

    async def _turn(
        self, element: LiveLocator, paging: NextPaging, number: int, shown: PageOfRows, expected: int | None
    ) -> PageOfRows:
        attempt = 0
        while True:
            attempt += 1
            before = await self.mark()
            self._visit.traffic.mark()
            await self._visit.pacer.turn()
            try:
                await element.click(timeout=self._visit.timeout.total_seconds() * 1000, no_wait_after=True)
                return await self._settled(before=before, expected=expected, shown=shown.rows)
            except Error as error:
                await self._visit.raise_for_page()
                raise SourceUnavailable(f"page {number} could not be turned to: {error.message[:200]}") from error
            except SourceUnavailable as error:
                retries = self._visit.profile.manners.retries
                wait = wait_before_retry(attempt, retries, error.retry_after_seconds)
                again = await self._next_element(paging, number)
                if wait is None or error.code in ("Maintenance", "ListUnchanged") or again is None:
                    error.message = f"page {number}: {error.message}"
                    raise
                await asyncio.sleep(wait)
                if shown.total is None and "{page}" not in paging.click:
                    # Many pagers have counted on by now: a second click would leave a page out, and nobody would know.
                    raise UnstableList(f"page {number}: {error.message}", code=error.code) from error
                element = again

    def _by_address(self, paging: PagePaging | OffsetPaging, first: PageOfRows) -> AsyncGenerator[PageOfRows, None]:
        base = self._visit.page.url
        check_first(base, paging)
        counted = as_shown(paging, first)

        async def fetch(index: int) -> PageOfRows:
            await self._visit.goto(address_of_page(base, counted, index))
            await self._visit.raise_if_expired()
            self._scope = await self._visit.scope(self._stream.frame)
            return await self._settled(before=None, expected=_expected(first, index * len(first.rows)))

        return counted_pages(
            first, fetch, concurrency=1, limit=self._stream.max_pages, patterns=patterns_of(self._stream)
        )

    async def _by_growing(
        self, paging: MorePaging | ScrollPaging, first: PageOfRows
    ) -> AsyncGenerator[PageOfRows, None]:
        """Lists that grow: each look reads the rows that were not there before."""
        seen = len(first.rows)
        number = 1
        while True:
            before = await self.mark()
            if not await self._grow(paging, before, full=first.total is not None and seen >= first.total):
                return
            bounded(number, self._stream.max_pages)
            number += 1
            page = await self._settled(before=before, expected=None)
            check_growing(first.rows, page.rows)
            fresh = page.rows[seen:]
            if not fresh:
                return
            links = page.links[seen:]
            seen = len(page.rows)
            yield replace(page, rows=fresh, links=links)

    async def _by_views(self, paging: ScrollPaging, first: PageOfRows) -> AsyncGenerator[PageOfRows, None]:
        """Lists that hold only the rows in view: one view after the other, each overlapping the one before."""
        view, number = first, 1
        while True:
            before = await self.mark()
            self._visit.traffic.mark()
            moved = await self._scroll(SCROLL_STEP, paging)
            if not await self._changed(before, _VIEW_SECONDS if moved else _EMPTY_SECONDS):
                if moved:
                    continue
                return
            bounded(number, self._stream.max_pages)
            number += 1
            page = await self._settled(before=before, expected=None)
            fresh = fresh_rows(view.rows, page.rows)
            view = page
            if fresh:
                links = tuple(page.links[index] for index in fresh) if page.links else ()
                yield replace(page, rows=tuple(page.rows[index] for index in fresh), links=links)

    async def _scroll(self, script: str, paging: ScrollPaging) -> bool:
        if paging.within:
            return bool(await (await the_one(self._scope, paging.within, 5000)).evaluate(script))
        return bool(await self._evaluate(script, self._marked))

    async def _grow(self, paging: MorePaging | ScrollPaging, before: str, *, full: bool) -> bool:
        """Ask for more rows; False where there are none. A list may also end by simply not growing any more."""
        self._visit.traffic.mark()
        await self._visit.pacer.turn()
        if isinstance(paging, MorePaging):
            button = await if_there(self._scope, paging.click)
            if button is None or await button.evaluate(DISABLED):
                return False
            await self._click_more(button, before)
        else:
            await self._scroll(SCROLL_ON, paging)
        limit = _EMPTY_SECONDS if full or isinstance(paging, ScrollPaging) else self._visit.timeout.total_seconds()
        return await self._changed(before, limit)

    async def _click_more(self, button: LiveLocator, before: str) -> None:
        try:
            await button.click(timeout=self._visit.timeout.total_seconds() * 1000, no_wait_after=True)
        except Error as error:
            # Some lists load as soon as their button comes into view, and take it away: what counts is that rows came.
            if await self.mark() in ("", before):
                reason = error.message.splitlines()[0]
                raise SourceUnavailable(
                    f"more rows could not be asked for: {reason}", code="ElementUnusable"
                ) from error

    async def _changed(self, before: str, seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while loop.time() < deadline or self._visit.traffic.pending > 0:
            if await self.mark() not in ("", before):
                return True
            self._raise_for_failures()
            if loop.time() > deadline + self._visit.timeout.total_seconds():
                break
            await asyncio.sleep(_POLL_SECONDS)
        return False

    async def _settled(
        self, before: str | None, expected: int | None, *, whole: bool = False, shown: Rows = ()
    ) -> PageOfRows:
        """Wait until the list differs from `before`, holds still and is as full as it should be; then read it.

        whole: the page shows the list to its end, so it should have as many rows as it declares. shown: the rows of the
        page before, which stay for a while under a pager that is faster. Raises SourceUnavailable (failed requests,
        ListUnchanged), SessionExpired, SchemaDrift (what the last look found wrong), each once the page's time is over
        or as soon as it is certain.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        deadline = started + self._visit.timeout.total_seconds()
        pause, seen = _POLL_SECONDS, ""
        problem: ScraperError | None = None
        while True:
            now = await self.mark()
            if now and now != before and now == seen and not await self._loading():
                try:
                    page = await self._look()
                except SchemaDrift as error:
                    if error.code == "HeaderMissing" and await self._is_empty():
                        return PageOfRows((), base=self._scope.url)
                    problem = error
                    await self._visit.raise_for_page()
                    await self._visit.raise_if_expired()
                else:
                    wanted = page.total if page is not None and whole else expected
                    if page is not None and shown and page.rows == shown:
                        problem = SourceUnavailable("the list did not change after the click", code="ListUnchanged")
                        await self._raise_for_turn()
                    elif page is not None and await self._complete(page, wanted, loop.time() - started):
                        if not page.rows:
                            await self._visit.raise_if_expired()
                        return page
            elif now == before:
                await self._raise_for_turn()
            seen = now
            if loop.time() > deadline:
                await self._give_up(before, now, problem)
            await asyncio.sleep(pause)
            pause = min(pause * 1.2, _SLOWEST_POLL_SECONDS)

    async def _give_up(self, before: str | None, now: str, problem: ScraperError | None) -> None:
        await self._visit.raise_for_page()
        await self._visit.raise_if_expired()
        if problem is not None:
            raise problem
        said = f"; the page said: {self._visit.traffic.dialogs[-1]}" if self._visit.traffic.dialogs else ""
        if before is not None and now == before:
            raise SourceUnavailable(f"the list did not change after the click{said}", code="ListUnchanged")
        raise SourceUnavailable(f"the list did not finish loading{said}", code="Slow")

    async def _look(self) -> PageOfRows | None:
        limit = self._visit.profile.manners.max_page_bytes
        answer = await self._evaluate(HTML_OF_PAGE, limit)
        if answer is None:
            return None
        if "tooLarge" in answer:
            raise SourceUnavailable(
                f"the page has {answer['tooLarge']:,} characters, more than maxPageBytes ({limit:,})",
                code="PageTooLarge",
            )
        self.bytes += len(answer["html"])
        return replace(self._reader.read(answer["html"]), base=self._scope.url)

    async def _complete(self, page: PageOfRows, expected: int | None, waited: float) -> bool:
        """Whether the page shows what it should; a page that is short of rows may still be filling."""
        if self._stream.total is not None and page.total is None and not await self._is_empty():
            return waited > _EMPTY_SECONDS
        if not page.rows:
            if page.total == 0 or await self._is_empty():
                # Many lists say that they are empty until their rows have come.
                return self._visit.traffic.pending <= 0 or waited > _SHORT_PAGE_SECONDS
            return waited > _EMPTY_SECONDS and self._visit.traffic.pending <= 0
        if waited > _SHORT_PAGE_SECONDS:
            self._restless = self._visit.traffic.pending > 0
            return True
        if expected is None:
            # Nothing says how many rows there should be; what the page has asked for may bring more, or newer ones.
            return self._restless or self._visit.traffic.pending <= 0
        return len(page.rows) >= expected

    async def _is_empty(self) -> bool:
        return await shown(self._visit.page, self._visit.traffic, self._stream.empty) is not None

    async def _loading(self) -> bool:
        sign = self._visit.profile.signs.loading
        if sign is None:
            return False
        try:
            return await live(self._scope, parse_locator(f"css={sign}")).filter(visible=True).count() > 0
        except Error:
            return True

    async def _raise_for_turn(self) -> None:
        """While the list still shows what it showed: a failed request or another page ends the waiting at once."""
        self._raise_for_failures()
        if self._visit.traffic.dialogs:
            await self._visit.raise_for_page()
            await self._visit.raise_if_expired()

    def _raise_for_failures(self) -> None:
        traffic = self._visit.traffic
        if traffic.failures:
            worst = traffic.failures[0]
            raise SourceUnavailable(
                f"{worst.url} answered with status {worst.status}",
                code=f"Status{worst.status}",
                retry_after_seconds=worst.retry_after,
            )
        if traffic.refused:
            raise SourceUnavailable(f"a request of the page failed: {traffic.refused[0]}", code="Unreachable")

    async def _evaluate(self, script: str, argument: Any) -> Any:
        """Evaluate in the list's frame; None while the page is being replaced by another."""
        try:
            return await self._scope.evaluate(script, argument)
        except Error as error:
            text = error.message
            if (
                "context was destroyed" in text
                or "navigat" in text
                or "detached" in text
                or "Cannot find context" in text
            ):
                return None
            raise SourceUnavailable(f"the browser could not read the page: {text.splitlines()[0][:200]}") from error


def _expected(first: PageOfRows, read: int) -> int | None:
    """How many rows the next page should have; None where nothing is known."""
    if first.total is None:
        return None
    return max(0, min(len(first.rows), first.total - read))
