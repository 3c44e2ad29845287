"""Decided here: which texts are numbers, amounts of money or percentages in a locale, and which are not.

The grammar: an optional sign (`-`, U+2212 or `+`; a minus may also follow, as SAP prints it), digits either plain or in
groups of exactly three, and the locale's decimal separator with at least one digit on both sides. Outer spaces of any
kind are ignored; inner ones count only where the locale groups by them or before and after a currency or percent sign.
Refused because they would be a guess: groups of another size, a leading zero before other digits (a code, or another
locale's decimal), exponents, digits that are not ASCII, dashes that are not a minus.
"""

import re
from decimal import Decimal
from functools import cache

from sincro_scraper.localisation.errors import ValueFormatError
from sincro_scraper.localisation.locales import MINUS_SIGN, SPACES, Locale

LONGEST_NUMBER = 64
"""Characters; longer texts are not looked at."""
_LONGEST_PLAIN = 18
_MINUS = "-" + MINUS_SIGN  # first in its character class, so that it stands for itself
_THOUSANDS_DIGITS = 3
_GAP = rf"[{SPACES}]*"

CURRENCY_SIGNS: dict[str, tuple[str, ...]] = {
    "EUR": ("€", "Euro", "euro"),
    "USD": ("$", "US$"),
    "GBP": ("£",),
    "CHF": ("Fr.", "SFr.", "fr."),
    "JPY": ("¥",),
    "CNY": ("¥", "CN¥"),
    "CAD": ("$", "CA$"),
    "AUD": ("$", "A$"),
    "SEK": ("kr",),
    "NOK": ("kr",),
    "DKK": ("kr", "kr."),
    "PLN": ("zł",),
    "CZK": ("Kč",),
    "HUF": ("Ft",),
    "RON": ("lei",),
    "TRY": ("₺",),
}
"""What may stand for a currency besides its ISO 4217 code, which always may."""


def parse_integer(text: str, locale: Locale) -> int:
    """Read a whole number: `1.234`, `1234`, `-5`, `5-` in it-IT. Raises ValueFormatError."""
    if text.isdigit() and text.isascii() and len(text) <= _LONGEST_PLAIN and (text[0] != "0" or text == "0"):
        return int(text)
    match = _number(locale).fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if match is None or match["fraction"] is not None:
        raise ValueFormatError(text, f"a whole number such as {_example(locale, 0)}")
    return int(_plain(match, locale))


def parse_decimal(
    text: str, locale: Locale, *, decimals: int | None = None, max_decimals: int | None = None
) -> Decimal:
    """Read a decimal number: `1234,5` and `1.234,56` in it-IT, never `12.34` or `1,234.5`.

    decimals: exactly so many digits after the separator; max_decimals: at most so many. A column whose `decimals` is
    known is safest: without it `1.234` is 1234 and `1,234` is 1.234, as it-IT says. Raises ValueFormatError.
    """
    match = _number(locale).fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if match is None:
        raise ValueFormatError(text, f"a number such as {_example(locale, 2 if decimals is None else decimals)}")
    _check_decimals(text, match, decimals, max_decimals)
    return Decimal(_plain(match, locale))


def parse_money(
    text: str,
    locale: Locale,
    *,
    currency: str | None = None,
    decimals: int | None = None,
    max_decimals: int | None = None,
) -> Decimal:
    """Read an amount with or without its currency's sign or code, before or after: `1.234,56 €`, `-€ 5,00`, `EUR 3`.

    currency: ISO 4217 code of the amounts (default: the locale's own); another currency's sign is refused. So is, as
    long as neither decimals nor max_decimals is given, an amount such as `1,234`, which with three decimals looks like
    thousands of another locale. Raises ValueFormatError.
    """
    match = _money(locale, currency or locale.currency).fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if match is None:
        example = _example(locale, 2 if decimals is None else decimals)
        raise ValueFormatError(text, f"an amount in {currency or locale.currency} such as {example}")
    if decimals is None and max_decimals is None:
        _refuse_thousands_lookalike(text, match)
    _check_decimals(text, match, decimals, max_decimals)
    return Decimal(_plain(match, locale))


