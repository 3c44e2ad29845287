"""Which column stands where: heading cells -> positions, by the words of the profile. Pure; drift is found here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sincro_scraper.errors import SchemaDrift

HEADING = "heading"
"""Begins the place of an error that is about a heading; the heading follows."""
_DECORATION = re.compile(r"[\s▲▼△▽▴▾↑↓↕⇅⇵⬍*:]+\Z|\A[\s▲▼△▽▴▾↑↓↕⇅⇵⬍]+")


def plain(text: str) -> str:
    """A heading as it is compared: white space folded, sort arrows and a final colon or asterisk gone, any case."""
    return _DECORATION.sub("", " ".join(text.split())).casefold()


@dataclass(frozen=True)
class HeadingCell:
    """A heading cell: its words, and how many columns and rows it spans."""

    text: str
    columns: int = 1
    rows: int = 1


def flatten(rows: Sequence[Sequence[HeadingCell]]) -> list[str]:
    """The words over each column. Under a group heading the lower words count; equal ones carry the group's before.

    The last row decides how wide the table is; a cell that spans rows reaches down into it.
    """
    grid: list[dict[int, str]] = [{} for _ in rows]
    for y, cells in enumerate(rows):
        x = 0
        for cell in cells:
            while x in grid[y]:
                x += 1
            for below in range(y, min(y + cell.rows, len(rows))):
                for right in range(x, x + cell.columns):
                    grid[below][right] = cell.text
            x += cell.columns
    if not grid:
        return []
    width = max((max(row, default=-1) for row in grid), default=-1) + 1
    lowest = [next((row[x] for row in reversed(grid) if row.get(x)), "") for x in range(width)]
    seen = [plain(text) for text in lowest]
    return [
        f"{grid[0][x]} {text}" if seen.count(plain(text)) > 1 and grid[0].get(x) not in (None, "", text) else text
        for x, text in enumerate(lowest)
    ]


def positions(wanted: Mapping[str, str], found: Sequence[str], *, strict: bool = False) -> dict[str, int]:
    """Column name -> position, for the headings that a profile names (column name -> heading).

    Raises SchemaDrift (HeaderMissing, HeaderTwice, HeaderUnknown) with the expected and the found headings.
    """
    at: dict[str, list[int]] = {}
    for index, text in enumerate(found):
        at.setdefault(plain(text), []).append(index)
    missing = [heading for heading in wanted.values() if plain(heading) not in at]
    if missing:
        raise SchemaDrift(
            f"{_named('heading', missing)} not found; {_both(wanted.values(), found)}",
            code="HeaderMissing",
            place=(HEADING, missing[0]),
        )
    twice = [heading for heading in wanted.values() if len(at[plain(heading)]) > 1]
    if twice:
        raise SchemaDrift(
            f"{_named('heading', twice)} found more than once; {_both(wanted.values(), found)}",
            code="HeaderTwice",
            place=(HEADING, twice[0]),
        )
    if strict:
        known = {plain(heading) for heading in wanted.values()}
        unknown = [text for text in found if plain(text) and plain(text) not in known]
        if unknown:
            raise SchemaDrift(
                f"{_named('heading', unknown)} not in the profile; {_both(wanted.values(), found)}",
                code="HeaderUnknown",
            )
    return {name: at[plain(heading)][0] for name, heading in wanted.items()}


def overlap(wanted: Iterable[str], found: Iterable[str]) -> int:
    """How many of the wanted headings were found."""
    present = {plain(text) for text in found}
    return sum(plain(heading) in present for heading in wanted)


def _named(noun: str, texts: Sequence[str]) -> str:
    quoted = ", ".join(repr(text) for text in texts)
    return f"{noun} {quoted} was" if len(texts) == 1 else f"{noun}s {quoted} were"


def _both(expected: Iterable[str], found: Iterable[str]) -> str:
    return f"expected: {' | '.join(expected)}; found: {' | '.join(found) or 'none'}"
