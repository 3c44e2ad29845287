"""Binds a type of value, a locale and options into one function of the cell's text. The grammars are elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sincro_scraper.localisation.booleans import boolean_words, parse_boolean
from sincro_scraper.localisation.date_patterns import DatePattern
from sincro_scraper.localisation.dates import Ambiguous, parse_date, parse_datetime
from sincro_scraper.localisation.locales import Locale
from sincro_scraper.localisation.numbers import parse_decimal, parse_integer, parse_money, parse_percent

Value = str | int | Decimal | date | datetime | bool


class ValueKind(StrEnum):
    """The types that a profile can give a column (an enum column is text that the profile maps)."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserOptions:
    """What a column may say beyond its type; see the parse functions for the meaning of each."""

    time_zone: str = "UTC"
    pattern: str | None = None
    decimals: int | None = None
    max_decimals: int | None = None
    currency: str | None = None
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    ambiguous: Ambiguous = "earlier"


def parser_for(kind: ValueKind, locale: Locale, options: ParserOptions | None = None) -> Callable[[str], Value]:
    """A function from a cell's text to its value; it raises ValueFormatError and nothing else.

    Text is given back without the spaces around it; whether an empty cell is allowed is for the caller to decide before
    (every other kind refuses the empty text). Raises ValueError for options that make no sense: a wrong pattern, an
    unknown time zone, a word for both yes and no, a negative number of decimals.
    """
    chosen = options or ParserOptions()
    if kind is ValueKind.TEXT:
        return str.strip
    if kind is ValueKind.INTEGER:
        return partial(parse_integer, locale=locale)
    if kind in (ValueKind.DECIMAL, ValueKind.MONEY, ValueKind.PERCENT):
        return _number_parser(kind, locale, chosen)
    if kind is ValueKind.BOOLEAN:
        boolean_words(locale, chosen.true, chosen.false)
        return partial(parse_boolean, locale=locale, true=chosen.true, false=chosen.false)
    if chosen.pattern is not None:
        DatePattern.of(chosen.pattern)
    if kind is ValueKind.DATE:
        return partial(parse_date, locale=locale, pattern=chosen.pattern)
    zone = _zone(chosen.time_zone)
    return partial(parse_datetime, locale=locale, time_zone=zone, pattern=chosen.pattern, ambiguous=chosen.ambiguous)


def _number_parser(kind: ValueKind, locale: Locale, options: ParserOptions) -> Callable[[str], Value]:
    decimals, max_decimals = options.decimals, options.max_decimals
    if min(decimals or 0, max_decimals or 0) < 0:
        raise ValueError("a number of decimals is not negative")
    if kind is ValueKind.MONEY:
        return partial(
            parse_money, locale=locale, currency=options.currency, decimals=decimals, max_decimals=max_decimals
        )
    parse = parse_decimal if kind is ValueKind.DECIMAL else parse_percent
    return partial(parse, locale=locale, decimals=decimals, max_decimals=max_decimals)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}") from None
