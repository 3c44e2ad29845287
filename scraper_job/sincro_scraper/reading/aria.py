"""Rows and cells of an ARIA grid as they are seen: by the grid's own numbers, not by the HTML's order.

Grids that draw only what is in view reuse their elements, and put fixed columns into containers of their own: a row is
then in pieces, and in any order. `aria-rowindex` and `aria-colindex` say what belongs where. Pure.
"""

from sincro_scraper.reading.html import Node, Tree, attribute_of

Row = tuple[Node, list[Node]]
"""A row and its cells."""


def has_numbers(tree: Tree) -> bool:
    """Whether a page numbers rows or cells at all. Few do, and looking at every cell of the others would cost time."""
    return tree.css_first("[aria-rowindex], [aria-colindex]") is not None


def in_order(rows: list[Row]) -> list[Row]:
    """The rows put together from their pieces and in their order; as they are where that cannot be told."""
    numbers = [number_of(row, "aria-rowindex") for row, _ in rows]
    whole: dict[int, Row] = {}
    for number, (row, cells) in zip(numbers, rows, strict=True):
        known = whole.get(number) if number is not None else None
        if number is None or (known is not None and not _apart(known[1], cells)):
            return [(row, _cells_in_order(cells)) for row, cells in rows]
        whole[number] = (row, list(cells)) if known is None else (known[0], [*known[1], *cells])
    return [(row, _cells_in_order(cells)) for _, (row, cells) in sorted(whole.items(), key=lambda item: item[0])]


def number_of(node: Node, name: str) -> int | None:
    """The number in an attribute (from 1), or None."""
    text = (attribute_of(node, name) or "").strip()
    return int(text) if text.isdecimal() and 0 < len(text) < 10 and int(text) > 0 else None


def _apart(cells: list[Node], others: list[Node]) -> bool:
    """Whether two rows of one number are pieces of one row: no column has a cell in both."""
    numbers = [number_of(cell, "aria-colindex") for cell in (*cells, *others)]
    return None not in numbers and len(set(numbers)) == len(numbers)


def _cells_in_order(cells: list[Node]) -> list[Node]:
    numbered = [(number_of(cell, "aria-colindex"), cell) for cell in cells]
    known = [(number, cell) for number, cell in numbered if number is not None]
    if len(known) < len(cells):
        return cells
    return [cell for _, cell in sorted(known, key=lambda pair: pair[0])]
