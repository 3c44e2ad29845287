"""What was on the page a moment ago and is being drawn anew is waited for: it is not missing yet."""

import asyncio

import pytest
from playwright.async_api import Page

from sincro_scraper.browser import locators
from sincro_scraper.browser.launch import BrowserSettings, open_browser
from sincro_scraper.localisation import locale_named

LATE = "setTimeout(() => document.body.innerHTML = '<a href=#>»</a>', 1500)"
"""A pager that comes back after longer than a second."""


@pytest.mark.parametrize(("script", "found"), [(LATE, True), ("", False)])
def test_a_pager_that_is_drawn_anew(monkeypatch: pytest.MonkeyPatch, script: str, found: bool) -> None:
    async def was_there(*_: object) -> bool:
        return True

    async def look() -> bool:
        async with open_browser(BrowserSettings(locale_named("it-IT"), "Europe/Rome")) as context:
            page: Page = await context.new_page()
            await page.set_content("<body>...</body>")
            await page.evaluate(script or "0")
            return await locators.if_there(page, "text=»") is not None

    monkeypatch.setattr(locators, "is_there", was_there)
    if not found:
        monkeypatch.setattr(locators, "_REDRAWN_MS", 300.0)
    assert asyncio.run(look()) is found
