"""Decided here: which cells of a CSV or XLSX row belong to the headers asked for, and which rows sum up. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sincro_contract.exit_codes import ErrorClass
from sincro_scraper.documents.reading import DocumentError, HeadersNotFound


def normalized(header: str) -> str:
    """A header for comparison: without case, with single spaces."""
    return " ".join(header.casefold().split())


@dataclass(frozen=True, slots=True)
class Selection:
    """The positions in a row of the headers asked for, and the width of the header row."""

    positions: tuple[int, ...]
    width: int

    @classmethod
    def of(cls, found: Sequence[str], headers: Sequence[str]) -> "Selection":
        """Find the headers in a row. Raises HeadersNotFound, and DocumentError for a header that is there twice."""
        names = [normalized(name) for name in found]
        positions: list[int] = []
        for header in headers:
            name = normalized(header)
            if names.count(name) > 1:
                raise DocumentError(
                    f"the header {header!r} is there {names.count(name)} times: which one is meant?",
                    code="HeaderAmbiguous",
                    error_class=ErrorClass.SCHEMA_DRIFT,
                )
            if name not in names:
                raise HeadersNotFound(tuple(headers), tuple(name for name in found if name.strip()))
            positions.append(names.index(name))
        return cls(tuple(positions), len(found))

    def pick(self, row: Sequence[str]) -> tuple[str, ...]:
        """The cells under the headers; "" where the row is shorter."""
        return tuple(row[position] if position < len(row) else "" for position in self.positions)


def has_all(found: Sequence[str], headers: Sequence[str]) -> bool:
    """True when a row holds all headers."""
    return {normalized(header) for header in headers} <= {normalized(name) for name in found}


def sums_up(row: Sequence[str], labels: Sequence[str]) -> bool:
    """True for a line that sums up the rows instead of being one.

    Its first filled cell is one of the labels, without case; or begins with it as a word (`Totale record: 1`), and
    every other filled cell has a digit in it: so `TotalEnergies`, and `Total Gas` in `Torino`, remain rows.
    """
    filled = [cell.strip().casefold() for cell in row if cell.strip()]
    for label in labels if filled else ():
        rest = filled[0].removeprefix(label.casefold())
        if filled[0].startswith(label.casefold()) and not rest[:1].isalnum():
            return not rest.strip(" :.") or all(any(map(str.isdecimal, cell)) for cell in filled[1:])
    return False
