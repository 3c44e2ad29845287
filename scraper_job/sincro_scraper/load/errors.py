"""Why a load did not happen, each with its class for the exit code. No message holds a password.

LoadError
 +- DatabaseUnavailable   transient: connection refused or lost, shutdown, too many connections, disk full, deadlock
 |   +- TableBusy         another load of the same table is running, or somebody holds a lock on it
 +- LoadInterrupted       `Target.interrupt` was called
 +- UnusableDatabaseUrl   permanent: not a URL of a database that Sincro knows
 +- AccessRejected        permanent: wrong password, no such database, not allowed to create or write
 +- TableMismatch         permanent: the table that is there cannot hold what the profile describes
 +- RowRejected           permanent: a value that its column cannot hold, or an empty required one
 +- DuplicateKey          two rows of the read have one key
 +- DeletionGuardTripped  permanent: more rows are gone than the guard lets go
"""

from collections.abc import Mapping, Sequence

from sincro_contract.exit_codes import ErrorClass


class LoadError(Exception):
    """A load that did not happen; the database is as it was before. code: a finer word than the class."""

    error_class = ErrorClass.UNKNOWN

    @property
    def code(self) -> str:
        """The finer word inside the class: the exception's own name."""
        return type(self).__name__


class DatabaseUnavailable(LoadError):
    """The database cannot be reached, went away, or has no room; the same load may succeed later."""

    error_class = ErrorClass.DATABASE_UNAVAILABLE


class TableBusy(DatabaseUnavailable):
    """Somebody else holds the table: another load, or a lock that was not released within the timeout."""


class LoadInterrupted(LoadError):
    """The load was stopped from outside; nothing was written."""

    error_class = ErrorClass.CANCELLED


class UnusableDatabaseUrl(LoadError):
    """The URL names no database that Sincro can write to."""

    error_class = ErrorClass.CONFIG_INVALID


class AccessRejected(LoadError):
    """The database refuses the user: password, database name, or a missing right (named in the message)."""

    error_class = ErrorClass.CONFIG_INVALID


class TableMismatch(LoadError):
    """The table that is there cannot hold what the profile describes. column: the one in the way, where it is one."""

    error_class = ErrorClass.CONFIG_INVALID

    def __init__(self, message: str, *, table: str, column: str | None = None) -> None:
        super().__init__(message)
        self.table = table
        self.column = column


class RowRejected(LoadError):
    """A row that its table cannot hold. row: 1-based among the rows of the read; column: where it is known."""

    error_class = ErrorClass.SCHEMA_DRIFT

    def __init__(self, message: str, *, row: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.row = row
        self.column = column


class DuplicateKey(LoadError):
    """Rows of the read share a key. examples: up to five such keys; count: how many keys there are.

    identical: all of them are the same row read more than once, as happens when rows move between pages while reading:
    worth another attempt (SOURCE_UNAVAILABLE). Otherwise the profile's key is not one (CONFIG_INVALID).
    """

    def __init__(self, table: str, count: int, examples: Sequence[Mapping[str, object]], *, identical: bool) -> None:
        self.count = count
        self.examples = tuple(dict(example) for example in examples)
        self.identical = identical
        self.error_class = ErrorClass.SOURCE_UNAVAILABLE if identical else ErrorClass.CONFIG_INVALID
        shown = "; ".join(", ".join(f"{k}={v}" for k, v in example.items()) for example in self.examples)
        why = "the same rows were read twice: did they move between pages?" if identical else "the key is not unique"
        super().__init__(f"{table}: {count} key(s) more than once in the read ({why}), for example {shown}")


class DeletionGuardTripped(LoadError):
    """Rows are missing from the read, more than the guard lets be deleted. Nothing was changed.

    missing: rows of the table that the read does not have; total: rows of the table.
    """

    error_class = ErrorClass.GUARD_TRIPPED

    def __init__(self, table: str, missing: int, total: int) -> None:
        self.missing = missing
        self.total = total
        super().__init__(
            f"{table}: {missing} of {total} rows are missing from the read; "
            "nothing was deleted. Confirm the deletions on a new SyncTask if they are right"
        )
