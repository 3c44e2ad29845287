"""Decided here: which line sums up the rows instead of being one. Pure.

Its first word is one of the totals' (`Totale`, `Totale record:`), and apart from the words next to that it holds
nothing but numbers. So a customer named `Total Energia S.p.A.` with an address and a town remains a row.
"""

import re
from collections.abc import Set

from sincro_scraper.documents.pdf.words import Line

_NUMBER = re.compile(r"[-+−(]?[€$£]?[-+−]?[0-9][0-9.,'’\u00a0\u202f]*[-−)]?[€$£%]?|[€$£%]|EUR|CHF|USD|GBP")
_NEXT = 0.6
"""A word that is no further from the one before it, in font heights, is of the same text."""


def is_totals(line: Line, labels: Set[str]) -> bool:
    """labels: first words of totals lines, case-folded."""
    first = line.words[0]
    if first.text.casefold().rstrip(":.") not in labels:
        return False
    label_goes_on = True
    for before, word in zip(line.words, line.words[1:], strict=False):
        if word.x0 - before.x1 > _NEXT * line.height:
            label_goes_on = False
        if not label_goes_on and not _NUMBER.fullmatch(word.text):
            return False
    return True
