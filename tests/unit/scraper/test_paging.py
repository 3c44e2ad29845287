"""Where counted lists end, how far ahead pages are fetched, and the addresses of pages."""

import asyncio
from collections.abc import Sequence

import pytest

from sincro_scraper.errors import SchemaDrift, SourceUnavailable
from sincro_scraper.profile.paging import OffsetPaging, PagePaging
from sincro_scraper.reading.addresses import address_of_page, check_first, full_address, with_parameter
from sincro_scraper.reading.counted import as_shown, counted_pages
from sincro_scraper.reading.ending import EndFinder, Ending
from sincro_scraper.reading.extraction import PageOfRows


class Application:
    """Answers pages of a list; what lies behind the end is its own affair."""

    def __init__(self, sizes: Sequence[int], total: int | None, after: str) -> None:
        self.total = total
        self.after = after
        self.asked: list[int] = []
        self.running = self.most = 0
        self.pages: list[PageOfRows] = []
        start = 0
        for size in sizes:
            self.pages.append(PageOfRows(tuple((str(n),) for n in range(start, start + size)), total))
            start += size

    async def fetch(self, index: int) -> PageOfRows:
        self.asked.append(index)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        if index < len(self.pages):
            return self.pages[index]
        if self.after == "missing":
            raise SchemaDrift("no such page", code="PageMissing")
        return PageOfRows((), self.total) if self.after == "empty" else self.pages[-1]

    async def read(self, concurrency: int = 1, limit: int = 100) -> int:
        count = len(self.pages[0].rows)
        async for page in counted_pages(self.pages[0], self.fetch, concurrency=concurrency, limit=limit):
            count += len(page.rows)
        return count


@pytest.mark.parametrize("after", ["empty", "missing", "the last again"])
@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(
    ("sizes", "declared"),
    [
        *(([5, 5, 3], True), ([5, 5, 5], True), ([5], True), ([3], True), ([0], True)),
        *(([5, 5, 3], False), ([5, 5, 5], False), ([5], False), ([0], False)),
    ],
)
async def test_every_page_is_read_and_nothing_twice(
    sizes: list[int], declared: bool, after: str, concurrency: int
) -> None:
    application = Application(sizes, sum(sizes) if declared else None, after)
    assert await application.read(concurrency) == sum(sizes)
    assert application.most <= concurrency
    assert len(application.asked) == len(set(application.asked))


@pytest.mark.parametrize(
    ("pattern", "rows"), [("/book/([0-9]+)", 6), (None, 9)], ids=["only the pattern's part counts", "any other cell"]
)
async def test_the_last_page_again_is_known_by_what_the_patterns_take(pattern: str | None, rows: int) -> None:
    """A link in a row may carry the number of the page that was asked for."""

    async def fetch(index: int) -> PageOfRows:
        if index > 2:
            raise SchemaDrift("no such page", code="PageMissing")
        first = min(index, 1) * 3
        return PageOfRows(tuple((f"/book/{n}?page={index}", "a") for n in range(first, first + 3)))

    first = await fetch(0)
    pages = counted_pages(first, fetch, concurrency=2, limit=10, patterns=[pattern, None])
    assert len(first.rows) + sum([len(page.rows) async for page in pages]) == rows


async def test_a_total_that_is_too_low_by_whole_pages_is_found_out() -> None:
    application = Application([5, 5, 5], 10, "empty")
    assert await application.read() == 15, "one page beyond the declared total is looked at"


async def test_with_a_total_hardly_a_page_too_many_is_asked_for() -> None:
    application = Application([5, 5, 3], 13, "missing")
    await application.read(concurrency=8)
    assert sorted(application.asked) == [1, 2]


async def test_the_number_of_pages_is_bounded() -> None:
    application = Application([5] * 20, None, "empty")
    with pytest.raises(SourceUnavailable) as caught:
        await application.read(limit=10)
    assert caught.value.code == "EndlessPages"


