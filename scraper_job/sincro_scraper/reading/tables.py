"""The table of a page: which one has the profile's headings, which of its rows are headings and which are data.

Works on HTML tables and on ARIA grids alike. Not decided here: which column means what (headings.py, extraction.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.reading.headings import HEADING, HeadingCell, flatten, overlap
from sincro_scraper.reading.html import Node, Tree, attribute_of, is_hidden, text_of

TABLES = "table, [role=grid], [role=table], [role=treegrid]"
TABLE_ROLES = frozenset({"grid", "table", "treegrid"})
_ROWS = "tr, [role=row]"
_CELLS = frozenset({"td", "th"})
_CELL_ROLES = frozenset({"gridcell", "cell", "rowheader", "columnheader"})
_HEADING_ROWS_TRIED = 4


@dataclass(frozen=True)
class Table:
    """A table taken apart: the words over each column, and its data rows in the order of the page."""

    node: Node
    headings: list[str]
    rows: list[Node]


def find_table(tree: Tree, wanted: Sequence[str], header_text: str | None) -> Table:
    """The table with the wanted headings; of several, the one that has rows.

    Raises SchemaDrift (HeaderMissing, TableAmbiguous), showing the headings that came nearest.
    """
    tables = [_taken_apart(node, wanted, header_text) for node in tree.css(TABLES)]
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
        f"{', '.join(repr(word) for word in missing)}; expected: {' | '.join(wanted)}; found: {found or 'none'}",
        code="HeaderMissing",
        place=(HEADING, missing[0]),
    )


def heading_cell(node: Node, header_text: str | None) -> HeadingCell:
    """A heading cell with its words and spans."""
    inner = node.css_first(header_text) if header_text else None
    return HeadingCell(text_of(inner or node), span(node, "colspan"), span(node, "rowspan"))


def span(cell: Node, name: str) -> int:
    """What colspan or rowspan says, at least 1 and not more than a thousand."""
    text = (attribute_of(cell, name) or "").strip()
    return min(int(text), 1000) if text.isdecimal() and text != "0" else 1


def cells_of(row: Node) -> list[Node]:
    """The cells of a row that its own markup does not hide."""
    cells = [cell for cell in row.iter() if cell.tag in _CELLS or attribute_of(cell, "role") in _CELL_ROLES]
    if not cells:
        cells = row.css("[role=gridcell], [role=cell], [role=rowheader], [role=columnheader]")
    return [cell for cell in cells if not (("hidden" in (a := cell.attributes) or "style" in a) and is_hidden(cell))]


def _taken_apart(node: Node, wanted: Sequence[str], header_text: str | None) -> Table:
    rows = _own_rows(node)
    headings, first = _headings(rows, wanted, header_text)
    return Table(node, headings, [row for row in rows[first:] if _is_data(row)])


def _own_rows(table: Node) -> list[Node]:
    rows = table.css(_ROWS)
    if table.css_first(TABLES) is None or not any(inner.mem_id != table.mem_id for inner in table.css(TABLES)):
        return rows
    foreign = {row.mem_id for inner in table.css(TABLES) if inner.mem_id != table.mem_id for row in inner.css(_ROWS)}
    return [row for row in rows if row.mem_id not in foreign]


def _headings(rows: list[Node], wanted: Sequence[str], header_text: str | None) -> tuple[list[str], int]:
    """The words over each column and the index of the first row after them."""
    count = 0
    for row in rows:
        if not (_inside(row, "thead") or _only_headings(row)):
            break
        count += 1
    if count:
        block = [[heading_cell(cell, header_text) for cell in cells_of(row)] for row in rows[:count]]
        return flatten([cells for cells in block if cells]), count
    tried = [
        (flatten([[heading_cell(cell, header_text) for cell in cells_of(row)]]), index + 1)
        for index, row in enumerate(rows[:_HEADING_ROWS_TRIED])
    ]
    best = max(tried, key=lambda pair: overlap(wanted, pair[0]), default=([], 0))
    return best if overlap(wanted, best[0]) else ([], 0)


def _only_headings(row: Node) -> bool:
    cells = cells_of(row)
    return bool(cells) and all(cell.tag == "th" or attribute_of(cell, "role") == "columnheader" for cell in cells)


def _is_data(row: Node) -> bool:
    if (("hidden" in (a := row.attributes) or "style" in a) and is_hidden(row)) or _inside(row, "tfoot"):
        return False
    if _inside(row, "thead"):
        return False
    return any(cell.tag == "td" or attribute_of(cell, "role") not in (None, "columnheader") for cell in cells_of(row))


def _inside(row: Node, tag: str) -> bool:
    parent = row.parent
    return parent is not None and parent.tag == tag
