"""Explicit date patterns such as `dd/MM/yy HH:mm`: the letters that mean something, and the expression they become.

Decided here: what a pattern may say. Not here: the forms that a locale reads without one (dates).
"""

import re
from dataclasses import dataclass
from functools import cache

from sincro_scraper.localisation.locales import Locale

ISO = "iso"
"""In place of a pattern: any ISO 8601 date or time, as machines write them in JSON."""

_SHORT_YEAR_PIVOT = 69
_LETTERS = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[\[\]]|.", re.DOTALL)
_FIELDS: dict[str, str] = {
    "yyyy": r"(?P<year>[0-9]{4})",
    "yy": r"(?P<short_year>[0-9]{2})",
    "MM": r"(?P<month>[0-9]{2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "dd": r"(?P<day>[0-9]{2})",
    "d": r"(?P<day>[0-9]{1,2})",
    "HH": r"(?P<hour>[0-9]{2})",
    "H": r"(?P<hour>[0-9]{1,2})",
    "hh": r"(?P<hour12>[0-9]{2})",
    "h": r"(?P<hour12>[0-9]{1,2})",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})",
    "a": r"(?P<half>[AaPp]\.?[ \u00a0\u202f]?[Mm]\.?)",
    "XXX": r"(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})",
    "MMM": "",
    "MMMM": "",
    "EEE": "",
    "EEEE": "",
}
_DATE_FIELDS = frozenset({"year", "short_year", "month", "month_name", "day", "weekday"})


@dataclass(frozen=True, slots=True)
class DatePattern:
    """A checked pattern; made by `DatePattern.of`.

    Letters: yyyy yy MM M MMM MMMM dd d EEE EEEE HH H hh h mm ss S.. a XXX (offset or Z); MMM and EEE are the locale's
    short names, MMMM and EEEE the full ones. [Brackets] hold what may be missing, text in 'single quotes' and every
    other character stand for themselves. yy means 1969 to 2068. The word `iso` in place of a pattern accepts ISO 8601.
    """

    text: str
    fields: frozenset[str]

    @classmethod
    @cache
    def of(cls, text: str) -> "DatePattern":
        """Raises ValueError with what is wrong with the pattern."""
        if text == ISO:
            return cls(text, frozenset({"year", "month", "day"}))
        always, sometimes = _fields_of(text)
        fields = always + sometimes
        twice = sorted({name for name in fields if fields.count(name) > 1})
        if twice:
            raise ValueError(f"the date pattern {text!r} names the {twice[0].replace('_', ' ')} twice")
        for what, names in (("year", "year short_year"), ("month", "month month_name"), ("day", "day")):
            if len(set(always) & set(names.split())) != 1 or set(sometimes) & set(names.split()):
                raise ValueError(f"the date pattern {text!r} has to name the {what} once, outside brackets")
        if not any(
            {"hour12", "half"} <= set(part) or not {"hour12", "half"} & set(fields) for part in (always, sometimes)
        ):
            raise ValueError(f"the date pattern {text!r} needs both h and a for a clock of twelve hours")
        return cls(text, frozenset(fields))

    @property
    def has_time(self) -> bool:
        """True when the pattern says more than a date."""
        return self.text == ISO or not self.fields <= _DATE_FIELDS

    def expression(self, locale: Locale) -> re.Pattern[str]:
        """The compiled expression with one named group a field; not for `iso`."""
        return _compiled(self.text, locale)


def letters_of(text: str) -> list[str]:
    """The parts of a pattern in order: runs of one letter, quoted texts, brackets, other characters."""
    return [match[0] for match in _LETTERS.finditer(text)]


def full_year(short: int) -> int:
    """The year that two digits mean: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068 (as POSIX strptime)."""
    return short + (1900 if short >= _SHORT_YEAR_PIVOT else 2000)


def _fields_of(text: str) -> tuple[list[str], list[str]]:
    """The fields that the pattern names outside and inside brackets."""
    depth = 0
    always: list[str] = []
    sometimes: list[str] = []
    for part in letters_of(text):
        depth += {"[": 1, "]": -1}.get(part, 0)
        if depth < 0:
            break
        if part.isalpha() and part.isascii():
            fields = sometimes if depth else always
            fields += re.findall(r"\?P<(\w+)>", _field_expression(part, None, text))
        elif part == "'":
            raise ValueError(f"the date pattern {text!r} has a single quote that is not closed")
    if depth:
        raise ValueError(f"the brackets of the date pattern {text!r} do not match")
    return always, sometimes


def _field_expression(part: str, locale: Locale | None, pattern: str) -> str:
    if set(part) == {"S"}:
        return rf"(?P<fraction>[0-9]{{{len(part)}}})"
    if part not in _FIELDS:
        raise ValueError(f"the date pattern {pattern!r} has {part!r}, which means nothing (quote it: '{part}')")
    if _FIELDS[part]:
        return _FIELDS[part]
    if part[0] == "M":
        names = locale.words.months if locale else ()
        return rf"(?P<month_name>{_one_of(names, short=len(part) == len('MMM'))})"
    names = locale.words.weekdays if locale else ()
    return rf"(?P<weekday>{_one_of(names, short=len(part) == len('EEE'))})"


def _one_of(names: tuple[tuple[str, ...], ...], *, short: bool) -> str:
    if not short:
        return "|".join(re.escape(forms[0]) for forms in names)
    words = {form for forms in names for form in (forms[1:] or forms[:1])}
    return "|".join(rf"{re.escape(word)}\.?" for word in sorted(words, key=lambda word: (-len(word), word)))


@cache
def _compiled(text: str, locale: Locale) -> re.Pattern[str]:
    parts: list[str] = []
    for part in letters_of(text):
        if part in "[]":
            parts.append("(?:" if part == "[" else ")?")
        elif part[0] == "'":
            parts.append(re.escape(part[1:-1].replace("''", "'") or "'"))
        elif part.isalpha() and part.isascii():
            parts.append(_field_expression(part, locale, text))
        elif part == " ":
            parts.append(r"[ \u00a0\u202f\u2009]")
        else:
            parts.append(re.escape(part))
    return re.compile(rf"\s*{''.join(parts)}\s*", re.IGNORECASE)
