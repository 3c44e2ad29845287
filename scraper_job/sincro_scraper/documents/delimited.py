"""Reads CSV exports, strictly: encoding and separator are told, never sniffed; every row is as wide as the header."""

from collections.abc import Sequence

from sincro_scraper.documents.reading import DocumentLimits, TableReading


def read_csv_table(
    data: bytes,
    headers: Sequence[str],
    *,
    separator: str = ";",
    encoding: str = "utf-8-sig",
    quote: str = '"',
    skip_lines: int = 0,
    totals: tuple[str, ...] = (),
    limits: DocumentLimits | None = None,
) -> TableReading:
    """Read the columns with the given header texts; other columns are ignored, a missing one is HeadersNotFound.

    skip_lines: lines before the header. totals: texts that a totals line begins with. Raises DocumentError.
    """
    raise NotImplementedError
