"""Are the database's rows the ERP's own? Row for row, column for column; pure."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
"""Only what has a fraction: codes like 000123 are texts."""


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
    """Decimals are equal by value: a database keeps neither the zeros at the end nor the sign of -0.00."""
    if isinstance(found, str) and isinstance(truth, str) and found != truth:
        return (
            _DECIMAL.fullmatch(found) is not None
            and _DECIMAL.fullmatch(truth) is not None
            and Decimal(found) == Decimal(truth)
        )
    return bool(found == truth)
