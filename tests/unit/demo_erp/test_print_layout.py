"""How a list breaks into printed lines and pages (every character one point wide)."""

from __future__ import annotations

import pytest

from demo_erp.print_layout import paginate, wrap


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("short", ["short"]),
        ("exactly ten", ["exactly", "ten"]),
        ("one two three four", ["one two", "three four"]),
        ("first\nsecond one too", ["first", "second one", "too"]),
        ("unbreakable-word", ["unbreakabl", "e-word"]),
        ("a unbreakable-word b", ["a", "unbreakabl", "e-word b"]),
        ("a\u00a0b\u00a0c d\u00a0e\u00a0f\u00a0g", ["a\u00a0b\u00a0c", "d\u00a0e\u00a0f\u00a0g"]),
    ],
)
def test_a_cell_breaks_at_spaces(text: str, lines: list[str]) -> None:
    assert list(wrap(text, 10, len)) == lines


@pytest.mark.parametrize(
    ("rows", "pages"),
    [
        ([], [[]]),
        ([1, 1, 1], [[(1, True), (1, True), (1, True)]]),
        ([2, 2, 2], [[(2, True), (2, True)], [(2, True)]]),
        ([3, 3], [[(3, True), (1, True)], [(2, False)]]),
        ([10], [[(4, True)], [(4, False)], [(2, False)]]),
        ([4], [[(4, True)]]),
    ],
)
def test_rows_flow_over_pages(rows: list[int], pages: list[list[tuple[int, bool]]]) -> None:
    cells = [[["key"], [f"line {n}" for n in range(height)]] for height in rows]
    laid = list(paginate(cells, 4))
    assert [[(piece.height, piece.starts) for piece in page] for page in laid] == pages
    printed = [line for page in laid for piece in page for line in piece.cells[1]]
    assert printed == [line for row in cells for line in row[1]]
