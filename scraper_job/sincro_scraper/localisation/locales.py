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
MINUS_SIGN = "\u2212"
APOSTROPHES = "\u2019'"


class UnknownLocaleError(ValueError):
    """A locale tag that Sincro has no grammar for. The message lists the ones it has."""


@dataclass(frozen=True, slots=True)
class Language:
    """The words of a language, in lower case as CLDR and Django write them.

    months: the full name first, then abbreviations (a dot after an abbreviation is always understood). connectors: what
    may stand between a date and a time. true_words, false_words: the first is the one that we write.
    """

    months: tuple[tuple[str, ...], ...]
    weekdays: tuple[tuple[str, ...], ...]
    connectors: tuple[str, ...]
    true_words: tuple[str, ...]
    false_words: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Locale:
    """What a locale writes. There is one instance a locale, from `locale_named`; it is compared by identity.

    group: the characters that may stand between groups of three digits, the first being the one that we write;
    one number uses one of them throughout. date_separators: likewise between day, month and year.
    """

    tag: str
    words: Language
    decimal: str
    group: str
    currency: str
    currency_first: bool
    date_separators: str
    month_first: bool = False
    clock: Literal["24", "12"] = "24"

    @property
    def language(self) -> str:
        """The tag's language: `it` of `it-IT`."""
        return self.tag.partition("-")[0]


def locale_named(tag: str) -> Locale:
    """The locale of a BCP 47 tag such as `it-IT`; `it_IT` and other capitals are understood, `it` means `it-IT`.

    Raises UnknownLocaleError for a tag without a grammar.
    """
    language, _, region = tag.replace("_", "-").partition("-")
    found = LOCALES.get(f"{language.lower()}-{(region or _HOME.get(language.lower(), '')).upper()}")
    if found is None:
        raise UnknownLocaleError(f"there is no grammar for the locale {tag!r}; there is one for {', '.join(LOCALES)}")
    return found


def accept_language(locale: Locale) -> str:
    """The Accept-Language header that asks for this locale and nothing else: `it-IT,it;q=0.9`."""
    return f"{locale.tag},{locale.language};q=0.9"


ITALIAN = Language(
    months=(
        ("gennaio", "gen"),
        ("febbraio", "feb"),
        ("marzo", "mar"),
        ("aprile", "apr"),
        ("maggio", "mag"),
        ("giugno", "giu"),
        ("luglio", "lug"),
        ("agosto", "ago"),
        ("settembre", "set", "sett"),
        ("ottobre", "ott"),
        ("novembre", "nov"),
        ("dicembre", "dic"),
    ),
    weekdays=(
        ("lunedì", "lun"),
        ("martedì", "mar"),
        ("mercoledì", "mer"),
        ("giovedì", "gio"),
        ("venerdì", "ven"),
        ("sabato", "sab"),
        ("domenica", "dom"),
    ),
    connectors=("alle ore", "alle", "ore"),
    true_words=("sì", "si", "vero"),
    false_words=("no", "falso"),
)
ENGLISH = Language(
    months=(
        ("january", "jan"),
        ("february", "feb"),
        ("march", "mar"),
        ("april", "apr"),
        ("may",),
        ("june", "jun"),
        ("july", "jul"),
        ("august", "aug"),
        ("september", "sep", "sept"),
        ("october", "oct"),
        ("november", "nov"),
        ("december", "dec"),
    ),
    weekdays=(
        ("monday", "mon"),
        ("tuesday", "tue"),
        ("wednesday", "wed"),
        ("thursday", "thu"),
        ("friday", "fri"),
        ("saturday", "sat"),
        ("sunday", "sun"),
    ),
    connectors=("at",),
    true_words=("yes", "true"),
    false_words=("no", "false"),
)
GERMAN = Language(
    months=(
        ("januar", "jan", "jänner", "jän"),
        ("februar", "feb", "feber"),
        ("märz", "mär", "mrz"),
        ("april", "apr"),
        ("mai",),
        ("juni", "jun"),
        ("juli", "jul"),
        ("august", "aug"),
        ("september", "sep", "sept"),
        ("oktober", "okt"),
        ("november", "nov"),
        ("dezember", "dez"),
    ),
    weekdays=(
        ("montag", "mo"),
        ("dienstag", "di"),
        ("mittwoch", "mi"),
        ("donnerstag", "do"),
        ("freitag", "fr"),
        ("samstag", "sa", "sonnabend"),
        ("sonntag", "so"),
    ),
    connectors=("um",),
    true_words=("ja", "wahr"),
    false_words=("nein", "falsch"),
)
FRENCH = Language(
    months=(
        ("janvier", "janv"),
        ("février", "févr", "fév"),
        ("mars",),
        ("avril", "avr"),
        ("mai",),
        ("juin",),
        ("juillet", "juil"),
        ("août",),
        ("septembre", "sept"),
        ("octobre", "oct"),
        ("novembre", "nov"),
        ("décembre", "déc"),
    ),
    weekdays=(
        ("lundi", "lun"),
        ("mardi", "mar"),
        ("mercredi", "mer"),
        ("jeudi", "jeu"),
        ("vendredi", "ven"),
        ("samedi", "sam"),
        ("dimanche", "dim"),
    ),
    connectors=("à",),
    true_words=("oui", "vrai"),
    false_words=("non", "faux"),
)

_FRENCH_GROUP = NARROW_NO_BREAK_SPACE + NO_BREAK_SPACE + PLAIN_SPACE + THIN_SPACE
LOCALES: dict[str, Locale] = {
    locale.tag: locale
    for locale in (
        Locale("it-IT", ITALIAN, ",", ".", "EUR", False, "/-."),
        Locale("it-CH", ITALIAN, ".", APOSTROPHES, "CHF", True, "./"),
        Locale("en-US", ENGLISH, ".", ",", "USD", True, "/-", month_first=True, clock="12"),
        Locale("en-GB", ENGLISH, ".", ",", "GBP", True, "/-."),
        Locale("en-IE", ENGLISH, ".", ",", "EUR", True, "/-."),
        Locale("de-DE", GERMAN, ",", ".", "EUR", False, "."),
        Locale("de-AT", GERMAN, ",", "." + NO_BREAK_SPACE, "EUR", True, "."),
        Locale("de-CH", GERMAN, ".", APOSTROPHES, "CHF", True, "."),
        Locale("fr-FR", FRENCH, ",", _FRENCH_GROUP, "EUR", False, "/-."),
        Locale("fr-BE", FRENCH, ",", _FRENCH_GROUP + ".", "EUR", False, "/-."),
        Locale("fr-CH", FRENCH, ",", _FRENCH_GROUP + APOSTROPHES, "CHF", False, "./"),
    )
}
_HOME = {"it": "IT", "en": "US", "de": "DE", "fr": "FR"}
