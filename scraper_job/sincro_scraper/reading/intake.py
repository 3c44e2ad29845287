"""Pages come in, proven and typed rows go out to the spool. One pass over one list; a new one starts afresh.

Decided here: what is counted, what goes to quarantine, when a sorted delta has seen enough. The proof itself is in
completeness.py, the meaning of texts in typing.py.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.load import QuarantinedRow
from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.reading.completeness import Ledger, need_total
from sincro_scraper.reading.extraction import Cells, PageOfRows
from sincro_scraper.reading.spool import Spool
from sincro_scraper.reading.typing import CellProblem, RowTyper, Typed, TypedRow, unreadable

_FEW = 100
"""So many unreadable rows are collected before their ratio is looked at while reading."""


@dataclass
class Intake:
    """What one pass has read so far. `newest` is the greatest value of the delta's column."""

    stream: StreamSpec
    typer: RowTyper
    spool: Spool
    time_zone: str
    since: datetime | None = None
    ledger: Ledger = field(default_factory=Ledger)
    quarantine: list[QuarantinedRow] = field(default_factory=list)
    newest: datetime | None = None
    _column: int | None = None
    _last: datetime | None = None

    def __post_init__(self) -> None:
        self.spool.clear()
        delta = self.stream.delta
        if delta is not None and delta.column is not None:
            self._column = list(self.stream.columns).index(delta.column)
        if self._stops_early:
            self.ledger.check_total = False

    @property
    def _stops_early(self) -> bool:
        return self.since is not None and self.stream.delta is not None and self.stream.delta.by == "sorted"

    def take(self, page: PageOfRows) -> bool:
        """Take a page in. False when nothing that comes after it is wanted. Raises ScraperError (drift, unstable)."""
        number = self.ledger.page(page.total, page.number)
        if page.number is None:
            need_total(page.total, len(page.rows), asked=self.stream.total is not None)
        rows: list[TypedRow] = []
        wanted = True
        for index, cells in enumerate(page.rows, start=page.offset + 1):
            row = self.typer.type_row(cells)
            if isinstance(row, CellProblem):
                self._set_aside(row, number, index, cells)
                continue
            if self._column is not None and not self._is_wanted(row[self._column], number, index):
                wanted = False
                break
            self.ledger.row(self.typer.key_of(row))
            rows.append(row)
        self.spool.write(rows)
        return wanted

    def finish(self) -> None:
        """At the end of the list: the proof, and the ratio of unreadable rows. Raises ScraperError."""
        self.ledger.prove()
        self._check_ratio(self.ledger.rows)

    def _is_wanted(self, value: Typed, page: int, row: int) -> bool:
        moment, latest = self._moments(value)
        if moment is not None and (self.newest is None or moment > self.newest):
            self.newest = moment
        if not self._stops_early or self.since is None:
            return True
        column = self.stream.delta.column if self.stream.delta else ""
        if moment is None or latest is None or (self._last is not None and moment > self._last):
            raise SchemaDrift(
                f"page {page}, row {row}: the list is not sorted by {column!r}, newest first: "
                f"{value} after {self._last}",
                code="DeltaNotSorted",
            )
        self._last = latest
        return latest >= self._from(value)

    def _from(self, value: Typed) -> datetime:
        """A column of dates without times can only be compared by whole days."""
        since = self.since or datetime.max.replace(tzinfo=ZoneInfo("UTC"))
        if isinstance(value, datetime):
            return since
        return since.astimezone(ZoneInfo(self.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)

    def _moments(self, value: Typed) -> tuple[datetime, datetime] | tuple[None, None]:
        """The instant, in UTC, and the last one that it may be: a local time may be of an hour that comes twice."""
        if not isinstance(value, date):
            return None, None
        if not isinstance(value, datetime):
            value = datetime.combine(value, time(), ZoneInfo(self.time_zone))
        return value.astimezone(UTC), max(value, value.replace(fold=1), key=datetime.timestamp).astimezone(UTC)

    def _set_aside(self, problem: CellProblem, page: int, row: int, cells: Cells) -> None:
        if self.stream.quarantine == 0:
            raise unreadable(problem, page, row, cells)
        key = self.typer.key_of_texts(cells)
        if key is None:
            self.ledger.keyless()
        else:
            self.ledger.row(key)
        names = list(self.stream.all_columns)
        texts = {name: "" if text is None else str(text) for name, text in zip(names, cells, strict=False)}
        self.quarantine.append(QuarantinedRow(page, row, problem.column, problem.found, problem.expected, texts, key))
        if len(self.quarantine) > _FEW:
            self._check_ratio(max(self.ledger.rows, self.ledger.last_total or 0))

    def _check_ratio(self, rows: int) -> None:
        if self.quarantine and len(self.quarantine) > self.stream.quarantine * rows:
            first = self.quarantine[0]
            raise SchemaDrift(
                f"{len(self.quarantine)} of {rows} rows do not parse, more than the profile's quarantine of "
                f"{self.stream.quarantine:g}; the first: page {first.page}, row {first.row}, column {first.column!r}: "
                f"found {first.found!r}, expected {first.expected}",
                code="QuarantineFull",
            )


def digest(page: PageOfRows) -> str:
    """A mark of what a page shows: total and rows, for the probe of the next run."""
    return hashlib.sha256(repr((page.total, page.rows)).encode()).hexdigest()[:32]