def parse_percent(
    text: str, locale: Locale, *, decimals: int | None = None, max_decimals: int | None = None
) -> Decimal:
    """Read a percentage as the number that is written: `22,5 %` is Decimal('22.5'). Raises ValueFormatError."""
    match = _percent(locale).fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if match is None:
        raise ValueFormatError(text, f"a percentage such as 22{locale.decimal}5%")
    _check_decimals(text, match, decimals, max_decimals)
    return Decimal(_plain(match, locale))


def _plain(match: re.Match[str], locale: Locale) -> str:
    """The number as Python writes it. A negative zero is zero."""
    whole, fraction = match["whole"], match["fraction"]
    if not whole.isdigit():
        for group in locale.group:
            whole = whole.replace(group, "")
    number = whole if fraction is None else f"{whole}.{fraction}"
    # The grammar lets at most one sign through, wherever it stands, and no minus that is not a sign.
    negative = "-" in match.string or MINUS_SIGN in match.string
    return f"-{number}" if negative and number.strip("0.") else number


def _check_decimals(text: str, match: re.Match[str], decimals: int | None, max_decimals: int | None) -> None:
    if decimals is None and max_decimals is None:
        return
    found = len(match["fraction"] or "")
    if decimals is not None and found != decimals:
        raise ValueFormatError(text, f"{decimals} decimals" if decimals else "no decimals")
    if max_decimals is not None and found > max_decimals:
        raise ValueFormatError(text, f"at most {max_decimals} decimals")


def _refuse_thousands_lookalike(text: str, match: re.Match[str]) -> None:
    whole, fraction = match["whole"], match["fraction"]
    if (
        fraction is not None
        and len(fraction) == _THOUSANDS_DIGITS
        and whole != "0"
        and whole.isdigit()
        and len(whole) <= _THOUSANDS_DIGITS
    ):
        raise ValueFormatError(text, "an amount that cannot be thousands of another locale (or say decimals: 3)")


def _example(locale: Locale, decimals: int) -> str:
    fraction = f"{locale.decimal}{'567890123456789'[:decimals]}" if decimals else ""
    return f"1{locale.group[0]}234{fraction}"


def _number_pattern(locale: Locale) -> str:
    """Digits, plain or grouped, and the fraction: groups `whole` and `fraction`."""
    if len(locale.group) == 1:
        grouped = rf"[1-9][0-9]{{0,2}}(?:{re.escape(locale.group)}[0-9]{{3}})+"
    else:
        grouped = rf"[1-9][0-9]{{0,2}}(?P<group>[{re.escape(locale.group)}])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*"
    return rf"(?P<whole>{grouped}|0|[1-9][0-9]*)(?:{re.escape(locale.decimal)}(?P<fraction>[0-9]+))?"


def _signed_pattern(locale: Locale) -> str:
    return rf"(?P<sign>[{_MINUS}+])?{_number_pattern(locale)}(?(sign)|[{_MINUS}]?)"


@cache
def _number(locale: Locale) -> re.Pattern[str]:
    return re.compile(rf"\s*{_signed_pattern(locale)}\s*")


@cache
def _percent(locale: Locale) -> re.Pattern[str]:
    return re.compile(rf"\s*{_signed_pattern(locale)}(?:{_GAP}%)?\s*")


@cache
def _money(locale: Locale, currency: str) -> re.Pattern[str]:
    signs = "|".join(re.escape(sign) for sign in (currency, *CURRENCY_SIGNS.get(currency, ())))
    before = rf"(?P<sign>[{_MINUS}+])?(?:{_GAP}(?P<before>{signs}){_GAP})?(?(sign)|(?P<inner>[{_MINUS}+])?)"
    after = rf"(?(sign)|(?(inner)|[{_MINUS}]?))(?(before)|(?:{_GAP}(?:{signs}))?)"
    return re.compile(rf"\s*{before}{_number_pattern(locale)}{after}\s*")
