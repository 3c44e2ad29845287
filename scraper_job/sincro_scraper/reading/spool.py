"""Rows on their way from the pages to the database, kept in a temporary file: memory stays the same for any length.

Reading can start over without the database having seen anything, and the database is busy for seconds, not minutes.
"""

import pickle
import tempfile
from collections.abc import Iterator
from typing import IO, Self

from sincro_scraper.reading.typing import TypedRow


class Spool:
    """A file of rows: written page by page, then read once from the start. Only this process ever sees the file."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="sincro-rows-")  # noqa: SIM115 - closed by close()
        self.rows = 0

    def write(self, rows: list[TypedRow]) -> None:
        """Append the rows of a page."""
        pickle.dump(rows, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self.rows += len(rows)

    def clear(self) -> None:
        """Forget everything: the list is read again from its start."""
        self._file.seek(0)
        self._file.truncate()
        self.rows = 0

    def __iter__(self) -> Iterator[TypedRow]:
        self._file.flush()
        self._file.seek(0)
        while True:
            try:
                rows: list[TypedRow] = pickle.load(self._file)  # noqa: S301 - our own anonymous file
            except EOFError:
                return
            yield from rows

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
