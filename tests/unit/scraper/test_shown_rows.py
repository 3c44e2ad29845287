"""What `check` shows of rows: a person tells an empty cell from a page's own sign for one."""

from sincro_scraper.by_hand import shown
from sincro_scraper.check import StreamReport


def test_an_empty_cell_and_a_dash_are_not_the_same() -> None:
    report = StreamReport("items", ["code", "note"])
    report.rows += [("1", None), ("2", "-"), ("3", "a\nb")]
    lines = shown(report).splitlines()
    assert lines[1].split() == ["code", "1", "2", "3"]
    assert lines[2].split() == ["note", "NULL", "-", "a\\nb"]
