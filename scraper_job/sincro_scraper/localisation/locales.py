"""The locales that Sincro reads: their separators, currency, and words for months, days, yes and no.

Facts only, after CLDR and after what old business software in these countries prints. How they are read: numbers,
dates, booleans.
"""

from dataclasses import dataclass
from typing import Literal

PLAIN_SPACE = " "
NO_BREAK_SPACE = "\u00a0"
NARROW_NO_BREAK_SPACE = "\u202f"
THIN_SPACE = "\u2009"
SPACES = PLAIN_SPACE + NO_BREAK_SPACE + NARROW_NO_BREAK_SPACE + THIN_SPACE


class UnknownLocaleError(ValueError):
    """A locale tag that Sincro has no grammar for. The message lists the ones it has."""


@dataclass(frozen=True, slots=True)
class Locale:
    """What a locale writes. Compared and hashed by its tag's meaning; instances come from `locale_named`.

    group: the characters that may stand between groups of three digits, the first being the one that we write;
    one number uses one of them throughout.
    """

    tag: str
    decimal: str
    group: str
    currency: str
    date_order: Literal["dmy", "mdy"]
    date_separators: str
    twelve_hours: bool
    minimum_grouping: int
    months: tuple[str, ...]
    month_abbreviations: tuple[tuple[str, ...], ...]
    weekdays: tuple[str, ...]
    true_words: tuple[str, ...]
    false_words: tuple[str, ...]
    connectors: tuple[str, ...]

    @property
    def language(self) -> str:
        """The tag's language: `it` of `it-IT`."""
        return self.tag.partition("-")[0]


LOCALES: dict[str, Locale] = {}


def locale_named(tag: str) -> Locale:
    """The locale of a BCP 47 tag such as `it-IT`; `it_IT` and other capitals are understood, `it` means `it-IT`.

    Raises UnknownLocaleError for a tag without a grammar.
    """
    raise NotImplementedError


def accept_language(locale: Locale) -> str:
    """The Accept-Language header that asks for this locale and nothing else: `it-IT,it;q=0.9`."""
    return f"{locale.tag},{locale.language};q=0.9"
