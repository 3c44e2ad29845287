"""Transport `xhr`: the answers that the page itself fetches. The browser asks; further pages are asked for directly.

Decided here: which answer belongs to which page. As with `http`, asking directly holds only after its first page equals
the browser's own, row for row.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from playwright.async_api import Error, Page, Response
from playwright.async_api import Request as LiveRequest

from sincro_scraper.browser.locators import if_there, the_one
from sincro_scraper.browser.page_scripts import SCROLL_ON
from sincro_scraper.browser.signs import address_fits
from sincro_scraper.browser.traffic import retry_after
from sincro_scraper.browser.visit import Values, Visit
from sincro_scraper.errors import SchemaDrift, ScraperError, SessionExpired, SourceUnavailable
from sincro_scraper.localisation import Locale
from sincro_scraper.profile.paging import (
    CursorPaging,
    MorePaging,
    NextPaging,
    OffsetPaging,
    PagePaging,
    ScrollPaging,
)
from sincro_scraper.profile.steps import Step
from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.reading.completeness import bounded
from sincro_scraper.reading.counted import as_shown, counted_pages
from sincro_scraper.reading.dom import DISABLED
from sincro_scraper.reading.ending import patterns_of
from sincro_scraper.reading.extraction import Cells, PageOfRows, PageReader
from sincro_scraper.reading.fetching import Answer, Fetcher, Request
from sincro_scraper.reading.json_paging import check_first_request, request_of_cursor, request_of_page
from sincro_scraper.reading.json_rows import Json, JsonReader, NothingThereError, at_path, parse_json
from sincro_scraper.reading.patience import error_for_status
from sincro_scraper.reading.tables import TABLES

_FETCHED = frozenset({"xhr", "fetch"})
_POLL_SECONDS = 0.03
_QUIET_SECONDS = 0.15
"""How long no further answer may have come for the last one to be the page's own."""
_LATER_SECONDS = 3.0
"""How long the answer with the list may come after others of the same address."""
_LOST = "Lost"
"""The browser let go of the answer: it went to the page that was there before."""
_NOT_THE_LIST = frozenset({"RowsMissing", "NotJson", "FieldMissing", _LOST})
"""What is wrong with an answer that may simply be another one."""
_END_SECONDS = 2.0
"""How long a scrolled list may go without asking for more before it is taken to have ended."""


