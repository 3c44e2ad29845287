"""Decided here: which words mean yes and no in a locale."""

from collections.abc import Iterable

from sincro_scraper.localisation.locales import Locale


def parse_boolean(text: str, locale: Locale, *, true: Iterable[str] = (), false: Iterable[str] = ()) -> bool:
    """Read a yes or no: `Sì`, `No`, `vero` in it-IT, and `true` / `false` everywhere; case does not matter.

    true, false: the only words accepted, when at least one is given. Raises ValueFormatError.
    """
    raise NotImplementedError
