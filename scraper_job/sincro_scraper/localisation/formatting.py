"""Writes values as a locale does, for tests, benchmarks and typed cells of spreadsheets. The inverse of the parsers."""

from datetime import date, datetime
from decimal import Decimal

from sincro_scraper.localisation.date_patterns import ISO, DatePattern, full_year, letters_of
from sincro_scraper.localisation.locales import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, Locale
from sincro_scraper.localisation.numbers import CURRENCY_SIGNS


def format_integer(value: int, locale: Locale, *, grouping: bool = True) -> str:
    """`1.234` in it-IT; without grouping `1234`."""
    return f"{value:,d}".replace(",", locale.group[0] if grouping else "")


def format_decimal(value: Decimal, locale: Locale, *, grouping: bool = True) -> str:
    """`1.234,50` for Decimal('1234.50') in it-IT; never an exponent. Raises ValueError for NaN and infinities."""
    if not value.is_finite():
        raise ValueError(f"{value} is not a number that a locale writes")
    whole, _, fraction = f"{value:,f}".partition(".")
    whole = whole.replace(",", locale.group[0] if grouping else "")
    return f"{whole}{locale.decimal}{fraction}" if fraction else whole


def format_money(value: Decimal, locale: Locale, *, currency: str | None = None, grouping: bool = True) -> str:
    """`1.234,50 €` in it-IT, `$1,234.50` in en-US: the sign where the locale puts it."""
    code = currency or locale.currency
    sign = CURRENCY_SIGNS.get(code, (code,))[0]
    amount = format_decimal(abs(value), locale, grouping=grouping)
    minus = "-" if value < 0 else ""
    if not locale.currency_first:
        return f"{minus}{amount}{NO_BREAK_SPACE}{sign}"
    gap = "" if locale.language == "en" else NO_BREAK_SPACE
    return f"{minus}{sign}{gap}{amount}"


def format_percent(value: Decimal, locale: Locale) -> str:
    """`22,5%` for Decimal('22.5') in it-IT."""
    gap = {"fr": NARROW_NO_BREAK_SPACE, "de": NO_BREAK_SPACE}.get(locale.language, "")
    return f"{format_decimal(value, locale)}{gap}%"


def format_date(value: date, locale: Locale) -> str:
    """`31/12/2026` in it-IT, `12/31/2026` in en-US, `31.12.2026` in de-DE."""
    first, second = (value.month, value.day) if locale.month_first else (value.day, value.month)
    separator = locale.date_separators[0]
    return f"{first:02d}{separator}{second:02d}{separator}{value.year:04d}"


def format_datetime(value: datetime, locale: Locale, *, seconds: bool = True) -> str:
    """The wall clock of `value` in its own time zone: `31/12/2026 14:30:00` in it-IT; with microseconds if any."""
    minutes = f"{value.minute:02d}"
    if seconds:
        minutes += f":{value.second:02d}"
        minutes += f".{value.microsecond:06d}" if value.microsecond else ""
    if locale.clock == "24":
        return f"{format_date(value, locale)} {value.hour:02d}:{minutes}"
    half = "PM" if value.hour >= 12 else "AM"
    return f"{format_date(value, locale)} {value.hour % 12 or 12}:{minutes} {half}"


def format_by_pattern(value: datetime, pattern: DatePattern, locale: Locale) -> str:
    """The wall clock of `value` as the pattern writes it, with what may be missing.

    Raises ValueError where the pattern would say something else: two digits for a year of another century, an offset.
    """
    if pattern.text == ISO:
        return value.isoformat()
    return "".join(_letter(part, value, locale) for part in letters_of(pattern.text) if part not in "[]")


def _letter(part: str, value: datetime, locale: Locale) -> str:
    if part[0] == "'":
        return part[1:-1].replace("''", "'") or "'"
    if not (part.isalpha() and part.isascii()):
        return part
    if part in ("MMM", "MMMM", "EEE", "EEEE"):
        months = part[0] == "M"
        forms = locale.words.months[value.month - 1] if months else locale.words.weekdays[value.weekday()]
        return (forms[1:] or forms)[0] if len(part) == len("MMM") else forms[0]
    if part == "a":
        return "PM" if value.hour >= 12 else "AM"
    if set(part) == {"S"}:
        return f"{value.microsecond:06d}".ljust(len(part), "0")[: len(part)]
    if part == "yy" and full_year(value.year % 100) != value.year:
        raise ValueError(f"two digits do not say the year {value.year}")
    numbers = {
        "y": value.year % 100 if part == "yy" else value.year,
        "M": value.month,
        "d": value.day,
        "H": value.hour,
        "h": value.hour % 12 or 12,
        "m": value.minute,
        "s": value.second,
    }
    if part[0] not in numbers:
        raise ValueError(f"a date and time of no zone has no {part}")
    return f"{numbers[part[0]]:0{len(part)}d}"


def format_boolean(value: bool, locale: Locale) -> str:
    """`Sì` or `No` in it-IT."""
    words = locale.words.true_words if value else locale.words.false_words
    return words[0].capitalize()
