"""How often a list is read again: after a lost session, after rows that moved, and when it is enough."""

from collections.abc import AsyncGenerator, Iterator

import pytest

from sincro_scraper.errors import SchemaDrift, ScraperError, SessionExpired, SessionLost, UnstableList
from sincro_scraper.localisation import locale_named
from sincro_scraper.reading.extraction import PageOfRows
from sincro_scraper.reading.intake import Intake
from sincro_scraper.reading.reader import StreamReading
from sincro_scraper.reading.spool import Spool
from sincro_scraper.reading.typing import RowTyper
from tests.unit.scraper.profiles import stream_of

STREAM = stream_of("open: /x\nkey: code\ncolumns: { code: Code }\ntotal: 'of (.*)'")
GOOD = [PageOfRows((("a",), ("b",)), 3), PageOfRows((("c",),), 3)]
SHORT = [PageOfRows((("a",),), 3)]
MOVED = [PageOfRows((("a",), ("b",)), 3), PageOfRows((("b",),), 3)]
Attempt = list[PageOfRows] | ScraperError


class Source:
    """Gives what is written for each attempt, pages or an error after the first page."""

    def __init__(self, attempts: list[Attempt]) -> None:
        self.attempts = iter(attempts)
        self.opened = self.closed = self.logins = 0
        self.reported: list[tuple[int, int | None]] = []

    async def pages(self) -> AsyncGenerator[PageOfRows, None]:
        self.opened += 1
        attempt = next(self.attempts)
        try:
            if isinstance(attempt, ScraperError):
                yield GOOD[0]
                raise attempt
            for page in attempt:
                yield page
        finally:
            self.closed += 1

    async def log_in(self) -> None:
        self.logins += 1

    async def report(self, rows: int, total: int | None) -> None:
        self.reported.append((rows, total))


@pytest.fixture
def spool() -> Iterator[Spool]:
    with Spool() as spool:
        yield spool


def reading(source: Source, spool: Spool) -> StreamReading:
    typer = RowTyper(STREAM.columns, STREAM.key, (), locale=locale_named("it-IT"), time_zone="UTC")
    return StreamReading(source.pages, lambda: Intake(STREAM, typer, spool, "UTC"), source.log_in, source.report)


@pytest.mark.parametrize(
    ("attempts", "logins"),
    [
        ([GOOD], 0),
        ([SHORT, GOOD], 0),
        ([MOVED, MOVED, GOOD], 0),
        ([SessionExpired("out"), GOOD], 1),
        ([SessionExpired("out"), MOVED, SessionExpired("out"), GOOD], 2),
    ],
)
async def test_read_until_it_is_proven(spool: Spool, attempts: list[Attempt], logins: int) -> None:
    source = Source(attempts)
    intake = await reading(source, spool).read()
    assert [row for (row,) in spool] == ["a", "b", "c"]
    assert intake.ledger.rows == 3
    assert (source.opened, source.closed, source.logins) == (len(attempts), len(attempts), logins)
    assert source.reported[-1] == (3, 3)


@pytest.mark.parametrize(
    ("attempts", "error", "opened"),
    [
        ([MOVED, SHORT, MOVED], UnstableList, 3),
        ([SessionExpired("out")] * 3, SessionLost, 3),
        ([SchemaDrift("other headings")], SchemaDrift, 1),
    ],
)
async def test_not_without_end(spool: Spool, attempts: list[Attempt], error: type[ScraperError], opened: int) -> None:
    source = Source(attempts)
    with pytest.raises(error):
        await reading(source, spool).read()
    assert source.opened == source.closed == opened
