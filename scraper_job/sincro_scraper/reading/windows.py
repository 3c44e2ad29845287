"""A list that shows only the rows in view: which rows of a view were not in the view before it. Pure.

Decided here: what counts as the same row, and that nothing may have been skipped between two views.
"""

from collections import Counter
from collections.abc import Sequence

from sincro_scraper.errors import SchemaDrift, UnstableList
from sincro_scraper.reading.extraction import Cells


def fresh_rows(before: Sequence[Cells], now: Sequence[Cells]) -> list[int]:
    """The places in `now` of the rows that `before` does not show.

    Two views that follow each other overlap, for the list is scrolled by less than what it shows. Raises UnstableList
    where they do not: rows may have been skipped, or changed.
    """
    known = Counter(before)
    fresh: list[int] = []
    for index, row in enumerate(now):
        if known[row] > 0:
            known[row] -= 1
        else:
            fresh.append(index)
    if before and len(fresh) == len(now):
        raise UnstableList("after scrolling, no row of the view before was in view: rows may have been skipped")
    return fresh


def check_growing(first: Sequence[Cells], now: Sequence[Cells]) -> None:
    """A list that grows keeps its rows. Raises SchemaDrift (RowsVanish) where they leave the page while scrolling."""
    if first and now and now[: len(first)] != first and len(set(first) & set(now)) < len(set(first)):
        raise SchemaDrift(
            "rows leave the page while the list is scrolled: it holds only those in view; say so with "
            "paging: { by: scroll, virtual: true }",
            code="RowsVanish",
            place=("paging",),
        )
