"""Cron expressions: the five classic fields. Decided here: the notation. Not here: when such an expression is due."""

from typing import Annotated

from pydantic import StringConstraints

from sincro_contract.rules import Explained


def _field(value: str, names: str = "") -> str:
    """A regular expression for one field: a list of *, values and ranges, each with a step."""
    item = f"({value}|{names})" if names else f"({value})"
    part = rf"(\*|{item}(-{item})?)(/[1-9][0-9]?)?"
    return f"{part}(,{part})*"


_FIELDS = (
    _field("[0-5]?[0-9]"),
    _field("[01]?[0-9]|2[0-3]"),
    _field("0?[1-9]|[12][0-9]|3[01]"),
    _field("0?[1-9]|1[0-2]", "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"),
    _field("[0-7]", "sun|mon|tue|wed|thu|fri|sat"),
)
CRON_PATTERN = f"(?i)^{' +'.join(_FIELDS)}$"

CronExpression = Annotated[
    str,
    StringConstraints(pattern=CRON_PATTERN, min_length=1, max_length=128),
    Explained(
        "must be a cron expression of five fields: minute (0-59), hour (0-23), day of month (1-31), month (1-12),"
        " day of week (0-7 or SUN-SAT), for example 30 6 * * MON-FRI"
    ),
]
"""Minute, hour, day of month, month, day of week, read in the schedule's time zone. No dates that never come are found
here (31 February), nor ranges that run backwards."""
