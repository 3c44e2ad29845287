"""Fetches addresses with the browser's session but without the browser: same cookies, same language, same manners.

Decided here: what of the browser's session is carried over, how much of an answer is read, when to ask again. Not here:
what an answer holds.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from sincro_scraper.browser.own_requests import OwnRequests
from sincro_scraper.browser.traffic import retry_after
from sincro_scraper.errors import ConfigInvalid, SourceUnavailable
from sincro_scraper.localisation import Locale, accept_language
from sincro_scraper.profile.model import MannerSpec
from sincro_scraper.reading.pace import Pacer
from sincro_scraper.reading.patience import basic_refused, error_for_status, wait_before_retry
from sincro_scraper.reading.unpacking import ACCEPTED, PackingError, TooLargeError, Unpacker

_META_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_WINDOWS = frozenset({"iso-8859-1", "latin1", "latin-1", "ascii", "us-ascii"})
"""Browsers read these as windows-1252, so we do."""
_DOTLESS = ".local"
"""What Python's cookie jar puts behind a host without a dot (http://erp), in its cookies and in what it compares."""
_OWN_HEADERS = frozenset(
    {"host", "content-length", "connection", "cookie", "accept-encoding", "transfer-encoding", "upgrade"}
)
_CONDITIONS = frozenset({"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"})
"""With these a browser asks for what its cache lacks, and may get an empty answer; we have no cache."""
_LEFT_OUT = _OWN_HEADERS | _CONDITIONS


@dataclass(frozen=True)
class Request:
    """What to ask for. `headers` go over the session's own."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] | None = None
    content: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """An answer with a good status, read to its end. `url` is where it came from after redirects."""

    url: str
    status: int
    content_type: str
    data: bytes
    encoding: str | None
    redirected: bool

    @property
    def text(self) -> str:
        """The text, decoded as a browser would."""
        return self.data.decode(charset(self.encoding, self.data), "replace")


class Fetcher:
    """A session without a browser. Close it in the end."""

    def __init__(
        self,
        cookies: Sequence[Mapping[str, Any]],
        *,
        manners: MannerSpec,
        pacer: Pacer,
        locale: Locale,
        user_agent: str,
        timeout_seconds: float,
        own: OwnRequests | None = None,
    ) -> None:
        self._own = own
        self._manners = manners
        self._pacer = pacer
        self._dotless: set[str] = set()
        self.bytes = 0
        self._client = httpx.AsyncClient(
            headers={
                "Accept-Encoding": ACCEPTED,
                "Accept-Language": accept_language(locale),
                "User-Agent": user_agent,
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            },
            follow_redirects=True,
            timeout=timeout_seconds,
            event_hooks={"request": [self._address_to]},
        )
        self._adopted: dict[tuple[str, str, str], str] = {}
        self.adopt(cookies)

    def adopt(self, cookies: Sequence[Mapping[str, Any]]) -> None:
        """Take over the cookies that the browser has had anew since it was looked at last: pages renew sessions."""
        fresh = [cookie for cookie in cookies if self._adopted.get(_place(cookie)) != cookie["value"]]
        self._adopted |= {_place(cookie): cookie["value"] for cookie in fresh}
        self._dotless |= {cookie["domain"] for cookie in fresh if "." not in cookie.get("domain", ".")}
        for cookie in cookie_jar(fresh).jar:
            self._client.cookies.jar.set_cookie(cookie)

    async def get(self, url: str) -> Answer:
        """Fetch an address."""
        return await self.fetch(Request(url))

    async def fetch(self, request: Request, *, limit: int | None = None) -> Answer:
        """Fetch, again after passing errors. `limit`: most bytes to read, instead of maxPageBytes.

        Raises SourceUnavailable, and what the status means (SessionExpired, SchemaDrift, ConfigInvalid).
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._once(request, limit or self._manners.max_page_bytes)
            except SourceUnavailable as error:
                wait = wait_before_retry(attempt, self._manners.retries, error.retry_after_seconds)
                if wait is None or error.code == "PageTooLarge":
                    raise
                await asyncio.sleep(wait)

    def cookies(self) -> list[dict[str, Any]]:
        """The session's cookies by now, in the browser's form."""
        return [
            {
                "name": cookie.name,
                "value": cookie.value or "",
                "domain": self._own_domain(cookie.domain),
                "path": cookie.path,
                "expires": cookie.expires if cookie.expires is not None else -1,
                "secure": cookie.secure,
            }
            for cookie in self._client.cookies.jar
            if cookie.domain
        ]

    def renewed(self) -> list[dict[str, Any]]:
        """Those of them that are not as the browser had them: the application set them in answers to us."""
        return [cookie for cookie in self.cookies() if self._adopted.get(_place(cookie)) != cookie["value"]]

    def _own_domain(self, domain: str) -> str:
        bare = domain.removesuffix(_DOTLESS)
        return bare if bare in self._dotless else domain

    async def _address_to(self, request: httpx.Request) -> None:
        """Put the application's own headers on, and take them off where a redirect leads to somebody else."""
        if self._own is None:
            return
        whole = self._own.whole
        if self._own.is_own(str(request.url)):
            request.headers.update(whole)
        else:
            for name in whole:
                request.headers.pop(name, None)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def _once(self, request: Request, limit: int) -> Answer:
        await self._pacer.turn()
        headers = {k: v for k, v in (request.headers or {}).items() if k.lower() not in _LEFT_OUT and k[:1] != ":"}
        where = request.url.partition("?")[0]
        try:
            host = httpx.URL(request.url).host
            if "." not in host:
                self._dotless.add(host)
            stream = self._client.stream(request.method, request.url, headers=headers, content=request.content)
            async with stream as response:
                error = error_for_status(response.status_code, where, retry_after(response.headers.get("retry-after")))
                if response.status_code == 401 and self._own is not None and self._own.basic is not None:
                    error = basic_refused(where)
                if error is not None:
                    raise error
                data = await _body(response, limit, where)
        except httpx.TimeoutException:
            raise SourceUnavailable(f"{where} did not answer in time", code="Slow") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as problem:
            raise ConfigInvalid(f"{where!r} is not an address: {problem}", code="AddressInvalid") from None
        except httpx.HTTPError as problem:
            reason = f"{type(problem).__name__}: {problem}"
            raise SourceUnavailable(f"{where} cannot be reached: {reason}", code="Unreachable") from problem
        self.bytes += len(data)
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        redirected = bool(response.history)
        return Answer(
            str(response.url), response.status_code, content_type, data, response.charset_encoding, redirected
        )


