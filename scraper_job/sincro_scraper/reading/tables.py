"""The table of a page: which one has the profile's headings, which of its rows are headings and which are data.

Works on HTML tables and on ARIA grids alike. Not decided here: which column means what (headings.py, extraction.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.reading.aria import Row, has_numbers, in_order, number_of
from sincro_scraper.reading.headings import HEADING, HeadingCell, flatten, overlap
from sincro_scraper.reading.html import Node, Tree, attribute_of, hidden_parts, text_of

TABLES = "table, [role=grid], [role=table], [role=treegrid]"
TABLE_ROLES = frozenset({"grid", "table", "treegrid"})
_ROWS = "tr, [role=row]"
_CELLS = frozenset({"td", "th"})
_CELL_ROLES = frozenset({"gridcell", "cell", "rowheader", "columnheader"})
_HEADING_ROWS_TRIED = 4
_WIDEST_GAP = 1000


@dataclass(frozen=True)
class Table:
    """A table taken apart: the words over each column, and its data rows in the order of the page."""

    headings: list[str]
    rows: list[Row]
    columns: int = 0
    """How many columns the grid says that it has (aria-colcount), 0 where it does not say."""


def find_table(tree: Tree, wanted: Sequence[str], header_text: str | None) -> Table:
    """The table with the wanted headings; of several, the one that has rows.

    Raises SchemaDrift (HeaderMissing, TableAmbiguous), showing the headings that came nearest.
    """
    hidden, numbered = hidden_parts(tree), has_numbers(tree)
    tables = [_taken_apart(node, wanted, header_text, hidden, numbered=numbered) for node in tree.css(TABLES)]
    fitting = [table for table in tables if overlap(wanted, table.headings) == len(wanted)]
    if len(fitting) > 1:
        fitting = [table for table in fitting if table.rows] or fitting[:1]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise SchemaDrift(
            f"{len(fitting)} tables have the headings {' | '.join(wanted)}; say which one with rows (CSS of a row)",
            code="TableAmbiguous",
            place=("columns",),
        )
    nearest = max(tables, key=lambda table: overlap(wanted, table.headings), default=None)
    found = " | ".join(nearest.headings) if nearest else "no table at all"
    missing = [word for word in wanted if nearest is None or not overlap([word], nearest.headings)]
    raise SchemaDrift(
        f"no table has {'the heading' if len(missing) == 1 else 'the headings'} "
        f"{', '.join(repr(word) for word in missing)}; expected: {' | '.join(wanted)}; "
        f"found: {found or 'none'}{_undrawn(nearest)}",
        code="HeaderMissing",
        place=(HEADING, missing[0]),
    )


def _undrawn(table: Table | None) -> str:
    if table is None or table.columns <= len(table.headings):
        return ""
    drawn = f"{len(table.headings)} of the grid's {table.columns} columns"
    return f" ({drawn} are drawn: make the window wider, as in window: 3000x1000)"


def heading_cell(node: Node, header_text: str | None) -> HeadingCell:
    """A heading cell with its words and spans."""
    inner = node.css_first(header_text) if header_text else None
    return HeadingCell(text_of(inner or node), span(node, "colspan"), span(node, "rowspan"))


def span(cell: Node, name: str) -> int:
    """What colspan or rowspan (or ARIA's own) says, at least 1 and not more than a thousand."""
    text = (attribute_of(cell, name) or attribute_of(cell, f"aria-{name}") or "").strip()
    return min(int(text), 1000) if text.isdecimal() and text != "0" else 1


def cells_of(row: Node, hidden: frozenset[int] = frozenset()) -> list[Node]:
    """The cells of a row, without hidden ones."""
    cells = [cell for cell in row.iter() if cell.tag in _CELLS or attribute_of(cell, "role") in _CELL_ROLES]
    if not cells:
        cells = row.css("[role=gridcell], [role=cell], [role=rowheader], [role=columnheader]")
    return [cell for cell in cells if cell.mem_id not in hidden] if hidden else cells


def spread(rows: list[Row]) -> list[Row]:
    """The rows with every cell that spans columns or rows in each of its places, as a person reads it."""
    found: list[Row] = []
    above: dict[int, tuple[int, Node]] = {}
    """By column: for how many rows more a cell reaches down, and which. Never into another part of the table."""
    part: int | None = None
    for row, cells in rows:
        around = row.parent.mem_id if row.parent is not None else None
        if around != part:
            part, above = around, {}
        wide: list[Node] = []
        reaching: dict[int, tuple[int, Node]] = {}
        waiting = iter(cells)
        cell = next(waiting, None)
        while cell is not None or len(wide) in above:
            at = len(wide)
            if at in above:
                left, upper = above[at]
                wide.append(upper)
                if left > 1:
                    reaching[at] = (left - 1, upper)
            elif cell is not None:
                down = span(cell, "rowspan")
                for _ in range(span(cell, "colspan")):
                    if down > 1:
                        reaching[len(wide)] = (down - 1, cell)
                    wide.append(cell)
                cell = next(waiting, None)
        above = reaching
        found.append((row, wide))
    return found


def _taken_apart(
    node: Node, wanted: Sequence[str], header_text: str | None, hidden: frozenset[int], *, numbered: bool
) -> Table:
    rows = [(row, cells_of(row, hidden)) for row in _own_rows(node) if row.mem_id not in hidden]
    rows = in_order(rows) if numbered else rows
    headings, first = _headings(rows, wanted, header_text)
    data = [row for row in rows[first:] if _is_data(*row)]
    return Table(headings, data, number_of(node, "aria-colcount") or 0)


def _own_rows(table: Node) -> list[Node]:
    rows = table.css(_ROWS)
    inner = [other for other in table.css(TABLES) if other.mem_id != table.mem_id]
    if not inner:
        return rows
    foreign = {row.mem_id for other in inner for row in other.css(_ROWS)}
    return [row for row in rows if row.mem_id not in foreign]


def _headings(rows: list[Row], wanted: Sequence[str], header_text: str | None) -> tuple[list[str], int]:
    """The words over each column and the index of the first row after them."""
    count = 0
    for row, cells in rows:
        if not (_inside(row, "thead") or _only_headings(cells)):
            break
        count += 1
    if count:
        block = [cells for _, cells in rows[:count] if cells]
        numbers = [number_of(cell, "aria-colindex") for cells in block for cell in cells]
        first = min((number for number in numbers if number is not None), default=None)
        return flatten([_headings_of(cells, header_text, first) for cells in block]), count
    tried = [
        (flatten([[heading_cell(cell, header_text) for cell in cells]]), index + 1)
        for index, (_, cells) in enumerate(rows[:_HEADING_ROWS_TRIED])
    ]
    best = max(tried, key=lambda pair: overlap(wanted, pair[0]), default=([], 0))
    return best if overlap(wanted, best[0]) else ([], 0)


def _headings_of(cells: list[Node], header_text: str | None, first: int | None) -> list[HeadingCell]:
    """The heading cells of one row; where they are numbered, with gaps over the columns that have none.

    first: the number of the table's first column, where its heading cells are numbered.
    """
    found: list[HeadingCell] = []
    width = 0
    for cell in cells:
        number = number_of(cell, "aria-colindex")
        gap = number - first - width if number is not None and first is not None else 0
        if 0 < gap <= _WIDEST_GAP:
            found.append(HeadingCell("", gap))
            width += gap
        found.append(heading_cell(cell, header_text))
        width += found[-1].columns
    return found


def _only_headings(cells: list[Node]) -> bool:
    return bool(cells) and all(cell.tag == "th" or attribute_of(cell, "role") == "columnheader" for cell in cells)


def _is_data(row: Node, cells: list[Node]) -> bool:
    if _inside(row, "tfoot") or _inside(row, "thead"):
        return False
    return any(cell.tag == "td" or attribute_of(cell, "role") not in (None, "columnheader") for cell in cells)


def _inside(row: Node, tag: str) -> bool:
    parent = row.parent
    return parent is not None and parent.tag == tag
