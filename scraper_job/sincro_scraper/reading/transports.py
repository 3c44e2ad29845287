"""Chooses how the rows of a stream come to us, and falls back to the browser where a faster way does not hold."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime

from sincro_scraper.browser.session import Session
from sincro_scraper.errors import ConfigInvalid
from sincro_scraper.localisation import Locale
from sincro_scraper.profile.steps import Step
from sincro_scraper.profile.streams import StreamSpec, Transport
from sincro_scraper.reading.dom import DomPages
from sincro_scraper.reading.extraction import PageOfRows, PageReader


class Transports:
    """The pages of one stream, by the profile's transport."""

    def __init__(self, session: Session, name: str, stream: StreamSpec, locale: Locale) -> None:
        self._session = session
        self._name = name
        self._stream = stream
        self._reader = PageReader(stream, locale)
        self.bytes = 0

    @property
    def json(self) -> bool:
        """Whether cells may come typed, out of JSON."""
        response = self._stream.response
        return response is not None and response.html is None

    async def prepare(self) -> None:
        """Have a session. Raises ScraperError."""
        await self._session.visit()

    async def pages(self, since: datetime | None) -> AsyncGenerator[PageOfRows, None]:
        """The pages from the first one on; with `since` those of the delta. Raises ScraperError."""
        delta = self._stream.delta
        steps = delta.open if since is not None and delta is not None else self._stream.open
        async with aclosing(self._read(steps, since)) as pages:
            async for page in pages:
                yield page

    async def first_page(self, steps: Sequence[Step], since: datetime | None = None) -> PageOfRows:
        """The page that the steps lead to, read by the browser. Raises ScraperError."""
        visit = await self._session.visit()
        return await DomPages(visit, self._name, self._stream, self._reader, self._session.values(since)).open(steps)

    async def _read(self, steps: Sequence[Step], since: datetime | None) -> AsyncGenerator[PageOfRows, None]:
        if self._stream.transport is not Transport.DOM:
            raise ConfigInvalid(f"transport {self._stream.transport} is not there yet", code="TransportUnknown")
        visit = await self._session.visit()
        pages = DomPages(visit, self._name, self._stream, self._reader, self._session.values(since))
        async with aclosing(pages.read(steps)) as read:
            async for page in read:
                self.bytes = pages.bytes
                yield page
