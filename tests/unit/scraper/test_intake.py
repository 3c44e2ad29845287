"""What comes in, page by page: typed rows to the spool, quarantine, the delta's watermark, a sorted delta's end."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.localisation import locale_named
from sincro_scraper.reading.extraction import PageOfRows
from sincro_scraper.reading.intake import Intake
from sincro_scraper.reading.spool import Spool
from sincro_scraper.reading.typing import RowTyper
from tests.unit.scraper.profiles import stream_of

STREAM = """
    open: /items
    key: code
    columns:
      code: Code
      amount: { header: Amount, type: integer }
      changed: { header: Changed, type: KIND }
    quarantine: QUARANTINE
    delta: { by: BY, open: /x, column: changed }
"""


@pytest.fixture
def spool() -> Iterator[Spool]:
    with Spool() as spool:
        yield spool


def intake(
    spool: Spool, *, quarantine: float = 0, by: str = "filter", kind: str = "datetime", since: datetime | None = None
) -> Intake:
    text = STREAM.replace("QUARANTINE", str(quarantine)).replace("BY", by).replace("KIND", kind)
    stream = stream_of(text)
    typer = RowTyper(stream.columns, stream.key, (), locale=locale_named("it-IT"), time_zone="Europe/Rome")
    return Intake(stream, typer, spool, "Europe/Rome", since)


def page(*rows: tuple[str | None, str | None, str | None], total: int | None = None) -> PageOfRows:
    return PageOfRows(rows, total)


def test_rows_go_to_the_spool_and_the_newest_change_is_known(spool: Spool) -> None:
    subject = intake(spool)
    assert subject.take(page(("a", "1", "01/02/2026 10:00"), ("b", None, "03/02/2026 10:00"), total=3))
    assert subject.take(page(("c", "3", "02/02/2026 10:00"), total=3))
    subject.finish()
    assert [row[:2] for row in spool] == [("a", 1), ("b", None), ("c", 3)]
    assert subject.newest == datetime(2026, 2, 3, 9, tzinfo=UTC)


def test_a_new_pass_forgets_the_one_before(spool: Spool) -> None:
    intake(spool).take(page(("a", "1", None)))
    intake(spool).take(page(("b", "2", None)))
    assert [row[0] for row in spool] == ["b"]


def test_an_unreadable_cell_stops_the_run_and_says_where(spool: Spool) -> None:
    subject = intake(spool)
    subject.take(page(("a", "1", None)))
    with pytest.raises(SchemaDrift) as caught:
        subject.take(page(("b", "1", None), ("c", "1,5", None)))
    assert caught.value.code == "ValueFormat"
    assert caught.value.place == ("columns", "amount")
    assert caught.value.message.startswith("page 2, row 2, column 'amount': found '1,5', expected ")


def test_rows_in_quarantine_keep_their_place_and_key(spool: Spool) -> None:
    subject = intake(spool, quarantine=0.5)
    subject.take(page(("a", "1", None), ("b", "x", None), ("c", "3", None), total=3))
    subject.finish()
    assert [row[0] for row in spool] == ["a", "c"]
    (set_aside,) = subject.quarantine
    assert (set_aside.page, set_aside.row, set_aside.column, set_aside.found) == (1, 2, "amount", "x")
    assert set_aside.key == ("b",)
    assert set_aside.cells == {"code": "b", "amount": "x", "changed": ""}


def test_too_many_in_quarantine(spool: Spool) -> None:
    subject = intake(spool, quarantine=0.4)
    subject.take(page(("a", "1", None), ("b", "x", None), total=2))
    with pytest.raises(SchemaDrift) as caught:
        subject.finish()
    assert caught.value.code == "QuarantineFull"


SINCE = datetime(2026, 2, 2, 9, tzinfo=UTC)


def test_a_sorted_delta_stops_at_the_first_older_row(spool: Spool) -> None:
    subject = intake(spool, by="sorted", since=SINCE)
    rows = [("a", "1", "03/02/2026 10:00"), ("b", "2", "02/02/2026 10:00"), ("c", "3", "02/02/2026 09:59")]
    assert not subject.take(page(*rows, total=100))
    subject.finish()
    assert [row[0] for row in spool] == ["a", "b"]


def test_a_sorted_delta_of_days_keeps_the_whole_day(spool: Spool) -> None:
    subject = intake(spool, by="sorted", kind="date", since=SINCE)
    assert not subject.take(page(("a", "1", "03/02/2026"), ("b", "2", "02/02/2026"), ("c", "3", "01/02/2026")))
    assert [row[0] for row in spool] == ["a", "b"]


# On 25 October 2026 the clocks of Rome go back from 03:00 to 02:00: 02:10 may come after 02:55.
NIGHT = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)


def test_a_sorted_delta_over_an_hour_that_comes_twice_leaves_nothing_out(spool: Spool) -> None:
    subject = intake(spool, by="sorted", since=NIGHT)
    times = ["25/10/2026 03:05", "25/10/2026 02:10", "25/10/2026 02:55", "25/10/2026 01:59"]
    assert not subject.take(page(*((f"c{number}", "1", text) for number, text in enumerate(times))))
    assert [row[0] for row in spool] == ["c0", "c1", "c2"]


def test_another_hour_is_no_excuse_for_a_list_that_is_not_sorted(spool: Spool) -> None:
    subject = intake(spool, by="sorted", since=NIGHT)
    with pytest.raises(SchemaDrift, match="not sorted"):
        subject.take(page(("a", "1", "25/10/2026 02:10"), ("b", "2", "25/10/2026 03:05")))


@pytest.mark.parametrize("second", ["04/02/2026 10:00", None])
def test_a_delta_that_is_not_sorted(spool: Spool, second: str | None) -> None:
    subject = intake(spool, by="sorted", since=SINCE)
    with pytest.raises(SchemaDrift) as caught:
        subject.take(page(("a", "1", "03/02/2026 10:00"), ("b", "2", second)))
    assert caught.value.code == "DeltaNotSorted"


def test_a_filtered_delta_takes_everything(spool: Spool) -> None:
    subject = intake(spool, by="filter", since=SINCE)
    assert subject.take(page(("a", "1", "01/01/2020 10:00"), ("b", "2", None), total=2))
    subject.finish()
    assert spool.rows == 2
