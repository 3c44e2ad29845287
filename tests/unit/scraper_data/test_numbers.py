"""Numbers, money and percentages: what each locale reads, and what it refuses."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sincro_scraper.localisation import (
    LOCALES,
    Locale,
    ValueFormatError,
    format_decimal,
    format_integer,
    format_money,
    format_percent,
    locale_named,
    parse_decimal,
    parse_integer,
    parse_money,
    parse_percent,
)

IT, US, DE, FR, CH = (locale_named(tag) for tag in ("it-IT", "en-US", "de-DE", "fr-FR", "de-CH"))
locales = st.sampled_from(list(LOCALES.values()))
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=4)


@pytest.mark.parametrize(
    ("locale", "text", "value"),
    [
        (IT, "1234,5", "1234.5"),
        (IT, "1.234,56", "1234.56"),
        (IT, "1.234.567,00", "1234567.00"),
        (IT, "1.234", "1234"),
        (IT, "0,50", "0.50"),
        (IT, "0", "0"),
        (IT, "-12,3", "-12.3"),
        (IT, "−12,3", "-12.3"),
        (IT, "12,3-", "-12.3"),
        (IT, "+12,3", "12.3"),
        (IT, "-0,00", "0.00"),
        (IT, " \u00a012,3\u202f\t", "12.3"),
        (US, "1,234.56", "1234.56"),
        (US, "1234.5", "1234.5"),
        (DE, "1.234,56", "1234.56"),
        (FR, "1 234,56", "1234.56"),
        (FR, "1\u00a0234,56", "1234.56"),
        (FR, "1\u202f234\u202f567,8", "1234567.8"),
        (FR, "1\u2009234", "1234"),
        (CH, "1'234.50", "1234.50"),
        (CH, "1’234’567.5", "1234567.5"),
    ],
)
def test_decimals_that_a_locale_writes(locale: Locale, text: str, value: str) -> None:
    parsed = parse_decimal(text, locale)
    assert (parsed, str(parsed)) == (Decimal(value), value)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        *((IT, text) for text in ("12.34", "1.23", "1,234.5", "1.2345,6", "1.234.56", "12.345.6", "1..234", "1.234,")),
        *((IT, text) for text in (",5", "0.123", "007", "0.123,45", "1e5", "1E+3", "NaN", "inf", "∞", "½", "²")),
        *((IT, text) for text in ("", " ", "-", "--5", "-5-", "+5-", "- 5", "5 -", "–5", "‐5", "(5)", "5 5", "1 234")),
        *(
            (IT, text)
            for text in ("١٢٣", "１２", "12\u200b3", "12\n34", "a", "12€", "0x10", "1_000", "1'234", "1\u00a0234")
        ),
        *((US, text) for text in ("1.234,56", "1234,5", "1,23", "1,2345.6", "12,34")),
        *((FR, text) for text in ("1.234,5", "1\u00a0234\u202f567", "1 23,5", "1  234", "12 34")),
        *((CH, text) for text in ("1'234’567", "1.234,5", "1,5")),
        (IT, "1" * 65),
        (IT, "9" * 5000),
    ],
)
def test_decimals_that_a_locale_does_not_write(locale: Locale, text: str) -> None:
    with pytest.raises(ValueFormatError, match="expected a number such as") as caught:
        parse_decimal(text, locale)
    assert caught.value.found == (text if len(text) <= 80 else text[:79] + "…")


@pytest.mark.parametrize(
    ("text", "options", "accepted"),
    [
        ("1,50", {"decimals": 2}, True),
        ("1,5", {"decimals": 2}, False),
        ("1", {"decimals": 2}, False),
        ("1.234", {"decimals": 2}, False),
        ("1,234", {"decimals": 3}, True),
        ("1.234", {"decimals": 0}, True),
        ("1,5", {"decimals": 0}, False),
        ("1,50", {"max_decimals": 2}, True),
        ("1", {"max_decimals": 2}, True),
        ("1,234", {"max_decimals": 2}, False),
    ],
)
def test_decimals_told(text: str, options: dict[str, Any], accepted: bool) -> None:
    if accepted:
        parse_decimal(text, IT, **options)
        parse_money(text, IT, **options)
        return
    for parse in (parse_decimal, parse_money, parse_percent):
        with pytest.raises(ValueFormatError, match="decimals"):
            parse(text, IT, **options)


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("1.234", 1234), ("-1.234.567", -1234567), ("5-", -5), ("−5", -5), ("0", 0), (" 12 ", 12)],
)
def test_integers(text: str, value: int) -> None:
    assert parse_integer(text, IT) == value


@pytest.mark.parametrize("text", ["", "1,0", "1.5", "12.34", "007", "1.234,00", "0.123", "1 234", "²", "5.", "x"])
def test_no_integers(text: str) -> None:
    with pytest.raises(ValueFormatError, match="whole number"):
        parse_integer(text, IT)


@pytest.mark.parametrize(
    ("locale", "currency", "text", "value"),
    [
        (IT, None, "1.234,56 €", "1234.56"),
        (IT, None, "1.234,56€", "1234.56"),
        (IT, None, "€ 1.234,56", "1234.56"),
        (IT, None, "-€ 5,00", "-5.00"),
        (IT, None, "€ -5,00", "-5.00"),
        (IT, None, "€-5,00", "-5.00"),
        (IT, None, "-5,00\u00a0€", "-5.00"),
        (IT, None, "5,00- EUR", "-5.00"),
        (IT, None, "EUR 3", "3"),
        (IT, None, "3 Euro", "3"),
        (IT, None, "1.234", "1234"),
        (IT, None, "0,125", "0.125"),
        (IT, None, "1234,567", "1234.567"),
        (IT, "USD", "$ 1.234,56", "1234.56"),
        (IT, "XAU", "1,5 XAU", "1.5"),
        (US, None, "-$1,234.56", "-1234.56"),
        (US, None, "$-1,234.56", "-1234.56"),
        (FR, None, "1\u202f234,56\u00a0€", "1234.56"),
        (CH, None, "CHF 1'234.50", "1234.50"),
        (CH, None, "Fr. 12.05", "12.05"),
    ],
)
def test_money(locale: Locale, currency: str | None, text: str, value: str) -> None:
    assert parse_money(text, locale, currency=currency) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "€",
        "3 $",
        "£3",
        "€ 3 €",
        "EUR 3 €",
        "--3 €",
        "-€ -3",
        "- 3 €",
        "3 € -",
        "3 € 4",
        "1,234.56 €",
        "12.34 €",
        "3 eur",
        "1,234",
        "12,345 €",
        "123,456",
    ],
)
def test_no_money(text: str) -> None:
    with pytest.raises(ValueFormatError):
        parse_money(text, IT)


@pytest.mark.parametrize(
    ("text", "value"), [("22,5%", "22.5"), ("22,5 %", "22.5"), ("-3\u00a0%", "-3"), ("100", "100")]
)
def test_percent(text: str, value: str) -> None:
    assert parse_percent(text, IT) == Decimal(value)


@pytest.mark.parametrize("text", ["", "%", "% 5", "5%%", "22.5%", "5 % 5"])
def test_no_percent(text: str) -> None:
    with pytest.raises(ValueFormatError, match="percentage"):
        parse_percent(text, IT)


@given(numbers, locales, st.booleans())
def test_what_a_locale_writes_it_reads(value: Decimal, locale: Locale, grouping: bool) -> None:
    assert parse_decimal(format_decimal(value, locale, grouping=grouping), locale) == value
    assert parse_percent(format_percent(value, locale), locale) == value
    money = format_money(value, locale, grouping=grouping)
    assert parse_money(money, locale, max_decimals=4) == value


@given(st.integers(), locales, st.booleans())
def test_integers_that_a_locale_writes_it_reads(value: int, locale: Locale, grouping: bool) -> None:
    text = format_integer(value, locale, grouping=grouping)
    if len(text) <= 64:
        assert parse_integer(text, locale) == value


@given(numbers, locales, locales)
def test_another_locales_number_is_refused_or_means_the_same(value: Decimal, one: Locale, other: Locale) -> None:
    """Four decimals and groups of three: nothing that one locale writes so is another number in any other locale."""
    text = format_decimal(value, one)
    try:
        parsed = parse_decimal(text, other)
    except ValueFormatError:
        return
    assert parsed == value


@given(st.text(max_size=80), locales)
def test_whatever_comes_is_a_number_or_refused(text: str, locale: Locale) -> None:
    for parse in (parse_integer, parse_decimal, parse_money, parse_percent):
        try:
            value = parse(text, locale)
        except ValueFormatError:
            continue
        assert sum(character.isdigit() for character in text) > 0
        assert Decimal(value).is_finite()


@given(st.from_regex(r"[-+]?[0-9.,]{1,12}[-]?", fullmatch=True), locales)
def test_what_is_read_can_be_written_and_is_the_same_digits(text: str, locale: Locale) -> None:
    try:
        value = parse_decimal(text, locale)
    except ValueFormatError:
        return
    digits = [character for character in text if character.isdigit()]
    assert [c for c in format_decimal(abs(value), locale) if c.isdigit()] == digits
