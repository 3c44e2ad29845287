"""Decided here: which words mean yes and no in a locale."""

from collections.abc import Iterable
from functools import cache

from sincro_scraper.localisation.errors import ValueFormatError
from sincro_scraper.localisation.locales import Locale

_EVERYWHERE = {"true": True, "false": False}


def parse_boolean(text: str, locale: Locale, *, true: Iterable[str] = (), false: Iterable[str] = ()) -> bool:
    """Read a yes or no: `Sì`, `No`, `vero` in it-IT, and `true` / `false` everywhere; case does not matter.

    true, false: the only words accepted, when at least one is given. Raises ValueFormatError; ValueError for a word
    that is said to mean both.
    """
    words = boolean_words(locale, tuple(true), tuple(false))
    found = words.get(text.strip().casefold())
    if found is None:
        raise ValueFormatError(text, f"one of {', '.join(words)}")
    return found


@cache
def boolean_words(locale: Locale, true: tuple[str, ...], false: tuple[str, ...]) -> dict[str, bool]:
    """The accepted words in case-folded form. Raises ValueError for a word that is said to mean both."""
    if not true and not false:
        own = dict.fromkeys(locale.words.true_words, True) | dict.fromkeys(locale.words.false_words, False)
        return own | _EVERYWHERE
    yes, no = ({word.strip().casefold() for word in words} for words in (true, false))
    if yes & no:
        raise ValueError(f"{min(yes & no)!r} cannot mean both yes and no")
    return dict.fromkeys(sorted(yes), True) | dict.fromkeys(sorted(no), False)
