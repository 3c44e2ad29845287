"""Chooses how the rows of a stream come to us. Composition: each way stands in a module of its own."""

import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Protocol

from sincro_scraper.browser.session import Session, date_format_of
from sincro_scraper.localisation import Locale
from sincro_scraper.profile.placeholders import fill_placeholders
from sincro_scraper.profile.steps import Goto, Step
from sincro_scraper.profile.streams import FILE_TRANSPORTS, StreamSpec, Transport
from sincro_scraper.reading.addresses import full_address
from sincro_scraper.reading.details import DetailPages
from sincro_scraper.reading.dom import DomPages
from sincro_scraper.reading.exports import ExportPages
from sincro_scraper.reading.extraction import PageOfRows, PageReader
from sincro_scraper.reading.fetching import Fetcher
from sincro_scraper.reading.http import DirectPages, HttpPages
from sincro_scraper.reading.xhr import XhrPages


def proof_mark(stream: StreamSpec) -> str:
    """A mark of everything in the profile that a proof of equality depends on."""
    return hashlib.sha256(stream.model_dump_json().encode()).hexdigest()[:24]


class Pages(Protocol):
    """A way to read a list: opens it by steps and gives its pages in order."""

    def read(self, steps: Sequence[Step]) -> AsyncGenerator[PageOfRows, None]:
        """Raises ScraperError, DocumentError."""
        ...


class Transports:
    """The pages of one stream, by the profile's transport. `bytes`: what was read so far, near enough."""

    def __init__(self, session: Session, name: str, stream: StreamSpec, locale: Locale) -> None:
        self._session = session
        self._name = name
        self._stream = stream
        self._locale = locale
        self._reader = PageReader(stream, locale)
        self.bytes = 0

    @property
    def json(self) -> bool:
        """Whether cells may come typed, out of JSON."""
        response = self._stream.response
        return response is not None and response.html is None

    async def prepare(self) -> None:
        """Have a session; one that was kept is tried without a browser where that may do. Raises ScraperError."""
        if not self._may_be_direct(self._stream.open):
            await self._session.visit()

    async def pages(self, since: datetime | None) -> AsyncGenerator[PageOfRows, None]:
        """The pages from the first one on; with `since` those of the delta. Raises ScraperError, DocumentError."""
        delta = self._stream.delta
        steps = delta.open if since is not None and delta is not None else self._stream.open
        fetcher = await self._session.fetcher()
        try:
            details = await self._details(fetcher)
            source = self._direct(steps, fetcher, since) or await self._source(fetcher, since)
            async with aclosing(source.read(steps)) as pages:
                async for page in pages:
                    yield page if details is None else await details.complete(page)
                    self.bytes = fetcher.bytes + getattr(source, "bytes", 0)
            await self._session.take_back(fetcher)
        finally:
            await fetcher.close()

    async def first_page(self, steps: Sequence[Step], since: datetime | None = None) -> PageOfRows:
        """The first page that the steps lead to, without details. Raises ScraperError, DocumentError."""
        fetcher = await self._session.fetcher()
        try:
            source = self._direct(steps, fetcher, since) or await self._source(fetcher, since)
            async with aclosing(source.read(steps)) as pages:
                async for page in pages:
                    return page
            return PageOfRows(())
        finally:
            await fetcher.close()

    def _may_be_direct(self, steps: Sequence[Step]) -> bool:
        """A kept session needs no browser where an earlier run has proven it for this very stream."""
        stream, session = self._stream, self._session
        plain = len(steps) == 1 and isinstance(steps[0], Goto) and stream.detail is None
        kept = session.kept is not None and session.open_visit is None
        return kept and plain and stream.transport is Transport.HTTP and proof_mark(stream) in session.proven

    def _direct(self, steps: Sequence[Step], fetcher: Fetcher, since: datetime | None) -> Pages | None:
        step = steps[0]
        if not self._may_be_direct(steps) or not isinstance(step, Goto):
            return None
        session = self._session
        path = fill_placeholders(step.goto, session.values(since), date_format_of(self._locale))
        address = full_address(session.spec.base_url, path)
        return DirectPages(session.profile, self._stream, self._reader, fetcher, address)

    async def _details(self, fetcher: Fetcher) -> DetailPages | None:
        detail = self._stream.detail
        if detail is None:
            return None
        names = list(self._stream.columns)
        return DetailPages(self._session.profile, detail, names, fetcher, await self._session.visit())

    async def _source(self, fetcher: Fetcher, since: datetime | None) -> Pages:
        visit, values = await self._session.visit(), self._session.values(since)
        name, stream = self._name, self._stream
        if stream.transport in FILE_TRANSPORTS:
            return ExportPages(visit, name, stream, self._locale, values, fetcher)
        if stream.transport is Transport.XHR:
            return XhrPages(visit, name, stream, self._locale, values, fetcher)
        browser = DomPages(visit, name, stream, self._reader, values)
        if stream.transport is Transport.HTTP:
            on_proven = partial(self._session.proven.add, proof_mark(stream))
            return HttpPages(self._session.profile, stream, self._reader, browser, fetcher, on_proven)
        return browser
