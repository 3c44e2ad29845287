"""Views of a list that holds only the rows in view: what is new in each, and what proves that none was skipped."""

import pytest

from sincro_scraper.errors import SchemaDrift, UnstableList
from sincro_scraper.reading.windows import check_growing, fresh_rows

A, B, C, D = ("a",), ("b",), ("c",), ("d",)


@pytest.mark.parametrize(
    ("before", "now", "fresh"),
    [
        ((A, B), (A, B), []),
        ((A, B), (B, C), [1]),
        ((A, B), (C, B), [0]),
        ((A, B), (B, C, D), [1, 2]),
        ((A, B), (B, B), [1]),
        ((), (A, B), [0, 1]),
    ],
)
def test_what_the_view_before_did_not_show(
    before: tuple[tuple[str], ...], now: tuple[tuple[str], ...], fresh: list[int]
) -> None:
    assert fresh_rows(before, now) == fresh


def test_views_that_do_not_overlap_may_have_skipped_rows() -> None:
    with pytest.raises(UnstableList, match="skipped"):
        fresh_rows((A, B), (C, D))


@pytest.mark.parametrize("now", [(A, B), (A, B, C), (B, A, C)])
def test_a_growing_list_keeps_its_rows(now: tuple[tuple[str], ...]) -> None:
    check_growing((A, B), now)


@pytest.mark.parametrize("now", [(C, D), (B, C), (C,)])
def test_rows_that_leave_while_scrolling_are_named(now: tuple[tuple[str], ...]) -> None:
    with pytest.raises(SchemaDrift, match="virtual: true"):
        check_growing((A, B), now)
