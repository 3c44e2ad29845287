"""One page of one browser, used in the profile's words: steps, signs, waiting. What the reading is built on.

Decided here: how a step is carried out, and what an error of the browser means. Not here: which steps, and when.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from playwright.async_api import Error, Page, Response
from playwright.async_api import TimeoutError as LiveTimeoutError

from sincro_contract.durations import parse_duration
from sincro_scraper.browser.launch import open_page
from sincro_scraper.browser.locators import Scope, frame_of, is_there, the_one
from sincro_scraper.browser.own_requests import OwnRequests
from sincro_scraper.browser.signs import shown
from sincro_scraper.browser.traffic import Traffic
from sincro_scraper.errors import (
    ConfigInvalid,
    ProfilePath,
    SchemaDrift,
    ScraperError,
    SessionExpired,
    SourceUnavailable,
)
from sincro_scraper.profile.model import Profile
from sincro_scraper.profile.placeholders import MissingPlaceholderError, fill_placeholders
from sincro_scraper.profile.steps import (
    Check,
    Click,
    Fill,
    Goto,
    Hover,
    Press,
    Select,
    Step,
    Uncheck,
    Wait,
    WaitGone,
)
from sincro_scraper.reading.addresses import full_address
from sincro_scraper.reading.pace import Pacer
from sincro_scraper.reading.patience import basic_refused, error_for_status, wait_before_retry

Values = Mapping[str, str | datetime]
_POLL_SECONDS = 0.05
_OPTIONAL_MS = 1500.0


@dataclass
class Visit:
    """A page, and what is needed to use it. `date_format` (strftime) is how {since} is written by default."""

    page: Page
    profile: Profile
    base_url: str
    pacer: Pacer
    date_format: str
    own: OwnRequests | None = None
    traffic: Traffic = field(default_factory=Traffic)

    def __post_init__(self) -> None:
        self.traffic.listen(self.page)

    async def another(self) -> "Visit":
        """A further page of the same session; close its page in the end."""
        page = await open_page(self.page.context, self.own)
        return Visit(page, self.profile, self.base_url, self.pacer, self.date_format, self.own)

    async def cookies(self) -> list[dict[str, Any]]:
        """The cookies of the session by now."""
        return [dict(cookie) for cookie in await self.page.context.cookies()]

    @property
    def timeout(self) -> timedelta:
        """How long one page may take."""
        return parse_duration(self.profile.manners.timeout)

    @property
    def _ms(self) -> float:
        return self.timeout.total_seconds() * 1000

    def address(self, path: str) -> str:
        """A full address: paths are appended to the base URL."""
        return urljoin(self.page.url, path) if path.startswith("?") else full_address(self.base_url, path)

    def filled_address(self, path: str, values: Values) -> str:
        """A full address of a path with placeholders. Raises ConfigInvalid."""
        return self.address(self._filled(path, values))

    async def run(self, steps: Sequence[Step], values: Values, where: ProfilePath, *, retry: bool = True) -> None:
        """Carry out steps. `where` is their place in the profile, for errors: (`login`, `steps`).

        retry: ask again for an address that fails (never after a password was typed). Raises ScraperError.
        """
        for number, step in enumerate(steps, start=1):
            try:
                await self._step(step, values, retry=retry)
            except ScraperError as error:
                # The page itself may say why an element is missing. While logging in, a password field is no reason.
                logging_in = where[0] == "login"
                reason = await self.trouble(expiry=error.code == "ElementMissing" and not logging_in) or error
                reason.message = f"{'.'.join(str(part) for part in where)}, step {number}: {reason.message}"
                reason.place = (*where, number - 1)
                raise reason from error

    async def scope(self, frame: str | None) -> Scope:
        """The page, or the frame in it that a locator means."""
        return await frame_of(self.page, frame, self._ms)

    async def trouble(self, *, expiry: bool = False) -> ScraperError | None:
        """What the page says is the matter: maintenance, an error status; with `expiry` a session that is over."""
        sign = await shown(self.page, self.traffic, self.profile.signs.maintenance)
        if sign:
            return SourceUnavailable(f"the application is closed for maintenance ({sign})", code="Maintenance")
        document = self.traffic.document
        if document is not None:
            error = error_for_status(document.status, document.url, document.retry_after)
            if document.status == 401 and self.profile.requests.basic_auth is not None:
                error = basic_refused(document.url)
            if error is not None:
                return error
        if not expiry or self.profile.login is None:
            return None
        sign = await shown(self.page, self.traffic, self.profile.signs.expired)
        where = self.page.url.partition("?")[0]
        return SessionExpired(f"the session is over ({sign} on {where})") if sign else None

    async def raise_for_page(self) -> None:
        """Raise what the page itself says is the matter, but for a session that is over."""
        error = await self.trouble()
        if error is not None:
            raise error

    async def raise_if_expired(self) -> None:
        """Raise what the page says is the matter, SessionExpired included."""
        error = await self.trouble(expiry=True)
        if error is not None:
            raise error

    async def goto(self, address: str, *, retry: bool = True) -> None:
        """Open an address, again after passing errors. Raises SourceUnavailable and what the status means."""
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._goto_once(address)
                return
            except SourceUnavailable as error:
                retries = self.profile.manners.retries if retry else 0
                wait = wait_before_retry(attempt, retries, error.retry_after_seconds)
                if wait is None or error.code == "Maintenance":
                    raise
                await asyncio.sleep(wait)

    async def _goto_once(self, address: str) -> None:
        await self.pacer.turn()
        self.traffic.mark()
        self.traffic.document = None
        try:
            if address == self.page.url:
                # An address with a fragment that is open already would load nothing: the list is wanted afresh.
                response = await self.page.reload(wait_until="domcontentloaded", timeout=self._ms)
            else:
                response = await self.page.goto(address, wait_until="domcontentloaded", timeout=self._ms)
        except LiveTimeoutError:
            raise SourceUnavailable(
                f"{_short(address)} did not answer within {self._ms / 1000:.0f} s", code="Slow"
            ) from None
        except Error as error:
            raise _unreachable(address, error) from error
        await self._raise_for_response(response)

    async def _raise_for_response(self, response: Response | None) -> None:
        if response is not None and response.status >= 400:
            await self.raise_for_page()

    async def _step(self, step: Step, values: Values, *, retry: bool) -> None:
        if isinstance(step, Goto):
            await self.goto(self.address(self._filled(step.goto, values)), retry=retry)
            return
        if isinstance(step, Wait):
            await self._wait(step)
            return
        try:
            await self._act(step, values)
        except SchemaDrift as error:
            if not (step.optional and error.code == "ElementMissing"):
                raise
        except LiveTimeoutError as error:
            raise SchemaDrift(f"the element cannot be used: {_first(error)}", code="ElementUnusable") from error
        except Error as error:
            raise SourceUnavailable(f"the browser could not go on: {_first(error)}", code="BrowserFailed") from error

    async def _act(self, step: Step, values: Values) -> None:
        ms = _OPTIONAL_MS if step.optional else self._ms
        scope = await frame_of(self.page, step.frame, ms)
        match step:
            case Fill():
                await (await the_one(scope, step.fill, ms)).fill(self._filled(step.text, values), timeout=ms)
            case Click():
                await self.pacer.turn()
                await (await the_one(scope, self._filled(step.click, values), ms)).click(timeout=ms)
            case Press():
                if step.on:
                    await (await the_one(scope, step.on, ms)).press(step.press, timeout=ms)
                else:
                    await self.page.keyboard.press(step.press)
            case Select():
                await self._select(scope, step, values, ms)
            case Check():
                await (await the_one(scope, step.check, ms)).check(timeout=ms)
            case Uncheck():
                await (await the_one(scope, step.uncheck, ms)).uncheck(timeout=ms)
            case Hover():
                await (await the_one(scope, step.hover, ms)).hover(timeout=ms)
            case WaitGone():
                await self._wait_gone(scope, step)

    async def _select(self, scope: Scope, step: Select, values: Values, ms: float) -> None:
        element = await the_one(scope, step.select, ms)
        wanted = self._filled(step.option, values)
        options = await element.evaluate("list => [...list.options].map(o => [o.label.trim(), o.value])")
        chosen = [value for label, value in options if label == wanted] or [v for _, v in options if v == wanted]
        if not chosen:
            shown_options = ", ".join(repr(label) for label, _ in options)
            raise SchemaDrift(f"{step.select!r} has no option {wanted!r}; it has {shown_options}", code="OptionMissing")
        await self.pacer.turn()
        await element.select_option(value=chosen[0], timeout=ms)

    async def _wait(self, step: Wait) -> None:
        deadline = self._deadline(step.timeout)
        while True:
            scope = await frame_of(self.page, step.frame, self._ms)
            seen = await shown(self.page, self.traffic, [step.wait]) if step.frame is None else None
            if seen or (step.frame is not None and await is_there(scope, step.wait)):
                return
            if asyncio.get_running_loop().time() > deadline:
                if step.optional:
                    return
                raise SchemaDrift(f"{step.wait!r} did not show on {_short(self.page.url)}", code="ElementMissing")
            await asyncio.sleep(_POLL_SECONDS)

    async def _wait_gone(self, scope: Scope, step: WaitGone) -> None:
        deadline = self._deadline(step.timeout)
        while await is_there(scope, step.wait_gone):
            if asyncio.get_running_loop().time() > deadline:
                if step.optional:
                    return
                raise SourceUnavailable(f"{step.wait_gone!r} did not go away", code="Slow")
            await asyncio.sleep(_POLL_SECONDS)

    def _deadline(self, text: str | None) -> float:
        seconds = (parse_duration(text) if text else self.timeout).total_seconds()
        return asyncio.get_running_loop().time() + seconds

    def _filled(self, text: str, values: Values) -> str:
        try:
            return fill_placeholders(text, values, self.date_format)
        except MissingPlaceholderError as error:
            raise ConfigInvalid(f"{text!r}: {error}", code="PlaceholderMissing") from None


def _unreachable(address: str, error: Error) -> ScraperError:
    reason = _first(error)
    if "ERR_INVALID_URL" in reason or "invalid url" in reason.lower():
        return ConfigInvalid(f"{address!r} is not an address", code="AddressInvalid")
    return SourceUnavailable(f"{_short(address)} cannot be reached: {reason}", code="Unreachable")


def _short(address: str) -> str:
    return address.partition("?")[0]


def _first(error: Error) -> str:
    return error.message.splitlines()[0][:200] if error.message else "unknown"
