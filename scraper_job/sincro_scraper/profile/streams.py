"""A stream: one list of the application, how it is opened, read, proven complete and kept. Shapes and checks."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from sincro_scraper.profile.columns import Columns, ColumnSpec, Kind
from sincro_scraper.profile.paging import (
    CursorPaging,
    MorePaging,
    NextPaging,
    NoPaging,
    OffsetPaging,
    PagePaging,
    Paging,
    ScrollPaging,
)
from sincro_scraper.profile.parts import (
    ColumnName,
    CssText,
    DurationText,
    FieldPath,
    LocatorText,
    PatternText,
    ProfileModel,
    RegexText,
    Signs,
)
from sincro_scraper.profile.placeholders import columns_in
from sincro_scraper.profile.steps import Steps


class Transport(StrEnum):
    """How the rows come to us."""

    DOM = "dom"
    HTTP = "http"
    XHR = "xhr"
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"


FILE_TRANSPORTS = frozenset({Transport.PDF, Transport.CSV, Transport.XLSX})


class TotalSpec(ProfileModel):
    """The number of rows that the application itself declares."""

    at: CssText | None = Field(default=None, description="CSS of the element; without it the whole page is searched.")
    pattern: PatternText | None = Field(default=None, description="One group: the number.")
    field: FieldPath | None = Field(default=None, description="In JSON: the place of the number.")
    url: str | None = Field(
        default=None, min_length=1, max_length=500, description="In JSON: the answer that has it, if it is another one."
    )

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not (self.at or self.pattern or self.field):
            raise ValueError("total needs at, pattern or field")
        if self.field and (self.at or self.pattern):
            raise ValueError("total is found in one way: by field, or by at and pattern")
        if self.url and not self.field:
            raise ValueError("total: url goes with field: the place of the number in that answer")
        return self


def _total(value: Any) -> Any:
    return {"pattern": value} if isinstance(value, str) else value


class ResponseSpec(ProfileModel):
    """Which of the page's own requests carries the rows (transport xhr)."""

    url: str = Field(min_length=1, max_length=500, description="Part of the address, or a glob such as **/api/orders*")
    body: str | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        description="Part of what the page sends: with GraphQL the operation's name.",
    )
    rows: FieldPath | None = Field(default=None, description="The place of the list; none: the answer is the list.")
    html: FieldPath | None = Field(default=None, description="The place of HTML inside the JSON, read as a page.")


class ExportSpec(ProfileModel):
    """How the file is fetched (transports pdf, csv, xlsx), after the stream was opened."""

    steps: Steps = Field(default=(), description="Steps of which the last one starts the download.")
    get: str | None = Field(default=None, min_length=1, max_length=1000, description="Or the address of the file.")
    delimiter: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="csv: by default ; where the decimal sign is a comma.",
    )
    encoding: str | None = Field(default=None, min_length=2, max_length=32, description="csv: UTF-8 by default.")
    sheet: str | None = Field(default=None, min_length=1, max_length=64, description="xlsx: the first by default.")
    skip_lines: int = Field(default=0, ge=0, le=1000, description="csv: lines before the headings.")
    totals: tuple[str, ...] = Field(
        default=(), description="First words of lines that sum up; pdf knows the usual ones."
    )
    ignored: tuple[RegexText, ...] = Field(default=(), description="pdf: patterns of whole lines that are no rows.")
    ends: tuple[RegexText, ...] = Field(default=(), description="pdf: patterns of lines that end the table.")

    @model_validator(mode="after")
    def _somehow(self) -> Self:
        if bool(self.steps) == bool(self.get):
            raise ValueError("export needs either steps or get")
        return self


def _export(value: Any) -> Any:
    return {"get": value} if isinstance(value, str) else value


class DetailSpec(ProfileModel):
    """Pages of single rows, for what the list does not show."""

    link: CssText | None = Field(default=None, description="CSS inside the row: the link to the row's own page.")
    address: str | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        description="Or the page's address, made of the row's columns: /customers/{code}",
    )
    columns: Columns

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if bool(self.link) == bool(self.address):
            raise ValueError("detail needs either link or address: where a row's own page is")
        return self


class DeltaSpec(ProfileModel):
    """How to read only what changed since {since}."""

    by: Literal["filter", "sorted"]
    open: Steps = Field(description="Steps that show what changed since {since}, or the list sorted newest first.")
    column: ColumnName | None = Field(default=None, description="The column of the last change.")
    lag: DurationText = Field(default="10m", description="How far to reach back behind the last run.")

    @model_validator(mode="after")
    def _column_known(self) -> Self:
        if self.by == "sorted" and self.column is None:
            raise ValueError("a delta by sorted needs column: the one that the list is sorted by, newest first")
        return self


class DeletionSpec(ProfileModel):
    """What may vanish. A full read that misses more than this deletes nothing until a person confirms."""

    max_ratio: float = Field(default=0.2, ge=0, le=1, description="Part of the present rows that may be deleted.")
    min_count: int = Field(default=10, ge=0, description="So many may always be deleted.")


class ProbeSpec(ProfileModel):
    """A cheap look that tells whether a scheduled read is worth it: total and rows of one page, as last time."""

    open: Steps = Field(default=(), description="Steps to a page that changes with every change; default: the delta's.")


Key = Annotated[
    tuple[ColumnName, ...],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    Field(min_length=1, max_length=16),
]


def _json_columns(value: Any) -> Any:
    """In JSON, a plain text for a column is its field: there are no headings."""
    if not isinstance(value, dict) or value.get("transport") != Transport.XHR.value:
        return value
    response, columns = value.get("response"), value.get("columns")
    if not isinstance(columns, dict) or (isinstance(response, dict) and response.get("html")):
        return value
    return {**value, "columns": {k: {"field": v} if isinstance(v, str) else v for k, v in columns.items()}}