class XhrPages:
    """The pages of one stream, from the answers to the page's own requests."""

    def __init__(
        self,
        visit: Visit,
        name: str,
        stream: StreamSpec,
        locale: Locale,
        values: Values,
        fetcher: Fetcher,
    ) -> None:
        if stream.response is None:
            raise SchemaDrift("the stream has no response", code="ResponseUnknown")
        self._visit = visit
        self._name = name
        self._stream = stream
        self._spec = stream.response
        self._json = JsonReader(stream, locale)
        self._html = PageReader(stream, locale)
        self._values = values
        self._fetcher = fetcher
        self._answers: list[Response] = []
        self._totals: list[Response] = []
        self._asked: set[LiveRequest] = set()
        """The page's own requests for the list that are on their way."""
        self._ahead: list[PageOfRows] = []
        """Pages that came together with the first one."""
        self.bytes = 0

    async def read(self, steps: Sequence[Step]) -> AsyncGenerator[PageOfRows, None]:
        """Open the list and give its pages in order. Raises ScraperError."""
        with self._listening():
            response, first = await self.open(steps)
            yield first
            async with aclosing(self._rest(response, first)) as rest:
                async for following in rest:
                    yield following

    async def first(self, steps: Sequence[Step]) -> PageOfRows:
        """Open the list and give what the browser's own answer holds. Raises ScraperError."""
        with self._listening():
            _, first = await self.open(steps)
        return first

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        page: Page = self._visit.page
        page.on("response", self._note)
        page.on("request", self._note_request)
        page.on("requestfinished", self._note_end)
        page.on("requestfailed", self._note_end)
        try:
            yield
        finally:
            page.remove_listener("response", self._note)
            page.remove_listener("request", self._note_request)
            page.remove_listener("requestfinished", self._note_end)
            page.remove_listener("requestfailed", self._note_end)

    async def open(self, steps: Sequence[Step]) -> tuple[Response, PageOfRows]:
        """Carry out the steps, wait for the answer that they led to, and read it."""
        self._answers.clear()
        self._totals.clear()
        self._asked.clear()
        self._ahead.clear()
        await self._visit.run(steps, self._values, ("streams", self._name, "open"))
        response, first = await self._first_answer()
        return response, replace(first, total=await self._other_total() or first.total)

    async def _first_answer(self) -> tuple[Response, PageOfRows]:
        """The answer that holds the list. Where one address serves everything (GraphQL), others come before it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._visit.timeout.total_seconds()
        tried = 0
        problem: ScraperError | None = None
        while True:
            left = deadline - loop.time()
            if not await self._answered(tried, min(left, _LATER_SECONDS) if tried else left):
                break
            answers, tried = self._answers[tried:], len(self._answers)
            try:
                response, page = await self._best(answers)
                return (response, page) if not self._grows else await self._first_of(answers, page)
            except (SchemaDrift, SourceUnavailable) as error:
                if error.code not in _NOT_THE_LIST:
                    raise
                problem = error if problem is None or problem.code == _LOST else problem
        await self._visit.raise_for_page()
        await self._visit.raise_if_expired()
        if problem is not None:
            raise problem
        sends = f" that sends {self._spec.body!r}" if self._spec.body else ""
        raise SchemaDrift(
            f"the page fetched nothing from an address like {self._spec.url!r}{sends}; it fetched: "
            f"{', '.join(self._visit.traffic.fetched[-8:]) or 'nothing'}",
            code="ResponseMissing",
            place=("response",),
        )

    async def _best(self, answers: Sequence[Response]) -> tuple[Response, PageOfRows]:
        """The newest of the answers that holds the list: addresses that begin alike may bring other things."""
        problem: ScraperError | None = None
        for response in reversed(answers):
            try:
                return response, await self._page_of(response)
            except (SchemaDrift, SourceUnavailable) as error:
                if error.code not in _NOT_THE_LIST:
                    raise
                problem = problem or error
        raise problem or SchemaDrift("there was no answer", code="ResponseMissing")

    @property
    def _grows(self) -> bool:
        return isinstance(self._stream.paging, MorePaging | ScrollPaging)

    async def _lists(self, answers: Sequence[Response]) -> list[tuple[Response, PageOfRows]]:
        """All of the answers that hold the list, in their order."""
        found: list[tuple[Response, PageOfRows]] = []
        for response in answers:
            try:
                found.append((response, await self._page_of(response)))
            except (SchemaDrift, SourceUnavailable) as error:
                if error.code not in _NOT_THE_LIST:
                    raise
        return found

    async def _first_of(self, answers: Sequence[Response], newest: PageOfRows) -> tuple[Response, PageOfRows]:
        """The first page of a list that grows, which may have asked for several to fill its view.

        An answer that shares rows with a later one was replaced by it: the list was asked for anew.
        """
        lists = await self._lists(answers)
        kept: list[tuple[Response, PageOfRows]] = []
        later: set[Cells] = set()
        for response, page in reversed(lists):
            if kept and (not page.rows or not later.isdisjoint(page.rows)):
                break
            kept.insert(0, (response, page))
            later.update(page.rows)
        self._ahead = [_with_total(page, newest) for _, page in kept[1:] if page.rows]
        return kept[0]

    async def _other_total(self) -> int | None:
        """The declared total, where another answer has it."""
        spec = self._stream.total
        if spec is None or spec.url is None:
            return None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._visit.timeout.total_seconds()
        while True:
            if self._totals:
                break
            if loop.time() > deadline:
                message = f"the page fetched no total from an address like {spec.url!r}"
                raise SchemaDrift(message, code="TotalMissing", place=("total",))
            await asyncio.sleep(_POLL_SECONDS)
        return self._json.total_in(parse_json(await self._totals[-1].text()))

    def _note_request(self, request: LiveRequest) -> None:
        if request.resource_type in _FETCHED and address_fits(request.url, self._spec.url) and self._sends(request):
            self._asked.add(request)

    def _note_end(self, request: LiveRequest) -> None:
        self._asked.discard(request)

    def _note(self, response: Response) -> None:
        if response.request.resource_type not in _FETCHED:
            return
        if address_fits(response.url, self._spec.url) and self._sends(response.request):
            self._answers.append(response)
        total = self._stream.total
        if total is not None and total.url is not None and address_fits(response.url, total.url):
            self._totals.append(response)

    def _sends(self, request: LiveRequest) -> bool:
        if self._spec.body is None:
            return True
        sent = request.post_data_buffer or b""
        return self._spec.body in sent.decode("utf-8", "replace")

    async def _answered(self, seen: int, seconds: float) -> bool:
        """Wait for answers after the first `seen` ones, until no other follows; False when none comes in time.

        What the page has asked for is waited for as long as a page may take.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        longest = loop.time() + max(seconds, self._visit.timeout.total_seconds())
        count, since = seen, loop.time()
        while loop.time() < deadline or len(self._answers) > seen or (self._asked and loop.time() < longest):
            if len(self._answers) != count or (self._asked and loop.time() < longest):
                count, since = len(self._answers), loop.time()
            if count > seen and loop.time() - since >= _QUIET_SECONDS:
                return True
            if self._visit.traffic.refused and count == seen:
                reason = self._visit.traffic.refused[0]
                raise SourceUnavailable(f"a request of the page failed: {reason}", code="Unreachable")
            await asyncio.sleep(_POLL_SECONDS)
        return False

    async def _page_of(self, response: Response) -> PageOfRows:
        where = response.url.partition("?")[0]
        error = error_for_status(response.status, where, retry_after(response.headers.get("retry-after")))
        if error is not None:
            raise error
        try:
            data = await response.body()
        except Error as problem:
            raise SourceUnavailable(f"the answer of {where} was lost: {problem.message[:120]}", code=_LOST) from None
        limit = self._visit.profile.manners.max_page_bytes
        if len(data) > limit:
            raise SourceUnavailable(f"{where} is larger than {limit:,} bytes (maxPageBytes)", code="PageTooLarge")
        self.bytes += len(data)
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        answer = Answer(response.url, response.status, content_type, data, None, redirected=False)
        page, _ = self._read(answer)
        return page

    def _read(self, answer: Answer) -> tuple[PageOfRows, Json]:
        """An answer's rows; the document as well where it is JSON, for the cursor in it."""
        if self._spec.html is None and self._spec.rows is None and "html" in answer.content_type:
            return self._html.read(answer.text), None
        try:
            document = parse_json(answer.text)
        except SchemaDrift as error:
            if "html" in answer.content_type and self._visit.profile.login is not None:
                raise SessionExpired(f"an HTML page came instead of JSON ({answer.url.partition('?')[0]})") from error
            raise
        if self._spec.html is None:
            return self._json.read(document), document
        try:
            html = at_path(document, self._spec.html)
        except NothingThereError as error:
            raise SchemaDrift(f"response.html: {error}", code="RowsMissing") from None
        return self._html.read(html if isinstance(html, str) else ""), document

    async def _rest(self, response: Response, first: PageOfRows) -> AsyncGenerator[PageOfRows, None]:
        match self._stream.paging:
            case NextPaging() | MorePaging() | ScrollPaging() as paging:
                pages = self._by_browser(paging, first)
            case PagePaging() | OffsetPaging() as paging:
                request, _ = await self._proven(response, first)
                check_first_request(request, paging)
                pages = self._by_count(as_shown(paging, first), request, first)
            case CursorPaging() as paging:
                pages = self._by_cursor(paging, *await self._proven(response, first), first)
            case _:
                return
        async with aclosing(pages):
            async for page in pages:
                yield page

    async def _proven(self, response: Response, first: PageOfRows) -> tuple[Request, Json]:
        """The page's own request, after proof that asking it ourselves gives the same rows; and that answer."""
        request = await own_request(response)
        self._fetcher.adopt(await self._visit.cookies())
        page, document = self._read(await self._fetcher.fetch(request))
        if page.rows != first.rows:
            raise SchemaDrift(
                "the page's own request gives other rows when it is sent again; turn the pages in the browser "
                "(paging by next, more or scroll)",
                code="NotRepeatable",
            )
        return request, document

    def _by_count(
        self, paging: PagePaging | OffsetPaging, request: Request, first: PageOfRows
    ) -> AsyncGenerator[PageOfRows, None]:
        async def fetch(index: int) -> PageOfRows:
            page, _ = self._read(await self._fetcher.fetch(request_of_page(request, paging, index)))
            return _with_total(page, first)

        concurrency = self._visit.profile.manners.concurrency
        return counted_pages(
            first, fetch, concurrency=concurrency, limit=self._stream.max_pages, patterns=patterns_of(self._stream)
        )

    async def _by_cursor(
        self, paging: CursorPaging, request: Request, document: Json, first: PageOfRows
    ) -> AsyncGenerator[PageOfRows, None]:
        number = 1
        while (following := request_of_cursor(request, paging, document)) is not None:
            bounded(number, self._stream.max_pages)
            number += 1
            page, document = self._read(await self._fetcher.fetch(following))
            yield _with_total(page, first)

    async def _by_browser(
        self, paging: NextPaging | MorePaging | ScrollPaging, first: PageOfRows
    ) -> AsyncGenerator[PageOfRows, None]:
        number, read = 1, len(first.rows)
        for page in self._ahead:
            number, read = number + 1, read + len(page.rows)
            yield page
        last = self._ahead[-1] if self._ahead else first
        while True:
            seen = len(self._answers)
            self._visit.traffic.mark()
            if not await self._ask(paging, number + 1):
                return
            bounded(number, self._stream.max_pages)
            complete = first.total is not None and read >= first.total
            scrolls = isinstance(paging, ScrollPaging)
            seconds = _END_SECONDS if complete or scrolls else self._visit.timeout.total_seconds()
            if not await self._answered(seen, seconds):
                if complete or scrolls:
                    return
                raise SourceUnavailable("the page fetched nothing after the click", code="ListUnchanged")
            answers = self._answers[seen:]
            _, newest = await self._best(answers)
            pages = [page for _, page in await self._lists(answers)] if self._grows else [newest]
            for page in pages:
                if page.rows and page.rows != last.rows:
                    number, read, last = number + 1, read + len(page.rows), page
                    yield _with_total(page, first)
            if not newest.rows:
                return

    async def _ask(self, paging: NextPaging | MorePaging | ScrollPaging, number: int) -> bool:
        """Do what makes the page fetch more; False where the list ends."""
        await self._visit.pacer.turn()
        scope = await self._visit.scope(self._stream.frame)
        if isinstance(paging, ScrollPaging):
            if paging.within:
                await (await the_one(scope, paging.within, 5000)).evaluate(SCROLL_ON)
            else:
                await scope.evaluate(SCROLL_ON, self._stream.rows or TABLES)
            return True
        text = paging.click.replace("{page}", str(number))
        element = await if_there(scope, text)
        if element is None or await element.evaluate(DISABLED):
            return False
        seen = len(self._answers)
        try:
            await element.click(timeout=self._visit.timeout.total_seconds() * 1000, no_wait_after=True)
        except Error as error:
            if len(self._answers) == seen:
                reason = error.message.splitlines()[0]
                raise SourceUnavailable(f"{text!r} could not be clicked: {reason}", code="ElementUnusable") from error
        return True


def _with_total(page: PageOfRows, first: PageOfRows) -> PageOfRows:
    """Where only the first page came with a total, it is the total of all."""
    return page if page.total is not None else replace(page, total=first.total)


async def own_request(response: Response) -> Request:
    """The request that the page sent, to be sent again."""
    request = response.request
    content = None
    with contextlib.suppress(Error):
        content = request.post_data_buffer
    return Request(request.url, request.method, await request.all_headers(), content)
