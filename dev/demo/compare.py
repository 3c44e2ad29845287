"""Are the database's rows the ERP's own? Row for row, column for column; pure."""

from collections.abc import Iterable, Sequence
from typing import Any


def differences(
    truth: Iterable[dict[str, Any]], found: Iterable[dict[str, Any]], key: Sequence[str], most: int = 5
) -> list[str]:
    """What is missing, too much or different, in words; at most `most` lines. Empty means equal.

    Only the truth's columns count; a column of it that the database lacks is a difference.
    """
    expected = {tuple(row[k] for k in key): row for row in truth}
    actual = {tuple(row[k] for k in key): row for row in found}
    lines = [f"missing: {k}" for k in expected.keys() - actual.keys()]
    lines += [f"too much: {k}" for k in actual.keys() - expected.keys()]
    for k in expected.keys() & actual.keys():
        for column, value in expected[k].items():
            if column not in actual[k]:
                lines.append(f"{k}: no column {column}")
            elif not _equal(actual[k][column], value):
                lines.append(f"{k}.{column}: {actual[k][column]!r} instead of {value!r}")
    return sorted(lines)[:most]


def _equal(found: Any, truth: Any) -> bool:
    if isinstance(found, str) and isinstance(truth, str) and found != truth:
        return _number(found) is not None and _number(found) == _number(truth)
    return bool(found == truth)


def _number(text: str) -> str | None:
    """A decimal without the zeros at its end: the database keeps 12.5 where the ERP has 12.50."""
    whole, dot, rest = text.partition(".")
    if not dot or not whole.lstrip("-").isdigit() or not rest.isdigit():
        return None
    return f"{whole}.{rest.rstrip('0')}"
