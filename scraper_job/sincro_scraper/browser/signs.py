"""Whether one of the profile's signs shows on the page: words, an element, an address, a status."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from playwright.async_api import Page

from sincro_scraper.browser.locators import is_there
from sincro_scraper.browser.traffic import Traffic


def address_fits(address: str, wanted: str) -> bool:
    """url=/login fits every address that contains it; with * it is a pattern for the whole address."""
    return fnmatchcase(address, wanted) if "*" in wanted else wanted in address


async def shown(page: Page, traffic: Traffic, signs: Sequence[str]) -> str | None:
    """The first of the signs that shows right now, or None."""
    for sign in signs:
        kind, _, value = sign.partition("=")
        if kind == "url":
            seen = address_fits(page.url, value)
        elif kind == "status":
            seen = traffic.document is not None and traffic.document.status == int(value)
        else:
            seen = await is_there(page, sign)
        if seen:
            return sign
    return None
