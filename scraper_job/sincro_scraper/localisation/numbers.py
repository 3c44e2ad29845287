"""Decided here: which texts are numbers, amounts of money or percentages in a locale, and which are not."""

from decimal import Decimal

from sincro_scraper.localisation.locales import Locale


def parse_integer(text: str, locale: Locale) -> int:
    """Read a whole number: `1.234`, `1234`, `-5`, `5-` in it-IT. Raises ValueFormatError."""
    raise NotImplementedError


def parse_decimal(
    text: str, locale: Locale, *, decimals: int | None = None, max_decimals: int | None = None
) -> Decimal:
    """Read a decimal number: `1234,5` and `1.234,56` in it-IT, never `12.34` or `1,234.5`.

    decimals: exactly so many digits after the separator; max_decimals: at most so many. Raises ValueFormatError.
    """
    raise NotImplementedError


def parse_money(
    text: str,
    locale: Locale,
    *,
    currency: str | None = None,
    decimals: int | None = None,
    max_decimals: int | None = None,
) -> Decimal:
    """Read an amount with or without its currency's sign or code, before or after: `1.234,56 €`, `-€ 5,00`, `EUR 3`.

    currency: ISO 4217 code of the amounts (default: the locale's own); another currency's sign raises ValueFormatError.
    """
    raise NotImplementedError


def parse_percent(
    text: str, locale: Locale, *, decimals: int | None = None, max_decimals: int | None = None
) -> Decimal:
    """Read a percentage as the number that is written: `22,5 %` is Decimal('22.5'). Raises ValueFormatError."""
    raise NotImplementedError
