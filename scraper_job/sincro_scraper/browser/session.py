"""One session of the source, begun when it is first needed: browser, locale, login; ended once, whatever happens.

Decided here: when a browser is started and that every session which was begun is logged out. How a login is judged is
decided in login.py, and how often one logs in by the reading.
"""

import contextlib
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from playwright.async_api import BrowserContext, Error, StorageState

from sincro_contract.durations import parse_duration
from sincro_contract.run import RunSpec
from sincro_scraper.browser.evidence import Evidence
from sincro_scraper.browser.kept_session import KeptSession
from sincro_scraper.browser.launch import BrowserSettings, open_browser, open_page
from sincro_scraper.browser.locale_check import assert_locale
from sincro_scraper.browser.login import Credentials, log_in, log_out
from sincro_scraper.browser.own_requests import OwnRequests, own_requests
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
    evidence: Evidence | None = None
    kept: KeptSession | None = None
    proven: set[str] = field(default_factory=set)
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

    def resume(self, kept: KeptSession) -> None:
        """Begin with a session that an earlier run left behind: no browser, no login, until they are needed."""
        self.kept = kept
        self.logged_in = True
        self.proven |= kept.proven

    async def launched(self) -> Visit:
        """The page, logged in or not. Raises ScraperError."""
        if self._visit is None:
            await self.reporter.phase("launch")
            state = cast(StorageState, self.kept.state) if self.kept is not None else None
            with self.watch.phase("launch"):
                window = (self.profile.window.width, self.profile.window.height)
                user_agent, own = self.profile.manners.user_agent, self.own_requests
                settings = BrowserSettings(self.locale, self.spec.time_zone, user_agent, window=window, own=own)
                self._context = await self._stack.enter_async_context(open_browser(settings, state))
                if self.evidence is not None:
                    await self.evidence.begin(self._context)
                page = await open_page(self._context, own)
                await assert_locale(page, self.locale, self.spec.time_zone)
            self._visit = Visit(page, self.profile, self.spec.base_url, self.pacer, date_format_of(self.locale), own)
        return self._visit

    async def log_in_again(self) -> None:
        """Forget the session that was lost and begin a new one. Raises ScraperError."""
        self.kept = None
        visit = await self.launched()
        self.logged_in = False
        await visit.page.context.clear_cookies()
        await self._log_in(visit)

    async def fetcher(self) -> Fetcher:
        """The session without the browser: its cookies, language and name. Close it. Raises ScraperError."""
        if self._visit is None and self.kept is not None:
            cookies, user_agent = list(self.kept.state["cookies"]), self.kept.user_agent
        else:
            visit = await self.visit()
            cookies = await visit.cookies()
            user_agent = await visit.page.evaluate("navigator.userAgent")
        return Fetcher(
            cookies,
            manners=self.profile.manners,
            pacer=self.pacer,
            locale=self.locale,
            user_agent=user_agent,
            timeout_seconds=parse_duration(self.profile.manners.timeout).total_seconds(),
            own=self.own_requests,
        )

    async def take_back(self, fetcher: Fetcher) -> None:
        """Take over what the source set while it was read without the browser: sessions renew themselves by cookies."""
        if self._context is not None:
            with contextlib.suppress(Error):
                await self._context.add_cookies(cast(Any, fetcher.renewed()))
        elif self.kept is not None:
            self.kept = replace(self.kept, state={**self.kept.state, "cookies": fetcher.cookies()})

    async def to_keep(self) -> KeptSession | None:
        """The session as the next run may begin with it; None when there is none."""
        if not self.logged_in:
            return None
        if self._context is None or self._visit is None:
            return replace(self.kept, proven=frozenset(self.proven)) if self.kept is not None else None
        try:
            state = await self._context.storage_state()
            user_agent = await self._visit.page.evaluate("navigator.userAgent")
        except Error:
            return None
        user, base_url = self.credentials.username, self.spec.base_url
        return KeptSession(user, base_url, user_agent, cast(dict[str, Any], state), frozenset(self.proven))

    async def leave(self, *, keep: bool = False) -> None:
        """Log out, unless the session is kept, and close the browser. Never raises; bounded in time; harmless twice."""
        visit, self._visit, self._context = self._visit, None, None
        if visit is not None and self.logged_in and not keep:
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
    def own_requests(self) -> OwnRequests:
        """What goes along with requests to the application. Raises ConfigInvalid."""
        return own_requests(self.profile.requests, self.spec.base_url, self.credentials.values(self.clock()))

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
