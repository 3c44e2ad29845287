"""Locales by name, yes and no, and the functions that columns are read with."""

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sincro_scraper.localisation import (
    LOCALES,
    Locale,
    ParserOptions,
    UnknownLocaleError,
    ValueFormatError,
    ValueKind,
    accept_language,
    format_boolean,
    locale_named,
    parse_boolean,
    parser_for,
)

IT = locale_named("it-IT")


@pytest.mark.parametrize(
    ("tag", "meant"), [("it-IT", "it-IT"), ("it_IT", "it-IT"), ("IT-it", "it-IT"), ("it", "it-IT")]
)
def test_a_locale_by_its_name(tag: str, meant: str) -> None:
    assert locale_named(tag).tag == meant
    assert locale_named(tag) is LOCALES[meant]


@pytest.mark.parametrize("tag", ["", "xx", "es-ES", "it-XX", "it-IT-x", "-"])
def test_a_locale_without_a_grammar_lists_the_others(tag: str) -> None:
    with pytest.raises(UnknownLocaleError, match="it-IT"):
        locale_named(tag)


def test_accept_language_asks_for_nothing_else() -> None:
    assert accept_language(IT) == "it-IT,it;q=0.9"


@pytest.mark.parametrize("locale", LOCALES.values(), ids=str)
def test_every_locale_is_complete(locale: Locale) -> None:
    words = locale.words
    assert (len(words.months), len(words.weekdays)) == (12, 7)
    assert locale.decimal not in locale.group
    for forms in (words.months, words.weekdays):
        flat = [form for names in forms for form in names]
        assert len(set(flat)) == len(flat)
        assert all(form == form.casefold() for form in flat)
    for value in (True, False):
        assert parse_boolean(format_boolean(value, locale), locale) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [("Sì", True), ("SI", True), (" sì\u00a0", True), ("vero", True), ("True", True), ("No", False), ("FALSO", False)],
)
def test_yes_and_no(text: str, value: bool) -> None:
    assert parse_boolean(text, IT) is value


@pytest.mark.parametrize("text", ["", "yes", "1", "0", "s", "n", "x", "si no", "non"])
def test_neither_yes_nor_no(text: str) -> None:
    with pytest.raises(ValueFormatError, match="one of sì"):
        parse_boolean(text, IT)


def test_own_words_for_yes_and_no_are_the_only_ones() -> None:
    assert parse_boolean("X", IT, true=["x"], false=[""]) is True
    assert parse_boolean(" ", IT, true=["x"], false=[""]) is False
    with pytest.raises(ValueFormatError):
        parse_boolean("Sì", IT, true=["x"], false=[""])
    with pytest.raises(ValueError, match="both yes and no"):
        parse_boolean("x", IT, true=["x"], false=["X"])


@pytest.mark.parametrize(
    ("kind", "options", "text", "value"),
    [
        ("text", {}, " D'Angelo ", "D'Angelo"),
        ("integer", {}, "1.234", 1234),
        ("decimal", {"decimals": 3}, "1,234", Decimal("1.234")),
        ("money", {"currency": "USD"}, "$ 1,50", Decimal("1.50")),
        ("percent", {}, "22%", Decimal(22)),
        ("date", {}, "31/12/2026", date(2026, 12, 31)),
        ("date", {"pattern": "yyyy-MM-dd"}, "2026-12-31", date(2026, 12, 31)),
        ("datetime", {"time_zone": "Europe/Rome"}, "31/12/2026 14:30", datetime(2026, 12, 31, 13, 30, tzinfo=UTC)),
        ("boolean", {}, "Sì", True),
        ("boolean", {"true": ("x",)}, "x", True),
    ],
)
def test_parsers(kind: str, options: dict[str, object], text: str, value: object) -> None:
    parse = parser_for(ValueKind(kind), IT, ParserOptions(**options))  # type: ignore[arg-type]
    assert parse(text) == value
    if kind != "text":
        with pytest.raises(ValueFormatError):
            parse("")
        with pytest.raises(ValueFormatError):
            parse("?")


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("date", {"pattern": "YYYY"}, "means nothing"),
        ("datetime", {"time_zone": "Europe/Roma"}, "no time zone"),
        ("datetime", {"time_zone": "../etc/passwd"}, "no time zone"),
        ("boolean", {"true": ("x",), "false": ("x",)}, "both"),
        ("decimal", {"decimals": -1}, "not negative"),
    ],
)
def test_options_that_make_no_sense(kind: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parser_for(ValueKind(kind), IT, ParserOptions(**options))  # type: ignore[arg-type]


def test_the_error_says_what_was_found_and_expected() -> None:
    error = ValueFormatError("x" * 200, "a number")
    assert len(error.found) == 80
    assert str(error) == f"found {error.found!r}, expected a number"
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (copy.found, copy.expected) == (error.found, error.expected)
