"""Writes what was read into the user's database: exact counts, one transaction, nothing half-written.

Decided here: what created, updated, unchanged and deleted mean, when deletions are held back, how tables are made and
grow. Not here: what is read, in which mode, and when. PostgreSQL and SQLite keep the same contract (`Target`).

    with open_target("postgresql://...") as target:
        state = target.state("erp", "customers")
        counts = target.load(spec, rows, Mode.FULL, LoadOptions(source="erp", stream="customers", now=now))
"""

from sincro_scraper.load.errors import (
    AccessRejected,
    DatabaseUnavailable,
    DeletionGuardTripped,
    DuplicateKey,
    LoadError,
    LoadInterrupted,
    RowRejected,
    TableBusy,
    TableMismatch,
    UnusableDatabaseUrl,
)
from sincro_scraper.load.specification import Column, ColumnType, TableSpec
from sincro_scraper.load.target import (
    DeletionGuard,
    Difference,
    LoadCounts,
    LoadOptions,
    LoadPhase,
    Operation,
    QuarantinedRow,
    Row,
    RowValue,
    StreamState,
    Target,
    open_target,
)

__all__ = [
    "AccessRejected",
    "Column",
    "ColumnType",
    "DatabaseUnavailable",
    "DeletionGuard",
    "DeletionGuardTripped",
    "Difference",
    "DuplicateKey",
    "LoadCounts",
    "LoadError",
    "LoadInterrupted",
    "LoadOptions",
    "LoadPhase",
    "Operation",
    "QuarantinedRow",
    "Row",
    "RowRejected",
    "RowValue",
    "StreamState",
    "TableBusy",
    "TableMismatch",
    "TableSpec",
    "Target",
    "UnusableDatabaseUrl",
    "open_target",
]
