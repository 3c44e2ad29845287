"""The browser's cookies go with what is fetched without it, and come back as the browser knows them."""

from datetime import UTC, datetime

import httpx
import pytest

from sincro_scraper.localisation import locale_named
from sincro_scraper.profile.model import MannerSpec
from sincro_scraper.reading.fetching import Fetcher, cookie_jar
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
