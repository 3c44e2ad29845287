"""Whether the browser really speaks the locale: its effective values against the expected ones. LocaleMismatch if not.

Arguments and variables alone change nothing in Chromium, so nothing is believed that the page itself does not say.
"""

from dataclasses import dataclass

from playwright.async_api import Page

from sincro_scraper.errors import LocaleMismatch
from sincro_scraper.localisation import Locale, accept_language

_EFFECTIVE = """() => {
  const chosen = Intl.DateTimeFormat().resolvedOptions();
  const parts = new Intl.NumberFormat().formatToParts(1234567.5);
  const of = kind => (parts.find(part => part.type === kind) || {value: ''}).value;
  return {
    language: navigator.language,
    locale: chosen.locale,
    timeZone: chosen.timeZone,
    decimal: of('decimal'),
    group: of('group'),
    date: new Intl.DateTimeFormat().formatToParts(new Date(2026, 11, 31)).map(part => part.type).join(' '),
  };
}"""


@dataclass(frozen=True)
class Effective:
    """What the browser says of itself. `date`: the parts of a short date in their order."""

    language: str
    locale: str
    time_zone: str
    decimal: str
    group: str
    date: str


def differences(found: Effective, locale: Locale, time_zone: str) -> list[str]:
    """What is not as it was forced, in words; empty when everything is."""
    first = "month" if locale.month_first else "day"
    checks = [
        ("navigator.language", found.language, locale.tag),
        ("the locale of Intl", found.locale, locale.tag),
        ("the time zone", found.time_zone, time_zone),
        ("the decimal separator", found.decimal, locale.decimal),
        ("the first part of a date", found.date.split(" ")[0] if found.date else "", first),
    ]
    wrong = [f"{what} is {is_!r}, not {expected!r}" for what, is_, expected in checks if is_ != expected]
    if found.group not in locale.group:
        wrong.append(f"the group separator is {found.group!r}, not one of {locale.group!r}")
    return wrong


async def assert_locale(page: Page, locale: Locale, time_zone: str) -> None:
    """Ask the browser. Raises LocaleMismatch naming every value that differs."""
    values = await page.evaluate(_EFFECTIVE)
    found = Effective(
        language=values["language"],
        locale=values["locale"],
        time_zone=values["timeZone"],
        decimal=values["decimal"],
        group=values["group"],
        date=" ".join(part for part in values["date"].split(" ") if part != "literal"),
    )
    wrong = differences(found, locale, time_zone)
    if wrong:
        raise LocaleMismatch(f"the browser does not speak {locale.tag} in {time_zone}: {'; '.join(wrong)}")


def assert_header(sent: str | None, locale: Locale) -> None:
    """Check the Accept-Language header of a request that was sent: the locale has to be wanted most of all.

    Chromium writes `it-IT` for documents and the whole list for what a page fetches. Raises LocaleMismatch.
    """
    if (sent or "").partition(",")[0].partition(";")[0].strip() != locale.tag:
        raise LocaleMismatch(f"the browser asked for the languages {sent!r}, not {accept_language(locale)!r}")
