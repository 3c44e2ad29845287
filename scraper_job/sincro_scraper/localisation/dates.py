"""Decided here: which texts are dates and instants in a locale or in an explicit pattern, and which are not."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sincro_scraper.localisation.locales import Locale

Ambiguous = Literal["earlier", "later", "error"]


@dataclass(frozen=True, slots=True)
class DatePattern:
    """An explicit pattern such as `yyyy-MM-dd` or `dd/MM/yy HH:mm`; made by `DatePattern.of`, which checks it.

    Letters: yyyy yy MM M MMM MMMM dd d EEE EEEE HH H hh h mm ss S.. a XXX (offset); text in 'single quotes' and every
    other character stand for themselves. yy means 1969 to 2068.
    """

    pattern: str

    @classmethod
    def of(cls, pattern: str) -> "DatePattern":
        """Raises ValueError with what is wrong with the pattern."""
        raise NotImplementedError


def parse_date(text: str, locale: Locale, pattern: str | None = None) -> date:
    """Read a date as the locale writes it (`31/12/2026`, `31 dicembre 2026` in it-IT), or exactly as `pattern` says.

    Years have four digits, unless the pattern has `yy`. Raises ValueFormatError; ValueError for a wrong pattern.
    """
    raise NotImplementedError


def parse_datetime(
    text: str,
    locale: Locale,
    time_zone: str | ZoneInfo,
    pattern: str | None = None,
    *,
    ambiguous: Ambiguous = "earlier",
) -> datetime:
    """Read a local date and time as an aware datetime in `time_zone`: `31/12/2026 14:30`, seconds optional.

    A local time that the zone skipped (clocks forward) raises ValueFormatError. One that it had twice (clocks back) is
    the earlier instant, because a source that prints local times has lost which one it was and a sync that fails every
    day for one row of an October night helps nobody; `ambiguous` may say `later` or `error`. Raises ValueFormatError.
    """
    raise NotImplementedError