class StreamSpec(ProfileModel):
    """One list of the application and the table that it fills."""

    open: Steps = Field(min_length=1, description="An address, or steps that lead to the list.")
    frame: LocatorText | None = Field(default=None, description="The frame that holds the list.")
    transport: Transport = Transport.DOM
    rows: CssText | None = Field(default=None, description="CSS of a row; default: the table with these headings.")
    headers: CssText | None = Field(default=None, description="CSS of the heading cells, where they are not th.")
    cells: CssText = Field(default="td, th, [role=gridcell], [role=cell], [role=rowheader]")
    header_text: CssText | None = Field(default=None, description="CSS inside a heading cell: its words.")
    skip: CssText | None = Field(default=None, description="CSS of rows that are none: groups, subtotals.")
    extra_headers: Literal["ignore", "error"] = Field(default="ignore", description="Headings that no column names.")
    blank: tuple[str, ...] = Field(default=(), description='Texts that mean an empty cell: "-", "n.d."')
    columns: Columns
    key: Key
    paging: Paging = NoPaging()
    max_pages: int = Field(default=10_000, ge=1, le=1_000_000)
    total: Annotated[TotalSpec | None, BeforeValidator(_total)] = None
    empty: Signs = Field(default=(), description="What the page shows when the list has no rows.")
    response: ResponseSpec | None = None
    export: Annotated[ExportSpec | None, BeforeValidator(_export)] = None
    detail: DetailSpec | None = None
    delta: DeltaSpec | None = None
    deletions: DeletionSpec | Literal["never"] = DeletionSpec()
    quarantine: float = Field(default=0, ge=0, le=1, description="Part of the rows that may fail to parse.")
    probe: ProbeSpec | None = None
    table: ColumnName | None = Field(default=None, description="The table's name; default: the stream's.")

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        return _json_columns(value)

    @property
    def all_columns(self) -> dict[str, ColumnSpec]:
        """The list's columns, then those of the detail pages."""
        return {**self.columns, **(self.detail.columns if self.detail else {})}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for check in (_check_key, _check_delta, _check_transport, _check_columns, _check_detail):
            check(self)
        return self


_BROWSER_ONLY = (MorePaging, ScrollPaging)
_PAGING = {
    Transport.DOM: (NoPaging, NextPaging, PagePaging, OffsetPaging, *_BROWSER_ONLY),
    Transport.HTTP: (NoPaging, NextPaging, PagePaging, OffsetPaging),
    Transport.XHR: (NoPaging, NextPaging, PagePaging, OffsetPaging, CursorPaging, *_BROWSER_ONLY),
}


def _check_key(stream: StreamSpec) -> None:
    for name in stream.key:
        if name not in stream.all_columns:
            raise ValueError(f"key: there is no column {name!r}; columns are {', '.join(stream.all_columns)}")
    if len(set(stream.key)) != len(stream.key):
        raise ValueError("key: a column stands there twice")


def _check_delta(stream: StreamSpec) -> None:
    delta = stream.delta
    if delta is None or delta.column is None:
        return
    column = stream.columns.get(delta.column)
    if column is None:
        raise ValueError(f"delta: there is no column {delta.column!r} in the list")
    if column.type not in (Kind.DATE, Kind.DATETIME):
        raise ValueError(f"delta: the column {delta.column!r} has to be a date or a datetime, not {column.type}")


def _check_transport(stream: StreamSpec) -> None:
    transport, paging = stream.transport, stream.paging
    if (stream.response is not None) != (transport is Transport.XHR):
        raise ValueError("response belongs to transport xhr, which needs it: which request carries the rows")
    if (stream.export is not None) != (transport in FILE_TRANSPORTS):
        raise ValueError("export belongs to the transports pdf, csv and xlsx, which need it: how the file is fetched")
    if not isinstance(paging, _PAGING.get(transport, (NoPaging,))):
        raise ValueError(f"paging by {paging.by} is not possible with transport {transport}")


def _check_columns(stream: StreamSpec) -> None:
    json_rows = stream.transport is Transport.XHR and stream.response is not None and stream.response.html is None
    for name, column in stream.columns.items():
        if column.label:
            raise ValueError(f"columns: {name}: label is for detail pages; in a list use header or at")
        if stream.transport in FILE_TRANSPORTS and not column.header:
            raise ValueError(f"columns: {name}: in a file a column is found by its header")
        if json_rows and (column.header or column.at):
            raise ValueError(f"columns: {name}: in JSON a column is found by field")
        if not json_rows and column.field:
            raise ValueError(f"columns: {name}: field is for JSON (transport xhr)")
        if not json_rows and not (column.header or column.at or column.attribute):
            raise ValueError(f"columns: {name}: say where it is: header or at")
    if not stream.rows and not json_rows and not any(column.header for column in stream.columns.values()):
        raise ValueError("rows: without any column found by its header, say what a row is")


def _check_detail(stream: StreamSpec) -> None:
    if stream.detail is None:
        return
    if stream.transport in FILE_TRANSPORTS:
        raise ValueError("detail: pages of single rows go with the transports dom, http and xhr")
    if stream.transport is Transport.XHR and not stream.detail.address:
        raise ValueError("detail: JSON has no links; say the page's address with the row's columns: /customers/{code}")
    for name in columns_in(stream.detail.address or ""):
        if name not in stream.columns:
            raise ValueError(f"detail: address: there is no column {name!r}; columns are {', '.join(stream.columns)}")
    for name, column in stream.detail.columns.items():
        if name in stream.columns:
            raise ValueError(f"detail: the list has a column {name!r} already")
        if not (column.label or column.at):
            raise ValueError(f"detail: columns: {name}: on a detail page a column is found by label or at")
