"""The browser's cookies go with what is fetched without it, and come back as the browser knows them."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from sincro_scraper.localisation import locale_named
from sincro_scraper.profile.model import MannerSpec
from sincro_scraper.reading.fetching import Fetcher, Request, cookie_jar
from sincro_scraper.reading.pace import Pacer

HOSTS = ["erp", "sincro-demo-erp", "localhost", "127.0.0.1", "erp.local", "erp.example.com"]


def cookie(domain: str, value: str = "geheim") -> dict[str, object]:
    """A cookie as Playwright gives it."""
    return {"name": "session", "value": value, "domain": domain, "path": "/"}


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_gets_its_cookie(host: str) -> None:
    request = httpx.Request("GET", f"http://{host}:8080/Clienti.aspx")
    cookie_jar([cookie(host)]).set_cookie_header(request)
    assert request.headers.get("cookie") == "session=geheim"


def test_another_host_does_not() -> None:
    request = httpx.Request("GET", "http://other:8080/")
    cookie_jar([cookie("erp")]).set_cookie_header(request)
    assert "cookie" not in request.headers


@pytest.mark.parametrize("host", HOSTS)
async def test_the_browser_gets_back_what_it_gave(host: str) -> None:
    manners = MannerSpec()
    pacer = Pacer(manners, "Europe/Rome", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    fetcher = Fetcher(
        [cookie(host)],
        manners=manners,
        pacer=pacer,
        locale=locale_named("it-IT"),
        user_agent="test",
        timeout_seconds=1,
    )
    try:
        assert [(c["domain"], c["value"]) for c in fetcher.cookies()] == [(host, "geheim")]
    finally:
        await fetcher.close()


async def test_what_a_page_renewed_is_taken_over_and_only_what_we_renewed_goes_back() -> None:
    """An application that renews its session with every page it opens ends the one before."""
    manners = MannerSpec()
    pacer = Pacer(manners, "Europe/Rome", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    locale = locale_named("it-IT")
    own, other = cookie("127.0.0.1"), {**cookie("127.0.0.1"), "name": "lang", "value": "it"}
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.extend(line for line in head.split("\r\n") if line.lower().startswith(("cookie:", "if-")))
        writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: session=by an answer; Path=/\r\nContent-Length: 0\r\n")
        writer.write(b"Connection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    fetcher = Fetcher([own, other], manners=manners, pacer=pacer, locale=locale, user_agent="test", timeout_seconds=9)
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        try:
            assert fetcher.renewed() == []
            fetcher.adopt([{**own, "value": "by the page"}, other])
            assert fetcher.renewed() == []
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            await fetcher.fetch(Request(url, headers={"If-None-Match": '"what a browser has in its cache"'}))
            assert asked == ["Cookie: session=by the page; lang=it"]
            fetcher.adopt([{**own, "value": "by the page"}, other])
            assert [(c["name"], c["value"]) for c in fetcher.renewed()] == [("session", "by an answer")]
        finally:
            await fetcher.close()
