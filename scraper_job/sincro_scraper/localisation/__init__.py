"""The strict grammar of a locale: what a number, an amount, a date or a yes looks like in it, en, de and fr.

Decided here: which texts are accepted and what they mean. Never guessed: a form that the locale does not write raises
ValueFormatError. Not here: which column has which type (the profile), and what becomes of a row that does not parse.

    >>> from sincro_scraper.localisation import locale_named, parse_decimal
    >>> parse_decimal("1.234,56", locale_named("it-IT"))
    Decimal('1234.56')

Column by column, `parser_for` is the fastest way in: it binds type, locale and options once and gives back a function
of the cell's text.
"""

from sincro_scraper.localisation.booleans import parse_boolean
from sincro_scraper.localisation.date_patterns import DatePattern
from sincro_scraper.localisation.dates import parse_date, parse_datetime
from sincro_scraper.localisation.errors import ValueFormatError
from sincro_scraper.localisation.formatting import (
    format_boolean,
    format_by_pattern,
    format_date,
    format_datetime,
    format_decimal,
    format_integer,
    format_money,
    format_percent,
)
from sincro_scraper.localisation.locales import LOCALES, Locale, UnknownLocaleError, accept_language, locale_named
from sincro_scraper.localisation.numbers import parse_decimal, parse_integer, parse_money, parse_percent
from sincro_scraper.localisation.parsers import ParserOptions, Value, ValueKind, parser_for

__all__ = [
    "LOCALES",
    "DatePattern",
    "Locale",
    "ParserOptions",
    "UnknownLocaleError",
    "Value",
    "ValueFormatError",
    "ValueKind",
    "accept_language",
    "format_boolean",
    "format_by_pattern",
    "format_date",
    "format_datetime",
    "format_decimal",
    "format_integer",
    "format_money",
    "format_percent",
    "locale_named",
    "parse_boolean",
    "parse_date",
    "parse_datetime",
    "parse_decimal",
    "parse_integer",
    "parse_money",
    "parse_percent",
    "parser_for",
]
