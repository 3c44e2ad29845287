"""Decided here: which texts are dates and instants in a locale or in an explicit pattern, and which are not.

Without a pattern a locale reads its own numeric form with a year of four digits (`31/12/2026` in it-IT, never
`12/31/2026`) and its own words (`31 dicembre 2026`, `gio 31 dic 2026`); a weekday has to be the right one. ISO 8601 is
another locale's form like any other: a column that holds it says so with a pattern.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sincro_scraper.localisation.date_patterns import ISO, DatePattern, full_year
from sincro_scraper.localisation.errors import ValueFormatError
from sincro_scraper.localisation.locales import SPACES, Language, Locale

Ambiguous = Literal["earlier", "later", "error"]

LONGEST_DATE = 80
"""Characters; longer texts are not looked at."""
_NOON = 12
_SPACE = f"[{SPACES}]"


def parse_date(text: str, locale: Locale, pattern: str | None = None) -> date:
    """Read a date as the locale writes it (`31/12/2026`, `31 dicembre 2026` in it-IT), or exactly as `pattern` says.

    Years have four digits, unless the pattern has `yy`. Raises ValueFormatError; ValueError for a wrong pattern.
    """
    if pattern is not None:
        day, moment = _by_pattern(text, locale, DatePattern.of(pattern))
        if pattern == ISO and moment not in (None, time()):
            # An instant is another day in another time zone: a date column cannot hold it without a guess.
            raise ValueFormatError(text, "a date without a time (or make the column a datetime)")
        return day
    numeric = _numeric(locale).fullmatch(text)
    if numeric is not None and numeric[5] is None:
        first, second, year = int(numeric[1]), int(numeric[3]), int(numeric[4])
        return _calendar(text, year, first, second) if locale.month_first else _calendar(text, year, second, first)
    match = _date(locale).fullmatch(text) if len(text) <= LONGEST_DATE else None
    if match is None:
        raise ValueFormatError(text, f"a date such as {_example_date(locale)}")
    return _date_of(text, match.groupdict(), locale.words)


def parse_datetime(
    text: str,
    locale: Locale,
    time_zone: str | ZoneInfo,
    pattern: str | None = None,
    *,
    ambiguous: Ambiguous = "earlier",
) -> datetime:
    """Read a local date and time as an aware datetime in `time_zone`: `31/12/2026 14:30`, seconds optional.

    A local time that the zone skipped (clocks forward) raises ValueFormatError. One that it had twice (clocks back) is
    the earlier instant, because a source that prints local times has lost which one it was and a sync that fails every
    day for one row of an October night helps nobody; `ambiguous` may say `later` or `error`. A pattern without a time
    means midnight; one with an offset needs no time zone to be an instant, and gives it back in `time_zone`.
    Raises ValueFormatError; ValueError for a wrong pattern, ZoneInfoNotFoundError for an unknown zone.
    """
    zone = ZoneInfo(time_zone) if isinstance(time_zone, str) else time_zone
    if pattern is not None:
        day, moment = _by_pattern(text, locale, DatePattern.of(pattern))
        return _instant(text, datetime.combine(day, moment or time()), zone, ambiguous)
    numeric = _numeric(locale).fullmatch(text)
    if numeric is not None and numeric[5] is not None and locale.clock == "24":
        first, second = int(numeric[1]), int(numeric[3])
        months, days = (first, second) if locale.month_first else (second, first)
        clock = int(numeric[5]), int(numeric[6]), int(numeric[7] or 0)
        return _instant(text, _clock(text, int(numeric[4]), months, days, *clock), zone, ambiguous)
    match = _datetime(locale).fullmatch(text) if len(text) <= LONGEST_DATE else None
    if match is None:
        raise ValueFormatError(text, f"a date and time such as {_example_date(locale)} {_example_time(locale)}")
    found = match.groupdict()
    local = datetime.combine(_date_of(text, found, locale.words), _time_of(text, found))
    return _instant(text, local, zone, ambiguous)


def _instant(text: str, local: datetime, zone: ZoneInfo, ambiguous: Ambiguous) -> datetime:
    earlier = local if local.tzinfo is not None else local.replace(tzinfo=zone)
    if not date.min.year < local.year < date.max.year or local.tzinfo is not None:
        try:
            instant = earlier.astimezone(UTC).astimezone(zone)
        except OverflowError:
            raise ValueFormatError(text, "an instant between the years 1 and 9999") from None
        if local.tzinfo is not None:
            return instant
    later = earlier.replace(fold=1)
    before, after = earlier.utcoffset(), later.utcoffset()
    if before == after:
        return earlier
    if before is None or after is None or before < after:
        raise ValueFormatError(text, f"a time that exists in {zone.key} (the clocks went forward over this one)")
    if ambiguous == "error":
        raise ValueFormatError(text, f"a time that {zone.key} had once (the clocks went back over this one)")
    return earlier if ambiguous == "earlier" else later


def _calendar(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueFormatError(text, "a date that the calendar has") from None


def _clock(text: str, year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone comes with _instant
    except ValueError:
        raise ValueFormatError(text, "a date that the calendar has and a time that the clock has") from None


def _date_of(text: str, found: Mapping[str, Any], words: Language) -> date:
    try:
        if found.get("month_name"):
            month = _numbered(words.months)[found["month_name"].casefold().rstrip(".")]
        else:
            month = int(found["month"])
        year = int(found["year"]) if found.get("year") else full_year(int(found["short_year"]))
        day = date(year, month, int(found["day"]))
    except (KeyError, ValueError):  # KeyError: a letter that only looks like one of the name's (a dotted capital I)
        raise ValueFormatError(text, "a date that the calendar has") from None
    weekday = found.get("weekday")
    if weekday and _numbered(words.weekdays).get(weekday.casefold().rstrip(".")) != day.isoweekday():
        raise ValueFormatError(text, f"the right weekday ({day.isoformat()} is another one)")
    return day


def _time_of(text: str, found: Mapping[str, Any]) -> time:
    try:
        if found.get("hour12") is not None:
            hour, half = int(found["hour12"]), found.get("half")
            if half is None or not 1 <= hour <= _NOON:
                raise ValueError
            hour = hour % _NOON + (_NOON if half[0] in "pP" else 0)
        elif found.get("word") is not None:
            hour = _NOON if found["word"].casefold() == "noon" else 0
        else:
            hour = int(found.get("hour") or 0)
        microsecond = int((found.get("fraction") or "0").ljust(6, "0")[:6])
        moment = time(hour, int(found.get("minute") or 0), int(found.get("second") or 0), microsecond)
    except ValueError:
        raise ValueFormatError(text, "a time that the clock has") from None
    offset = found.get("offset")
    return moment if offset is None else moment.replace(tzinfo=_offset(text, offset))


def _offset(text: str, offset: str) -> timezone:
    if offset in "Zz":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours >= 24 or minutes >= 60:
        raise ValueFormatError(text, "an offset from UTC that exists")
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if offset[0] == "-" else span)


def _by_pattern(text: str, locale: Locale, pattern: DatePattern) -> tuple[date, time | None]:
    """The date, and the time where the text has one; the time is aware where the text has an offset."""
    if len(text) > LONGEST_DATE:
        raise ValueFormatError(text, f"a date like {pattern.text}")
    if pattern.text == ISO:
        return _by_iso(text)
    match = pattern.expression(locale).fullmatch(text)
    if match is None:
        raise ValueFormatError(text, f"a date like {pattern.text}")
    found = match.groupdict()
    return _date_of(text, found, locale.words), _time_of(text, found) if pattern.has_time else None


def _by_iso(text: str) -> tuple[date, time | None]:
    plain = text.strip()
    try:
        if len(plain) <= len("yyyy-MM-dd"):
            return date.fromisoformat(plain), None
        if plain[10] not in "T ":
            raise ValueError
        found = datetime.fromisoformat(plain)
    except ValueError:
        raise ValueFormatError(text, "a date or time in ISO 8601 such as 2026-12-31T14:30:00Z") from None
    return found.date(), found.timetz()


@cache
def _numbered(names: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    return {form: number for number, forms in enumerate(names, start=1) for form in forms}


def _one_of(names: tuple[tuple[str, ...], ...]) -> str:
    forms = sorted((form for forms in names for form in forms), key=lambda form: (-len(form), form))
    return "|".join(rf"{re.escape(form)}\.?" for form in forms)


def _numeric_date(locale: Locale) -> str:
    first, second = ("month", "day") if locale.month_first else ("day", "month")
    separator = rf"(?P<separator>[{re.escape(locale.date_separators)}])"
    return rf"(?P<{first}>[0-9]{{1,2}}){separator}(?P<{second}>[0-9]{{1,2}})(?P=separator)(?P<year>[0-9]{{4}})"


def _worded_dates(locale: Locale) -> tuple[str, ...]:
    weekday = rf"(?:(?P<weekday>{_one_of(locale.words.weekdays)}),?{_SPACE}+)?"
    month = rf"(?P<month_name>{_one_of(locale.words.months)})"
    year = r"(?P<year>[0-9]{4})"
    ordinal = {"it": "[º°]?", "de": r"\.?", "fr": "(?:er)?", "en": "(?:st|nd|rd|th)?"}[locale.language]
    day = rf"(?P<day>[0-9]{{1,2}}){ordinal}"
    day_first = rf"{weekday}{day}{_SPACE}+{month},?{_SPACE}+{year}"
    if locale.language != "en":
        return (day_first,)
    return day_first, rf"{weekday}{month}{_SPACE}+{day},?{_SPACE}+{year}"


@cache
def _numeric(locale: Locale) -> re.Pattern[str]:
    """The most frequent forms, which `_date` and `_datetime` know as well, in one expression with plain groups."""
    separators = re.escape(locale.date_separators)
    return re.compile(
        rf"\s*([0-9]{{1,2}})([{separators}])([0-9]{{1,2}})\2([0-9]{{4}})"
        r"(?:,? ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?\s*"
    )


@cache
def _date(locale: Locale) -> "_FirstOf":
    return _FirstOf(*(rf"\s*{form}\s*" for form in (_numeric_date(locale), *_worded_dates(locale))))


@cache
def _datetime(locale: Locale) -> "_FirstOf":
    connectors = "|".join(re.escape(word).replace(r"\ ", _SPACE) for word in locale.words.connectors)
    gap = rf"(?:,?{_SPACE}+|,?{_SPACE}+(?:{connectors}){_SPACE}+)"
    dates = (_numeric_date(locale), *_worded_dates(locale))
    return _FirstOf(*(rf"\s*{day}{gap}{moment}\s*" for day in dates for moment in _times(locale)))


def _times(locale: Locale) -> tuple[str, ...]:
    """The forms of a time of day; seconds are optional, and a fraction of a second after them."""
    tail = r"(?P<minute>[0-9]{2})(?:(?P=colon)(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,6}))?)?"
    half = rf"{_SPACE}?(?P<half>a\.?m\.?|p\.?m\.?)"
    if locale.clock == "12":
        # A bare 2:30 could be either half of the day; 14:30 could not, and is refused too: it is not what en-US writes.
        full = rf"(?P<hour12>[0-9]{{1,2}})(?P<colon>:){tail}{half}"
        return full, rf"(?P<hour12>[0-9]{{1,2}}){half}", r"(?P<word>noon|midnight)"
    colon = {"it": "[:.]", "en": "[:.]", "de": "[:.]", "fr": "[:]"}[locale.language]
    clock = rf"(?P<hour>[0-9]{{1,2}})(?P<colon>{colon}){tail}"
    if locale.language == "fr":
        return clock, rf"(?P<hour>[0-9]{{1,2}}){_SPACE}?h{_SPACE}?(?P<minute>[0-9]{{2}})?"
    if locale.language == "de":
        return (rf"{clock}(?:{_SPACE}Uhr)?",)
    if locale.language == "en":
        twelve = rf"(?P<hour12>[0-9]{{1,2}})(?P<colon>[:.]){tail}{half}"
        return clock, twelve, rf"(?P<hour12>[0-9]{{1,2}}){half}", r"(?P<word>noon|midnight)"
    return (clock,)


class _FirstOf:
    """Expressions that are tried in order, the most frequent form first: one expression cannot name a group twice."""

    def __init__(self, *forms: str) -> None:
        self._forms = tuple(re.compile(form, re.IGNORECASE) for form in forms)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        for form in self._forms:
            match = form.fullmatch(text)
            if match is not None:
                return match
        return None


def _example_date(locale: Locale) -> str:
    separator = locale.date_separators[0]
    return separator.join(("12", "31", "2026") if locale.month_first else ("31", "12", "2026"))


def _example_time(locale: Locale) -> str:
    return "2:30 PM" if locale.clock == "12" else "14:30"
