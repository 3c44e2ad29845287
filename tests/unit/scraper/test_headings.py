"""Heading cells in rows with spans -> the words over each column."""

import pytest

from sincro_scraper.reading.headings import HeadingCell, flatten, plain


def row(*cells: str | tuple[str, int, int]) -> list[HeadingCell]:
    return [HeadingCell(cell) if isinstance(cell, str) else HeadingCell(*cell) for cell in cells]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], []),
        ([row("A", "B")], ["A", "B"]),
        ([row(("A", 2, 1), "B")], ["A", "A", "B"]),
        ([row(("Group", 2, 1), ("C", 1, 2)), row("A", "B")], ["A", "B", "C"]),
        ([row(("X", 2, 1), ("Y", 2, 1)), row("Net", "Vat", "Net", "Vat")], ["X Net", "X Vat", "Y Net", "Y Vat"]),
        ([row("A", "B"), row("", "")], ["A", "B"]),
    ],
)
def test_flatten(rows: list[list[HeadingCell]], words: list[str]) -> None:
    assert flatten(rows) == words


@pytest.mark.parametrize(
    ("text", "same"),
    [
        *(("Codice", "codice"), (" Codice  fiscale ", "codice fiscale"), ("Codice ▼", "codice"), ("Prov.", "prov.")),
        *(("Fido €", "fido €"), ("Nome *", "nome"), ("Nome:", "nome"), ("↑ Data", "data"), ("", "")),
    ],
)
def test_what_counts_in_a_heading(text: str, same: str) -> None:
    assert plain(text) == same
