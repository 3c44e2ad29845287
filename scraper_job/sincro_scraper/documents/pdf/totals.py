"""Decided here: which line sums up the rows instead of being one. Pure.

Its first word is one of the totals' (`Totale`, `Totale record:`), and apart from the words next to that it holds
nothing but numbers; so a customer named `Total Energia S.p.A.` with an address and a town remains a row. The word
stands in a column that every row fills, or a number stands in another column; so a note whose second line begins with
`totale` remains a note.
"""

import re
from collections.abc import Set
from itertools import pairwise

from sincro_scraper.documents.pdf.columns import Grid
from sincro_scraper.documents.pdf.words import Line

_NUMBER = re.compile(r"[-+−(]?[€$£]?[-+−]?[0-9][0-9.,'’\u00a0\u202f]*[-−)]?[€$£%]?|[€$£%]|EUR|CHF|USD|GBP")
_NEXT = 0.6
"""A word that is no further from the one before it, in font heights, is of the same text."""


def may_be_totals(line: Line, labels: Set[str]) -> bool:
    """By its words alone. labels: first words of totals lines, case-folded."""
    first = line.words[0]
    if first.text.casefold().rstrip(":.") not in labels:
        return False
    label_goes_on = True
    for before, word in pairwise(line.words):
        if word.x0 - before.x1 > _NEXT * line.height:
            label_goes_on = False
        if not label_goes_on and not _NUMBER.fullmatch(word.text):
            return False
    return True


def is_totals(line: Line, grid: Grid, anchors: Set[int]) -> bool:
    """By the columns of a line that may be one. anchors: columns, counted from the left, that every row fills."""
    place = grid.column_of(line.words[0])
    return place in anchors or any(
        grid.column_of(word) != place and _NUMBER.fullmatch(word.text) for word in line.words[1:]
    )
