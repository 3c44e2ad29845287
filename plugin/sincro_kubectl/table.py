"""Aligned columns, and the phrases that several views share. Nothing is decided about what is shown."""

from collections.abc import Sequence

from sincro_kubectl.palette import Palette, width_of

GAP = "   "


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], palette: Palette, indent: str = "") -> list[str]:
    """The rows below their headings; columns that are empty in every row are left out. No rows: no lines."""
    if not rows:
        return []
    kept = [column for column in range(len(headings)) if any(row[column] for row in rows)]
    widths = [max(width_of(headings[c]), *(width_of(row[c]) for row in rows)) for c in kept]

    def line(cells: Sequence[str]) -> str:
        padded = (cells[c] + " " * (width - width_of(cells[c])) for c, width in zip(kept, widths, strict=True))
        return indent + GAP.join(padded).rstrip()

    return [palette.faint(line(headings)), *(line(row) for row in rows)]


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th ... 11th, 12th, 13th ... 21st."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 sync`, `3 syncs`, `1,200 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
