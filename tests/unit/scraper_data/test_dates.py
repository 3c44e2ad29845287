"""Dates and instants: what each locale reads, explicit patterns, and clocks that go forward and back."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sincro_scraper.localisation import (
    LOCALES,
    DatePattern,
    Locale,
    ValueFormatError,
    format_date,
    format_datetime,
    locale_named,
    parse_date,
    parse_datetime,
)

IT, US, GB, DE, FR = (locale_named(tag) for tag in ("it-IT", "en-US", "en-GB", "de-DE", "fr-FR"))
ROME = ZoneInfo("Europe/Rome")
LAST = date(2026, 12, 31)
locales = st.sampled_from(list(LOCALES.values()))


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        *((IT, text) for text in ("31/12/2026", "31-12-2026", "31.12.2026", " 31/12/2026\u00a0", "31 dicembre 2026")),
        *((IT, text) for text in ("31 Dicembre 2026", "31 dic 2026", "31 dic. 2026", "giovedì 31 dicembre 2026")),
        *((IT, text) for text in ("Gio, 31 dic 2026", "giovedì 31\u00a0dicembre\u00a02026")),
        *(
            (US, text)
            for text in ("12/31/2026", "December 31, 2026", "Dec. 31, 2026", "Thu, Dec 31, 2026", "31 Dec 2026")
        ),
        *((GB, text) for text in ("31/12/2026", "31 December 2026", "31st December 2026", "Thursday 31 December 2026")),
        *((DE, text) for text in ("31.12.2026", "31. Dezember 2026", "31. Dez. 2026", "Donnerstag, 31. Dezember 2026")),
        *((FR, text) for text in ("31/12/2026", "31 décembre 2026", "31 déc. 2026", "jeudi 31 décembre 2026")),
    ],
)
def test_dates_that_a_locale_writes(locale: Locale, text: str) -> None:
    assert parse_date(text, locale) == LAST


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        *((IT, text) for text in ("12/31/2026", "31/12/26", "2026-12-31", "31/12-2026", "31/02/2026", "29/02/2025")),
        *(
            (IT, text)
            for text in ("0/1/2026", "31/12/2026 00:00", "31 december 2026", "venerdì 31 dicembre 2026", "", "oggi")
        ),
        *(
            (IT, text)
            for text in ("31/12/20266", "031/12/2026", "31 /12/2026", "٣١/12/2026", "31 d\u0130cembre 2026", "x" * 99)
        ),
        *((US, text) for text in ("31/12/2026", "31.12.2026", "2026-12-31")),
        *((DE, text) for text in ("31/12/2026", "12.31.2026", "31.12.26")),
    ],
)
def test_dates_that_a_locale_does_not_write(locale: Locale, text: str) -> None:
    with pytest.raises(ValueFormatError):
        parse_date(text, locale)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("yyyy-MM-dd", "2026-12-31", LAST),
        ("dd/MM/yy", "31/12/26", LAST),
        ("dd/MM/yy", "31/12/69", date(1969, 12, 31)),
        ("dd/MM/yy", "31/12/68", date(2068, 12, 31)),
        ("yyyyMMdd", "20261231", LAST),
        ("d MMM yyyy", "31 dic. 2026", LAST),
        ("EEEE d MMMM yyyy", "giovedì 31 dicembre 2026", LAST),
        ("'al' dd.MM.yyyy", "al 31.12.2026", LAST),
        ("dd/MM/yyyy HH:mm", "31/12/2026 23:59", LAST),
        ("iso", "2026-12-31", LAST),
        ("iso", "2026-12-31T00:00:00", LAST),
    ],
)
def test_dates_by_pattern(pattern: str, text: str, expected: date) -> None:
    assert parse_date(text, IT, pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd", "31/12/2026"),
        ("yyyy-MM-dd", "2026-1-31"),
        ("yyyy-MM-dd", "26-12-31"),
        ("dd/MM/yy", "31/12/2026"),
        ("d MMM yyyy", "31 dicembre 2026"),
        ("iso", "31/12/2026"),
        ("iso", "2026-12-31x00:00"),
        ("iso", "2026-12-31T22:00:00Z"),
        ("iso", "2026-12-31T10:00:00"),
        ("yyyy-MM-dd[ hh:mm][ a]", "2026-12-31 02:30"),
    ],
)
def test_dates_that_a_pattern_refuses(pattern: str, text: str) -> None:
    with pytest.raises(ValueFormatError):
        parse_date(text, IT, pattern)


@pytest.mark.parametrize(
    ("locale", "pattern", "text"),
    [
        *((IT, None, text) for text in ("31/12/2026 14:30", "31/12/2026, 14:30:00", "31/12/2026 14.30")),
        *(
            (IT, None, text)
            for text in ("31 dicembre 2026 14:30", "31 dicembre 2026 alle ore 14:30", "31/12/2026 14:30:00,000")
        ),
        *(
            (US, None, text)
            for text in ("12/31/2026 2:30 PM", "12/31/2026, 2:30:00\u202fPM", "Dec. 31, 2026, 2:30 p.m.")
        ),
        *(
            (GB, None, text)
            for text in ("31/12/2026, 14:30:00", "31 December 2026 at 14:30", "31 Dec. 2026, 2:30 p.m.")
        ),
        *((DE, None, text) for text in ("31.12.2026, 14:30:00", "31.12.2026 14:30 Uhr", "31. Dezember 2026 um 14:30")),
        *((FR, None, text) for text in ("31/12/2026 14:30", "31 décembre 2026 à 14:30", "31/12/2026 14h30")),
        (IT, "yyyy-MM-dd'T'HH:mm[:ss[.SSS]][XXX]", "2026-12-31T14:30"),
        (IT, "yyyy-MM-dd'T'HH:mm[:ss[.SSS]][XXX]", "2026-12-31T13:30:00.000Z"),
        (IT, "yyyy-MM-dd'T'HH:mm[:ss[.SSS]][XXX]", "2026-12-31T08:30:00-05:00"),
        (IT, "MM/dd/yyyy hh:mm a", "12/31/2026 02:30 PM"),
        (IT, "iso", "2026-12-31T13:30:00Z"),
        (IT, "iso", "2026-12-31 14:30"),
    ],
)
def test_instants(locale: Locale, pattern: str | None, text: str) -> None:
    parsed = parse_datetime(text, locale, ROME, pattern)
    assert parsed == datetime(2026, 12, 31, 13, 30, tzinfo=UTC)
    assert parsed.tzinfo is ROME


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        *(
            (IT, text)
            for text in ("31/12/2026", "31/12/2026 24:00", "31/12/2026 14:60", "31/12/2026 14:30 PM", "14:30")
        ),
        *(
            (IT, text)
            for text in ("31/12/2026T14:30", "31/12/2026 14:30Z", "31/12/2026 14:3", "31/12/2026 at 14:30", "")
        ),
        *((US, text) for text in ("12/31/2026 2:30", "12/31/2026 14:30", "12/31/2026 13:30 PM", "12/31/2026 0:30 AM")),
    ],
)
def test_no_instants(locale: Locale, text: str) -> None:
    with pytest.raises(ValueFormatError):
        parse_datetime(text, locale, ROME)


@pytest.mark.parametrize(("text", "hour"), [("12:30 AM", 0), ("12:30 PM", 12), ("1:30 AM", 1), ("11:30 p.m.", 23)])
def test_clocks_of_twelve_hours(text: str, hour: int) -> None:
    assert parse_datetime(f"12/31/2026 {text}", US, UTC_ZONE).hour == hour


UTC_ZONE = ZoneInfo("UTC")


def test_a_time_that_the_clocks_skipped_is_refused() -> None:
    with pytest.raises(ValueFormatError, match="exists in Europe/Rome"):
        parse_datetime("29/03/2026 02:30", IT, "Europe/Rome")
    parse_datetime("29/03/2026 01:59:59", IT, "Europe/Rome")
    parse_datetime("29/03/2026 03:00", IT, "Europe/Rome")


def test_a_time_that_the_clocks_showed_twice() -> None:
    text = "25/10/2026 02:30"
    assert parse_datetime(text, IT, ROME).astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert parse_datetime(text, IT, ROME, ambiguous="later").astimezone(UTC) == datetime(
        2026, 10, 25, 1, 30, tzinfo=UTC
    )
    with pytest.raises(ValueFormatError, match="had once"):
        parse_datetime(text, IT, ROME, ambiguous="error")


@pytest.mark.parametrize("text", ["01/01/0001 00:00", "31/12/9999 23:59"])
@pytest.mark.parametrize("zone", ["Europe/Rome", "America/New_York", "UTC"])
def test_the_ends_of_the_calendar_never_overflow(text: str, zone: str) -> None:
    try:
        parsed = parse_datetime(text, IT, zone)
    except ValueFormatError:
        return
    assert parsed.astimezone(UTC).tzinfo is UTC


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "name the year"),
        ("yyyy-MM", "name the day"),
        ("yyyy-MM-dd-dd", "day twice"),
        ("yyyy-yy-MM-dd", "name the year"),
        ("[yyyy]-MM-dd", "outside brackets"),
        ("yyyy-MM-dd hh:mm", "needs both h and a"),
        ("yyyy-MM-dd hh:mm[ a]", "needs both h and a"),
        ("yyyy-MM-dd [HH:mm", "brackets"),
        ("yyyy-MM-dd HH:mm]", "brackets"),
        ("yyyy-MM-dd 'at", "quote"),
        ("YYYY-MM-DD", "means nothing"),
        ("gg/MM/aaaa", "means nothing"),
    ],
)
def test_wrong_patterns_say_why(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        DatePattern.of(pattern)


@given(st.dates(), locales)
def test_dates_that_a_locale_writes_it_reads(value: date, locale: Locale) -> None:
    assert parse_date(format_date(value, locale), locale) == value


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    locales,
    st.sampled_from(["Europe/Rome", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_instants_that_a_locale_writes_it_reads(local: datetime, locale: Locale, zone: str) -> None:
    instant = local.replace(tzinfo=ZoneInfo(zone))
    exists = instant.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == local
    assume(exists)
    assert parse_datetime(format_datetime(instant, locale), locale, zone) == instant


@given(st.dates(), locales, locales)
def test_another_locales_date_is_refused_or_of_the_same_day_and_month(value: date, one: Locale, other: Locale) -> None:
    """Only en-US writes the month first: a day above 12 tells, and there is no other way to be wrong."""
    try:
        parsed = parse_date(format_date(value, one), other)
    except ValueFormatError:
        return
    if one.month_first == other.month_first:
        assert parsed == value
    else:
        assert (parsed.year, parsed.month, parsed.day) == (value.year, value.day, value.month)


@given(st.text(max_size=90), locales)
def test_whatever_comes_is_a_date_or_refused(text: str, locale: Locale) -> None:
    for pattern in (None, "iso", "d MMM yyyy", "dd/MM/yy[ HH:mm]"):
        for parse in (parse_date, lambda t, x, p: parse_datetime(t, x, ROME, p)):
            try:
                parse(text, locale, pattern)
            except ValueFormatError:
                continue


@given(st.text(alphabet="yMdHhmsSaXE-/ :.'[]T", max_size=24))
def test_whatever_pattern_comes_is_used_or_refused(pattern: str) -> None:
    try:
        DatePattern.of(pattern)
    except ValueError:
        return
    for text in ("2026-12-31", "31/12/2026 14:30", "1", ""):
        try:
            parse_datetime(text, IT, ROME, pattern)
        except ValueFormatError:
            continue