async def test_an_error_in_the_middle_is_raised() -> None:
    application = Application([5, 5], 20, "missing")

    async def broken(index: int) -> PageOfRows:
        raise SourceUnavailable("down")

    with pytest.raises(SourceUnavailable):
        async for _ in counted_pages(application.pages[0], broken, concurrency=3, limit=10):
            pass


@pytest.mark.parametrize(
    ("address", "name", "value", "expected"),
    [
        ("http://a/b", "p", "2", "http://a/b?p=2"),
        ("http://a/b?x=1", "p", "2", "http://a/b?x=1&p=2"),
        ("http://a/b?p=1&x=1#f", "p", "2", "http://a/b?p=2&x=1#f"),
        ("http://a/b?x=&p=1", "p", "2", "http://a/b?x=&p=2"),
        ("http://a/b?q=D%27Angelo", "p", "2", "http://a/b?q=D%27Angelo&p=2"),
    ],
)
def test_a_parameter_of_an_address(address: str, name: str, value: str, expected: str) -> None:
    assert with_parameter(address, name, value) == expected


def test_addresses_of_pages() -> None:
    assert address_of_page("http://a/?p=1", PagePaging(by="page", parameter="p"), 2) == "http://a/?p=3"
    assert address_of_page("http://a/", PagePaging(by="page", parameter="p", first=0), 2) == "http://a/?p=2"
    assert address_of_page("http://a/", OffsetPaging(by="offset", parameter="o", size=50), 2) == "http://a/?o=100"


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        ("http://a", "/b", "http://a/b"),
        ("http://a/app/", "/b", "http://a/app/b"),
        ("http://a/app", "b?x=1", "http://a/app/b?x=1"),
        ("http://a", "#/route", "http://a/#/route"),
        ("http://a", "https://other/x", "https://other/x"),
    ],
)
def test_full_addresses(base: str, path: str, expected: str) -> None:
    assert full_address(base, path) == expected


@pytest.mark.parametrize(
    ("pages", "ending"),
    [
        # rows and lines that are none, page by page
        ([(10, 0), (9, 0)], Ending.LAST),
        ([(10, 0), (9, 1)], Ending.MORE),
        ([(10, 3), (10, 0)], Ending.MORE),
        ([(9, 1), (8, 2), (7, 1)], Ending.LAST),
    ],
)
def test_a_page_is_short_when_nothing_stands_in_for_a_row(pages: list[tuple[int, int]], ending: Ending) -> None:
    ends = EndFinder()
    for number, (rows, left_out) in enumerate(pages):
        found = ends.after(PageOfRows(tuple((f"{number}.{row}",) for row in range(rows)), left_out=left_out))
    assert found is ending


@pytest.mark.parametrize(
    ("rows", "left_out", "size"), [(20, 0, 20), (10, 0, 10), (10, 10, 20), (0, 0, 20), (30, 0, 20)]
)
def test_offsets_go_on_in_steps_of_what_the_first_page_shows(rows: int, left_out: int, size: int) -> None:
    first = PageOfRows(tuple((str(row),) for row in range(rows)), left_out=left_out)
    assert as_shown(OffsetPaging(by="offset", size=20), first) == OffsetPaging(by="offset", size=size)


@pytest.mark.parametrize(
    ("address", "paging", "fits"),
    [
        ("/x", PagePaging(by="page", parameter="p"), True),
        ("/x?p=1", PagePaging(by="page", parameter="p"), True),
        ("/x?p=0", PagePaging(by="page", parameter="p"), False),
        ("/x?p=0", PagePaging(by="page", parameter="p", first=0), True),
        ("/x?p=last", PagePaging(by="page", parameter="p"), True),
        ("/x?q=7", PagePaging(by="page", parameter="p"), True),
        ("/x?start=0", OffsetPaging(by="offset", parameter="start", size=5), True),
        ("/x?start=5", OffsetPaging(by="offset", parameter="start", size=5), False),
    ],
)
def test_a_list_that_opens_with_another_number(address: str, paging: PagePaging | OffsetPaging, fits: bool) -> None:
    if fits:
        check_first(address, paging)
        return
    with pytest.raises(SchemaDrift) as caught:
        check_first(address, paging)
    assert caught.value.code == "FirstPage"
