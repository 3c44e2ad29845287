"""Writes values as a locale does, for tests, benchmarks and typed cells of spreadsheets. The inverse of the parsers."""

from datetime import date, datetime
from decimal import Decimal

from sincro_scraper.localisation.locales import Locale


def format_integer(value: int, locale: Locale, *, grouping: bool = True) -> str:
    """`1.234` in it-IT; without grouping `1234`."""
    raise NotImplementedError


def format_decimal(value: Decimal, locale: Locale, *, grouping: bool = True) -> str:
    """`1.234,50` for Decimal('1234.50') in it-IT; never an exponent."""
    raise NotImplementedError


def format_money(value: Decimal, locale: Locale, *, currency: str | None = None, grouping: bool = True) -> str:
    """`1.234,50 €` in it-IT, `$1,234.50` in en-US: the sign where the locale puts it."""
    raise NotImplementedError


def format_percent(value: Decimal, locale: Locale) -> str:
    """`22,5%` for Decimal('22.5') in it-IT."""
    raise NotImplementedError


def format_date(value: date, locale: Locale) -> str:
    """`31/12/2026` in it-IT, `12/31/2026` in en-US, `31.12.2026` in de-DE."""
    raise NotImplementedError


def format_datetime(value: datetime, locale: Locale, *, seconds: bool = True) -> str:
    """The wall clock of `value` in its own time zone: `31/12/2026 14:30:00` in it-IT."""
    raise NotImplementedError


def format_boolean(value: bool, locale: Locale) -> str:
    """`Sì` or `No` in it-IT."""
    raise NotImplementedError
