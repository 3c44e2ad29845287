"""Identifiers for the SQL of a load: the target, its companions and the temporary tables, all quoted by psycopg."""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from sincro_scraper.load.specification import TableSpec

STAGED = sql.SQL("pg_temp._sincro_staged")
"""The rows of the read."""
DIFF = sql.SQL("pg_temp._sincro_diff")
"""One line a difference: op (c, u, d), the ctid in STAGED, the ctid in the target."""
KEPT = sql.SQL("pg_temp._sincro_kept")
"""Keys of rows in quarantine: their rows in the target stay as they are."""


@dataclass(frozen=True, slots=True)
class Names:
    """The identifiers of one target table."""

    spec: TableSpec

    @property
    def target(self) -> sql.Identifier:
        return sql.Identifier(self.spec.schema, self.spec.name)

    @property
    def changes(self) -> sql.Identifier:
        """The change log."""
        return sql.Identifier(self.spec.schema, f"{self.spec.name}_changes")

    @property
    def rebuilt(self) -> str:
        """The name of the new table while a Force builds it."""
        return self.temporary("rebuilt")

    def temporary(self, what: str) -> str:
        """A name in the target's schema that lasts no longer than the transaction."""
        return f"_sincro_{what}_{self.spec.name}".encode()[:63].decode(errors="ignore")

    @property
    def columns(self) -> sql.Composed:
        """All columns, with commas."""
        return listed(column.name for column in self.spec.columns)

    @property
    def key(self) -> sql.Composed:
        """The key's columns, with commas."""
        return listed(self.spec.key)


def listed(names: Iterable[str], prefix: str = "") -> sql.Composed:
    """Quoted names with commas; prefix: an alias such as `s`."""
    return sql.SQL(", ").join(qualified(name, prefix) for name in names)


def qualified(name: str, prefix: str) -> sql.Identifier:
    """A quoted name behind an alias, if there is one."""
    return sql.Identifier(prefix, name) if prefix else sql.Identifier(name)
