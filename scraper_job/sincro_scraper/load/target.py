"""The contract of a target database: what a load is told, what it answers, and how a target is opened by its URL."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, Self

from sincro_contract.run import Mode
from sincro_scraper.load.errors import UnusableDatabaseUrl
from sincro_scraper.load.specification import TableSpec

RowValue = str | int | Decimal | date | datetime | bool | None
Row = Sequence[RowValue]
"""The values of one row in the order of TableSpec.columns."""


PATIENCE_SECONDS = 7.0
"""A new pod may be refused until the network knows its address, a server that restarts until it listens. Less than the
grace that a stopped pod has."""


class Operation(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


class LoadPhase(StrEnum):
    """How far a load is; told to `LoadOptions.on_phase`."""

    RECEIVE = "receive"
    COMPARE = "compare"
    WRITE = "write"
    COMMIT = "commit"


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that differs: JSON-ready values by column name. before is None for created, after for deleted."""

    operation: Operation
    key: Mapping[str, object]
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What a load did, or would do when dry. created + updated + unchanged = read.

    total: rows of the table afterwards (what they would be, when dry). withheld: rows that are gone from the source but
    were kept, because a row in quarantine whose key is unknown might be one of them. quarantined: rows put there.
    replaced: a Force put a new table in place of the old one (False: it replaced the rows inside the old table).
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    total: int = 0
    withheld: int = 0
    quarantined: int = 0
    replaced: bool = False
    samples: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamState:
    """What is remembered of a stream, written in the transaction of its last load. Times are aware."""

    source: str
    stream: str
    table: str
    watermark: Mapping[str, object] | None
    profile_hash: str
    last_full_at: datetime | None
    last_load_at: datetime
    row_count: int


@dataclass(frozen=True, slots=True)
class DeletionGuard:
    """Deletions are held back when more than `ratio` of the table's rows are missing and at least `minimum` of them.

    An empty read of a table that has rows trips it whatever the numbers are.
    """

    ratio: float = 0.2
    minimum: int = 10

    def trips(self, *, missing: int, total: int, read: int) -> bool:
        """missing: rows of the table not in the read; total: rows of the table; read: rows of the read."""
        if missing == 0:
            return False
        return read == 0 or (missing >= self.minimum and missing > self.ratio * total)


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that did not parse and that the profile lets pass. key: its key's values where those parsed, else None.

    A row of the table with that key is left as it is: not updated, and not deleted although it is not in the read.
    """

    page: int
    row: int
    column: str
    found: str
    expected: str
    cells: Mapping[str, str]
    key: tuple[RowValue, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What a load is told besides the rows. now: aware; becomes the time of everything that it writes.

    watermark: called once after the last row was taken from the iterator, before anything is written; what it returns
    (JSON-ready) is stored in the same transaction; None keeps the stored one. It may raise to stop the load, as the
    iterator of rows may. quarantine: iterated after the last row as well. samples: how many differences to give back.
    wait_seconds: how long to wait for another load or a lock before TableBusy. deletes: False where rows that are
    missing from a whole read stay in the table.
    """

    source: str
    stream: str
    now: datetime
    task_id: str = ""
    profile_hash: str = ""
    dry_run: bool = False
    guard: DeletionGuard = field(default_factory=DeletionGuard)
    confirm_deletions: bool = False
    deletes: bool = True
    change_log: bool = False
    samples: int = 0
    watermark: Callable[[], Mapping[str, object] | None] = lambda: None
    quarantine: Iterable[QuarantinedRow] = ()
    wait_seconds: float = 10.0
    on_phase: Callable[[LoadPhase], None] = lambda _phase: None


class Target(AbstractContextManager["Target"], Protocol):
    """A database that is loaded into. One thread at a time, except `interrupt`; every method may raise LoadError.

    Nothing is created in the database before the first load (or session) that is not dry.
    """

    def state(self, source: str, stream: str) -> StreamState | None:
        """What the last load of the stream left behind; None before the first one.

        None as well where its table is gone or has fewer rows than that load left: a delta on top of that would look
        like a whole table.
        """
        ...

    def load(self, spec: TableSpec, rows: Iterable[Row], mode: Mode, options: LoadOptions) -> LoadCounts:
        """Bring the table to what `rows` says, in one transaction with the stream's state.

        The rows are consumed as they come and never kept in memory; an exception that their iterator raises rolls
        everything back and passes through unchanged. Full deletes rows that are not in the read, within the guard
        and unless the options say that nothing is; Delta never deletes; Force also replaces the table itself where
        that harms nothing that depends on it.
        """
        ...

    def dump(self, spec: TableSpec, time_zone: tzinfo = UTC) -> Iterator[dict[str, object]]:
        """Every row in the key's order, JSON-ready: decimals as strings, dates and instants in ISO 8601.

        Instants are written in time_zone; in UTC they end in Z. Texts are ordered by code point.
        """
        ...

    def save_session(self, source: str, blob: bytes, now: datetime) -> None:
        """Keep a source's browser session, already encrypted, in place of the one before."""
        ...

    def load_session(self, source: str) -> bytes | None:
        """The session that was kept for the source, still encrypted."""
        ...

    def drop_session(self, source: str) -> None:
        """Forget the source's session."""
        ...

    def interrupt(self) -> None:
        """From any thread: make a running load end soon, with LoadInterrupted and nothing written."""
        ...

    def close(self) -> None:
        """Give the connection back. The target cannot be used afterwards."""
        ...

    def __enter__(self) -> Self: ...


def open_target(url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> Target:
    """Open `postgresql://user:password@host:port/database?options` or `sqlite:///path` (four slashes: absolute).

    patience_seconds: for how long a connection that fails for a passing reason is tried again. Raises
    UnusableDatabaseUrl, AccessRejected, DatabaseUnavailable; the message never holds the password.
    """
    scheme = url.partition(":")[0].lower()
    if scheme in ("postgresql", "postgres"):
        from sincro_scraper.load.postgresql import PostgresTarget

        return PostgresTarget(url, patience_seconds)
    if scheme == "sqlite":
        from sincro_scraper.load.sqlite import SqliteTarget

        return SqliteTarget(url)
    raise UnusableDatabaseUrl(
        f"the database URL begins with {scheme[:20]!r}; Sincro writes to postgresql:// and sqlite:/// databases"
    )