def _place(cookie: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a jar knows a cookie by."""
    return cookie["name"], cookie.get("domain", ""), cookie.get("path", "/")


async def _body(response: httpx.Response, limit: int, where: str) -> bytes:
    try:
        unpacker = Unpacker(response.headers.get("content-encoding", ""), limit)
        data = b"".join([unpacker.feed(part) async for part in response.aiter_raw()])
        unpacker.finish()
        return data
    except TooLargeError:
        message = f"{where} is larger than {limit:,} bytes (maxPageBytes)"
        raise SourceUnavailable(message, code="PageTooLarge") from None
    except PackingError as error:
        raise SourceUnavailable(f"{where}: {error}", code="Garbled") from None


def charset(declared: str | None, data: bytes) -> str:
    """The encoding of a page: the header's, else the one that the page names, else UTF-8."""
    name = declared
    if name is None:
        match = _META_CHARSET.search(data[:4096])
        name = match.group(1).decode("ascii") if match else "utf-8"
    if name.lower() in _WINDOWS:
        return "windows-1252"
    try:
        "".encode(name)
    except LookupError:
        return "utf-8"
    return name


def cookie_jar(cookies: Sequence[Mapping[str, Any]]) -> httpx.Cookies:
    """The browser's cookies, with their domains and paths."""
    jar = httpx.Cookies()
    for cookie in cookies:
        domain = cookie.get("domain", "")
        if domain and "." not in domain:
            domain += _DOTLESS
        jar.set(cookie["name"], cookie["value"], domain=domain, path=cookie.get("path", "/"))
    return jar
