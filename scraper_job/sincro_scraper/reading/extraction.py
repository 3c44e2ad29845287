"""One page -> its rows as texts, in the order of the profile's columns. The only code that reads rows from HTML.

`dom` and `http` both end here, so they cannot differ. Not decided here: what the texts mean (typing.py), and whether
the page is the last one (paging.py, completeness.py).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import compress

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.localisation import Locale, ValueFormatError, parse_integer
from sincro_scraper.profile.columns import ColumnSpec
from sincro_scraper.profile.streams import StreamSpec, TotalSpec
from sincro_scraper.reading.aria import Row, has_numbers, in_order
from sincro_scraper.reading.headings import flatten, positions
from sincro_scraper.reading.html import Node, Tree, attribute_of, fold, parse_html, text_of
from sincro_scraper.reading.tables import TABLE_ROLES, cells_of, find_table, heading_cell, span, spread

Cell = str | int | Decimal | bool | None
"""A text; out of JSON also a number or a truth value, never a float. None where there is nothing."""
Cells = tuple[Cell, ...]
"""A row's cells in the order of the profile's columns."""


@dataclass(frozen=True)
class PageOfRows:
    """What one page shows. `total`: what the page declares; `links`: a detail address a row,
    relative to `base`, or empty. `left_out`: how many lines of the page are no rows. `number`, `offset`: where a piece
    of a file stands: its page (equal for pieces of one page), and the rows of that page before it.
    """

    rows: tuple[Cells, ...]
    total: int | None = None
    links: tuple[str | None, ...] = ()
    base: str = ""
    left_out: int = 0
    number: int | None = None
    offset: int = 0


_SPANNING = "td[colspan], td[rowspan], tbody th[colspan], tbody th[rowspan], [role][aria-colspan], [role][aria-rowspan]"
"""Cells that may take more than one place in their table. Pages without any are read as they stand, which is faster."""


class PageReader:
    """Reads the pages of one stream. Where the columns stand is found anew on every page: headings may move."""

    def __init__(self, stream: StreamSpec, locale: Locale) -> None:
        self._stream = stream
        self._locale = locale
        self._names = list(stream.columns)
        self._wanted = {name: column.header for name, column in stream.columns.items() if column.header}

    def read(self, html: str) -> PageOfRows:
        """Raises SchemaDrift for headings that changed and rows without the cells that the headings promise."""
        return self.read_tree(parse_html(html))

    def read_tree(self, tree: Tree) -> PageOfRows:
        """The same for a page that was parsed already."""
        rows, at, width = self._rows(tree)
        skipped = {row.mem_id for row in tree.css(self._stream.skip)} if self._stream.skip else frozenset()
        taken = [row.mem_id not in skipped and not _is_message(cells, width) for row, cells in rows]
        if at and _spans(tree, [row for row in rows if not _is_message(row[1], width)]):
            rows = spread(rows)  # all of them: a cell may reach down over rows that are none
        left_out = taken.count(False)
        rows = list(compress(rows, taken))
        take = self._taker(at)
        texts = tuple(take(row, cells, number) for number, (row, cells) in enumerate(rows, start=1))
        link = self._stream.detail.link if self._stream.detail else None
        links = tuple(_link(row, link) for row, _ in rows) if link else ()
        return PageOfRows(texts, self.total(tree), links, left_out=left_out)

    def total(self, tree: Tree) -> int | None:
        """The number of rows that the page declares, or None when it does not (or the profile does not ask)."""
        return declared_total(tree, self._stream.total, self._locale)

    def _rows(self, tree: Tree) -> tuple[list[Row], dict[str, int], int]:
        """Rows, the position of each column with a heading, and how many columns the headings have."""
        stream = self._stream
        wanted = list(self._wanted.values())
        if stream.rows is None:
            table = find_table(tree, wanted, stream.header_text)
            return table.rows, self._positions(table.headings), len(table.headings)
        rows = [(row, self._cells_of(row)) for row in tree.css(stream.rows)]
        rows = in_order(rows) if has_numbers(tree) else rows
        if not wanted:
            return rows, {}, 0
        headings = self._headings_over(tree, rows)
        if headings is None:
            return rows, {}, 0
        return rows, self._positions(headings), len(headings)

    def _headings_over(self, tree: Tree, rows: list[Row]) -> list[str] | None:
        stream = self._stream
        if stream.headers:
            return flatten([[heading_cell(cell, stream.header_text) for cell in tree.css(stream.headers)]])
        around = _around(rows[0][0]) if rows else None
        wanted = list(self._wanted.values())
        if around is not None:
            inside = parse_html(around.html or "")
            return find_table(inside, wanted, stream.header_text).headings
        return find_table(tree, wanted, stream.header_text).headings

    def _positions(self, headings: Sequence[str]) -> dict[str, int]:
        return positions(self._wanted, headings, strict=self._stream.extra_headers == "error")

    def _taker(self, at: dict[str, int]) -> Callable[[Node, list[Node], int], Cells]:
        columns = list(self._stream.columns.items())
        late = [index for index, (_, column) in enumerate(columns) if column.without]
        simple = [
            (index, at[name])
            for index, (name, column) in enumerate(columns)
            if name in at and not (column.at or column.attribute or column.without)
        ]
        plain = {index for index, _ in simple}
        others = [index for index in range(len(columns)) if index not in plain and index not in late] + late
        widest = max(at.values(), default=-1)

        def take(row: Node, cells: list[Node], number: int) -> Cells:
            if len(cells) <= widest:
                raise _too_narrow(row, cells, widest + 1, number)
            texts: list[str | None] = [None] * len(columns)
            for index, position in simple:
                texts[index] = text_of(cells[position]) or None
            for index in others:
                name, column = columns[index]
                scope = cells[at[name]] if name in at else row
                texts[index] = value_in(scope, column)
            return tuple(texts)

        return take

    def _cells_of(self, row: Node) -> list[Node]:
        return cells_of(row) if row.tag == "tr" else (row.css(self._stream.cells) or cells_of(row))


def _too_narrow(row: Node, cells: list[Node], needed: int, number: int) -> SchemaDrift:
    return SchemaDrift(
        f"row {number} of the page has {len(cells)} cells where at least {needed} are needed: "
        f"{fold(row.text())[:120]!r} (rows that are none can be left out with skip)",
        code="RowShape",
    )


def value_in(scope: Node, column: ColumnSpec) -> str | None:
    """The text (or attribute) of a column inside a cell, a row or a page; None where nothing stands there."""
    node: Node | None = scope
    if column.at:
        node = scope.css_first(column.at)
    if node is None:
        return None
    if column.attribute:
        return attribute_of(node, column.attribute) or None
    if column.without:
        for part in node.css(column.without):
            part.decompose()
    return text_of(node) or None


def declared_total(tree: Tree, spec: TotalSpec | None, locale: Locale) -> int | None:
    """What a page declares as its number of rows; None where it declares nothing. Raises SchemaDrift: no number."""
    if spec is None or spec.field:
        return None
    if spec.at:
        node = tree.css_first(spec.at)
        text = text_of(node) if node is not None else ""
    else:
        text = fold(tree.body.text(separator=" ")) if tree.body is not None else ""
    return total_in(text, spec.pattern, locale)


def total_in(text: str, pattern: str | None, locale: Locale) -> int | None:
    """The number in a text such as `Totale record: 1.234`; None where the pattern does not match."""
    if pattern:
        match = re.search(pattern, text)
        text = (match.group(1) or "") if match else ""
    if not text.strip():
        return None
    try:
        return parse_integer(text.strip(), locale)
    except ValueFormatError as error:
        raise SchemaDrift(f"the declared total is not a whole number: {error}", code="TotalUnreadable") from None


def _spans(tree: Tree, rows: list[Row]) -> bool:
    """Whether a cell of the rows takes more than one place. The pager under a list often does, and is no row."""
    found = tree.css(_SPANNING)
    if not found:
        return False
    own = {row.mem_id for row, _ in rows}
    return any(cell.tag not in ("td", "th") or (cell.parent and cell.parent.mem_id in own) for cell in found)


def _is_message(cells: list[Node], width: int) -> bool:
    """One cell across the columns is no row: "no rows found", a group's name, a button for more."""
    return len(cells) == 1 and span(cells[0], "colspan") > 1 and width > 1


def _link(row: Node, selector: str) -> str | None:
    node = row.css_first(selector)
    return attribute_of(node, "href") if node is not None else None


def _around(row: Node) -> Node | None:
    """The table or grid that a row stands in."""
    node = row.parent
    while node is not None and node.is_element_node:
        if node.tag == "table" or attribute_of(node, "role") in TABLE_ROLES:
            return node
        node = node.parent
    return None
