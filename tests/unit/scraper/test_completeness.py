"""The proof of completeness: totals, keys and pages; what is worth reading again and what is not."""

import pytest

from sincro_scraper.errors import SchemaDrift, ScraperError, SourceUnavailable, UnstableList
from sincro_scraper.reading.completeness import Ledger, bounded, need_total

Pages = list[tuple[int | None, list[str]]]


def read(pages: Pages) -> Ledger:
    ledger = Ledger()
    for total, keys in pages:
        ledger.page(total)
        for key in keys:
            ledger.row((key,))
    ledger.prove()
    return ledger


@pytest.mark.parametrize(
    "pages",
    [
        [(3, ["a", "b"]), (3, ["c"])],
        [(None, ["a", "b"]), (None, ["c"])],
        [(0, [])],
        [(None, [])],
        [(2, ["a", "b"]), (None, [])],
        [(None, ["a"]), (2, ["b"])],
    ],
)
def test_a_whole_list(pages: Pages) -> None:
    ledger = read(pages)
    assert ledger.rows == sum(len(keys) for _, keys in pages)
    assert ledger.pages == len(pages)


@pytest.mark.parametrize(
    ("pages", "error", "code", "words"),
    [
        ([(3, ["a", "b"])], UnstableList, "Incomplete", "declares 3 rows and 2 were read on 1 pages"),
        ([(1, ["a", "b"])], UnstableList, "Incomplete", "declares 1 rows and 2 were read"),
        ([(3, ["a"]), (4, ["b"])], UnstableList, "UnstablePagination", "3 rows at first and 4 on page 2"),
        ([(None, ["a", "b"]), (None, ["b"])], UnstableList, "UnstablePagination", "read on page 1 and again on page 2"),
        ([(None, ["a", "a"])], SchemaDrift, "DuplicateKey", "'a' stands twice on page 1"),
        ([(5, [])], UnstableList, "Incomplete", "declares 5 rows and 0 were read"),
    ],
)
def test_a_list_that_is_not_whole(pages: Pages, error: type[ScraperError], code: str, words: str) -> None:
    with pytest.raises(error) as caught:
        read(pages)
    assert caught.value.code == code
    assert words in caught.value.message


def test_a_row_without_key_counts() -> None:
    ledger = Ledger()
    ledger.page(2)
    ledger.row(("a",))
    ledger.keyless()
    ledger.prove()
    assert ledger.page_rows == [2]


def test_pieces_of_one_page_are_one_page() -> None:
    ledger = Ledger()
    for number, keys in [(1, "ab"), (1, "cd"), (2, "e")]:
        ledger.page(None, number)
        for key in keys:
            ledger.row((key,))
    assert (ledger.pages, ledger.page_rows) == (2, [4, 1])


def test_a_total_that_is_asked_for_has_to_be_there() -> None:
    need_total(None, 0, asked=True)
    need_total(None, 5, asked=False)
    need_total(5, 5, asked=True)
    with pytest.raises(SchemaDrift):
        need_total(None, 5, asked=True)


def test_no_list_is_endless() -> None:
    bounded(9, 10)
    with pytest.raises(SourceUnavailable):
        bounded(10, 10)
