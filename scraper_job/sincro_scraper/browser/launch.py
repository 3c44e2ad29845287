"""Starts Chromium so that every layer speaks the locale, and closes it within a bounded time.

Decided here: which executable, which arguments, which environment. Whether the locale took effect: locale_check.py.
"""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    Error,
    HttpCredentials,
    Page,
    Playwright,
    StorageState,
    async_playwright,
)

from sincro_scraper.browser.own_requests import OwnRequests
from sincro_scraper.errors import ConfigInvalid, SourceUnavailable
from sincro_scraper.localisation import Locale, accept_language

EXECUTABLE_VARIABLE = "SINCRO_CHROMIUM"
EXECUTABLES = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
CLOSE_SECONDS = 2.0
_ATTEMPTS = 2


@dataclass(frozen=True)
class BrowserSettings:
    """What the browser is started with."""

    locale: Locale
    time_zone: str
    user_agent: str | None = None
    executable: str | None = None
    window: tuple[int, int] = (1600, 1000)
    """Width and height in pixels."""
    own: OwnRequests | None = None


@asynccontextmanager
async def open_browser(settings: BrowserSettings, state: StorageState | None = None) -> AsyncIterator[BrowserContext]:
    """A fresh context in a fresh browser. Raises ConfigInvalid (no Chromium), SourceUnavailable (it does not start)."""
    playwright = await async_playwright().start()
    browser: Browser | None = None
    try:
        browser = await _launch(playwright, settings)
        yield await _context(browser, settings, state)
    finally:
        await asyncio.shield(_close(playwright, browser))


def executable_path(environment: Mapping[str, str], candidates: tuple[str, ...] = EXECUTABLES) -> str:
    """Chromium's executable: the variable's, or the first that is installed. Raises ConfigInvalid."""
    wanted = environment.get(EXECUTABLE_VARIABLE)
    for path in [wanted] if wanted else candidates:
        if Path(path).is_file():
            return path
    looked = wanted or ", ".join(candidates)
    raise ConfigInvalid(f"no Chromium found ({looked}); set {EXECUTABLE_VARIABLE}", code="BrowserMissing")


def launch_arguments(locale: Locale) -> list[str]:
    """Chromium's arguments. /dev/shm is 64 MiB in a pod, which is too small for large pages."""
    return [
        f"--lang={locale.tag}",
        f"--accept-lang={locale.tag},{locale.language}",
        "--disable-dev-shm-usage",
        "--disable-features=Translate,AcceptCHFrame,MediaRouter",
        "--no-first-run",
    ]


def launch_environment(environment: Mapping[str, str], locale: Locale, time_zone: str, home: str) -> dict[str, str]:
    """The environment of the browser: language and time zone forced, a home that can be written to."""
    posix = locale.tag.replace("-", "_") + ".UTF-8"
    forced = {"LANG": posix, "LC_ALL": posix, "LANGUAGE": locale.language, "TZ": time_zone, "HOME": home}
    return {**environment, **forced}


def can_sandbox(environment: Mapping[str, str], user_id: int) -> bool:
    """Chromium's own sandbox needs a user who is not root, and rights that a restricted pod does not have."""
    return user_id != 0 and "KUBERNETES_SERVICE_HOST" not in environment


async def _launch(playwright: Playwright, settings: BrowserSettings) -> Browser:
    executable = settings.executable or executable_path(os.environ)
    sandbox = can_sandbox(os.environ, os.geteuid())
    environment = launch_environment(os.environ, settings.locale, settings.time_zone, _writable_home())
    problem: Error | None = None
    for attempt in range(_ATTEMPTS):
        try:
            return await playwright.chromium.launch(
                executable_path=executable,
                args=launch_arguments(settings.locale),
                env=dict(environment),
                chromium_sandbox=sandbox and attempt == 0,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
        except Error as error:
            problem = error
    reason = problem.message.splitlines()[0] if problem else ""
    raise SourceUnavailable(f"the browser did not start: {reason}", code="BrowserFailed") from problem


async def _context(browser: Browser, settings: BrowserSettings, state: StorageState | None) -> BrowserContext:
    own = settings.own
    return await browser.new_context(
        locale=settings.locale.tag,
        timezone_id=settings.time_zone,
        user_agent=settings.user_agent,
        extra_http_headers={"Accept-Language": accept_language(settings.locale)},
        viewport={"width": settings.window[0], "height": settings.window[1]},
        accept_downloads=True,
        ignore_https_errors=False,
        storage_state=state,
        http_credentials=_basic(own) if own is not None else None,
    )


def _basic(own: OwnRequests) -> HttpCredentials | None:
    if own.basic is None:
        return None
    return {"username": own.basic[0], "password": own.basic[1], "origin": own.origin}


async def open_page(context: BrowserContext, own: OwnRequests | None) -> Page:
    """A new page whose requests to the application have its own headers.

    A context's extra headers would go to every server, and those of a Playwright route go along with redirects to one:
    Chromium itself puts them on a single request.
    """
    page = await context.new_page()
    if own is None or not own.headers:
        return page
    session = await context.new_cdp_session(page)

    async def go_on(event: dict[str, Any]) -> None:
        lines = {**event["request"]["headers"], **own.headers}
        headers = [{"name": name, "value": value} for name, value in lines.items()]
        with contextlib.suppress(Error):
            await session.send("Fetch.continueRequest", {"requestId": event["requestId"], "headers": headers})

    session.on("Fetch.requestPaused", go_on)
    await session.send("Fetch.enable", {"patterns": [{"urlPattern": f"{own.origin}/*"}]})
    return page


def _writable_home() -> str:
    home = os.environ.get("HOME", "")
    return home if home and os.access(home, os.W_OK) else tempfile.gettempdir()


async def _close(playwright: Playwright, browser: Browser | None) -> None:
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            if browser is not None:
                await browser.close()
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await playwright.stop()
