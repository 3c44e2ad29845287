"""Reads XLSX exports. Decided here: how a typed cell becomes text, the same text on every machine."""

from collections.abc import Sequence

from sincro_scraper.documents.reading import DocumentLimits, TableReading
from sincro_scraper.localisation.locales import Locale


def read_xlsx_table(
    data: bytes,
    headers: Sequence[str],
    locale: Locale,
    *,
    sheet: str | int = 1,
    totals: tuple[str, ...] = (),
    limits: DocumentLimits | None = None,
) -> TableReading:
    """Read the columns with the given header texts from a sheet (its name, or its 1-based number).

    Typed cells become the text that the locale's grammar reads back to the same value: a number as `1234,5` (no
    grouping, no exponent, as many decimals as the cell's shortest exact form), a date as `31/12/2026`, a date with time
    as `31/12/2026 14:30:00`, a boolean as `Sì`. So all transports hand on text in the locale's form, and a column needs
    no `format` for typed cells. Formulas count with their stored result. Raises DocumentError.
    """
    raise NotImplementedError
