"""How values are written in both languages, and whose language it is."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from demo_erp.fields import Field, Kind, Value
from demo_erp.locales import ENGLISH, ITALIAN, Locale, negotiate, parse_moment, show
from tests.unit.demo_erp.reader import local


@pytest.mark.parametrize(
    ("accept_language", "locale"),
    [
        ("it", ITALIAN),
        ("it-IT", ITALIAN),
        ("IT-CH,de;q=0.9", ITALIAN),
        ("it-IT,it;q=0.9,en;q=0.8", ITALIAN),
        ("en;q=0.5,it;q=0.9", ITALIAN),
        (None, ENGLISH),
        ("", ENGLISH),
        ("*", ENGLISH),
        ("en-US,en;q=0.9,it;q=0.8", ENGLISH),
        ("de-DE,it;q=0.5", ENGLISH),
        ("it;q=0", ENGLISH),
        ("it;q=much", ENGLISH),
        ("italian", ENGLISH),
    ],
)
def test_the_most_wanted_language_decides(accept_language: str | None, locale: Locale) -> None:
    assert negotiate(accept_language) is locale


@pytest.mark.parametrize(
    ("value", "kind", "scale", "italian", "english"),
    [
        (Decimal("1234.56"), Kind.DECIMAL, 2, "1.234,56", "1,234.56"),
        (Decimal("-1234567.8"), Kind.DECIMAL, 2, "-1.234.567,80", "-1,234,567.80"),
        (Decimal("0"), Kind.DECIMAL, 2, "0,00", "0.00"),
        (Decimal("0.0105"), Kind.DECIMAL, 4, "0,0105", "0.0105"),
        (1234, Kind.INTEGER, 0, "1.234", "1,234"),
        (-7, Kind.INTEGER, 0, "-7", "-7"),
        (2026, Kind.YEAR, 0, "2026", "2026"),
        (date(2026, 12, 31), Kind.DATE, 0, "31/12/2026", "12/31/2026"),
        (local(2026, 12, 31, 14, 5, 9), Kind.DATETIME, 0, "31/12/2026 14:05:09", "12/31/2026 02:05:09 PM"),
        (local(2026, 2, 1, 0, 0, 0), Kind.DATETIME, 0, "01/02/2026 00:00:00", "02/01/2026 12:00:00 AM"),
        (True, Kind.BOOLEAN, 0, "Sì", "Yes"),
        (False, Kind.BOOLEAN, 0, "No", "No"),
        ("Attivo", Kind.ENUM, 0, "Attivo", "Attivo"),
        (None, Kind.DECIMAL, 2, "", ""),
        ("007", Kind.TEXT, 0, "007", "007"),
    ],
)
def test_values_are_written_in_the_readers_way(
    value: Value, kind: Kind, scale: int, italian: str, english: str
) -> None:
    field = Field("x", "X", "X", kind, scale=scale)
    assert (show(value, field, ITALIAN), show(value, field, ENGLISH)) == (italian, english)


def test_a_glued_field_has_non_breaking_spaces() -> None:
    assert show("+39 02 123", Field("x", "X", "X", glued=True), ITALIAN) == "+39\u00a002\u00a0123"


@pytest.mark.parametrize(
    ("text", "locale", "moment"),
    [
        ("31/12/2026", ITALIAN, local(2026, 12, 31)),
        (" 31/12/2026 14:05:09 ", ITALIAN, local(2026, 12, 31, 14, 5, 9)),
        ("31/12/2026 14:05", ITALIAN, local(2026, 12, 31, 14, 5)),
        ("12/31/2026", ENGLISH, local(2026, 12, 31)),
        ("12/31/2026 02:05:09 PM", ENGLISH, local(2026, 12, 31, 14, 5, 9)),
        ("12/31/2026 14:05:09", ENGLISH, local(2026, 12, 31, 14, 5, 9)),
    ],
)
def test_a_filter_is_read_in_the_readers_way(text: str, locale: Locale, moment: datetime) -> None:
    assert parse_moment(text, locale) == moment


@pytest.mark.parametrize(
    ("text", "locale"), [("12/31/2026", ITALIAN), ("31/12/2026", ENGLISH), ("2026-12-31", ITALIAN)]
)
def test_a_filter_of_another_language_is_refused(text: str, locale: Locale) -> None:
    with pytest.raises(ValueError, match="not a date"):
        parse_moment(text, locale)
