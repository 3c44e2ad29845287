"""The shapes that every document reader gives back, and the limits that every one keeps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sincro_contract.exit_codes import ErrorClass


class DocumentError(Exception):
    """A file that cannot be read as the table it should be: malformed, truncated, encrypted, over a limit.

    error_class: SOURCE_UNAVAILABLE where another download may well be whole (truncated, malformed), SCHEMA_DRIFT where
    the file is sound but not the table that the profile describes. code: a finer word, for example `PdfTruncated`.
    page: 1-based, where it is known.
    """

    def __init__(self, message: str, *, code: str, error_class: ErrorClass, page: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.error_class = error_class
        self.page = page


class HeadersNotFound(DocumentError):
    """The file is sound, but its header row is not the expected one. expected and found are header texts in order."""

    def __init__(self, expected: tuple[str, ...], found: tuple[str, ...], page: int | None = None) -> None:
        shown = ", ".join(found) if found else "nothing that looks like a header"
        super().__init__(
            f"expected the headers {', '.join(expected)}; found {shown}",
            code="HeadersNotFound",
            error_class=ErrorClass.SCHEMA_DRIFT,
            page=page,
        )
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row: its cells as text in the order of the headers asked for ("" where empty), and where it stood.

    page and row are 1-based; row counts the data rows of that page (of the file for CSV and XLSX, the header being
    row 0). A row that breaks over pages stands on the page where it begins. table is 1-based in the file.
    """

    cells: tuple[str, ...]
    page: int
    row: int
    table: int = 1


@dataclass(frozen=True, slots=True)
class TotalsLine:
    """A line that sums up instead of being a row: the whole text, and its cells under the headers."""

    text: str
    cells: tuple[str, ...]
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """What a file may cost at most; more is a DocumentError, never an endless read."""

    bytes: int = 256 * 1024 * 1024
    pages: int = 20_000
    rows: int = 5_000_000
    cell_characters: int = 100_000


@dataclass(slots=True)
class TableReading:
    """The rows of a file, once: iterate to read. The other attributes grow while it is iterated and are final after.

    pages: pages read so far (1 for CSV; sheets for XLSX). tables: tables begun. totals: totals lines in order.
    declared_total: the number of rows that the file itself says it holds, or None.
    """

    _rows: Iterator[TextRow]
    pages: int = 0
    tables: int = 0
    rows: int = 0
    totals: list[TotalsLine] = field(default_factory=list)
    declared_total: int | None = None

    def __iter__(self) -> Iterator[TextRow]:
        return self

    def __next__(self) -> TextRow:
        return next(self._rows)


ReadInto = Callable[[TableReading], Iterator[TextRow]]
