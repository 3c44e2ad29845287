"""Rows a second through the whole scraper, against a bare loop over the same pages, and against reading cell by cell.

Keys: scraper.http_rows_s (read, typed, checked and loaded; without the browser's start and login, which the bare loop
has not either), scraper.http_bare_rows_s (httpx and selectolax, page after page, every cell's text, nothing else),
scraper.http_ratio, scraper.http_one_ratio (the same with one request at a time), scraper.cells_rows_s (Playwright's
inner_text for each cell), scraper.vs_cells_ratio.
"""

import asyncio
import time

import httpx
from playwright.async_api import BrowserContext, async_playwright
from selectolax.lexbor import LexborHTMLParser

from dev.bench.scraper_setup import ended_well, erp_and_pod, http_profile, run
from sincro_contract.result import RunResult
from sincro_scraper.browser.launch import executable_path
from tests.browser.scraper.erp_process import PASSWORD, USER, Erp

ROWS = 20_000
PAGE = 200
CELL_ROWS = 60


def bench() -> dict[str, float]:
    """See the module."""
    with erp_and_pod(f"customers={ROWS},orders=10,products=10,prices=10") as (erp, pod):
        pod.profile = http_profile()
        first = rows_a_second(ended_well(pod, "customers", "Force"))
        bare = asyncio.run(_bare(erp))
        second = rows_a_second(ended_well(pod, "customers", "Force"))
        pod.profile = http_profile(concurrency=1)
        one = rows_a_second(ended_well(pod, "customers", "Force"))
        cells = asyncio.run(_cells(erp))
    whole = (first + second) / 2
    return {
        "scraper.http_rows_s": whole,
        "scraper.http_bare_rows_s": bare,
        "scraper.http_ratio": whole / bare,
        "scraper.http_one_ratio": one / bare,
        "scraper.cells_rows_s": cells,
        "scraper.vs_cells_ratio": whole / cells,
    }


def rows_a_second(result: RunResult) -> float:
    """Rows a second from the first request of the list to the commit."""
    return result.read / (sum(result.phases[phase] for phase in ("read", "load")) / 1000)


async def _bare(erp: Erp) -> float:
    """The least that reading these pages can cost in one loop."""
    async with _logged_in(erp) as cookies, httpx.AsyncClient(cookies=cookies) as client:
        client.headers["Accept-Language"] = "it-IT"
        started = time.perf_counter()
        rows = 0
        for page in range(1, ROWS // PAGE + 1):
            answer = await client.get(f"{erp.url}/Clienti.aspx?righe={PAGE}&pagina={page}")
            for row in LexborHTMLParser(answer.text).css("tr.dxgvDataRow"):
                cells = [cell.text(strip=True) for cell in row.css("td")]
                rows += len(cells) > 1
        return rows / (time.perf_counter() - started)


async def _cells(erp: Erp) -> float:
    """What a script does that asks the browser for one cell after the other."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable_path({}))
        context = await browser.new_context(locale="it-IT")
        await _log_in(context, erp)
        page = context.pages[0]
        await page.goto(f"{erp.url}/Clienti.aspx?righe={PAGE}")
        started = time.perf_counter()
        rows = page.locator("tr.dxgvDataRow")
        for index in range(CELL_ROWS):
            cells = rows.nth(index).locator("td")
            for number in range(await cells.count()):
                await cells.nth(number).inner_text()
        seconds = time.perf_counter() - started
        await page.goto(f"{erp.url}/Logout.aspx")
        await browser.close()
        return CELL_ROWS / seconds


class _logged_in:  # noqa: N801 - used like a function
    """A session's cookies; logged out in the end."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    async def __aenter__(self) -> httpx.Cookies:
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(executable_path=executable_path({}))
        self._context = await self._browser.new_context(locale="it-IT")
        await _log_in(self._context, self._erp)
        cookies = httpx.Cookies()
        for cookie in await self._context.cookies():
            cookies.set(cookie["name"], cookie["value"])
        return cookies

    async def __aexit__(self, *_: object) -> None:
        await self._context.pages[0].goto(f"{self._erp.url}/Logout.aspx")
        await self._browser.close()
        await self._playwright.stop()


async def _log_in(context: BrowserContext, erp: Erp) -> None:
    page = await context.new_page()
    await page.goto(f"{erp.url}/Login.aspx")
    await page.fill("#txtUtente", USER)
    await page.fill("#txtPassword", PASSWORD)
    await page.click("#btnAccedi")
    await page.wait_for_selector("#lblUtente")


if __name__ == "__main__":
    run("scraper_http", bench)
