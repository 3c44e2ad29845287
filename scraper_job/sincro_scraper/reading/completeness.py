"""The proof that everything was read, once each: declared total, keys, pages. Pure; it raises or it is content.

Two kinds of failure are told apart: the list moved while it was read (read again), and the profile's key is none.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

from sincro_scraper.errors import SchemaDrift, SourceUnavailable, UnstableList


@dataclass
class Ledger:
    """What was read so far. One key a row is kept, which is all the memory that a read of any length needs."""

    check_total: bool = True
    rows: int = 0
    pages: int = 0
    first_total: int | None = None
    last_total: int | None = None
    page_rows: list[int] = field(default_factory=list)
    _keys: dict[Hashable, int] = field(default_factory=dict)

    def page(self, total: int | None, number: int | None = None) -> int:
        """Begin a page, or go on with one (`number` as before); `total` is what it declares. Returns its number from 1.

        Raises UnstableList where the total changed.
        """
        if number is None or number != self.pages:
            self.pages = number if number is not None else self.pages + 1
            self.page_rows.append(0)
        if total is not None:
            if self.first_total is None:
                self.first_total = total
            elif total != self.last_total:
                raise UnstableList(
                    f"the list changed while it was read: it declared {self.last_total} rows at first "
                    f"and {total} on page {self.pages}"
                )
            self.last_total = total
        return self.pages

    def row(self, key: Hashable) -> None:
        """Count a row of the page that was begun last. Raises SchemaDrift or UnstableList for a key read before."""
        before = self._keys.setdefault(key, self.pages)
        if len(self._keys) == self.rows:
            self._twice(key, before)
        self.rows += 1
        self.page_rows[-1] += 1

    def keyless(self) -> None:
        """Count a row whose key could not be read (it goes to quarantine)."""
        self.rows += 1
        self.page_rows[-1] += 1
        self._keys[object()] = self.pages

    def _twice(self, key: Hashable, before: int) -> None:
        shown = ", ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
        if before == self.pages:
            raise SchemaDrift(
                f"the key {shown!r} stands twice on page {self.pages}: either the application shows a row twice, "
                "or the profile's key is not unique",
                code="DuplicateKey",
            )
        raise UnstableList(
            f"the key {shown!r} was read on page {before} and again on page {self.pages}: "
            "rows moved while the list was read, the application shows its last page again in place of one that it "
            "does not have, or the profile's key is not unique"
        )

    def prove(self) -> None:
        """At the end of the list. Raises UnstableList where fewer or more rows were read than declared."""
        if self.check_total and self.last_total is not None and self.rows != self.last_total:
            raise UnstableList(
                f"the list declares {self.last_total} rows and {self.rows} were read on {self.pages} pages",
                code="Incomplete",
            )


def need_total(total: int | None, rows: int, *, asked: bool) -> None:
    """Raises SchemaDrift where the profile names a declared total and a page with rows shows none."""
    if asked and total is None and rows:
        raise SchemaDrift(
            "the declared total was not found on the page, though the profile says where it stands", code="TotalMissing"
        )


def bounded(pages: int, limit: int) -> None:
    """Raises SourceUnavailable for a list that does not end."""
    if pages >= limit:
        raise SourceUnavailable(
            f"the list did not end after {pages} pages (maxPages); it repeats itself, or maxPages is too low",
            code="EndlessPages",
        )
