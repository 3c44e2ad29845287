"""Reads tables out of PDF exports. Decided here: which words make a row and under which header each one stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from sincro_scraper.documents.reading import DocumentLimits, TableReading
from sincro_scraper.localisation.locales import Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfLayout:
    """What is known of the export's layout beyond its headers; every part has a default that suits most exports.

    anchors: headers of columns that are never empty on the first line of a row (default: the first header); a line
    with none of them filled continues the row before it. totals: texts that totals lines begin with, compared without
    case. declared: a regular expression whose first group is the file's own number of rows (`Totale righe: (\\S+)`),
    read by the locale's grammar wherever it stands on a page. joiner: what stands between the lines of a wrapped cell.
    """

    anchors: tuple[str, ...] = ()
    totals: tuple[str, ...] = ("totale", "totali", "total", "totals", "gesamt", "summe")
    declared: str | None = None
    joiner: str = " "


def read_pdf_table(
    data: bytes,
    headers: Sequence[str],
    locale: Locale,
    layout: PdfLayout | None = None,
    limits: DocumentLimits | None = None,
) -> TableReading:
    """Read every row under the given headers, on all pages, in order.

    headers: the header texts of the columns to read, as printed (case and spaces are compared loosely; a header may be
    wrapped); the table may have more columns. Raises DocumentError at once or while iterating.
    """
    raise NotImplementedError
