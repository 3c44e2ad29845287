"""Tables out of exported files: PDF, CSV, XLSX. Rows of text under asserted headers, with where each one stood.

Decided here: what a row of the file is and which cell belongs to which header. Not here: what a cell means (that is
localisation), how the file was fetched, and whether enough rows were read.

All three readers give a TableReading: an iterator of TextRow that reads as it is consumed, in bounded memory, and knows
afterwards what the file said about itself (pages, tables, totals lines, declared total). All raise DocumentError and
nothing else for whatever bytes they are given.
"""

from sincro_scraper.documents.delimited import read_csv_table
from sincro_scraper.documents.pdf import PdfLayout, read_pdf_table
from sincro_scraper.documents.reading import (
    DocumentError,
    DocumentLimits,
    HeadersNotFound,
    TableReading,
    TextRow,
    TotalsLine,
)
from sincro_scraper.documents.spreadsheet import CellForm, read_xlsx_table

__all__ = [
    "CellForm",
    "DocumentError",
    "DocumentLimits",
    "HeadersNotFound",
    "PdfLayout",
    "TableReading",
    "TextRow",
    "TotalsLine",
    "read_csv_table",
    "read_pdf_table",
    "read_xlsx_table",
]
