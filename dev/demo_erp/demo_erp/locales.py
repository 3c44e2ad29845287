"""How values are written for a reader: numbers, dates, booleans and the grid's own words, by Accept-Language.

Only the formats and the words of the grid component follow the language; captions of the application are Italian.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from demo_erp.fields import Field, Kind, Value

NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Locale:
    """One culture: separators, date patterns (strftime) and the words that the grid brings with it."""

    tag: str
    group: str
    point: str
    date_pattern: str
    time_pattern: str
    yes: str
    no: str
    pager: str
    page_of: str
    no_data: str
    csv_delimiter: str


ITALIAN = Locale(
    tag="it",
    group=".",
    point=",",
    date_pattern="%d/%m/%Y",
    time_pattern="%H:%M:%S",
    yes="Sì",
    no="No",
    pager="Pagina {page} di {pages} ({total} record)",
    page_of="Pagina {page} di {pages}",
    no_data="Nessun dato da visualizzare",
    csv_delimiter=";",
)
ENGLISH = Locale(
    tag="en",
    group=",",
    point=".",
    date_pattern="%m/%d/%Y",
    time_pattern="%I:%M:%S %p",
    yes="Yes",
    no="No",
    pager="Page {page} of {pages} ({total} items)",
    page_of="Page {page} of {pages}",
    no_data="No data to display",
    csv_delimiter=",",
)


def negotiate(accept_language: str | None) -> Locale:
    """Italian if the reader's most wanted language is Italian (it, it-IT, it-CH ...), English for everyone else."""
    best, best_quality = "", 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameter = part.strip().partition(";")
        quality = _quality(parameter)
        if tag and quality > best_quality:
            best, best_quality = tag.strip().lower(), quality
    return ITALIAN if best.split("-")[0] == "it" else ENGLISH


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def show(value: Value, field: Field, locale: Locale) -> str:
    """The value as the reader sees it. Empty is "", several lines are joined with a line feed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return locale.yes if value else locale.no
    if isinstance(value, datetime):
        return value.strftime(f"{locale.date_pattern} {locale.time_pattern}")
    if isinstance(value, date):
        return value.strftime(locale.date_pattern)
    if isinstance(value, Decimal):
        return number(value, locale, field.scale)
    if isinstance(value, int):
        return str(value) if field.kind is Kind.YEAR else number(value, locale)
    return value.replace(" ", NBSP) if field.glued else value


def number(value: Decimal | int, locale: Locale, scale: int = 0) -> str:
    """A number with the locale's separators and exactly `scale` decimals."""
    plain = f"{value:,.{scale}f}"
    return plain.translate({ord(","): locale.group, ord("."): locale.point})


def parse_moment(text: str, locale: Locale) -> datetime:
    """A date, with or without a time, as the reader types it into a filter. ValueError if it is not one."""
    patterns = (
        f"{locale.date_pattern} {locale.time_pattern}",
        f"{locale.date_pattern} %H:%M:%S",
        f"{locale.date_pattern} %H:%M",
        locale.date_pattern,
    )
    for pattern in patterns:
        try:
            return datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 - the ERP knows local time only
        except ValueError:
            continue
    raise ValueError(f"not a date: {text!r}")
