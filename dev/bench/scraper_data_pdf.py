"""Pages per second of read_pdf_table against pdfplumber's extract_table on the same files, every cell compared.

Two kinds of files: a ruled grid, the layout that extract_table is made for, and the demo ERP's exports, which have no
vertical rulings, wrap headers and cells, and break rows over pages. Keys: scraper.pdf_pages_s, scraper.pdf_ratio_grid,
scraper.pdf_ratio_erp, scraper.pdf_ratio (the lesser), scraper.pdf_exact (share of cells that are exact: 1, or the
benchmark fails), scraper.pdf_exact_pdfplumber (the same of extract_table with its defaults, on the grid).
"""

import io
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pdfplumber

from demo_erp.fields import LISTS, Kind, ListName
from demo_erp.locales import ITALIAN
from demo_erp.misbehaviour import Misbehaviour
from demo_erp.pdf import document
from demo_erp.settings import parse_rows
from demo_erp.store import Query, Store
from demo_erp.views import whole
from dev.bench.scraper_setup import BenchError, run
from sincro_scraper.documents import PdfLayout, read_pdf_table
from sincro_scraper.localisation import locale_named
from tests.unit.scraper_data.printing import PrintedColumn, Style, print_table

ROWS = 400
ROUNDS = 3
PLUMBER_PAGES = 6
"""pdfplumber reads so many pages of a file; its speed does not depend on how many there are."""
LOCALE = locale_named("it-IT")
Cells = list[tuple[str, ...]]


@dataclass(frozen=True)
class Export:
    """A PDF, what stands in it, and how it is laid out."""

    data: bytes
    headers: Sequence[str]
    rows: Cells
    layout: PdfLayout


def grid() -> Export:
    """A table with a border around every cell."""
    columns = [
        PrintedColumn("Codice", 40),
        PrintedColumn("Ragione sociale", 130),
        PrintedColumn("Indirizzo", 130),
        PrintedColumn("Cliente dal", 48),
        PrintedColumn("Saldo", 60, "right"),
        PrintedColumn("Attivo", 28),
    ]
    rows: Cells = [
        (
            f"C{number:04d}",
            f"Officina dell'Età n. {number} S.r.l." if number % 3 else "Consorzio per la Tutela dei Prodotti Tipici",
            f"Via Garibaldi, {number} 20100 Milano (MI)",
            f"{1 + number % 28:02d}/11/2026" if number % 5 else "",
            f"{number % 900}.{number % 1000:03d},{number % 100:02d}",
            "Sì" if number % 2 else "No",
        )
        for number in range(1000, 1000 + ROWS)
    ]
    data = print_table(columns, rows, Style(rulings="grid", row_gap=2.0))
    return Export(data, [column.header for column in columns], rows, PdfLayout())


def erp() -> list[Export]:
    """The demo ERP's four lists."""
    store = Store(parse_rows(",".join(f"{name}={ROWS}" for name in ListName), seed=7))
    exports = []
    for name, spec in LISTS.items():
        view = whole(store, name, ITALIAN, Query(), Misbehaviour())
        rows = [tuple(text.replace("\u00a0", " ") for text in row) for row in view.texts()]
        layout = PdfLayout(
            anchors=tuple(spec.field(key).header for key in spec.key),
            declared=r"Totale record: (\S+)",
            joiners={field.header: "\n" for field in spec.fields if field.kind is Kind.MULTILINE},
        )
        data = document(view, datetime(2026, 11, 24, 9, 0))  # noqa: DTZ001 - the ERP knows local time only
        exports.append(Export(data, [field.header for field in spec.fields], rows, layout))
    return exports


def bench() -> dict[str, float]:
    """See the module."""
    ruled, exports = grid(), erp()
    ratios: dict[str, float] = {}
    ours: list[float] = []
    for name, files in (("grid", [ruled]), ("erp", exports)):
        mine = max(_rate(lambda files=files: sum(_read(file) for file in files)) for _ in range(ROUNDS))  # type: ignore[misc]
        theirs = max(_rate(lambda files=files: sum(_plumb(file)[0] for file in files)) for _ in range(ROUNDS))  # type: ignore[misc]
        ratios[f"scraper.pdf_ratio_{name}"] = mine / theirs
        ours.append(mine)
    return {
        "scraper.pdf_pages_s": min(ours),
        **ratios,
        "scraper.pdf_ratio": min(ratios.values()),
        "scraper.pdf_exact": 1.0,
        "scraper.pdf_exact_pdfplumber": _plumbed_exactly(ruled),
    }


def _read(export: Export) -> int:
    """Read all of it and compare; the number of pages."""
    reading = read_pdf_table(export.data, export.headers, LOCALE, export.layout)
    if [row.cells for row in reading] != export.rows:
        raise BenchError("a cell differs")
    if export.layout.declared and reading.declared_total != len(export.rows):
        raise BenchError(f"declared {reading.declared_total} instead of {len(export.rows)}")
    return reading.pages


def _plumb(export: Export) -> tuple[int, Cells]:
    rows: Cells = []
    with warnings.catch_warnings(), pdfplumber.open(io.BytesIO(export.data)) as opened:
        warnings.simplefilter("ignore")
        pages = opened.pages[:PLUMBER_PAGES]
        for page in pages:
            rows += [tuple(" ".join((cell or "").split()) for cell in row) for row in page.extract_table() or ()]
    return len(pages), rows


def _plumbed_exactly(export: Export) -> float:
    """The share of the first rows' cells that extract_table has right, headers left out."""
    _, found = _plumb(export)
    rows = [row for row in found if row[0] != export.headers[0]]
    right = sum(
        a == b for row, expected in zip(rows, export.rows, strict=False) for a, b in zip(row, expected, strict=False)
    )
    return right / sum(len(row) for row in rows) if rows else 0.0


def _rate(work: Callable[[], int]) -> float:
    """Pages per second of this process's own time: the machine may be busy with other things."""
    started = time.process_time()
    pages = work()
    return pages / (time.process_time() - started)


if __name__ == "__main__":
    run("scraper_data_pdf", bench)
