"""One session of the source, begun when it is first needed: browser, locale, login; ended once, whatever happens.

Decided here: when a browser is started and that every session which was begun is logged out. How a login is judged is
decided in login.py, and how often one logs in by the reading.
"""

import contextlib
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.async_api import BrowserContext, Error, StorageState

from sincro_contract.run import RunSpec
from sincro_scraper.browser.evidence import Evidence
from sincro_scraper.browser.launch import BrowserSettings, open_browser
from sincro_scraper.browser.locale_check import assert_locale
from sincro_scraper.browser.login import Credentials, log_in, log_out
from sincro_scraper.browser.visit import Values, Visit
from sincro_scraper.localisation import Locale, format_date
from sincro_scraper.profile.model import Profile
from sincro_scraper.progress import Reporter
from sincro_scraper.reading.fetching import Fetcher
from sincro_scraper.reading.pace import Pacer
from sincro_scraper.stopwatch import Stopwatch

log = logging.getLogger(__name__)

_SAMPLE_DATE = datetime(2031, 11, 22)  # noqa: DTZ001 - a date to see the locale's order by


def date_format_of(locale: Locale) -> str:
    """How the locale writes a short date, for strftime: `%d/%m/%Y` in it-IT."""
    text = format_date(_SAMPLE_DATE.date(), locale)
    return text.replace("2031", "%Y").replace("11", "%m").replace("22", "%d")


@dataclass
class Session:
    """The source, seen through one browser. Use `visit`, then `close` in every case."""

    spec: RunSpec
    profile: Profile
    credentials: Credentials
    locale: Locale
    pacer: Pacer
    clock: Callable[[], datetime]
    watch: Stopwatch
    reporter: Reporter
    logged_in: bool = False
    keep: bool = False
    evidence: Evidence | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _context: BrowserContext | None = None
    _visit: Visit | None = None

    @property
    def open_visit(self) -> Visit | None:
        """The page, if a browser was started."""
        return self._visit

    async def visit(self) -> Visit:
        """The page, logged in. Raises ScraperError."""
        visit = await self.launched()
        if not self.logged_in:
            await self._log_in(visit)
        return visit

    async def launched(self, state: StorageState | None = None) -> Visit:
        """The page, logged in or not. `state`: a kept session to begin with. Raises ScraperError."""
        if self._visit is None:
            await self.reporter.phase("launch")
            with self.watch.phase("launch"):
                settings = BrowserSettings(self.locale, self.spec.time_zone, self.profile.manners.user_agent)
                self._context = await self._stack.enter_async_context(open_browser(settings, state))
                if self.evidence is not None:
                    await self.evidence.begin(self._context)
                page = await self._context.new_page()
                await assert_locale(page, self.locale, self.spec.time_zone)
            self._visit = Visit(page, self.profile, self.spec.base_url, self.pacer, date_format_of(self.locale))
        return self._visit

    async def log_in_again(self) -> None:
        """Forget the session that was lost and begin a new one. Raises ScraperError."""
        visit = await self.launched()
        self.logged_in = False
        await visit.page.context.clear_cookies()
        await self._log_in(visit)

    async def fetcher(self) -> Fetcher:
        """The session without the browser: its cookies, language and name. Close it. Raises ScraperError."""
        visit = await self.visit()
        cookies = await visit.page.context.cookies()
        return Fetcher(
            [dict(cookie) for cookie in cookies],
            manners=self.profile.manners,
            pacer=self.pacer,
            locale=self.locale,
            user_agent=await visit.page.evaluate("navigator.userAgent"),
            timeout_seconds=visit.timeout.total_seconds(),
        )

    async def storage_state(self) -> StorageState | None:
        """Cookies and local storage of the browser; None without a browser."""
        return await self._context.storage_state() if self._context is not None else None

    async def leave(self) -> None:
        """Log out (unless the session is kept) and close the browser. Never raises; bounded in time; harmless twice."""
        visit, self._visit, self._context = self._visit, None, None
        if visit is not None and self.logged_in and not self.keep:
            await log_out(visit, self.values(None))
        self.logged_in = False
        with contextlib.suppress(Error):
            await self._stack.aclose()

    def values(self, since: datetime | None) -> Values:
        """The placeholders of this moment, times in the run's zone."""
        now = self.clock().astimezone(self.zone)
        values = self.credentials.values(now)
        if since is not None:
            values["since"] = since.astimezone(self.zone)
        return values

    @property
    def zone(self) -> ZoneInfo:
        """The run's time zone."""
        return ZoneInfo(self.spec.time_zone)

    async def _log_in(self, visit: Visit) -> None:
        if self.profile.login is None:
            self.logged_in = True
            return
        await self.reporter.phase("login")
        with self.watch.phase("login"):
            # Set first: a login that is cut off half way may have begun a session that has to be ended.
            self.logged_in = True
            await log_in(visit, self.credentials, self.clock().astimezone(self.zone), self.locale)
