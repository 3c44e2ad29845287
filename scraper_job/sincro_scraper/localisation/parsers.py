"""Binds a type of value, a locale and options into one function of the cell's text. The grammars are elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sincro_scraper.localisation.dates import Ambiguous
from sincro_scraper.localisation.locales import Locale

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
    (every other kind refuses the empty text). Raises ValueError for options that make no sense (a wrong pattern, an
    unknown time zone).
    """
    raise NotImplementedError
